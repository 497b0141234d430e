"""Addresses of hosts: which may be requested, and how messages show them."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from codex.http.errors import HttpError
from skills_build.inert import redacted

_NUMBERS: Final = re.compile(r"[0-9a-fx.]+")
"""An unusual form of an IPv4 address: fewer than four numbers, or not decimal, such as `127.1` and `0x7f000001`."""


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
        raise HttpError(f"`{address}` does not contain a host", hint="write a URL such as https://example.com/a.tar.gz")
    if parts.username or parts.password:
        raise HttpError(
            "a URL contains a credential", hint="configure a variable, file or command that provides the token instead"
        )
    if parts.scheme == "https" or (parts.scheme == "http" and (insecure or _is_local(host))):
        return address
    if parts.scheme == "http":
        raise HttpError(f"`{address}` is not encrypted", hint="use https")
    raise HttpError(f"`{address}` is not an https URL", hint="use https://")


def require_outside(before: str, after: str) -> str:
    """Return an address that a host leads to. Raises `HttpError` if it is on this machine or in a private network.

    A host that is there itself may lead there. Names are not resolved: a proxy may be the only one that can.
    """
    host = split_address(after).hostname or ""
    if _is_internal(host) and not _is_internal(split_address(before).hostname or ""):
        hint = "if you trust the internal address, use that address directly"
        raise HttpError(f"{without_query(before)}: the host refers to the internal address `{host}`", hint=hint)
    return after


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


def _is_internal(host: str) -> bool:
    """Whether a host is this machine or an address of a private network, in any spelling that the system reads."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        if not _NUMBERS.fullmatch(name):
            return False
        from socket import inet_aton

        try:
            address = ip_address(inet_aton(name))
        except (OSError, ValueError):
            return False
    return not (getattr(address, "ipv4_mapped", None) or address).is_global


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
