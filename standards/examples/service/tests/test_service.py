"""The service starts, refuses, and stops in order."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "invented-for-this-test"


def start(**environment: str) -> subprocess.Popen[str]:
    values = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment}
    command = [sys.executable, "-m", "orders"]
    return subprocess.Popen(command, env=values, cwd=ROOT, stdout=subprocess.PIPE, text=True)


class ServiceTest(unittest.TestCase):
    """Each test starts the service on a free port."""

    def setUp(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = start(PORT=str(self.port), API_TOKEN_FILE=str(folder / "token"))
        self.addCleanup(self.process.communicate)
        self.addCleanup(self.process.kill)
        self.first = json.loads(self.line())

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def get(self, path: str, **headers: str) -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers=headers)
        return connection.getresponse()

    def test_the_log_is_json_without_the_secret(self) -> None:
        self.assertEqual(self.first["message"], "started")
        self.assertNotIn(TOKEN, json.dumps(self.first))

    def test_health_needs_no_token_and_resources_do(self) -> None:
        self.assertEqual([self.get(path).status for path in ("/live", "/ready", "/v1/orders")], [200, 200, 401])
        self.assertEqual(self.get("/v1/orders", Authorization=f"Bearer {TOKEN}").status, 200)

    def test_errors_are_problem_details(self) -> None:
        response = self.get("/v1/nothing", Authorization=f"Bearer {TOKEN}")
        self.assertEqual((response.status, response.headers["Content-Type"]), (404, "application/problem+json"))
        self.assertEqual(json.loads(response.read())["status"], 404)

    def test_it_stops_on_sigterm_and_finishes_what_it_began(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as slow:
            slow.sendall(b"GET /live HTTP/1.1\r\nHost: x\r\n")
            time.sleep(0.1)
            self.process.send_signal(signal.SIGTERM)
            slow.sendall(b"Connection: close\r\n\r\n")
            self.assertIn(b"200", slow.recv(100))
        self.assertEqual(self.process.wait(timeout=20), 0)


class SettingsTest(unittest.TestCase):
    """Wrong settings are named, all at once."""

    def test_every_wrong_setting_is_named(self) -> None:
        output, _ = start(PORT="high", GRACE_SECONDS="long", API_TOKEN_FILE="/nowhere").communicate(timeout=20)
        problems = json.loads(output.splitlines()[0])["problems"]
        self.assertEqual([name in problems for name in ("PORT", "GRACE_SECONDS", "/nowhere")], [True, True, True])


if __name__ == "__main__":
    unittest.main()
