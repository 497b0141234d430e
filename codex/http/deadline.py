"""Connections that give up at a deadline, in any phase: connecting, headers, or a body that arrives byte by byte.

The timeouts of httpx count the time between two bytes (https://www.python-httpx.org/advanced/timeouts/): a host that
keeps sending single bytes never reaches them. Here each wait of a connection ends at the deadline of the exchange,
which each thread has of its own.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import httpcore2

_TOO_SLOW: Final = "the response took too long"
_deadline: Final[ContextVar[float | None]] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End the exchange inside after `seconds`: its next wait raises a timeout of httpcore."""
    state = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(state)


class OverdueError(Exception):
    """An exchange used up its time; a retry would take as long."""


class _ConnectOverdueError(OverdueError, httpcore2.ConnectTimeout):
    pass


class _ReadOverdueError(OverdueError, httpcore2.ReadTimeout):
    pass


class _WriteOverdueError(OverdueError, httpcore2.WriteTimeout):
    pass


@contextmanager
def _within(timeout: float | None, overdue: type[OverdueError]) -> Iterator[float | None]:
    """Yield the shorter of a timeout and the time until the deadline; raises `overdue` once that has passed."""
    end = _deadline.get()
    if end is None:
        yield timeout
        return
    remaining = end - time.monotonic()
    if remaining <= 0:
        raise overdue(_TOO_SLOW)
    try:
        yield remaining if timeout is None else min(timeout, remaining)
    except httpcore2.TimeoutException as error:
        if time.monotonic() >= end:
            raise overdue(_TOO_SLOW) from error
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
        with _within(timeout, _ConnectOverdueError) as remaining:
            return _Stream(super().connect_tcp(host, port, remaining, local_address, socket_options))


class _Stream(httpcore2.NetworkStream):
    """A connection whose waits end at the deadline."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _within(timeout, _ReadOverdueError) as remaining:
            return self._inner.read(max_bytes, remaining)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _within(timeout, _WriteOverdueError) as remaining:
            self._inner.write(buffer, remaining)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        with _within(timeout, _ConnectOverdueError) as remaining:
            return _Stream(self._inner.start_tls(ssl_context, server_hostname, remaining))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def bound(transport: Any) -> None:
    """Give a transport of httpx deadlines.

    A transport has no parameter for a network backend, so its pool gets one afterwards:
    https://www.encode.io/httpcore/network-backends/.
    """
    pool = transport._pool
    pool._network_backend = DeadlineBackend()
