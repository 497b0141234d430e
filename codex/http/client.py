"""Requests to one host: rate-limited, retried where that is safe, and bounded in time and size.

A read is retried after a fault. A write is not, unless the host reports that it did nothing: after any other fault
the write may have taken effect, and `UncertainError` makes the caller look.
"""

import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlunsplit

from codex.http import transport
from codex.http.credentials import HEADERS, Anonymous, Credential
from codex.http.errors import HttpError, TooLargeError, UnauthorizedError, UncertainError
from codex.http.pagination import follow
from codex.http.rate_limit import RateLimiter
from codex.http.response import GraphQLResponse, Response, error_reason
from codex.http.urls import origin, require_outside, require_secure, resolve_url, split_address, without_query
from codex.limits import BYTES_PER_RESPONSE, REDIRECTS, SECONDS_PER_EXCHANGE, SECONDS_PER_READ
from codex.shell.isolation import check_time
from skills_build.frozen import dataclass

READS: Final = frozenset({"GET", "HEAD"})
_MAX_ATTEMPTS: Final = 5
"""Maximum number of attempts for a request, not counting pauses for a rate limit."""
_MAX_PAUSES: Final = 8
_SALT: Final = secrets.token_bytes(32)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PRIVATE: Final = frozenset({"authorization", "cookie"} | {header.name.lower() for header in HEADERS.values()})
"""Headers that are never sent to another host."""
_CHECK: Final = "check whether the request took effect"
_HINTS: Final = {
    401: "the token is missing, wrong or expired",
    403: "the token lacks permission for this request",
    404: "check the URL; hosts also respond with 404 if the token does not have access",
    429: "the host is limiting requests: try again later",
}


@dataclass(slots=True, kw_only=True)
class Usage:
    """What a client has used so far: requests, and bytes of their bodies."""

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

    def response(self, received: int) -> None:
        """Count the bytes of a response's body."""
        with self._lock:
            self.received += received


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    method: str
    url: str
    params: dict[str, object]
    content: bytes | None
    headers: dict[str, str]
    write: bool
    max_bytes: int

    @property
    def where(self) -> str:
        return f"{self.method} {without_query(self.url)}"


