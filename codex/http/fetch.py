"""Fetches one file that anybody may read."""

from urllib.parse import urlsplit, urlunsplit

from codex.http.client import Client


def fetch(address: str, *, limit: int) -> bytes:
    """The bytes at an address, at most `limit`. Raises `CodexError` where they cannot be had."""
    parts = urlsplit(address)
    with Client(urlunsplit((parts.scheme, parts.netloc, "/", "", ""))) as client:
        return client.get(address, most=limit).body
