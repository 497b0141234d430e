"""Names in the files of a repository and of a local forge: they reach no request as they are, and no terminal."""

import json
from pathlib import Path

import pytest

from tests.support.fleet import PYTHON, People
from tests.support.sync_command import sync

NAMES = ("<!-- codex:request digest=0 -->", "\x1b[2J\x1b]0;x\x07", "/label ~x", "@all", "\u202eada", "Closes #1")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if number else []) for number, name in enumerate(NAMES)]
)
def test_names_of_a_local_forge_are_inert_wherever_they_are_shown(codex: Path, people: People, name: str) -> None:
    people.add("shop/hostile", {**PYTHON, "CODEOWNERS": f"* {name} @{name}\n/x @ada {name}\n"})
    assert sync(codex, "apply", "--only", "hostile").code == 0
    (request,) = people.requests("shop/hostile")
    assert name not in request["body"]
    assert all(name not in reviewer for reviewer in request["reviewers"])
    people.change(
        "shop/hostile", 1, title=name, body=f"{name}\n{request['body']}", labels=[name], reviewers=[name], notes=[name]
    )
    closed = {**request, "number": 2, "state": "closed", "title": name, "labels": [name], "branch": name}
    file = people.root / "shop/hostile.requests.json"
    file.write_text(json.dumps({"requests": [*people.requests("shop/hostile"), closed]}))
    for words in ("plan", "apply", "status", "explain hostile", "apply --format markdown", "plan --diff"):
        arguments = words.split()
        run = sync(codex, *arguments, *(() if "explain" in words else ("--only", "hostile")))
        assert run.code in (0, 1, 4), run.err
        shown = run.out + run.err
        assert "\x1b" not in shown
        assert "\x07" not in shown
        assert "\u202e" not in shown
        assert "markdown" not in words or "<!-- codex:request" not in shown
