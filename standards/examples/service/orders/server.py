"""The HTTP server: health, one resource, problem details, and an orderly end."""

import hmac
import json
import logging
import threading
import uuid
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from orders.settings import Settings

logger = logging.getLogger(__name__)
MAX_BODY = 64 * 1024
MAX_REQUESTS = 100


class OrdersServer(ThreadingHTTPServer):
    """Serve at most MAX_REQUESTS requests at a time (SVC-6) and finish them at the end (SVC-9)."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.draining = threading.Event()
        self.slots = threading.BoundedSemaphore(MAX_REQUESTS)
        super().__init__(("0.0.0.0", settings.port), OrdersHandler)


class OrdersHandler(BaseHTTPRequestHandler):
    """Handle one connection. A client that sends nothing for ten seconds is cut off."""

    server: OrdersServer
    timeout = 10
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer health checks without authentication, everything else with it (SEC-6)."""
        if self.path == "/live":
            return self.answer(HTTPStatus.OK, {"status": "ok"})
        if self.path == "/ready":
            draining = self.server.draining.is_set()
            status = HTTPStatus.SERVICE_UNAVAILABLE if draining else HTTPStatus.OK
            return self.answer(status, {"status": "draining" if draining else "ok"})
        if not self.server.slots.acquire(blocking=False):
            return self.problem(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", {"Retry-After": "5"})
        try:
            self.resource()
        except Exception:
            incident = uuid.uuid4().hex
            logger.exception("unhandled error", extra={"incident": incident})
            self.problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", {"X-Request-Id": incident})
        finally:
            self.server.slots.release()

    def resource(self) -> None:
        """Answer for the resources of the service."""
        if not self.is_authorised():
            return self.problem(HTTPStatus.UNAUTHORIZED, "unauthorised", {"WWW-Authenticate": "Bearer"})
        if self.path == "/v1/orders":
            return self.answer(HTTPStatus.OK, {"items": [], "next_cursor": None})
        return self.problem(HTTPStatus.NOT_FOUND, "not-found", {})

    def is_authorised(self) -> bool:
        """Compare the token in constant time (CRYPTO-8)."""
        expected = f"Bearer {self.server.settings.api_token.value}"
        return hmac.compare_digest(self.headers.get("Authorization", "").encode(), expected.encode())

    def answer(self, status: HTTPStatus, body: dict[str, object]) -> None:
        """Send JSON that no shared cache keeps (API-9)."""
        self.send_json(status, "application/json", body, {"Cache-Control": "private, no-cache"})

    def problem(self, status: HTTPStatus, name: str, headers: dict[str, str]) -> None:
        """Send problem details (API-5) and close the connection."""
        kind = f"https://api.example.com/problems/{name}"
        body = {"type": kind, "title": status.phrase, "status": status.value}
        self.close_connection = True
        self.send_json(status, "application/problem+json", body, {"Cache-Control": "no-store", **headers})

    def send_json(self, status: HTTPStatus, kind: str, body: dict[str, object], headers: dict[str, str]) -> None:
        """Send a response with the headers that every response has (WEB-3, WEB-4)."""
        data = json.dumps(body).encode()
        self.send_response(status)
        common = {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            "X-Content-Type-Options": "nosniff",
            "Strict-Transport-Security": "max-age=31536000",
        }
        for name, value in {**common, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log route and status, without query and headers (SECRET-5)."""
        fields = {"http.response.status_code": int(code), "url.path": self.path.partition("?")[0]}
        logger.info("request", extra=fields)

    def log_message(self, format: str, *args: object) -> None:
        """Send messages of the library to the log."""
        logger.info("http", extra={"detail": format % args})
