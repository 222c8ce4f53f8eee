"""The text fields of a request as the OpenAPI document has them, and what else it needs."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
Steps = tuple[str | int, ...]
# Stands for a text that has not been sent before.
UNIQUE = "unique-id-to-be"
_WHOLE: dict[str, Any] = {"integer": 1, "number": 1, "boolean": False, "null": None}


@dataclass(frozen=True)
class Place:
    """Where a text stands: in the `path`, `query`, `header` or `body`, and how to get there."""

    part: str
    steps: Steps

    def is_meant(self, pointer: str) -> bool:
        """Tell whether a problem's pointer is about this place, one above it or one below."""
        if self.part == "raw":
            return False
        if self.part == "body":
            own = "".join(f"/{step}" for step in self.steps)
            return pointer[:1] in {"", "/"} and (own + "/").startswith(pointer.rstrip("/") + "/")
        name = str(self.steps[0])
        return pointer.lower() in {f"?{name}", f"{{{name}}}", name.lower()}

    def is_a_name(self) -> bool:
        """Tell whether it is what has to differ from another one's: a name, or an external id."""
        return bool({"external_ids", "name", "key", "source", "type", "id"} & set(self.steps))


class Shapes:
    """Makes data of schemas; `ids` are those of rows that exist, by the names fields have."""

    def __init__(self, document: Schema, ids: Mapping[str, str]) -> None:
        self._shapes = document["components"]
        self._ids = ids

    def resolved(self, schema: Schema) -> Schema:
        """Follow a reference, and of what may be null or something else take something else."""
        while True:
            if "$ref" in schema:
                _, _, kind, name = schema["$ref"].split("/")
                schema = self._shapes[kind][name]
            elif "anyOf" in schema:
                kept = {key: value for key, value in schema.items() if key != "anyOf"}
                branch = next(each for each in schema["anyOf"] if each.get("type") != "null")
                schema = {**kept, **branch}
            elif "oneOf" in schema:
                schema = schema["oneOf"][0]
            else:
                return schema

    def text(self, schema: Schema, name: str) -> str:
        """Return a text that such a field takes."""
        if schema.get("format") == "uuid":
            return self._id(name)
        if name == "id":
            return UNIQUE
        shown = schema.get("example", next(iter(schema.get("examples", [])), None))
        chosen = schema.get("const", next(iter(schema.get("enum", [])), shown))
        return chosen if isinstance(chosen, str) else "2019-05-13"

    def _id(self, name: str) -> str:
        single = name.removesuffix("s")
        if single in self._ids:
            return self._ids[single]
        known = "user_id" if single.endswith(("owner_id", "user_id")) else "candidate_id"
        return self._ids[known]

    def made(self, schema: Schema, name: str = "") -> Any:
        """Return data with every field of which text is a part, and every one that is required."""
        schema = self.resolved(schema)
        kind = schema.get("type")
        if kind == "object":
            required = schema.get("required", [])
            return {
                key: self.made(value, key)
                for key, value in schema.get("properties", {}).items()
                if key in required or self._holds_text(value)
            }
        if kind == "array":
            each = schema.get("items", {})
            return [self.made(one, name) for one in each.get("oneOf", [each])]
        if kind == "string":
            return self.text(schema, name)
        shown = next(iter(schema.get("examples", [])), schema.get("default"))
        return shown if shown is not None else schema.get("minimum", _WHOLE.get(str(kind), "x"))

    def _holds_text(self, schema: Schema) -> bool:
        schema = self.resolved(schema)
        if schema.get("type") == "array":
            each = schema.get("items", {})
            return any(self._holds_text(one) for one in each.get("oneOf", [each]))
        if schema.get("type") == "object":
            return any(map(self._holds_text, schema.get("properties", {}).values()))
        return schema.get("type") == "string"


def places_of(part: str, data: Any, steps: Steps = ()) -> Iterator[Place]:
    """Yield where texts stand in what was made."""
    if isinstance(data, str):
        yield Place(part, steps)
    elif isinstance(data, dict | list):
        pairs = data.items() if isinstance(data, dict) else enumerate(data)
        for key, value in pairs:
            yield from places_of(part, value, (*steps, key))


def with_text(data: Any, places: Iterable[Place], text: str) -> Any:
    """Return a copy that holds the text in these places."""
    changed = copy.deepcopy(data)
    for place in places:
        if not place.steps:
            return text
        *above, last = place.steps
        inside = changed
        for step in above:
            inside = inside[step]
        inside[last] = text
    return changed


def found(data: Any, pointer: str) -> Any:
    """Return what a pointer leads to, None where it leads nowhere."""
    try:
        for step in pointer.split("/")[1:]:
            data = data[int(step) if isinstance(data, list) else step]
    except (KeyError, IndexError, ValueError, TypeError):
        return None
    return data


def without(data: Any, pointer: str) -> bool:
    """Take out of `data` what a pointer leads to; False where it leads nowhere."""
    above, _, last = pointer.rpartition("/")
    inside = found(data, above)
    if isinstance(inside, dict) and last in inside:
        del inside[last]
    elif isinstance(inside, list) and last.isdigit() and int(last) < len(inside):
        del inside[int(last)]
    else:
        return False
    return True
