"""Every address of the service, as the application itself knows them."""

import re
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from app.core.settings import Settings
from app.entry import asking
from app.main import create_app

# What lets somebody in, with the scope that it wants.
ASKING = {
    asking.reading: "read",
    asking.browsing: "read",
    asking.streaming: "read",
    asking.importing: "write",
    asking.writing: "write",
    asking.listing: "write",
    asking.removing: "write",
    asking.administering: "admin",
    asking.reorganizing: "admin",
    asking.founding: "admin",
    asking.inspecting: "admin",
}


@dataclass(frozen=True)
class Address:
    """One method on one path; `scope` is null where nobody is asked who he is."""

    method: str
    path: str
    # The same as it stands in logs and metrics.
    logged: str
    name: str
    scope: str | None
    route_class: type

    @property
    def parameters(self) -> list[str]:
        """The names of the path's variable parts."""
        return re.findall(r"\{(\w+)\}", self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _scope(dependant: Dependant) -> str | None:
    if dependant.call in ASKING:
        return ASKING[dependant.call]
    return next(filter(None, map(_scope, dependant.dependencies)), None)


def addresses(app: FastAPI | None = None) -> list[Address]:
    """Return the addresses of the service, or of another application."""
    return [
        Address(
            method=method,
            # A parameter that takes slashes too is one like the others.
            path=str(found.path).replace(":path}", "}"),
            logged=getattr(found.original_route, "path", "").replace(":path}", "}"),
            name=str(found.name),
            scope=_scope(found.dependant) if isinstance(found.original_route, APIRoute) else None,
            route_class=type(found.original_route),
        )
        for found in iter_route_contexts((app or create_app(Settings())).routes)
        for method in sorted((found.methods or set()) - {"HEAD"})
    ]


ADDRESSES = addresses()
