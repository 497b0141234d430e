"""Addresses of hosts: which may be requested, and how messages show them."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

from codex.http.errors import HttpError
from skills_build.inert import redacted


def split_address(address: str) -> SplitResult:
    """Return the parts of an address, whose host and port can be read. Raises `HttpError` if it is not valid."""
    try:
        parts = urlsplit(address)
        _ = parts.hostname, parts.port
    except ValueError as error:
        raise HttpError(f"`{redacted(address)}` is not a valid URL: {error}", hint="correct it") from error
    return parts


def require_secure(address: str, *, insecure: bool = False) -> str:
    """Return an address that may be requested: https, or http on this machine. Raises `HttpError` for others."""
    parts = split_address(address)
    host = parts.hostname or ""
    if parts.scheme in ("http", "https") and not host:
        raise HttpError(f"`{address}` does not name a host", hint="write it like https://example.com/a.tar.gz")
    if parts.username or parts.password:
        raise HttpError(
            "a URL contains a credential", hint="set the variable, file or command that provides the token instead"
        )
    if parts.scheme == "https" or (parts.scheme == "http" and (insecure or _is_local(host))):
        return address
    if parts.scheme == "http":
        raise HttpError(f"`{address}` is not encrypted", hint="use https")
    raise HttpError(f"`{address}` is not an https URL", hint="use https://")


def resolve_url(base: str, address: str) -> str:
    """Resolve an address from a response, relative or absolute, against `base`. Raises `HttpError` if it is invalid."""
    try:
        resolved = urljoin(base, address)
        split_address(resolved)
    except (ValueError, HttpError) as error:
        raise HttpError(f"{without_query(base)}: the host returned `{address}`, which is not a valid URL") from error
    return resolved


def origin(url: str) -> tuple[str, str]:
    """Return scheme and `host:port` of an address."""
    parts = split_address(url)
    return parts.scheme, parts.netloc


def without_query(url: str) -> str:
    """Return an address without its query, which may contain anything."""
    return url.partition("?")[0]


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
