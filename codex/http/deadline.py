"""Connections that give up at a deadline, whatever they are at: connecting, headers, or a body that drips.

The timeouts of an HTTP library are between two bytes: a host that sends one byte in time, again and again, never meets
them. Here every wait of a connection is cut at the deadline of the exchange, which is kept for each thread.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import httpcore2

_TOO_SLOW: Final = "the response takes too long"
_deadline: Final[ContextVar[float | None]] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End the exchange inside once `seconds` have passed: its next wait raises a timeout of httpcore."""
    state = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(state)


class OverdueError(Exception):
    """The time of an exchange is over; trying again would take as long."""


class _ConnectOverdueError(OverdueError, httpcore2.ConnectTimeout):
    pass


class _ReadOverdueError(OverdueError, httpcore2.ReadTimeout):
    pass


class _WriteOverdueError(OverdueError, httpcore2.WriteTimeout):
    pass


@contextmanager
def _within(timeout: float | None, late: type[OverdueError]) -> Iterator[float | None]:
    """Give the shorter of a timeout and what is left until the deadline; raises `late` once that has passed."""
    end = _deadline.get()
    if end is None:
        yield timeout
        return
    left = end - time.monotonic()
    if left <= 0:
        raise late(_TOO_SLOW)
    try:
        yield left if timeout is None else min(timeout, left)
    except httpcore2.TimeoutException as error:
        if time.monotonic() >= end:
            raise late(_TOO_SLOW) from error
        raise


class DeadlineBackend(httpcore2.SyncBackend):
    """The network with deadlines."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect."""
        with _within(timeout, _ConnectOverdueError) as left:
            return _Stream(super().connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore2.NetworkStream):
    """A connection whose waits end at the deadline."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _within(timeout, _ReadOverdueError) as left:
            return self._inner.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _within(timeout, _WriteOverdueError) as left:
            self._inner.write(buffer, left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        with _within(timeout, _ConnectOverdueError) as left:
            return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def bound(transport: Any) -> None:
    """Give a transport of httpx deadlines: its own arguments have no place for a backend.

    https://www.encode.io/httpcore/network-backends/
    """
    pool = transport._pool
    pool._network_backend = DeadlineBackend()
