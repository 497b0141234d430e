"""Fetches one file that anybody may read."""

from urllib.parse import urlsplit, urlunsplit

from codex.http.client import Client, checked_address


def fetch(address: str, *, limit: int) -> bytes:
    """The bytes at an address, at most `limit`.

    Raises `CodexError` with a hint where they cannot be had: not https, no such file or host, a certificate that is
    not trusted, more bytes than `limit`.
    """
    parts = urlsplit(checked_address(address))
    with Client(urlunsplit((parts.scheme, parts.netloc, "/", "", ""))) as client:
        return client.get(address, most=limit).body
