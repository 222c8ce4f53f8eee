"""Every string of the Big List of Naughty Strings in every text field of every operation: no 5xx.

What is sent is made from openapi.json: one request holds the string in all text fields at once, of
path, query, headers and body. What its answer points at as wrong is put right and the rest is sent
again, until it is let in: so each string goes as deep as each field lets it.
"""

import copy
import json
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from tests.cast import Person
from tests.fuzz.fields import UNIQUE, Place, Shapes, found, places_of, with_text, without
from tests.fuzz.ground import DOCUMENT, PATIENCE_SECONDS, ROOT, Ground

STRINGS = ROOT / ".." / "shared" / "real" / "csv" / "blns.json"
JSON, _PLAIN = "application/json", "text/plain"
# What else is not JSON gets the string as its whole body.
_RAW = {
    "message/rfc822": "From: {0} <{0}@x.example>\r\nTo: {0}\r\nSubject: {0}\r\nMessage-ID: <{0}>"
    "\r\nContent-Type: {0}\r\n\r\n{0}\r\n",
    "text/csv": "full_name,email,tags,{0}\r\n{0},{0},{0},{0}\r\n",
}
# Nothing in the document says that each request may have these.
_HEADERS = ("On-Behalf-Of", "X-Request-Id", "User-Agent", "Accept", "Content-Type", "Origin")
_ATTEMPTS = 8
_CALIBRATIONS = 30
_THREADS = 3
_CONFLICT, _INVALID, _SERVER_ERROR = 409, 422, 500
# The path with a string in it leads to no operation, or to another one.
_ELSEWHERE = {404, 405, 410}


@dataclass
class Operation:
    """What is sent to one operation, with the texts that it takes."""

    method: str
    path: str
    media_type: str | None
    parts: dict[str, Any]
    # What need not be there, and is left out once it was refused.
    optional: set[Place]
    places: list[Place] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def find_places(self) -> None:
        """Note where its texts stand; a raw body is one."""
        self.places = [
            place for part, data in self.parts.items() for place in places_of(part, data)
        ]

    def request(self, text: str, places: list[Place]) -> dict[str, Any]:
        """Return httpx's options for a request with the text in these places."""
        parts = {
            part: with_text(data, [each for each in places if each.part == part], text)
            for part, data in self.parts.items()
        }
        for place in self.optional - set(places):
            del parts[place.part][place.steps[0]]
        path = self.path
        for name, value in parts["path"].items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        headers = {name: value.strip().encode() for name, value in parts["header"].items()}
        request = {"method": self.method, "url": path, "params": parts["query"], "headers": headers}
        if self.media_type is None:
            return request
        headers["Content-Type"] = self.media_type.encode()
        if "filename" in parts["query"]:
            parts["query"]["filename"] += ".txt"
        if self.media_type == JSON:
            # What other systems call something, they call nothing else.
            content = json.dumps(parts["body"]).replace(UNIQUE, secrets.token_hex(8))
        else:
            content = _RAW.get(self.media_type, "{0}").replace("{0}", parts["raw"])
        return {**request, "content": content.encode()}


def operations(document: dict[str, Any], ids: dict[str, str]) -> Iterator[Operation]:
    """Yield the operations of a document."""
    shapes = Shapes(document, {"source": "ats", "type": "candidates", **ids})
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parts: dict[str, Any] = {"path": {}, "query": {}, "header": {}}
            optional = set()
            for each in map(shapes.resolved, operation.get("parameters", [])):
                schema = shapes.resolved(each["schema"])
                if each["in"] == "path":
                    parts["path"][each["name"]] = ids.get(each["name"], "ats")
                elif schema.get("type") == "string":
                    parts[each["in"]][each["name"]] = shapes.text({**each, **schema}, each["name"])
                    if not each.get("required"):
                        optional.add(Place(each["in"], (each["name"],)))
            content = operation.get("requestBody", {}).get("content", {})
            media_type = _PLAIN if _PLAIN in content else next(iter(content), None)
            if media_type == JSON:
                parts["body"] = shapes.made(content[JSON]["schema"])
            elif media_type is not None:
                parts["raw"] = "x"
            yield Operation(method.upper(), path, media_type, parts, optional)


