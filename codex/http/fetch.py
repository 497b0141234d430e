"""Fetches one file that anybody may read."""

from urllib.parse import urlsplit, urlunsplit

from codex.http.client import Client, checked_address

_ABSENT = (403, 404, 410)
"""What hosts answer for a file that is not there; some object stores say 403."""


def fetch_optional(address: str, *, limit: int) -> bytes | None:
    """The bytes at an address, at most `limit`; None where there is no such file.

    Raises `CodexError` as `fetch` does.
    """
    parts = urlsplit(checked_address(address))
    with Client(urlunsplit((parts.scheme, parts.netloc, "/", "", ""))) as client:
        found = client.get(address, most=limit, accept=_ABSENT)
    return None if found.status in _ABSENT else found.body


def fetch(address: str, *, limit: int) -> bytes:
    """The bytes at an address, at most `limit`.

    Raises `CodexError` with a hint where they cannot be had: not https, no such file or host, a certificate that is
    not trusted, more bytes than `limit`.
    """
    parts = urlsplit(checked_address(address))
    with Client(urlunsplit((parts.scheme, parts.netloc, "/", "", ""))) as client:
        return client.get(address, most=limit).body
