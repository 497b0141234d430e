"""Responses of hosts, and their JSON as typed values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Final

import msgspec

from codex.http.errors import HttpError, TooLargeError
from codex.http.pagination import parse_link_header
from codex.http.urls import without_query
from codex.limits import VALUES_PER_RESPONSE
from skills_build.frozen import dataclass
from skills_build.json_input import OversizeError, parse_json, require_values

_MAX_SHOWN: Final = 300
"""Maximum number of characters shown of an error from a host or decoder."""
_MAX_ERROR: Final = 65_536
"""Maximum number of characters of an error response that are read."""
_MAX_REASON: Final = 200
"""Maximum number of characters shown of the reason in an error response."""
_URL: Final = "check that this is the URL of the API"
_FIELD: Final = re.compile(r" - at `\$?\.?([^`]*)`\Z")
"""How msgspec ends a message: the path of the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A host's response; header names are in lower case."""

    status: int
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    method: str = "GET"

    def decode(self, kind: Any, *, most: int = VALUES_PER_RESPONSE) -> Any:
        """Decode the JSON body as a type that msgspec supports; keys that the type does not have are ignored.

        Raises `HttpError` that names the host, the page and the field, and `TooLargeError` for more than `most` values.
        """
        return decode_json(self.body, kind, where=self.where, status=self.status, most=most)

    @property
    def where(self) -> str:
        """The request's method and address, without the query."""
        return f"{self.method} {without_query(self.url)}"

    def link(self, relation: str) -> str | None:
        """Return the address that the Link header (RFC 8288) has for a relation."""
        return parse_link_header(self.headers.get("link", ""), self.url).get(relation)


class GraphQLResponse(msgspec.Struct, frozen=True):
    """A GraphQL response (https://spec.graphql.org/October2021/#sec-Response-Format)."""

    data: dict[str, Any] | None = None
    errors: list[dict[str, Any]] | None = None

    @property
    def error_text(self) -> str:
        """The messages of its errors."""
        return "; ".join(str(error.get("message", ""))[:_MAX_SHOWN] for error in self.errors or ())

    def redacted(self, redact: Callable[[str], str]) -> "GraphQLResponse":
        """Return this response with the messages of its errors redacted."""
        errors = [
            {**error, "message": redact(str(error["message"]))} if "message" in error else error
            for error in self.errors or ()
        ]
        return msgspec.structs.replace(self, errors=errors) if errors else self


def decode_json(body: bytes, kind: Any, *, where: str, status: int = 0, most: int = VALUES_PER_RESPONSE) -> Any:
    """Decode JSON as a type. Raises `HttpError`: `GET https://host/pulls: [3].number: expected int, got null`.

    Values are counted before, because each takes memory: 64 MB of `[],[],` take 1.5 GB.
    """
    try:
        require_values(body, most)
        return msgspec.json.decode(body, type=kind)
    except OversizeError as error:
        raise TooLargeError(f"{where}: {error}", status=status, hint=_URL) from error
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise _unexpected(error, where, status) from error


def convert(value: Any, kind: Any, *, where: str, status: int = 200) -> Any:
    """Convert a part of a decoded response to a type. Raises `HttpError` as `decoded` does."""
    try:
        return msgspec.convert(value, kind)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise _unexpected(error, where, status) from error


def _unexpected(error: Exception, where: str, status: int) -> HttpError:
    text = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:_MAX_SHOWN]
    match = _FIELD.search(text)
    place = f"{match[1]}: " if match and match[1] else ""
    problem = text[: match.start() if match else None].replace("`", "")
    first = problem[:1].lower() if problem[1:2].islower() else problem[:1]
    return HttpError(f"{where}: {place}{first}{problem[1:]}", status=status, hint=_URL)


def error_reason(text: str) -> str:
    """Return the reason in an error response's body on one line, as `: reason`; empty where there is none.

    GitLab, GitHub and Gitea have `message`, Backstage has `error.message`, OAuth has `error` (RFC 6749, 5.2).
    """
    text = text[:_MAX_ERROR]
    try:
        data = parse_json(text)
    except (ValueError, RecursionError):
        return _one_line(text)
    if not isinstance(data, dict):
        return ""
    reason = data.get("message") or data.get("error") or data.get("error_description") or ""
    if isinstance(reason, dict):
        reason = reason.get("message") or reason.get("name") or ""
    return _one_line(str(reason))


def _one_line(text: str) -> str:
    shown = " ".join(text.split())[:_MAX_REASON]
    return f": {shown}" if shown else ""
