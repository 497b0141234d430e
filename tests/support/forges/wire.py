"""What goes over the wire: requests, answers, and routes by a template of the path. No sockets and no state here."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from tests.support.forges.state import MergeRequest, Repository, User, World

Headers = tuple[tuple[str, str], ...]


class Fields:
    """The fields of a form, a query or a JSON object, read by type; a value of another type counts as absent."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = values

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        if isinstance(value, list) and value:
            value = value[-1]
        return value if isinstance(value, str) else default

    def number(self, name: str, default: int = 0) -> int:
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        text = self.text(name)
        return int(text) if re.fullmatch(r"-?\d{1,18}", text) else default

    def flag(self, name: str) -> bool:
        value = self.values.get(name)
        return value if isinstance(value, bool) else self.text(name).lower() in ("true", "1", "yes")

    def several(self, name: str) -> tuple[object, ...] | None:
        """A list, from JSON, from repeated `name[]` or from text with commas; `None` where it was not sent."""
        value = self.values.get(name, self.values.get(f"{name}[]"))
        if value is None:
            return None
        if isinstance(value, list):
            return tuple(value)
        return tuple(part.strip() for part in str(value).split(",") if part.strip())

    def texts(self, name: str) -> tuple[str, ...] | None:
        values = self.several(name)
        return None if values is None else tuple(str(value) for value in values)

    def numbers(self, name: str) -> tuple[int, ...] | None:
        values = self.texts(name)
        return None if values is None else tuple(int(value) for value in values if value.isdecimal())

    def inner(self, name: str) -> "Fields":
        value = self.values.get(name)
        return Fields(value if isinstance(value, dict) else {})

    def records(self, name: str) -> "tuple[Fields, ...]":
        value = self.values.get(name)
        return tuple(Fields(item) for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it arrived; the path keeps its percent signs."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    page_cap: int | None = None
    """Set by a fault: pages are no longer than this, whatever was asked."""
    stale: bool = False
    """Set by a fault: lists are read from before the last change."""

    @property
    def asked(self) -> Fields:
        """The query."""
        arguments: dict[str, object] = {}
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            before = arguments.get(name)
            arguments[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
        return Fields(arguments)

    @property
    def sent(self) -> Fields:
        """The body: JSON, or a form. A JSON list has the empty name."""
        if not self.body:
            return Fields({})
        if "x-www-form-urlencoded" in self.headers.get("content-type", ""):
            return Request(method="", path="", query=self.body.decode()).asked
        try:
            value = json.loads(self.body)
        except ValueError:
            return Fields({})
        return Fields(value if isinstance(value, dict) else {"": value})

    @property
    def root_fields(self) -> tuple[str, ...]:
        """The outermost names of a GraphQL document, as far as a pattern finds them: for matching faults only."""
        if not self.path.endswith("/graphql"):
            return ()
        document = self.sent.text("query")
        inside = document[document.find("{") + 1 :]
        return tuple(dict.fromkeys(re.findall(r"(?<![\w$.])(?:\w+\s*:\s*)?([a-z]\w*)\s*\(", inside)))

    @property
    def is_mutation(self) -> bool:
        return bool(re.search(r"^\s*mutation\b", self.sent.text("query"), re.MULTILINE))

    @property
    def writes(self) -> bool:
        """Whether it asks for a change, whatever came of it."""
        if self.path.endswith("/graphql"):
            return self.is_mutation
        if self.path.endswith("/git-upload-pack"):
            return False
        return self.method not in ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: Headers = ()

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def json(self) -> object:
        return json.loads(self.body)


def json_answer(value: object, status: int = 200, headers: Headers = ()) -> Answer:
    """An answer in JSON."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status=status, body=body, headers=(("Content-Type", "application/json"), *headers))


def text_answer(text: str, status: int, headers: Headers = ()) -> Answer:
    """An answer in plain text."""
    return Answer(status=status, body=text.encode(), headers=(("Content-Type", "text/plain"), *headers))


class RefusedError(Exception):
    """Raised by whatever serves a call: this answer and no other."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status, answer.body[:200])
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request on its way to what serves it."""

    request: Request
    world: "World"
    user: "User"
    url: str
    """Of the forge, without a slash at its end."""
    parts: Mapping[str, str]
    """What stood in the holes of the route's template, decoded."""

    @property
    def sent(self) -> Fields:
        return self.request.sent

    @property
    def asked(self) -> Fields:
        return self.request.asked

    def listed(self, repository: "Repository") -> "Sequence[MergeRequest]":
        return self.world.listed(repository, stale=self.request.stale)


Serve = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a template: `{name}` is one part of a path, `{name...}` is all that is left of it."""

    method: str
    template: str
    serve: Serve
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", compiled(self.template))


def compiled(template: str) -> re.Pattern[str]:
    """The pattern of a template."""
    pattern = re.escape(template).replace(r"\{", "{").replace(r"\}", "}").replace(r"\.\.\.", "...")
    pattern = re.sub(r"\{(\w+)\.\.\.\}", r"(?P<\1>.+)", pattern)
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern) + "/?")


def routed(routes: Sequence[Route], request: Request) -> tuple[Route, dict[str, str]] | None:
    """The first route that fits, and its decoded parts."""
    for route in routes:
        if route.method == request.method and (match := route.pattern.fullmatch(request.path)):
            return route, {name: unquote(value) for name, value in match.groupdict().items()}
    return None


def moment(seconds: float | None) -> str | None:
    """A time as GitHub and Gitea write it, in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
