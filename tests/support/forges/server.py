"""A small HTTP/1.1 server on loopback: keeps connections, reads chunks, can lose an answer in every known way.

It is independent of forges: `Deliver` is a function from a request to what is to be sent, and how.
"""

import contextlib
import http.server
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import urlsplit

from tests.support.forges.wire import Answer, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An answer and the way it travels."""

    answer: Answer
    drops: bool = False
    cut: bool = False
    skew: float = 0


Deliver = Callable[[Request], Delivery]


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: "Server"

    def serve(self) -> None:
        delivery = self.server.deliver(self._request())
        if delivery.drops:
            self._reset()
            return
        with contextlib.suppress(ConnectionError):
            self._send(delivery)

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        return Request(
            method=self.command,
            path=parts.path,
            query=parts.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._body(),
        )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def _send(self, delivery: Delivery) -> None:
        answer = delivery.answer
        bodiless = answer.status in (204, 304)
        lines = [f"HTTP/1.1 {answer.status} {phrase(answer.status)}", f"Date: {date(delivery.skew)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        lines += [] if bodiless else [f"Content-Length: {len(answer.body)}"]
        head = "\r\n".join([*lines, "", ""]).encode("utf-8")
        body = b"" if bodiless or self.command == "HEAD" else answer.body
        if delivery.cut:
            self.wfile.write(head + body[: len(body) // 2])
            self._reset()
            return
        self.wfile.write(head + body)

    def _reset(self) -> None:
        """Close so that the other side sees a reset, not an end."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the forge keeps its own log."""


for _method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
    setattr(Handler, f"do_{_method}", Handler.serve)


def phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def date(skew: float) -> str:
    return formatdate(time.time() + skew, usegmt=True)


class Server(http.server.ThreadingHTTPServer):
    """A thread for each connection; all of them end with the server."""

    daemon_threads = False
    request_queue_size = 256

    def __init__(self, deliver: Deliver) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.deliver = deliver
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()

    def server_bind(self) -> None:
        """Bind without asking a name server for the own name."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        with self._guard:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: object) -> None:
        """Close a connection; one that is to be reset is not shut down first."""
        assert isinstance(request, socket.socket)
        with self._guard:
            self._connections.discard(request)
        with contextlib.suppress(OSError):
            linger = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
            if not struct.unpack("ii", linger)[0]:
                request.shutdown(socket.SHUT_WR)
        request.close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone is no error; anything else is shown."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            traceback.print_exc()

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        with self._guard:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def serving(deliver: Deliver) -> Iterator[str]:
    """Serve on a free port of loopback; yields the URL."""
    server = Server(deliver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="forge")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.hang_up()
        thread.join()
        server.server_close()
