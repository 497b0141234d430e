"""A response counts only for the packet that it was written for, and only for what that packet shows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codex.workflow.review import Reviewing, ReviewRequest
from codex.workflow.trust import Trust
from skills_build.errors import CodexError
from tests.support.reviewing import bundle, git, packet, put, repository, response, review, reviewed, rule
from tests.support.running import Run, codexc

PYTHON = "**Applies to:** languages: python\n\n"
JUDGED = "judgement: Is the object checked?"
RULES = [rule(1, JUDGED, labels=PYTHON), rule(2, JUDGED, labels=f"{PYTHON}**Selected by:** `never`\n\n")]
FOLLOWED = {"rule": "SVC-1", "file": "src/b.py", "state": "followed"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = repository(tmp_path, RULES)
    put(made, "src/b.py", "a = load(request)\n")
    return made


def answered(root: Path, path: Path, *arguments: str) -> Run:
    return review(root, "--verdicts", str(path), *arguments)


def another_line(root: Path) -> None:
    put(root, "src/b.py", "a = load(admin)\n")


def a_line_that_moves(root: Path) -> None:
    put(root, "src/b.py", "\na = load(request)\n")


def another_file(root: Path) -> None:
    put(root, "src/c.py", "")


def a_removed_line(root: Path) -> None:
    put(root, "src/a.py", "x = 1\n")


def another_name(root: Path) -> None:
    git(root, "mv", "src/b.py", "src/d.py")


def an_edit_that_is_not_committed(root: Path) -> None:
    (root / "src" / "b.py").write_text("a = load(admin)\n")


def another_base(root: Path) -> None:
    git(root, "checkout", "-q", "main")
    put(root, "README.md", "one\n")
    git(root, "checkout", "-q", "work")


def other_rules(*rules: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        done = codexc("install", str(bundle(root.parent, rules)), "--into", str(root), "--force")
        assert done.code == 0, done.err

    return change


def other_text(root: Path) -> None:
    git(root, "checkout", "-q", "main")
    other_rules(rule(1, JUDGED, labels=PYTHON, text="Code MUST NOT print twice"), RULES[1])(root)
    git(root, "commit", "-qam", "chore: rules")
    git(root, "checkout", "-q", "work")
    git(root, "rebase", "-q", "main")


CHANGES = [
    another_line, a_line_that_moves, another_file, a_removed_line, another_name, an_edit_that_is_not_committed,
    another_base, other_text,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_an_answer_to_an_older_packet_is_refused(root: Path, change: Callable[[Path], None]) -> None:
    path = response(root, [FOLLOWED])
    assert answered(root, path).code == 0
    change(root)
    done = answered(root, path)
    assert done.code == 2 and "is the response to a different packet" in done.err, done.err
    assert "codexc review --base main --packet 100000" in done.err


QUESTIONS = [
    rule(1, "judgement: Is it checked twice?", labels=PYTHON),
    rule(1, JUDGED, labels=f"**Except:** tests.\n\n{PYTHON}"),
    rule(1, JUDGED, labels=PYTHON, examples="**Bad:**\n\n```python\nprint(y)\n```\n"),
    rule(1, JUDGED, labels="**Applies to:** languages: python, go\n\n"),
]
OTHER = rule(2, JUDGED, labels=f"{PYTHON}**Selected by:** `never`\n\n", text="Code MUST NOT print twice")


@pytest.mark.parametrize("changed", [*([one, RULES[1]] for one in QUESTIONS), [RULES[0], OTHER]])
def test_an_answer_for_other_rules_is_refused(root: Path, changed: list[str]) -> None:
    patch = git(root, "diff", "main").encode()
    id_ = packet(root, "--patch", "-", stdin=patch)["packet"]
    path = response(root, [FOLLOWED], id_)
    assert answered_patch(root, path, patch).code == 0
    other_rules(*changed)(root)
    done = answered_patch(root, path, patch)
    assert done.code == 2 and "is the response to a different packet" in done.err, done.err


def answered_patch(root: Path, path: Path, patch: bytes) -> Run:
    return review(root, "--patch", "-", "--verdicts", str(path), stdin=patch)


def test_an_answer_for_another_selection_is_refused(root: Path) -> None:
    path = response(root, [FOLLOWED], packet(root, "--all-rules")["packet"])
    done = answered(root, path)
    assert done.code == 2 and "with the same options" in done.err


def test_an_answer_for_another_version_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reviewing = Reviewing(ReviewRequest(root=root, day="2026-11-24", base="main"), Trust())
    path = response(root, [FOLLOWED])
    assert reviewing.with_verdicts(reviewing.run(), path).decision == "approve"
    monkeypatch.setattr("codex.review.packet_id.__version__", "0.0.1")
    with pytest.raises(CodexError, match="is the response to a different packet"):
        reviewing.with_verdicts(reviewing.run(), path)


def test_an_answer_stays_valid_while_the_lines_and_the_base_are_the_same(root: Path) -> None:
    (root / "src" / "c.py").write_text("b = load(request)\n")
    git(root, "add", "-A")
    path = response(root, [FOLLOWED, FOLLOWED | {"file": "src/c.py"}])
    git(root, "commit", "-qm", "feat: more")
    git(root, "commit", "-q", "--amend", "-m", "feat: another message")
    assert answered(root, path, "--format", "json", "--results", f"ruff:{_no_results(root)}").code == 0


def _no_results(root: Path) -> Path:
    path = root.parent / "ruff.json"
    path.write_text("[]")
    return path


IDS: list[Any] = [
    "4000", "4000-", "-" + "0" * 64, "4000-" + "0" * 64, "499-" + "0" * 64, "9" * 5000 + "-" + "0" * 64, "٤٠٠٠-" + "0" * 64,
    "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("id_", IDS)
def test_an_answer_with_no_valid_id_is_refused(root: Path, id_: object) -> None:
    path = response(root, [FOLLOWED], "")
    path.write_text(json.dumps({"packet": id_, "verdicts": [FOLLOWED]}))
    done = answered(root, path)
    assert done.code == 2 and "codexc review --base main --packet" in done.err


@pytest.mark.parametrize("change", [str.upper, lambda id_: f" {id_}", lambda id_: f"{id_}\n", lambda id_: f"0{id_}"])
def test_an_id_is_compared_exactly(root: Path, change: Callable[[str], str]) -> None:
    id_ = packet(root)["packet"]
    path = response(root, [FOLLOWED], change(id_))
    assert answered(root, path).code == (0 if change(id_) == id_ else 2)


WRONG: list[Any] = ["", None, 1, True, [], {}, ["4000-" + "0" * 64]]
NO_IDS: list[dict[str, Any]] = [{}, *({"packet": wrong} for wrong in WRONG)]


@pytest.mark.parametrize("id_", NO_IDS)
def test_an_answer_without_an_id_approves_nothing(root: Path, id_: dict[str, Any]) -> None:
    path = response(root, [FOLLOWED], "")
    path.write_text(json.dumps({**id_, "verdicts": [FOLLOWED]}))
    data = reviewed(root, "--verdicts", str(path))
    assert data["decision"] == "inconclusive"
    assert any("does not identify its packet, so it cannot approve anything" in note for note in data["notes"])


def test_the_violations_of_an_answer_without_an_id_count(root: Path) -> None:
    violated = {"rule": "SVC-1", "file": "src/b.py", "state": "violated", "line": 1, "quote": "a = load(request)"}
    path = response(root, [], "")
    path.write_text(json.dumps({"verdicts": [violated]}))
    data = reviewed(root, "--verdicts", str(path))
    assert [finding["id"] for finding in data["findings"]] == ["SVC-1"]
    assert data["decision"] == "inconclusive"


def test_an_answer_to_a_smaller_packet_has_its_size(root: Path) -> None:
    id_ = packet(root, tokens=4000)["packet"]
    forged = f"9000-{id_.partition('-')[2]}"
    assert answered(root, response(root, [FOLLOWED], forged)).code == 2


def test_the_id_is_required_by_the_schema_of_the_packet(root: Path) -> None:
    data = packet(root)
    schema = data["answer_schema"]
    assert schema["properties"]["packet"] == {"const": data["packet"]}
    assert schema["required"] == ["packet", "verdicts"]
    assert next(iter(data)) == "packet"


def test_lines_that_a_packet_does_not_show_are_not_approved(root: Path) -> None:
    put(root, "src/c.py", "".join(f"name_{n} = {n}\n" for n in range(3000)))
    verdicts = [FOLLOWED, FOLLOWED | {"file": "src/c.py"}]
    small = packet(root, tokens=1000)
    assert any(cut.startswith("src/c.py: lines from") for cut in small["cuts"])
    data = reviewed(root, "--verdicts", str(response(root, verdicts, small["packet"])))
    note = "the packet shows 1 combination of a rule and a file only in part, such as SVC-1 for `src/c.py`: print a larger packet"
    assert data["decision"] == "inconclusive" and note in data["notes"]
    assert reviewed(root, "--verdicts", str(response(root, verdicts)))["decision"] == "approve"


def test_a_rule_that_a_packet_leaves_out_is_not_approved(tmp_path: Path) -> None:
    long = rule(1, f"judgement: {'Is it checked? ' * 200}", labels=PYTHON)
    made = repository(tmp_path, [long])
    put(made, "src/b.py", "a = load(request)\n")
    small = packet(made, tokens=600)
    assert small["cuts"][0] == "rules left out: SVC-1"
    data = reviewed(made, "--verdicts", str(response(made, [FOLLOWED], small["packet"])))
    assert data["decision"] == "inconclusive"
    assert reviewed(made, "--verdicts", str(response(made, [FOLLOWED])))["decision"] == "approve"