class Client:
    """Requests to one host with one credential; may be used from several threads."""

    def __init__(
        self,
        base: str,
        *,
        credential: Credential | None = None,
        rate_limiter: RateLimiter | None = None,
        authorities: Path | None = None,
        insecure: bool = False,
        timeout: float = SECONDS_PER_READ,
        total_timeout: float = SECONDS_PER_EXCHANGE,
    ) -> None:
        require_secure(base, insecure=insecure)
        self.base = base.rstrip("/") + "/"
        self.credential = credential or Anonymous()
        self.rate_limiter = rate_limiter or RateLimiter(split_address(base).netloc)
        self.usage = Usage()
        self._insecure = insecure
        self._total_timeout = total_timeout
        self._http = transport.open_connections(authorities, timeout)

    def with_credential(self, credential: Credential) -> "Client":
        """Return a client with the same host, connections and rate limiter, but another credential and own usage."""
        other = copy(self)
        other.credential, other.usage = credential, Usage()
        return other

    @property
    def account(self) -> str:
        """A name for the host and the credential, which is the same for two clients only within one process."""
        headers = "\n".join(sorted(f"{key}: {value}" for key, value in self.credential.headers().items()))
        return hmac.new(_SALT, f"{split_address(self.base).netloc}\n{headers}".encode(), "sha256").hexdigest()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(
        self,
        path: str,
        params: Mapping[str, object] | None = None,
        *,
        ok_statuses: tuple[int, ...] = (),
        max_bytes: int = BYTES_PER_RESPONSE,
    ) -> Response:
        """Read. Raises `HttpError` for a status of 400 and more that is not in `ok_statuses`."""
        return self.request("GET", path, params=params, ok_statuses=ok_statuses, max_bytes=max_bytes)

    def send(
        self, method: str, path: str, data: object = None, *, ok_statuses: tuple[int, ...] = (), write: bool = True
    ) -> Response:
        """Send JSON. `write=False` is for requests that change nothing, such as a GraphQL query."""
        content = None if data is None else json.dumps(data).encode()
        headers = {"content-type": "application/json"} if content is not None else {}
        return self.request(method, path, content=content, headers=headers, ok_statuses=ok_statuses, write=write)

    def send_once(self, path: str, content: bytes, *, headers: Mapping[str, str], max_bytes: int) -> Response:
        """Post JSON once, without retries or redirects, and return the response, whatever its status.

        Raises `HttpError` if the request did not reach the host, `UncertainError` if its response was lost.
        """
        headers = {**headers, "content-type": "application/json"}
        return self.request_once("POST", path, content=content, headers=headers, max_bytes=max_bytes, write=True)

    def request_once(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None,
        headers: Mapping[str, str],
        write: bool,
        max_bytes: int,
    ) -> Response:
        """Send a request without retries, and return the response, whatever its status; only a read is redirected.

        Raises `HttpError` if the request did not reach the host, `UncertainError` if its response was lost.
        """
        request = _Request(
            method=method,
            url=require_secure(urljoin(self.base, path), insecure=self._insecure),
            params={},
            content=content,
            headers=dict(headers),
            write=write,
            max_bytes=max_bytes,
        )
        try:
            return self._redirected(request)
        except HttpError:
            raise
        except Exception as error:
            if not transport.is_transport_fault(error):
                raise
            message = self.credential.redact(f"{request.where}: {transport.fault_message(error)}")
            kind = HttpError if transport.was_never_sent(error) else UncertainError
            raise kind(message, hint=transport.fault_hint(error), is_host_fault=True) from None

    def graphql(
        self, path: str, query: str, variables: Mapping[str, object] | None = None, *, write: bool = False
    ) -> GraphQLResponse:
        """Send a GraphQL document and return its response; a partial one has `data` and `errors`.

        Raises `HttpError` for a response that has neither.
        """
        response = self.send("POST", path, {"query": query, "variables": dict(variables or {})}, write=write)
        result: GraphQLResponse = response.decode(GraphQLResponse)
        if result.data is None and not result.errors:
            raise HttpError(
                f"{response.where}: the response contains neither `data` nor `errors`", status=response.status
            )
        return result.redacted(self.credential.redact)

    def pages(
        self,
        path: str,
        params: Mapping[str, object] | None = None,
        *,
        ok_statuses: tuple[int, ...] = (),
        next_of: Callable[[Response], str | None] = lambda response: response.link("next"),
    ) -> Iterator[Response]:
        """Yield a response and those that its `next` links lead to, on the same host; `next_of` finds the link."""

        def read(address: str | None) -> tuple[Response, str | None]:
            response = self.get(address or path, None if address else params, ok_statuses=ok_statuses)
            next_address = next_of(response)
            return response, next_address and self.next_page(next_address)

        yield from follow(read, what=without_query(urljoin(self.base, path)))

    def next_page(self, address: str) -> str:
        """Return the address of a next page, which must be on the same host, with the scheme of the base.

        A host behind a proxy that terminates TLS may write http into its links:
        https://gitlab.com/gitlab-org/gitlab-foss/-/issues/1331.
        """
        base, following = split_address(self.base), split_address(address)
        if following.netloc != base.netloc:
            raise HttpError(f"{self.base}: the next page is on another host")
        return urlunsplit(following._replace(scheme=base.scheme))

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        ok_statuses: tuple[int, ...] = (),
        max_bytes: int = BYTES_PER_RESPONSE,
        write: bool | None = None,
    ) -> Response:
        """Send a request, and retry it where that is safe; `path` is relative to the base or an address on its host.

        Raises `HttpError` for a status of 400 and more that is not in `ok_statuses`, where there is no response, and
        where it has more than `max_bytes` bytes; `UncertainError` where a write may have taken effect.
        """
        request = _Request(
            method=method,
            url=require_secure(urljoin(self.base, path), insecure=self._insecure),
            params=dict(params or {}),
            content=content,
            headers=dict(headers or {}),
            write=method not in READS if write is None else write,
            max_bytes=max_bytes,
        )
        response = self._with_retries(request)
        if response.status >= 400 and response.status not in ok_statuses:
            raise self.refused(response)
        return response

    def _with_retries(self, request: _Request) -> Response:
        faults = pauses = 0
        while True:
            check_time()
            try:
                response = self._redirected(request)
            except HttpError:
                raise
            except Exception as error:
                if not transport.is_transport_fault(error):
                    raise
                faults += 1
                self._require_retry(request, error, faults)
                self.rate_limiter.back_off(faults - 1, transport.fault_message(error))
                continue
            if self.rate_limiter.observe(response.status, response.headers, response.body):
                pauses += 1
                if pauses >= _MAX_PAUSES:
                    return response
                continue
            if response.status < 500 or response.status == 501:
                return response
            if request.write:
                raise UncertainError(f"{request.where}: {response.status}", status=response.status, hint=_CHECK)
            faults += 1
            if faults >= _MAX_ATTEMPTS:
                return response
            self.rate_limiter.back_off(faults - 1, f"the host responded with {response.status}")

    def _require_retry(self, request: _Request, error: Exception, faults: int) -> None:
        """Raise unless a request may be sent again after a fault of the network."""
        message = self.credential.redact(f"{request.where}: {transport.fault_message(error)}")
        never_sent = transport.was_never_sent(error)
        if request.write and not never_sent:
            raise UncertainError(message, hint=_CHECK) from None
        is_final = faults >= _MAX_ATTEMPTS or transport.is_overdue(error) or transport.is_untrusted(error)
        if is_final or self.rate_limiter.unreachable:
            self.rate_limiter.unreachable = never_sent
            raise HttpError(message, hint=transport.fault_hint(error), is_host_fault=True) from None

    def _redirected(self, request: _Request) -> Response:
        """Send, and follow redirects of a read; the credential is only sent to its own host."""
        for _ in range(REDIRECTS + 1):
            response = self._authorized(request)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or location is None:
                return response
            if request.write:
                raise HttpError(f"{request.where}: the host redirects to another URL")
            url = require_secure(resolve_url(response.url, location), insecure=self._insecure)
            require_outside(self.base, url)
            is_same = origin(url) == origin(request.url)
            headers = {k: v for k, v in request.headers.items() if is_same or k.lower() not in _PRIVATE}
            request = replace(request, url=url, params={}, content=None, headers=headers)
        raise HttpError(f"{without_query(request.url)}: redirected more than {REDIRECTS} times")

    def _authorized(self, request: _Request) -> Response:
        """Send; if the token is rejected and there is a newer one, send once more."""
        sent, response = self._exchange(request)
        if response.status == 401 and sent and self.credential.renew(sent):
            _, response = self._exchange(request)
        return response

    def _exchange(self, request: _Request) -> tuple[Mapping[str, str], Response]:
        """Send once; returns the credential's headers that were sent, and the response."""
        from codex.http.deadline import deadline

        params: Any = request.params or None
        url = transport.parsed_url(request.url)
        with self.rate_limiter.slot(write=request.write):
            secret = self.credential.headers() if origin(request.url) == origin(self.base) else {}
            self.usage.request(len(request.content or b""), write=request.write)
            headers = {**request.headers, **secret}
            with (
                deadline(self._total_timeout),
                self._http.stream(
                    request.method, url, params=params, content=request.content, headers=headers
                ) as stream,
            ):
                _require_one_coding(request, stream.headers.get("content-encoding", ""), stream.status_code)
                return secret, Response(
                    status=stream.status_code,
                    url=str(stream.url),
                    headers={name.lower(): value for name, value in stream.headers.items()},
                    body=self._body(stream.iter_bytes(), request, stream.status_code),
                    method=request.method,
                )

    def _body(self, chunks: Iterable[bytes], request: _Request, status: int) -> bytes:
        kept, size, start = [], 0, self.rate_limiter.now()
        for chunk in chunks:
            size += len(chunk)
            if size > request.max_bytes:
                message = f"{without_query(request.url)}: the response is larger than {request.max_bytes:,} bytes"
                raise TooLargeError(message, status=status, hint="check the URL")
            if self.rate_limiter.now() - start > self._total_timeout:
                raise transport.too_slow(self._total_timeout)
            kept.append(chunk)
        self.usage.response(size)
        return b"".join(kept)

    def refused(self, response: Response) -> HttpError:
        """Return the error for a response of a status of 400 and more, without the credential."""
        text = self.credential.redact(response.body[:2000].decode("utf-8", "replace"))
        reason = self.credential.redact(error_reason(text))  # its JSON may have escaped the token
        message = f"{response.where}: {response.status}{reason}"
        is_own_host = origin(response.url) == origin(self.base)
        kind = UnauthorizedError if response.status == 401 and is_own_host else HttpError
        return kind(message, status=response.status, body=text, hint=_HINTS.get(response.status))


def _require_one_coding(request: _Request, codings: str, status: int) -> None:
    """Refuse a body that was compressed more than once: it may take hours to unpack, even if it is short and unpacks to
    nothing. RFC 9110, section 8.4, lets a host apply several codings.
    """
    if "," in codings:
        hint = "configure the host or its proxy to compress responses only once"
        raise HttpError(f"{request.where}: the response is compressed more than once", status=status, hint=hint)
