"""Why what the OpenAPI document allows may be refused, and what it does not may be answered 200."""

import re
from collections.abc import Mapping
from typing import Any

# What an error says, and why the document cannot.
REASONS = {
    r"is no cursor of this service": "cursors are given out, and opaque",
    r"was used for another request": "the store alone knows what was sent before",
    r"(is|names) no .+": "the store alone knows whose ids there are",
    r"lies (before|after|in) .+": "an instant beside another one, in the store or in the body",
    r"(may|must) not lie (before|after) .+": "the same",
    r"differs in nothing from the newest version": "the store alone knows that one",
    r"Years from 1900 to 2200 are taken": "a pattern beside the format of a date is applied by "
    "generated clients to the date they made of it, and fails",
    r"Input should be an e-mail address": "`format: email` is as much as a schema says",
    r"Input should be a mail domain, such as acme\.example": "international ones are taken too",
    r"Input should be a telephone number": "it is taken in any spelling, with digits of any script",
    r"A competency is named with letters or digits": "of any script",
    r"Input should be source:type:id": "how long each part is, not only the whole",
    r"Input should be an address that begins with http:// or https://": "`format: uri` allows all",
    r"goes with updated_since as updated_at alone": "one parameter beside another",
    r"Input should have one of id and external_id": "one field beside another: `oneOf` would make "
    "a shape of each in generated clients",
    r"Name either a rejection_reason_id or a reason": "the same",
    r"ends in \.\w+ for a file of type .+": "a parameter beside a header",
}
_KNOWN = re.compile("|".join(f"(?:{each})" for each in REASONS))
# Where a word stands in the place of an id: it is no other address, only no id.
_WORDS = {"batch", "by-external-id"}


def is_semantic(problem: Mapping[str, Any]) -> bool:
    """Tell whether all that a 422 finds fault with is beyond what a schema can say."""
    errors = problem.get("errors", [])
    return bool(errors) and all(_KNOWN.fullmatch(each["detail"]) for each in errors)


def is_refused_by_item(answer: Mapping[str, Any]) -> bool:
    """Tell whether a batch has refused an item: one that is wrong spoils no other, so it is 200."""
    return any(each.get("outcome") == "failed" for each in answer.get("items", []))


def is_word_for_id(path: str, problem: Mapping[str, Any]) -> bool:
    """Tell whether `PATCH /v1/candidates/batch` was taken for one of a candidate named batch."""
    pointers = [each["pointer"] for each in problem.get("errors", [])]
    return path.rpartition("/")[2] in _WORDS and any(each.endswith("_id}") for each in pointers)
