"""Reviews that are posted again with other results, or when the merge request is no longer open."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args

import pytest

from tests.codex.review.test_posting import FORGES, Posting
from tests.support.forges import running
from tests.support.gateways import KEY, completion, failure, followed, gateway, settings
from tests.support.reviewing import BLOCKING, git, put, repository, response, rule
from tests.support.scripted import Reply

PYTHON = "**Applies to:** languages: python\n\n"
Ended = Literal["closed", "merged"]
RULES = [
    rule(1, BLOCKING),
    rule(2, "linter: ruff\nrules: [F401]", text="Imports MUST be used", labels=PYTHON),
    rule(3, "judgement: Is the owner checked?", text="Handlers MUST check the owner", labels=PYTHON),
]


pytestmark = pytest.mark.any_host


@pytest.fixture(params=FORGES, ids=[name for name, _ in FORGES])
def posting(request: Any, tmp_path: Path) -> Iterator[Posting]:
    kind, variable = request.param
    root = repository(tmp_path, RULES)
    put(root, "src/b.py", "import os\nload(x)\n")
    with running(kind, tmp_path / "forge") as forge:
        yield Posting(forge, root, variable)


def linter(posting: Posting, line: int) -> tuple[str, ...]:
    """Results of ruff, with a finding on a line or none for 0."""
    row = {"code": "F401", "filename": "src/b.py", "location": {"row": line, "column": 1}, "message": "unused"}
    path = posting.root.parent / "ruff.json"
    path.write_text(json.dumps([row] if line else []))
    return "--results", f"ruff:{path}"


def reviewer(posting: Posting, line: int) -> tuple[str, ...]:
    """A response of a reviewer, with a violation on a line or none for 0."""
    about = {"rule": "SVC-3", "file": "src/b.py"}
    found = {**about, "state": "violated", "line": line, "quote": "load(x)", "reason": "anyone"}
    return "--verdicts", str(response(posting.root, [found if line else {**about, "state": "followed"}]))


ASKED = {"linter": (linter, "import os\n"), "reviewer": (reviewer, "load(x)\n")}


@pytest.mark.parametrize("who", ASKED)
def test_a_thread_is_only_closed_as_fixed_if_what_found_it_was_asked_or_its_line_is_gone(
    posting: Posting, who: str
) -> None:
    ask, text = ASKED[who]
    put(posting.root, "src/b.py", f"x = 1\n{text}")
    posting.push()
    assert "1 thread opened" in posting.post(*ask(posting, 2)).err
    before = posting.request.threads[0].note.body

    silent = posting.post()
    assert "0 closed" in silent.err and "note: kept 1 thread open" in silent.err, silent.err
    assert posting.request.threads[0].note.body == before
    put(posting.root, "src/b.py", f"x = 1\n\n\n{text}")
    posting.push()
    assert "0 closed" in posting.post().err, "the line has only moved"
    assert "1 closed" in posting.post(*ask(posting, 0)).err, "what found it does not find it any more"
    assert "1 reopened" in posting.post(*ask(posting, 4)).err

    put(posting.root, "src/b.py", "x = 1\n")
    posting.push()
    gone = posting.post()
    assert "1 closed" in gone.err and "left" not in gone.err


def test_a_model_that_does_not_answer_does_not_close_a_thread(posting: Posting) -> None:
    found = {"rule": "SVC-3", "file": "src/b.py", "state": "violated", "line": 2, "quote": "load(x)", "reason": "r"}
    answers: list[Callable[[Any], Reply]] = [
        lambda _: completion({"verdicts": [found]}),
        lambda _: failure(500),
        lambda body: completion({"verdicts": followed(body)}),
    ]
    said = []
    for number, answer in enumerate(answers):
        with gateway(lambda body, _, answer=answer: answer(body)) as server:  # type: ignore[misc]
            where = ("--answers", str(posting.root.parent / f"answers{number}"))
            more = ("--gateway", str(settings(posting.root.parent, server.url)), *where)
            said.append(posting.post(*more, MODEL_KEY=KEY).err)
            written = posting.writes()
            again = posting.post(*more, MODEL_KEY=KEY)
            assert posting.writes() == written, f"the second run wrote: {again.err}"
    assert ["1 thread opened" in said[0], "0 closed" in said[1], "1 closed" in said[2]] == [True] * 3, said


@pytest.mark.parametrize("end", get_args(Ended))
def test_nothing_is_posted_on_a_merge_request_that_is_not_open(posting: Posting, end: Ended) -> None:
    put(posting.root, "src/b.py", "print(1)\n")
    posting.push()
    assert "1 thread opened" in posting.post().err
    before = [one.note.body for one in posting.request.threads]
    world = posting.forge.world
    with world.lock:
        world.set_state(posting.request, end, posting.forge.human)
    git(posting.root, "branch", "-f", "main", "work")  # as after a merge: the base contains the change
    written = posting.writes()
    done = posting.post()
    assert "nothing was posted: the merge request is closed or merged" in done.err, done.err
    assert posting.writes() == written and [one.note.body for one in posting.request.threads] == before
