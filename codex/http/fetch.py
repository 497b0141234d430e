"""Fetches public files.

Each fetch is a client of its own, outside `Hosts`: it sends no credential and is one request, so that there is no
limit to share.
"""

from typing import Final
from urllib.parse import urlunsplit

from codex.http.client import Client
from codex.http.rate_limit import RateLimiter
from codex.http.urls import require_secure, split_address
from codex.limits import SECONDS_OF_SILENCE

_ABSENT: Final = (403, 404, 410)
"""Statuses for a file that does not exist. S3 responds with 403 to clients that may not list the bucket:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html."""


def fetch_optional(address: str, *, limit: int) -> bytes | None:
    """Return the bytes at an address, at most `limit`; None where there is no such file.

    Raises `CodexError` as `fetch` does.
    """
    with _client(address) as client:
        response = client.get(address, max_bytes=limit, ok_statuses=_ABSENT)
    return None if response.status in _ABSENT else response.body


def fetch(address: str, *, limit: int) -> bytes:
    """Return the bytes at an address, at most `limit`.

    Raises `CodexError` with a hint for an address that is not https, no such file or host, a certificate that is not
    trusted, and more bytes than `limit`.
    """
    with _client(address) as client:
        return client.get(address, max_bytes=limit).body


def _client(address: str) -> Client:
    parts = split_address(require_secure(address))
    rate_limiter = RateLimiter(parts.netloc, patience=SECONDS_OF_SILENCE)
    return Client(urlunsplit((parts.scheme, parts.netloc, "/", "", "")), rate_limiter=rate_limiter)