@dataclass
class Hunt:
    """Sends, and counts what comes of it."""

    http: httpx.Client
    person: Person
    sent: int = 0
    findings: list[str] = field(default_factory=list)
    # How often each operation let a string in.
    let_in: Counter[str] = field(default_factory=Counter)

    def send(self, about: str, request: dict[str, Any]) -> httpx.Response | None:
        """Send one request; None where there was no answer, which is a finding."""
        self.sent += 1
        try:
            response = self.http.request(**request)
        except httpx.LocalProtocolError:
            # No header holds such a string, and no client sends it.
            return None
        except httpx.HTTPError as error:
            self.findings.append(f"{about}: {error!r}")
            return None
        if response.status_code >= _SERVER_ERROR:
            self.findings.append(f"{about}: {response.status_code} {response.text[:300]}")
        return response

    def calibrate(self, operation: Operation) -> None:
        """Leave out of an operation's body what is refused beside the rest of it."""
        for _ in range(_CALIBRATIONS if "body" in operation.parts else 0):
            pointers = self._refused(operation)
            if not any(self._leave_out(operation, each, pointers) for each in pointers):
                break
        operation.find_places()

    def _refused(self, operation: Operation) -> list[str]:
        """Return the pointers to what is wrong with a request without any string in it."""
        response = self.send(str(operation), operation.request("", []))
        if response is None or response.status_code != _INVALID:
            return []
        return [each["pointer"] for each in response.json()["errors"]]

    def _leave_out(self, operation: Operation, pointer: str, pointers: list[str]) -> bool:
        """Take out what is wrong; of an object that is wrong as a whole, what two exclude."""
        whole = operation.parts["body"]
        inside = found(whole, pointer)
        for key in list(inside) if isinstance(inside, dict) else ():
            operation.parts["body"] = copy.deepcopy(whole)
            without(operation.parts["body"], f"{pointer}/{key}")
            left = self._refused(operation)
            if pointer not in left and len(left) <= len(pointers):
                return True
        operation.parts["body"] = whole
        return without(whole, pointer)

    def _begin_anew(self, operation: Operation, problem: dict[str, Any]) -> None:
        """Where the state of an application is in the way, take another one, turned down."""
        path = operation.parts["path"]
        if "current_status" not in problem or not {"application_id", "advice_id"} & path.keys():
            return
        candidate = self.person.candidate()
        application = self.person.application(candidate, self.person.position())
        if operation.path.endswith("/advice") or "advice_id" in path:
            self.person.reject(application, advice=[{"text": "Lead a club."}])
        if "advice_id" in path:
            given = self.person.get(f"candidates/{candidate}/advice")["items"]
            path["advice_id"] = given[0]["id"]
        else:
            path["application_id"] = application

    def hunt(self, operation: Operation, texts: list[str]) -> None:
        """Send every string to one operation."""
        self.calibrate(operation)
        for number, text in enumerate(texts):
            self._try(operation, f"{operation} with string {number}", text)

    def _try(self, operation: Operation, about: str, text: str) -> None:
        places, anew = operation.places, 2
        for _ in range(_ATTEMPTS):
            if not places:
                return
            response = self.send(about, operation.request(text, places))
            if response is None:
                left = [each for each in places if each.part != "header"]
            elif response.status_code == _INVALID:
                pointers = [each["pointer"] for each in response.json()["errors"]]
                left = [each for each in places if not any(map(each.is_meant, pointers))]
            elif response.status_code == _CONFLICT:
                left = [each for each in places if not each.is_a_name()]
                self._begin_anew(operation, response.json())
                anew -= 1
                if anew and len(left) == len(places):
                    continue
            elif response.status_code in _ELSEWHERE:
                left = [each for each in places if each.part != "path"]
            else:
                self.let_in[str(operation)] += response.is_success
                return
            if len(left) == len(places):
                return
            places = left


def attack(ground: Ground, *, every: int = 1) -> int:
    """Send all strings everywhere, or every n-th; return 1 where something broke, else 0."""
    if not STRINGS.exists():
        print(f"fuzz: no naughty strings, for {STRINGS.name} is not beside the project")
        return 0
    texts = json.loads(STRINGS.read_text(encoding="utf-8"))[::every]
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    tried = list(operations(document, ground.ids))
    began = time.monotonic()
    with httpx.Client(
        base_url=ground.service.address, headers=ground.headers, timeout=PATIENCE_SECONDS
    ) as http:
        hunt = Hunt(http, ground.person(http))
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(lambda each: hunt.hunt(each, texts), tried))
        for name in _HEADERS:
            for number, text in enumerate(texts):
                headers = {name: text.strip().encode()}
                about = f"{name} with string {number}"
                hunt.send(about, {"method": "GET", "url": "/v1/me", "headers": headers})
    seconds = time.monotonic() - began
    fields = sum(len(each.places) for each in tried)
    print(f"fuzz: {len(texts)} naughty strings in {fields} text fields of {len(tried)} operations")
    print(f"fuzz: {hunt.sent} requests in {seconds:.0f} s, {sum(hunt.let_in.values())} let in")
    kept = [each for each in tried if {"body", "raw"} & {place.part for place in each.places}]
    outside = [str(each) for each in kept if not hunt.let_in[str(each)]]
    print(f"fuzz: {len(kept)} take texts in their body; let in by none of: {', '.join(outside)}")
    for each in hunt.findings:
        print(f"fuzz: {each}")
    return int(bool(hunt.findings))
