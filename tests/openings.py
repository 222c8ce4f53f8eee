"""What many organizations begin with: done over HTTP until that has cost more than copying it.

Half of all tests begin by creating a candidate and a position, or by turning somebody down. An
organization that begins as others did is where they were: it holds the rows that the same requests
wrote in another, as its own. From its first other request on, everything is asked of the service.

Not copied is what makes a shortlist, which is frozen at an instant by which its numbers go, or an
API key, whose name is its own in the whole store.
"""

import json
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from app.core.clock import now
from app.core.database import Database, Mode
from tests.copying import Names, Pattern, Rows, backwards, renamed, rows_of

Build = TypeVar("Build", bound=Callable[..., Any])

# To look at all rows of an organization twice costs as much as so many requests.
_WORTH_IT = 2
_NOT_COPIED = {"shortlists", "key_lookups"}


class Node:
    """Where organizations stand that have done the same since they were founded."""

    def __init__(self) -> None:
        self.requests = 0
        self.pattern: Pattern | None = None
        self.further: dict[str, Node] = {}


class Opening:
    """The way of one organization as long as it does what others may have done before."""

    def __init__(self, database: Database, organization_id: UUID, root: Node, names: Names) -> None:
        """`names`: what stands in this organization for the names that all its like know."""
        self._database = database
        self._organization_id = organization_id
        self._node: Node | None = root
        self._names = names
        self._own = backwards(names)
        self._inside = False
        self._requests = 0

    def note(self, method: str) -> None:
        """Note that somebody of the organization sends a request."""
        self._requests += 1
        if not (method == "GET" or self._inside):
            self._node = None

    def go(self, step: tuple[Any, ...], build: Callable[[], Any]) -> Any:
        """Do something, or copy what was done where others did it from here."""
        if self._inside or self._node is None or not _alone():
            return build()
        told = json.dumps(renamed(step, self._own), default=str)
        node = self._node.further.setdefault(told, Node())
        if node.pattern is not None:
            result = self._copy(node, node.pattern)
        elif node.requests >= _WORTH_IT:
            result = self._learn(node, build)
        else:
            before = self._requests
            result = build()
            node.requests += self._requests - before
        return result

    def _copy(self, node: Node, pattern: Pattern) -> Any:
        with self._database.transaction(Mode.WRITE, self._organization_id) as session:
            result = pattern.write(session, self._names)
        self._own = backwards(self._names)
        self._node = node
        return result

    def _learn(self, node: Node, build: Callable[[], Any]) -> Any:
        """Do something between two looks at all rows."""
        before, began = self._rows(), now()
        self._inside = True
        try:
            result = build()
        finally:
            self._inside = False
        after = self._rows()
        self._node = None
        made = {table.name for table, _ in after.keys() - before.keys()}
        if before.keys() <= after.keys() and not made & _NOT_COPIED:
            node.pattern = Pattern(before, after, began, result, names=self._own)
            # What this organization has is from now on called as it is called here.
            for name in node.pattern.names:
                self._names.setdefault(name, name)
            self._own = backwards(self._names)
            self._node = node
        return result

    def _rows(self) -> Rows:
        with self._database.transaction(Mode.READ, self._organization_id) as session:
            return rows_of(session, self._organization_id)


def copied(build: Build) -> Build:
    """Let what a person does be copied where others did the same from the same beginning."""
    place = f"{build.__module__}.{build.__qualname__}"

    @wraps(build)
    def begin(person: Any, *args: Any, **fields: Any) -> Any:
        if person.opening is None:
            return build(person, *args, **fields)
        step = (place, person.name, args, fields)
        return person.opening.go(step, lambda: build(person, *args, **fields))

    return cast("Build", begin)


def _alone() -> bool:
    """Say whether nobody else may be doing something at the same time."""
    return threading.current_thread() is threading.main_thread()
