"""The requests of a push, which dulwich makes, sent by our client.

dulwich limits neither the size of a response nor its time, and after a redirect it sends the token to the new host.
"""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, Final

from codex.http.client import Client
from codex.http.errors import HttpError, UncertainError
from codex.http.response import Response
from codex.http.urls import origin, without_query
from codex.limits import BYTES_PER_RESPONSE

_SENT: Final = ("content-type", "accept")
"""The headers of dulwich that are sent; the client sets the others."""


class PushRequests:
    """What dulwich uses of a pool of connections. `client` has the credential for git."""

    headers: Mapping[str, str] = {}

    def __init__(self, client: Client) -> None:
        self._client = client

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None = None,
        **_: Any,
    ) -> "PushResponse":
        """Send a request. Raises `HttpError` if the host redirects it to another one, and `UncertainError`."""
        content = body if body is None or isinstance(body, bytes) else b"".join(body)
        kept = {name.lower(): value for name, value in headers.items() if name.lower() in _SENT}
        try:
            response = self._client.request_once(
                method, url, content=content, headers=kept, write=content is not None, max_bytes=BYTES_PER_RESPONSE
            )
        except UncertainError:
            raise
        except HttpError as error:
            if not error.is_host_fault:
                raise
            raise UncertainError(error.message, hint=error.hint, is_host_fault=True) from error
        if origin(response.url) != origin(self._client.base):
            raise HttpError(f"{without_query(url)}: the host redirects a push to another host")
        self._client.rate_limiter.observe(response.status, response.headers, b"")
        return PushResponse(response)


class PushResponse:
    """What dulwich uses of a response."""

    content_type: str | None
    redirect_location: str

    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.headers = _Headers(response.headers)
        self._url = response.url
        self._body = BytesIO(response.body)

    def geturl(self) -> str:
        """Return the address after redirects."""
        return self._url

    def read(self, size: int = -1) -> bytes:
        """Read bytes of the body."""
        return self._body.read(size)

    def close(self) -> None:
        """Do nothing: the response was read completely."""


class _Headers(dict[str, str]):
    """Headers whose names are in lower case, and may be asked for in any."""

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a header."""
        return super().get(name.lower(), default)
