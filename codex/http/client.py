"""The only importer of httpx2: requests to one host that are paced, retried where that is safe, and bounded.

A read is sent again after a fault. A write is not, except where the host says that it did nothing: after any other
fault nobody knows whether it was carried out, and `UncertainError` tells the caller to look.
"""

import json
import os
import re
import ssl
import threading
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from socket import gaierror
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit, urlunsplit

import msgspec

import codex
from codex.http.credentials import HEADERS, Anonymous, Credential
from codex.http.pagination import follow, parse_link_header
from codex.http.rate_limit import RateLimiter
from codex.limits import BYTES_PER_RESPONSE, REDIRECTS, SECONDS_PER_EXCHANGE, SECONDS_PER_READ
from codex.shell.isolation import EndingError, check_time
from skills_build.errors import CodexError

if TYPE_CHECKING:
    import httpx2

_LONGEST: Final = 300
"""Characters that are shown of what a host or a decoder says."""
READS: Final = frozenset({"GET", "HEAD"})
MOST: Final = BYTES_PER_RESPONSE
"""Bytes of a response that are taken, unless a request says otherwise."""
_TRIES: Final = 5
_PAUSES: Final = 8
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PRIVATE: Final = frozenset({"authorization", "cookie"} | {name.lower() for name, _ in HEADERS.values()})
"""Headers that never leave for another host."""


