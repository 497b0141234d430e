"""A model on loopback: records the requests of coding clients, and answers them as the Anthropic and OpenAI APIs do.

The first answer can be a call of the client's tool that reads a file; all others are a word of text. Formats:
https://docs.anthropic.com/en/api/messages-streaming and https://platform.openai.com/docs/api-reference/responses-streaming.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_READERS = {"Read": "file_path", "read": "filePath", "view": "path"}
"""The tools that read a file in Claude Code, opencode and Copilot, with the name of their parameter for it."""


@dataclass
class Model:
    """What was asked, as the text of each request, and the file that the client is told to read."""

    url: str = ""
    reads: str = ""
    requests: list[str] = field(default_factory=list)

    @property
    def last(self) -> str:
        """All strings in the last request, so that escapes do not matter."""
        return "\n".join(_strings(json.loads(self.requests[-1])))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(part)


@contextmanager
def recording_model(reads: str = "") -> Iterator[Model]:
    """Run a model for the time of a test. With `reads`, the first answer is a call that reads this file."""
    model = Model(reads=reads)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(model))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    model.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(model: Model) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Print nothing."""

        def do_GET(self) -> None:
            self._send("application/json", b'{"data": [], "models": []}')

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
            if "messages" in self.path and "count_tokens" not in self.path:
                model.requests.append(body)
                self._send("text/event-stream", _sse(_anthropic(json.loads(body), model)))
            elif "responses" in self.path:
                model.requests.append(body)
                self._send("text/event-stream", _sse(_openai()))
            else:
                self._send("application/json", b'{"input_tokens": 1}')

        def _send(self, kind: str, data: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler


def _sse(events: list[dict[str, Any]]) -> bytes:
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def _anthropic(request: dict[str, Any], model: Model) -> list[dict[str, Any]]:
    offered = {tool.get("name") for tool in request.get("tools", [])}
    tool = next((name for name in _READERS if name in offered), "")
    asked = "tool_result" in json.dumps(request.get("messages", []))
    calls = bool(model.reads and tool) and not asked
    block = {"type": "tool_use", "id": "toolu_1", "name": tool, "input": {}} if calls else {"type": "text", "text": ""}
    delta = (
        {"type": "input_json_delta", "partial_json": json.dumps({_READERS[tool]: model.reads})}
        if calls
        else {"type": "text_delta", "text": "Done."}
    )
    usage = {"input_tokens": 1, "output_tokens": 1}
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "stub", "content": [], "usage": usage}
    stop = {"stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None}
    return [
        {"type": "message_start", "message": {**head, "stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": usage},
        {"type": "message_stop"},
    ]


def _openai() -> list[dict[str, Any]]:
    item = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "Done.", "annotations": []}],
    }
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    done = {"id": "resp_1", "object": "response", "status": "completed", "output": [item], "usage": usage}
    return [
        {"type": "response.created", "response": {**done, "status": "in_progress", "output": []}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": done},
    ]
