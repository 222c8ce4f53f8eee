"""Why what the OpenAPI document allows may be refused, and what it does not may be answered 200."""

import re
from collections.abc import Mapping
from typing import Any

# What an error says, and why the document cannot. That a text, a number or a shape is not as the
# document has it is told in sentences that begin with a capital: of those, only these few.
REASONS = {
    r"(?!is the ETag|is 1 to 255)[a-z].+": "a rule's sentence: about other rows or fields",
    r".*: (no|more than one) column has this name.*": "the body's first line names its columns",
    r"Years from 1900 to 2200 are taken": "a pattern beside the format of a date is applied by "
    "generated clients to the date they made of it, and fails",
    r"Input should be an e-mail address": "`format: email` is as much as a schema says",
    r"Input should be a mail domain, such as acme\.example": "international ones are taken too",
    r"Input should be a telephone number": "it is taken in any spelling, with digits of any script",
    r"A competency is named with letters or digits": "of any script",
    r"Input should hold a letter or a digit": "of any script",
    r"Input should be at most \d+ words": "what a word is depends on the script",
    r"Input should be source:type:id": "how long each part is, not only the whole",
    r"Input should be an address that begins with http:// or https://": "`format: uri` allows all",
    r"Input should have one of .+": "one field beside another: `oneOf` would make a shape of each "
    "in generated clients",
    r"Name either .+ or .+": "the same",
    r"A field of type .+": "one field beside another",
    r"There is nothing to select from": "the same",
    r"An option is named twice": "of `uniqueItems` generated clients make a set without an order",
    r"Input should be a finite number": "JSON has numbers of any size",
    r"Field required: nothing goes by this external id yet": "what is not there yet needs more",
    r"The file does not begin as one of type .+": "what a file's bytes hold",
    r"The file is empty": "where a file has a `minLength`, Go's generator takes it for a text, and "
    "what it makes does not compile",
}
# What takes which value here, the organization has said, not the document.
_OWN_FIELD = re.compile(r".*/custom_fields/[^/]+(/\d+)?")
_KNOWN = re.compile("|".join(f"(?:{each})" for each in REASONS), re.DOTALL)
# Words in the place where another address has an id: a method that only that one has is answered
# by it, with 422 since they are no ids.
WORDS = ("batch", "bulk", "export", "import")


def is_semantic(problem: Mapping[str, Any]) -> bool:
    """Tell whether all that a 422 finds fault with is beyond what a schema can say."""
    errors = problem.get("errors", [])
    known = [
        each["pointer"]
        for each in errors
        if _KNOWN.fullmatch(each["detail"]) or _OWN_FIELD.fullmatch(each["pointer"])
    ]
    # Where a field takes a number or rows, a fault in a row is told beside that it is no number.
    return bool(known) and all(
        any(
            pointer == each["pointer"] or pointer.startswith(f"{each['pointer']}/")
            for pointer in known
        )
        for each in errors
    )


def is_refused_by_item(answer: Mapping[str, Any]) -> bool:
    """Tell whether a batch has refused an item: one that is wrong spoils no other, so it is 200."""
    return any(each.get("outcome") == "failed" for each in answer.get("items", []))
