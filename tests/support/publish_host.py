"""What the fake hosts to publish to have in common: a log of requests, faults, pages."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from tests.support.scripted import RecordedRequest, Reply

TOKEN: Final = "glpat-0123456789abcdefghij"
READS: Final = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Fault:
    """Fail request number `at`, counted from 0 since the fault was set, among writes or among all requests.

    `kind` is 500, drop or 429; with `after`, the work is done nevertheless.
    """

    at: int
    kind: str = "500"
    after: bool = False
    writes: bool = True


@dataclass(slots=True)
class Host:
    """What all hosts have: a log, faults, and responses that a test may change."""

    url: str = ""
    token: str = TOKEN
    requests: list[RecordedRequest] = field(default_factory=list)
    bend: Callable[[RecordedRequest, Reply], Reply] | None = None
    _fault: Fault | None = None
    _counted: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _number: int = 0

    @property
    def writes(self) -> list[str]:
        """The requests that create or change something, as `METHOD path`."""
        return [f"{sent.method} {urlsplit(sent.path).path}" for sent in self.requests if sent.method not in READS]

    def fail(self, fault: Fault | None) -> None:
        """Set a fault, or none, and forget the requests."""
        with self._lock:
            self._fault, self._counted = fault, 0
            self.requests.clear()

    def next(self) -> int:
        """Return a new number."""
        self._number += 1
        return self._number

    def answer(self, request: RecordedRequest, _: int) -> Reply:
        """Respond to one request."""
        with self._lock:
            self.requests.append(request)
            fault = self._due(request)
            if fault is not None and not fault.after:
                if fault.kind != "429":  # says that nothing was done
                    self.cut(request)
                return _failure(fault)
            reply = self.route(request)
            if fault is not None:
                return _failure(fault)
            return self.bend(request, reply) if self.bend else reply

    def _due(self, request: RecordedRequest) -> Fault | None:
        fault = self._fault
        if fault is None or (fault.writes and request.method in READS):
            return None
        self._counted += 1
        return fault if self._counted - 1 == fault.at else None

    def cut(self, request: RecordedRequest) -> None:
        """Keep what a request leaves behind if it fails before the work is done."""

    def route(self, request: RecordedRequest) -> Reply:
        """Do the work."""
        raise NotImplementedError


def _failure(fault: Fault) -> Reply:
    if fault.kind == "drop":
        return Reply(drop=True)
    if fault.kind == "429":
        return Reply(429, b'{"message": "Too Many Requests"}', {"Retry-After": "0"})
    return Reply(int(fault.kind), b'{"message": "internal error"}')


def reply(status: int, data: object = None, **headers: str) -> Reply:
    """Return a response in JSON."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = b"" if data is None else json.dumps(data).encode()
    return Reply(status, body, {"Content-Type": "application/json", **names})


def refusal(message: str, status: int) -> Reply:
    """Return an error response."""
    return reply(status, {"message": message})


def query_of(request: RecordedRequest) -> dict[str, str]:
    """Return the parameters of a request's query."""
    return dict(parse_qsl(urlsplit(request.path).query))


def paged(request: RecordedRequest, url: str, items: list[dict[str, Any]], *, most: int) -> Reply:
    """Return a page of a list, with the Link header to the next; `most` is the default size of a page."""
    query = query_of(request)
    page, size = int(query.get("page", 1)), min(int(query.get("per_page", most)), 100)
    shown = items[(page - 1) * size : page * size]
    if page * size >= len(items):
        return reply(200, shown)
    other_params = "".join(f"&{key}={value}" for key, value in query.items() if key not in ("page", "per_page"))
    following = f"{url}{urlsplit(request.path).path}?page={page + 1}&per_page={size}{other_params}"
    return reply(200, shown, Link=f'<{following}>; rel="next"')


def words(host: Host) -> Mapping[str, str]:
    """Return all requests, without bodies and the headers that may contain a credential."""
    secret = ("authorization", "private-token", "job-token")
    return {
        f"{number} {sent.method} {sent.path}": " ".join(v for k, v in sent.headers.items() if k not in secret)
        for number, sent in enumerate(host.requests)
    }