class HttpError(CodexError):
    """A host refused a request, or could not be asked. `status` is 0 where there was no answer.

    `of_host` says that other requests are likely to fail of the same: nobody answered, or the host is at fault.
    """

    def __init__(
        self, message: str, *, status: int = 0, body: str = "", hint: str | None = None, of_host: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.body = body
        self.of_host = of_host or status in (401, 429) or status >= 500


class UnauthorizedError(HttpError, EndingError):
    """The host does not accept the token: no other request will be answered either."""


class UncertainError(HttpError):
    """A write of which nobody knows whether it was carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a host answered; header names are in lower case."""

    status: int
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    method: str = "GET"

    def decode(self, kind: Any) -> Any:
        """The body as a value of a type that msgspec supports; keys that the type does not have are left out.

        Raises `HttpError` that names the host, the page and the field.
        """
        return decoded(self.body, kind, where=self.where, status=self.status)

    @property
    def where(self) -> str:
        """What was asked, without its query."""
        return f"{self.method} {_shown(self.url)}"

    def link(self, relation: str) -> str | None:
        """The address that the Link header (RFC 8288) gives for a relation."""
        return parse_link_header(self.headers.get("link", ""), self.url).get(relation)


def decoded(body: bytes, kind: Any, *, where: str, status: int = 0) -> Any:
    """JSON as a value of a type. Raises `HttpError`: `GET https://host/pulls: [3].number: expected int, got null`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise _unexpected(error, where, status) from error


def converted(value: Any, kind: Any, *, where: str, status: int = 200) -> Any:
    """A part of a decoded response as a value of a type. Raises `HttpError` as `decoded` does."""
    try:
        return msgspec.convert(value, kind)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise _unexpected(error, where, status) from error


_PATH: Final = re.compile(r"^(.*) - at `\$?\.?(.*)`$", re.DOTALL)


def _unexpected(error: Exception, where: str, status: int) -> HttpError:
    said = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:_LONGEST]
    match = _PATH.match(said)
    place = f"{match[2]}: " if match and match[2] else ""
    what = (match[1] if match else said).replace("`", "")
    message = f"{where}: {place}{what[:1].lower() if what[1:2].islower() else what[:1]}{what[1:]}"
    return HttpError(message, status=status, hint="is this the address of the right program?")


class GraphQL(msgspec.Struct, frozen=True):
    """A response of GraphQL (https://spec.graphql.org/October2021/#sec-Response-Format)."""

    data: dict[str, Any] | None = None
    errors: list[dict[str, Any]] | None = None

    @property
    def said(self) -> str:
        """What its errors say."""
        return "; ".join(str(error.get("message", ""))[:_LONGEST] for error in self.errors or ())


def is_of_host(error: Exception) -> bool:
    """Whether others are likely to fail of the same: the host is at fault, and not what was asked of it."""
    return isinstance(error, HttpError) and error.of_host


@dataclass(slots=True, kw_only=True)
class Usage:
    """What a client has used so far."""

    requests: int = 0
    writes: int = 0
    sent: int = 0
    received: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def request(self, sent: int, *, write: bool) -> None:
        """Count a request and the bytes of its body."""
        with self._lock:
            self.requests += 1
            self.writes += write
            self.sent += sent

    def answer(self, received: int) -> None:
        """Count the bytes of an answer's body."""
        with self._lock:
            self.received += received


class Client:
    """Requests to one host on behalf of one credential; may be used from several threads."""

    def __init__(
        self,
        base: str,
        *,
        credential: Credential | None = None,
        governor: RateLimiter | None = None,
        authorities: Path | None = None,
        insecure: bool = False,
        timeout: float = SECONDS_PER_READ,
        patience: float = SECONDS_PER_EXCHANGE,
    ) -> None:
        checked_address(base, insecure=insecure)
        self.base = base.rstrip("/") + "/"
        self.credential = credential or Anonymous()
        self.governor = governor or RateLimiter(urlsplit(base).netloc)
        self.usage = Usage()
        self._insecure = insecure
        self._patience = patience
        self._http = _open(authorities, timeout)

    def under(self, credential: Credential) -> "Client":
        """A client of the same host, connections and pace on behalf of another credential; what it uses is its own."""
        other = copy(self)
        other.credential, other.usage = credential, Usage()
        return other

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(
        self, path: str, params: Mapping[str, object] | None = None, *, accept: tuple[int, ...] = (), most: int = MOST
    ) -> Response:
        """Read. Raises `HttpError` for a status of 400 and more that is not in `accept`."""
        return self.request("GET", path, params=params, accept=accept, most=most)

    def send(
        self, method: str, path: str, data: object = None, *, accept: tuple[int, ...] = (), write: bool = True
    ) -> Response:
        """Send JSON. `write=False` says that it changes nothing, such as a query in GraphQL."""
        content = None if data is None else json.dumps(data).encode()
        headers = {"content-type": "application/json"} if content is not None else {}
        return self.request(method, path, content=content, headers=headers, accept=accept, write=write)

    def graphql(
        self, path: str, query: str, variables: Mapping[str, object] | None = None, *, write: bool = False
    ) -> "GraphQL":
        """Send a GraphQL document and return `data`; the errors of a partial answer come along as `errors`."""
        answer = self.send("POST", path, {"query": query, "variables": dict(variables or {})}, write=write)
        found: GraphQL = answer.decode(GraphQL)
        if found.data is None and not found.errors:
            raise HttpError(f"{answer.where}: neither `data` nor `errors`", status=answer.status)
        return found

    def pages(self, path: str, params: Mapping[str, object] | None = None) -> Iterator[Response]:
        """Yield an answer and those that its `next` links lead to, on the same host."""

        def ask(address: str | None) -> tuple[Response, str | None]:
            answer = self.get(address or path, None if address else params)
            following = answer.link("next")
            return answer, following and self._own(following)

        yield from follow(ask, what=_shown(urljoin(self.base, path)))

    def _own(self, address: str) -> str:
        """The address of a next page, which must be on the same host; encrypted if the base is: a host behind a
        proxy may not know that it is."""
        own, there = urlsplit(self.base), urlsplit(address)
        if there.netloc != own.netloc:
            raise HttpError(f"{self.base}: the next page is on another host")
        return urlunsplit(there._replace(scheme=own.scheme))

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (),
        most: int = MOST,
        write: bool | None = None,
    ) -> Response:
        """Send one request, again where that is safe; `path` is relative to the base or an address on its host."""
        writes = method not in READS if write is None else write
        url = checked_address(urljoin(self.base, path), insecure=self._insecure)
        one = _Request(method=method, url=url, params=dict(params or {}), content=content, headers=dict(headers or {}))
        answer = self._persist(one, most, writes=writes)
        if answer.status >= 400 and answer.status not in accept:
            raise self._refused(method, answer)
        return answer

    def _persist(self, one: "_Request", most: int, *, writes: bool) -> Response:
        faults = pauses = 0
        while True:
            check_time()
            try:
                answer = self._followed(one, most, writes=writes)
            except HttpError:
                raise
            except Exception as error:
                if not _is_fault(error):
                    raise
                message = self.credential.redact(f"{one.method} {_shown(one.url)}: {_said(error)}")
                if writes and not _never_sent(error):
                    raise UncertainError(message, hint="look whether it was carried out") from None
                faults += 1
                if (
                    faults >= _TRIES
                    or _is_overdue(error)
                    or self.governor.unreachable
                    or _cause(error, ssl.SSLCertVerificationError)
                ):
                    self.governor.unreachable = _never_sent(error)
                    raise HttpError(message, hint=_hint(error), of_host=True) from None
                self.governor.back_off(faults - 1, _said(error))
                continue
            if self.governor.observe(answer.status, answer.headers, answer.body):
                pauses += 1
                if pauses >= _PAUSES:
                    return answer
                continue
            if answer.status < 500 or answer.status == 501:
                return answer
            if writes:
                message = f"{one.method} {_shown(one.url)}: {answer.status}"
                raise UncertainError(message, status=answer.status, hint="look whether it was carried out")
            faults += 1
            if faults >= _TRIES:
                return answer
            self.governor.back_off(faults - 1, f"the host answered {answer.status}")

    def _followed(self, one: "_Request", most: int, *, writes: bool) -> Response:
        """Send, and follow redirections of a read; the credential goes to its own host alone."""
        for _ in range(REDIRECTS + 1):
            answer = self._once(one, most, writes=writes)
            goal = answer.headers.get("location")
            if answer.status not in _REDIRECTS or goal is None:
                return answer
            if writes:
                raise HttpError(f"{one.method} {_shown(one.url)}: the host redirects to another address")
            target = resolve_url(answer.url, goal)
            checked_address(target, insecure=self._insecure)
            kept = {k: v for k, v in one.headers.items() if _origin(target) == _origin(one.url) or _goes(k)}
            one = _Request(method=one.method, url=target, params={}, content=None, headers=kept)
        raise HttpError(f"{_shown(one.url)}: redirected more than {REDIRECTS} times")

    def _once(self, one: "_Request", most: int, *, writes: bool) -> Response:
        """Send; and again with another token, where there is one, if this one is refused."""
        sent, answer = self._exchange(one, most, writes=writes)
        if answer.status == 401 and sent and self.credential.renew(sent):
            _, answer = self._exchange(one, most, writes=writes)
        return answer

    def _exchange(self, one: "_Request", most: int, *, writes: bool) -> tuple[Mapping[str, str], Response]:
        from codex.http.deadline import deadline

        params: Any = one.params or None
        with self.governor.slot(write=writes):
            mine = self.credential.headers() if _origin(one.url) == _origin(self.base) else {}
            self.usage.request(len(one.content or b""), write=writes)
            headers = {**one.headers, **mine}
            with (
                deadline(self._patience),
                self._http.stream(one.method, one.url, params=params, content=one.content, headers=headers) as found,
            ):
                body = self._body(found, most, one.url)
                names = {name.lower(): value for name, value in found.headers.items()}
                return mine, Response(
                    status=found.status_code, url=str(found.url), headers=names, body=body, method=one.method
                )

    def _body(self, found: "httpx2.Response", most: int, url: str) -> bytes:
        parts, size, start = [], 0, self.governor.now()
        for part in found.iter_bytes():
            size += len(part)
            if size > most:
                message = f"{_shown(url)}: the answer has more than {most:,} bytes"
                raise HttpError(message, status=found.status_code, hint="is this the right address?")
            if self.governor.now() - start > self._patience:
                raise _too_slow(self._patience)
            parts.append(part)
        self.usage.answer(size)
        return b"".join(parts)

    def _refused(self, method: str, answer: Response) -> HttpError:
        text = self.credential.redact(answer.body[:2000].decode("utf-8", "replace"))
        message = f"{method} {_shown(answer.url)}: {answer.status}{_reason(text)}"
        ours = answer.status == 401 and _origin(answer.url) == _origin(self.base)
        kind = UnauthorizedError if ours else HttpError
        return kind(message, status=answer.status, body=text, hint=_HINTS.get(answer.status))


_HINTS: Final = {
    401: "the token is missing, wrong or expired",
    403: "the token may not do this",
    404: "is the address right? hosts also say so of what the token may not see",
    429: "the host limits requests: try again later",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    method: str
    url: str
    params: dict[str, object]
    content: bytes | None
    headers: dict[str, str]


def checked_address(address: str, *, insecure: bool = False) -> str:
    """An address that may be asked: https, or http on this machine. Raises `HttpError` for others."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError as error:
        raise HttpError(f"`{address}` is no address") from error
    if parts.username or parts.password:
        raise HttpError("an address holds a credential", hint="name the token's variable, file or command instead")
    if parts.scheme == "https" or (parts.scheme == "http" and (insecure or _local(host))):
        return address
    if parts.scheme == "http":
        raise HttpError(f"`{address}` is not encrypted", hint="use https")
    raise HttpError(f"`{address}` is no address of the web", hint="it starts with https://")


def resolve_url(base: str, address: str) -> str:
    """An address that a host named, relative to `base` or whole. Raises `HttpError` where it is none."""
    try:
        goal = urljoin(base, address)
        _ = urlsplit(goal).port
    except ValueError as error:
        raise HttpError(f"{_shown(base)}: it names `{address}`, which is no address") from error
    return goal


def _local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _open(authorities: Path | None, timeout: float) -> "httpx2.Client":
    import httpx2

    from codex.http.deadline import bound

    verify = _trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    if authorities is not None:
        try:
            verify = ssl.create_default_context(cafile=str(authorities))
        except (OSError, ssl.SSLError) as error:
            raise HttpError(f"`{authorities}` holds no certificates: {error}") from error
    headers = {"user-agent": f"codexc/{codex.__version__}"}
    limits = httpx2.Limits(max_connections=64, max_keepalive_connections=16)
    client = httpx2.Client(verify=verify, timeout=timeout, follow_redirects=False, headers=headers, limits=limits)
    for transport in (client._transport, *client._mounts.values()):
        if transport is not None:
            bound(transport)
    return client


@cache
def _trusted(*settings: str | None) -> ssl.SSLContext:
    """The authorities that this machine trusts: reading them takes longer than a request on loopback."""
    import httpx2

    return httpx2.create_ssl_context()


def _is_fault(error: Exception) -> bool:
    import httpx2

    return isinstance(error, httpx2.TransportError | httpx2.StreamError | httpx2.DecodingError)


def _is_overdue(error: Exception) -> bool:
    """Whether an exchange took all the time that one may take; the next would too."""
    from codex.http.deadline import OverdueError

    return _cause(error, OverdueError)


def _never_sent(error: Exception) -> bool:
    """Whether no byte of a request can have reached the host."""
    import httpx2

    return isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)


def _too_slow(seconds: float) -> Exception:
    import httpx2

    return httpx2.ReadTimeout(f"the response takes longer than {seconds:,.0f} s")


def _cause(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether an error of this kind is behind another one."""
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


def _hint(error: Exception) -> str:
    if _cause(error, ssl.SSLCertVerificationError):
        return "name the certificates of your own authority, a PEM file: `ca` in codex.yaml, or SSL_CERT_FILE"
    if _cause(error, gaierror):
        return "the host's name is not known here: is it spelt right, and is there a network?"
    return "is the address right, and the host up?"


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _goes(header: str) -> bool:
    return header.lower() not in _PRIVATE


def _said(error: Exception) -> str:
    words = str(error).strip()
    return words or {"ReadTimeout": "no answer in time", "ConnectTimeout": "no connection in time"}.get(
        type(error).__name__, type(error).__name__
    )


def _shown(url: str) -> str:
    """An address without its query, which may hold anything."""
    return url.partition("?")[0]


def _reason(text: str) -> str:
    """What an error's body says, on one line."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return f": {' '.join(text.split())[:200]}" if text.strip() else ""
    if isinstance(found, dict):
        said = found.get("message") or found.get("error") or found.get("error_description") or ""
        said = (said.get("message") or said.get("name") or "") if isinstance(said, dict) else said
        return f": {' '.join(str(said).split())[:200]}" if said else ""
    return ""
