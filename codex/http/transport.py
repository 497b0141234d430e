"""The only importer of httpx2: connections to a host, and what kind of fault one of its errors is."""

import os
import ssl
from functools import cache
from pathlib import Path
from socket import gaierror
from typing import TYPE_CHECKING, Final

import codex
from codex.http.errors import HttpError
from skills_build.inert import cut, redacted

if TYPE_CHECKING:
    import httpx2

_TIMEOUTS: Final = {
    "ReadTimeout": "the host did not respond in time",
    "ConnectTimeout": "the connection was not established in time",
}
"""What errors without a message of their own mean, by the name of their class."""
_SHOWN: Final = 200
"""Number of characters shown of an address that cannot be requested."""


def open_connections(authorities: Path | None, timeout: float) -> "httpx2.Client":
    """Open a pool of connections that trusts the certificates of `authorities`, by default those of this machine.

    `timeout` is in seconds without a byte. Raises `HttpError` if `authorities` contains no certificates.
    """
    import httpx2

    from codex.http.deadline import bound

    verify = _trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    if authorities is not None:
        try:
            verify = ssl.create_default_context(cafile=str(authorities))
        except (OSError, ssl.SSLError) as error:
            raise HttpError(f"`{authorities}` contains no certificates: {error}") from error
    headers = {"user-agent": f"codexc/{codex.__version__}"}
    limits = httpx2.Limits(max_connections=64, max_keepalive_connections=16)
    client = httpx2.Client(verify=verify, timeout=timeout, follow_redirects=False, headers=headers, limits=limits)
    for transport in (client._transport, *client._mounts.values()):
        if transport is not None:
            bound(transport)
    return client


@cache
def _trusted(*settings: str | None) -> ssl.SSLContext:
    """The certificates that this machine trusts, read once: that takes longer than a request on loopback."""
    import httpx2

    return httpx2.create_ssl_context()


def parsed_url(address: str) -> "httpx2.URL":
    """Return an address as a request has it. Raises `HttpError` for one that cannot be in a request."""
    import httpx2

    try:
        url = httpx2.URL(address)
        url.raw_host.decode("ascii").encode("idna")  # as the lookup of the host does, which fails with the same error
    except (httpx2.InvalidURL, UnicodeError) as error:
        shown = cut(redacted(address), _SHOWN)
        raise HttpError(f"`{shown}` is not a valid URL: {error}", hint="check the spelling of the URL") from error
    return url


def is_transport_fault(error: Exception) -> bool:
    """Return whether an error is a fault of the network or the host, and not of the program."""
    import httpx2

    return isinstance(error, httpx2.TransportError | httpx2.StreamError | httpx2.DecodingError)


def was_never_sent(error: Exception) -> bool:
    """Return whether no byte of the request can have reached the host."""
    import httpx2

    return isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)


def is_overdue(error: Exception) -> bool:
    """Return whether an exchange used up all of its time; a retry would too."""
    from codex.http.deadline import OverdueError

    return _caused_by(error, OverdueError)


def is_untrusted(error: Exception) -> bool:
    """Return whether the host's certificate is not trusted."""
    return _caused_by(error, ssl.SSLCertVerificationError)


def too_slow(seconds: float) -> Exception:
    """Return the error of a body that takes longer than `seconds`."""
    import httpx2

    return httpx2.ReadTimeout(f"the response took longer than {seconds:,.0f} s")


def fault_message(error: Exception) -> str:
    """Return the message of an error, which some classes leave empty."""
    name = type(error).__name__
    return str(error).strip() or _TIMEOUTS.get(name, name)


def fault_hint(error: Exception) -> str:
    """Return what to do about an error of the network."""
    if is_untrusted(error):
        return "for a private certificate authority, set `ca` in codex.yaml or SSL_CERT_FILE to its certificates (PEM)"
    if _caused_by(error, gaierror):
        return "the host name cannot be resolved: check its spelling and the network connection"
    return "check the URL, and that the host is up"


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
