"""A review through a real LiteLLM proxy whose model is a mock. Set `CODEX_LITELLM` to the path of `litellm`."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.support.gateways import KEY, settings
from tests.support.reviewing import put, repository, rule
from tests.support.running import codexc

LITELLM = os.environ.get("CODEX_LITELLM") or shutil.which("litellm")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(LITELLM is None, reason="`litellm` is not installed: set CODEX_LITELLM to its path"),
]
ANSWER = {
    "verdicts": [
        {"rule": "SVC-1", "file": "src/b.py", "state": "violated", "line": 1, "quote": "load(request)", "reason": "no"},
        {"rule": "SVC-1", "file": "src/b.py", "state": "violated", "line": 7, "quote": "load(request)", "reason": "no"},
    ]
}


@contextmanager
def proxy(folder: Path, answer: str) -> Iterator[str]:
    """Run a proxy with a model `small` that always gives this answer, and a model `big` that always fails."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = {
        "model_list": [
            {
                "model_name": "big",
                "litellm_params": {"model": "openai/gpt-x", "api_key": "x", "api_base": "http://127.0.0.1:9"},
            },
            {
                "model_name": "small",
                "litellm_params": {"model": "openai/gpt-x", "api_key": "x", "mock_response": answer},
            },
        ],
        "litellm_settings": {"num_retries": 0},
        "general_settings": {"master_key": KEY},
    }
    path = folder / "litellm.yaml"
    path.write_text(json.dumps(config))
    assert LITELLM is not None
    command = [LITELLM, "--config", str(path), "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    with (folder / "litellm.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
    try:
        yield ready(process, f"http://127.0.0.1:{port}", folder / "litellm.log")
    finally:
        process.terminate()
        process.wait(30)


def ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> str:
    for _ in range(300):
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            with urlopen(f"{url}/health/liveliness", timeout=5):
                return url
        except (URLError, OSError):
            time.sleep(0.5)
    pytest.fail(log.read_text()[-2000:])


def test_a_review_through_the_proxy(tmp_path: Path) -> None:
    scope = "**Applies to:** languages: python\n\n"
    root = repository(tmp_path, [rule(1, "judgement: Is it checked?", labels=scope)])
    put(root, "src/b.py", "value = load(request)\n")
    ledger = tmp_path / "usage.jsonl"
    with proxy(tmp_path, json.dumps(ANSWER)) as url:
        where = ("--gateway", settings(tmp_path, url), "--ledger", ledger, "--format", "json")
        done = codexc("review", root, "--base", "main", *where, MODEL_KEY=KEY)
        refused = codexc("review", root, "--base", "main", *where, "--answers", tmp_path / "a", MODEL_KEY="sk-other")
    data = json.loads(done.out)
    assert [(one["id"], one["line"], one["by"]) for one in data["findings"]] == [("SVC-1", 1, "model small")]
    assert "verdict 2 was rejected: the line is not an added line of this file" in data["notes"]
    rows = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [(row["model"], row["outcome"]) for row in rows[:2]] == [("big", "failed"), ("small", "answered")]
    assert rows[1]["input_tokens"] > 0 and not rows[1]["estimated"]
    assert any("no more requests were sent to models" in note for note in json.loads(refused.out)["notes"])
