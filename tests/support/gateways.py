"""A gateway to models on loopback with scripted responses, and settings that name it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.running import Run, codexc
from tests.support.scripted import RecordedRequest, Reply, Scripted, scripted

Respond = Callable[[dict[str, Any], int], Reply]
"""Returns the response to the body of a request, and its number from 0."""
KEY = "sk-test-0123456789"


def completion(value: object, *, ending: str = "stop", tokens: tuple[int, int] = (1000, 100), **message: Any) -> Reply:
    """A chat completion whose content is this value, as JSON unless it is text."""
    content = value if isinstance(value, str) else json.dumps(value)
    data = {
        "id": "x",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": ending}
        ],
        "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)},
    }
    return Reply(body=json.dumps(data).encode(), headers={"content-type": "application/json"})


def failure(status: int, **headers: str) -> Reply:
    """An error, with these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, body=json.dumps({"error": {"message": f"no: {KEY}"}}).encode(), headers=named)


@contextmanager
def gateway(respond: Respond) -> Iterator[Scripted]:
    """Serve a gateway until the block ends."""

    def serve(request: RecordedRequest, number: int) -> Reply:
        return respond(json.loads(request.body), number)

    with scripted(serve) as server:
        yield server


def settings(folder: Path, url: str, text: str = "") -> Path:
    """A codex.yaml with a gateway: two models for each task, one of them for the class `internal`."""
    path = folder / "gateway.yaml"
    path.write_text(f"""namespace: acme
gateway:
  url: {url}/v1
  key: {{env: MODEL_KEY}}
  team: payments
  headers: {{x-litellm-tags: "team:{{team}},task:{{task}}"}}
  tasks: {{review: [big, small], distill: [big, small]}}
  classes: {{public: [big, small], internal: [small], restricted: []}}
  default_class: public
  prices: {{big: {{input: 3, output: 15}}, small: {{input: 0.5, output: 2}}}}
{text}""")
    return path


def shown(body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The trusted and the untrusted part of a question, as a model finds them."""
    system, user = (message["content"] for message in body["messages"])
    first, *data, last = user.split("\n")
    assert first.startswith("<data ") and last == f"</{first[1:]}"
    return json.loads(system[system.index("\n{") :]), json.loads("\n".join(data))


def followed(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Verdicts that every rule of a question is followed in each of its files."""
    context, _ = shown(body)
    return [
        {"rule": rule["id"], "file": file, "state": "followed", "line": None, "quote": None, "reason": None}
        for rule in context["rules"]
        for file in rule["files"]
    ]


def asked(*arguments: str | Path, cwd: Path | None = None) -> Run:
    """Run codexc with the key of the gateway."""
    return codexc(*arguments, cwd=cwd, MODEL_KEY=KEY)


def review(root: Path, config: Path, *arguments: str) -> Run:
    """Review the change of a repository with the models of a gateway, with a ledger and a cache next to it."""
    where = ("--ledger", str(root.parent / "usage.jsonl"), "--answers", str(root.parent / "answers"))
    return asked("review", root, "--base", "main", "--gateway", config, *where, "--format", "json", *arguments)


def reviewed(root: Path, config: Path, *arguments: str) -> dict[str, Any]:
    """The result of such a review."""
    done = review(root, config, *arguments)
    assert done.code in (0, 1), done.err
    data: dict[str, Any] = json.loads(done.out)
    assert KEY not in done.out + done.err
    return data
