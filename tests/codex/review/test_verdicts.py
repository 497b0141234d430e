"""Packets for reviewers, and their answers: only what the change shows counts."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.support.reviewing import git, put, repository, response, review, reviewed, rule

JUDGED = "judgement: Is the object checked?"
LINES = [f"    value_{number} = load(request, {number})" for number in range(40)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    scope = "**Applies to:** languages: python\n\n"
    rules = [rule(n, JUDGED, text=f"Handlers MUST check object {n}", labels=scope) for n in range(1, 4)]
    made = repository(tmp_path, [*rules, rule(4, "regex: {match: zzz}\nfiles: ['**']", examples="")])
    put(made, "src/b.py", "\n".join(LINES) + "\n")
    put(made, "src/c.py", "short = 1\n")
    return made


def answer(root: Path, verdicts: list[Any]) -> dict[str, Any]:
    return reviewed(root, "--verdicts", str(response(root, verdicts)))


def followed() -> list[dict[str, Any]]:
    pairs = [(f"SVC-{n}", path) for n in range(1, 4) for path in ("src/b.py", "src/c.py")]
    return [{"rule": id_, "file": path, "state": "followed"} for id_, path in pairs]


def violated(**changes: Any) -> dict[str, Any]:
    return {
        "rule": "SVC-1",
        "file": "src/b.py",
        "state": "violated",
        "line": 3,
        "quote": LINES[2],
        "reason": "no",
        **changes,
    }


def test_a_complete_answer_counts(root: Path) -> None:
    assert answer(root, followed())["decision"] == "approve"
    data = answer(root, [*followed(), violated()])
    (finding,) = data["findings"]
    assert (finding["id"], finding["line"], finding["by"], finding["blocks"]) == ("SVC-1", 3, "a reviewer", False)
    assert data["decision"] == "comment"


def test_an_incomplete_answer_is_inconclusive_and_says_what_is_missing(root: Path) -> None:
    data = answer(root, followed()[1:])
    assert data["decision"] == "inconclusive"
    assert "there is no verdict for 1 combination of a rule and a file, such as SVC-1 for `src/b.py`" in data["notes"]


def test_a_violation_of_a_rule_that_no_line_selects_counts_and_needs_no_verdict(tmp_path: Path) -> None:
    python, call = "**Applies to:** languages: python\n\n", "**Selected by:** `call`\n\n"
    made = repository(tmp_path, [rule(1, JUDGED, labels=python), rule(2, JUDGED, labels=python + call)])
    put(made, "src/b.py", "a = load(request)\n")
    put(made, "src/b.go", "package b\n")
    asked = {"rule": "SVC-1", "file": "src/b.py", "state": "followed"}
    other = {"rule": "SVC-2", "file": "src/b.py", "state": "violated", "line": 1, "quote": "load(request)"}
    assert [id_ for id_, _ in json.loads(review(made, "--packet", "2000").out)["others"]] == ["SVC-2"]
    assert answer(made, [asked])["decision"] == "approve"
    data = answer(made, [asked, other])
    assert ([one["id"] for one in data["findings"]], data["decision"]) == (["SVC-2"], "comment")
    for wrong in ({"file": "src/b.go", "quote": "package b"}, {"line": 2}, {"quote": "save(request)"}):
        refused = answer(made, [asked, other | wrong])
        assert (refused["findings"], refused["decision"]) == ([], "approve")
        assert any(note.startswith("verdict 2 was rejected") for note in refused["notes"])


def test_a_violation_in_a_file_that_no_line_selects_counts_if_the_rule_applies_to_it(tmp_path: Path) -> None:
    labels = "**Applies to:** languages: python\n\n**Selected by:** `load`\n\n"
    made = repository(tmp_path, [rule(1, JUDGED, labels=labels)])
    put(made, "src/b.py", "a = load(request)\n")
    put(made, "src/c.py", "a = read(request)\n")
    put(made, "src/c.go", "package c\n")
    asked = {"rule": "SVC-1", "file": "src/b.py", "state": "followed"}
    other = {"rule": "SVC-1", "file": "src/c.py", "state": "violated", "line": 1, "quote": "read(request)"}
    assert answer(made, [asked])["decision"] == "approve"
    data = answer(made, [asked, other])
    assert ([one["path"] for one in data["findings"]], data["decision"]) == (["src/c.py"], "comment")
    refused = answer(made, [asked, other | {"file": "src/c.go", "quote": "package c"}])
    assert refused["findings"] == []
    assert any("verdict 2 was rejected: the rule does not apply to this file" in note for note in refused["notes"])


def test_a_reviewer_blocks_only_where_the_codex_says_so(tmp_path: Path) -> None:
    scope = "**Applies to:** languages: python\n\n"
    made = repository(tmp_path, [rule(1, f"{JUDGED}\nrollout: block", labels=scope)])
    put(made, "src/b.py", "a = load(request)\n")
    verdict = {"rule": "SVC-1", "file": "src/b.py", "state": "violated", "line": 1, "quote": "load(request)"}
    assert answer(made, [verdict])["decision"] == "block"


def forged(seed: int) -> dict[str, Any]:
    """A verdict that the change does not show, in one of many ways."""
    pick = random.Random(seed)
    other = pick.choice([n for n in range(len(LINES)) if n != 2])
    wrong: list[dict[str, Any]] = [
        {"rule": f"SVC-{pick.randrange(4, 999)}"},
        {"rule": f"svc-{pick.randrange(1, 4)}"},
        {"rule": pick.choice([None, 1, [], {}, ""])},
        {"file": pick.choice(["src/d.py", "../src/b.py", "./src/b.py", "SRC/B.PY", "/etc/passwd", "", "src/a.py"])},
        {"file": pick.choice([None, 0, ["src/b.py"]])},
        {"line": pick.choice([0, -1, 41, 10**9, None, True, "3", 3.0, [3]])},
        {"line": other + 1},
        {"quote": pick.choice(["", " ", "  \n ", None, 3, "==", "load(admin"])},
        {"quote": LINES[other]},
        {"quote": f"{LINES[2]} # {pick.random()}"},
        {"quote": LINES[2].replace("load", "Load")},
        {"quote": "\n".join([LINES[2], *LINES[5:7]])},
        {"state": pick.choice(["ok", "VIOLATED", None, "", True])},
        {"file": "src/c.py"},
    ]
    return violated(**pick.choice(wrong))


def test_two_hundred_forged_verdicts_are_all_refused(root: Path) -> None:
    data = answer(root, [*followed(), *(forged(seed) for seed in range(200))])
    assert data["findings"] == [] and data["decision"] == "approve"
    refused = [note for note in data["notes"] if "rejected" in note]
    assert len(refused) == 21 and refused[-1] == "further rejected verdicts: 180"


@pytest.mark.parametrize("verdict", [None, 1, "x", [], {}, {"rule": "SVC-1"}])
def test_a_verdict_of_another_form_is_refused(root: Path, verdict: object) -> None:
    assert answer(root, [*followed(), verdict])["decision"] == "approve"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"verdicts": {}}', '[{"verdicts": []}]', "\x00", "[" * 100_000])
def test_an_answer_of_another_form_is_a_clear_error(root: Path, text: str) -> None:
    path = root.parent / "answer.json"
    path.write_text(text)
    done = review(root, "--verdicts", str(path))
    assert done.code == 2 and "is not a valid response" in done.err


def test_a_quote_may_differ_in_spaces_and_go_on_over_lines(root: Path) -> None:
    quote = "value_2  = load(request, 2)\n" + LINES[3].strip()
    assert len(answer(root, [*followed(), violated(quote=quote)])["findings"]) == 1


@pytest.mark.parametrize("tokens", [500, 700, 1000, 4000])
def test_a_packet_fits_and_names_every_cut(root: Path, tokens: int) -> None:
    put(root, "src/big.py", "".join(f"name_{n} = 'é{n}'\n" for n in range(3000)))
    done = review(root, "--packet", str(tokens))
    assert done.code == 0 and len(done.out.encode()) <= tokens * 4
    data = json.loads(done.out)
    shown = {row["path"] for row in data["files"]}
    cuts = "\n".join(data["cuts"])
    assert all(path in shown or path in cuts for path in ("src/b.py", "src/c.py", "src/big.py"))
    assert "src/big.py: lines from" in cuts or "src/big.py" not in shown
    assert all(f"SVC-{n}" in cuts or any(row["id"] == f"SVC-{n}" for row in data["rules"]) for n in range(1, 4))
    assert data["answer_schema"]["required"] == ["packet", "verdicts"]


def test_too_few_tokens_are_a_usage_error(root: Path) -> None:
    assert review(root, "--packet", "10").code == 2


def test_the_packet_of_a_typical_change_is_small(root: Path) -> None:
    git(root, "checkout", "-qB", "small", "main")
    put(root, "src/b.py", "\n".join(LINES) + "\n")
    assert len(review(root, "--packet", "100000").out.encode()) <= 4000 * 4


@pytest.mark.parametrize("quote", ["value_2 " * 501, "\n".join(["    value_2"] * 101)])
def test_a_quote_that_is_too_long_is_refused(root: Path, quote: str) -> None:
    data = answer(root, [*followed()[1:], violated(quote=quote)])
    assert "verdict 6 was rejected: the quote has more than 4,000 characters or 100 lines" in data["notes"]
    assert data["decision"] == "inconclusive"


def test_no_reason_of_a_verdict_shows_a_password(root: Path) -> None:
    data = answer(root, [*followed(), violated(reason="see https://user:s3cr3tpw@host.example/x")])
    assert [finding["found"] for finding in data["findings"]] == ["see https://***@host.example/x"]
