"""`codexc distill`: drafts of prose documents, with and without a gateway on loopback."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateways import asked, completion, failure, gateway, settings, shown
from tests.support.running import Run, codexc
from tests.support.scripted import Reply

CODEX = "namespace: acme\ndomains:\n  services: {title: Services, owner: '@a'}\n"
EXISTING = """---
id: SVC
title: Services
domain: services
status: approved
---

# Services

## Rules

### Callers MUST retry a call more than 3 times (SVC-1)

**Why:** reasons.

### Jobs MAY wait 10 minutes (SVC-2)

**Why:** reasons.
"""
RFC = """# RFC 7: Timeouts

## Deadlines

Every call over the network MUST have a deadline of 2 s, because calls hang. Callers SHOULD NOT retry a call more than 3
times. Jobs MAY wait 10 minutes.

Clients MAY NOT cache.
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "standards" / "services").mkdir(parents=True)
    (tmp_path / "standards" / "codex.yaml").write_text(CODEX)
    (tmp_path / "standards" / "services" / "svc.md").write_text(EXISTING)
    (tmp_path / "rfcs").mkdir()
    (tmp_path / "rfcs" / "timeouts.md").write_text(RFC)
    return tmp_path


def distill(root: Path, *arguments: str | Path) -> Run:
    return asked("distill", root / "rfcs" / "timeouts.md", *arguments, cwd=root)


def drafted(root: Path, *arguments: str | Path) -> dict[str, Any]:
    """The one draft of a run, with the notes."""
    done = distill(root, "--format", "json", *arguments)
    assert done.code == 0, done.err
    data = json.loads(done.out)
    (draft,) = data["drafts"]
    return {**draft, "notes": data["notes"]}


def test_without_a_gateway_each_new_demand_is_a_rule_in_its_own_words(root: Path) -> None:
    done = distill(root)
    assert done.code == 0
    assert "no model was used" in done.out
    assert "sentences or lines with a keyword: 4; new: 2; existing: 1; left out: 1" in done.out
    assert "existing: line 6: SVC-2" in done.out
    assert "may contradict: TIMEOUTS-2 and SVC-1" in done.out
    assert "left out: line 8: `MAY NOT` can be read in two ways" in done.out
    text = (root / "standards" / "services" / "timeouts.md").read_text()
    assert 'status: "draft"' in text
    assert "### Callers SHOULD NOT retry a call more than 3 times (TIMEOUTS-2)\n" in text
    assert "**See:** `timeouts.md:5`" in text
    assert "```text\nCallers SHOULD NOT retry a call more than 3\ntimes.\n```" in text
    built = codexc("build", "-q", "--root", root / "standards", "--out", root / "dist")
    shipped = [path for path in (root / "dist").rglob("*.md") if "TIMEOUTS-" in path.read_text()]
    assert shipped == [], built.err


LIMIT = "Consumers in production clusters MUST retry failed orders through queues at most 30 times"
NEAR = {
    "another level": LIMIT.replace("MUST", "SHOULD"),
    "another number": LIMIT.replace("30", "50"),
    "another order": LIMIT.replace("orders through queues", "queues through orders"),
    "another limit": LIMIT.replace("failed", "all failed"),
}


@pytest.mark.parametrize("near", NEAR)
def test_a_sentence_with_nearly_the_words_of_a_rule_is_only_left_out_if_it_requires_the_same(
    root: Path, near: str
) -> None:
    page = root / "standards" / "services" / "svc.md"
    page.write_text(EXISTING + f"\n### {LIMIT} (SVC-3)\n\n**Why:** reasons.\n")
    (root / "rfcs" / "timeouts.md").write_text(f"# Retries\n\n{NEAR[near]}.\n\n{LIMIT}.\n")
    draft = drafted(root)
    assert [(one["line"], one["by"]) for one in draft["covered"]] == [(5, "SVC-3")]
    assert [(one["id"], one["existing"]) for one in draft["contradictions"]] == [("TIMEOUTS-1", "SVC-3")]
    assert NEAR[near] in (root / "standards" / "services" / "timeouts.md").read_text()


def test_an_existing_file_or_id_is_never_overwritten(root: Path) -> None:
    assert distill(root).code == 0
    path = root / "standards" / "services" / "timeouts.md"
    before = path.read_text()
    again = distill(root)
    assert again.code == 2 and "already exists" in again.err and path.read_text() == before
    other = distill(root, "--out", root / "standards" / "other")
    assert other.code == 2 and "the id `TIMEOUTS` is already used" in other.err
    assert not (root / "standards" / "other").exists()


@pytest.mark.parametrize(
    ("name", "id_"), [("0007-timeouts", "TIMEOUTS"), ("2026.11 timeouts", "TIMEOUTS"), ("7", "DOC-7")]
)
def test_the_number_of_a_document_is_not_the_start_of_an_id(root: Path, name: str, id_: str) -> None:
    (root / "rfcs" / f"{name}.md").write_text(RFC)
    done = asked("distill", f"rfcs/{name}.md", "--dry-run", "--format", "json", cwd=root)
    (draft,) = json.loads(done.out)["drafts"]
    assert draft["rules"][0]["id"] == f"{id_}-1"


def test_a_dry_run_writes_nothing(root: Path) -> None:
    done = distill(root, "--dry-run")
    assert done.code == 0 and "### Callers SHOULD NOT retry" in done.out
    assert not (root / "standards" / "services" / "timeouts.md").exists()


def short(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Compactions of the first two sentences: one that is proven, and one that changes a number."""
    _, data = shown(body)
    texts = {row["number"]: row["text"] for row in data["sentences"]}
    row = {"when": None, "use": None, "same_as": None, "contradicts": None}
    first = {
        **row,
        "sentence": 1,
        "quote": "call over the network MUST have a deadline of 2 s",
        "statement": "Every network call MUST have a deadline",
        "use": "a deadline of 2 s",
    }
    second = {**row, "sentence": 2, "quote": texts[2], "statement": "Callers SHOULD NOT retry more than 5 times"}
    return [first, second]


def test_with_a_gateway_proven_compactions_are_used_and_others_refused(root: Path) -> None:
    with gateway(lambda body, _: completion({"rules": short(body)})) as server:
        config = settings(root, server.url)
        data = drafted(root, "--gateway", config, "--ledger", root / "usage.jsonl")
    (request,) = server.requests
    context, _ = shown(json.loads(request.body))
    assert {row["id"] for row in context["existing_rules"]} == {"SVC-1", "SVC-2"}
    assert [one["statement"] for one in data["rules"]] == ["Every network call MUST have a deadline", None]
    assert [(one["sentence"], one["why"]) for one in data["refused"]] == [(2, "the statement omits a number: '3'")]
    assert data["notes"] == ["1 answer from model big"]
    assert [one["leaves_out"] for one in data["rules"]] == [["over", "because", "calls", "hang"], []]
    text = (root / "standards" / "services" / "timeouts.md").read_text()
    assert "### Every network call MUST have a deadline (TIMEOUTS-1)\n\n**Use:** a deadline of 2 s\n" in text
    assert "Every call over the network MUST have a deadline of 2 s, because calls hang." in text
    assert json.loads((root / "usage.jsonl").read_text())["task"] == "distill"


def test_sentences_for_which_the_model_has_no_answer_are_counted(root: Path) -> None:
    with gateway(lambda body, _: completion({"rules": short(body)[:1]})) as server:
        options = ("--gateway", settings(root, server.url), "--dry-run")
        text, data = distill(root, *options).out, json.loads(distill(root, *options, "--format", "json").out)
    (draft,) = data["drafts"]
    assert [one["sentence"] for one in draft["unanswered"]] == [2, 3]
    assert "  shortened: 1; rejected: 0; without a response: 2\n" in text
    for one in draft["unanswered"]:
        assert f"  no response for sentence {one['sentence']} (line {one['line']}): its wording is unchanged\n" in text


@pytest.mark.parametrize("arguments", [(), ("--id", "NEW")])
def test_a_document_among_the_standards_is_refused(root: Path, arguments: tuple[str, ...]) -> None:
    page = root / "standards" / "services" / "rfc.md"
    page.write_text(RFC)
    done = asked("distill", page, *arguments, "--out", root / "standards" / "new", cwd=root)
    assert done.code == 2 and "is in the standards directory, so it is read as a standard" in done.err
    assert (
        "move the document out of `" in done.err and "or add `services/rfc.md` to `exclude` in codex.yaml" in done.err
    )
    (root / "standards" / "codex.yaml").write_text(CODEX + "exclude: [services/rfc.md]\n")
    assert asked("distill", page, *arguments, "--out", root / "standards" / "new", cwd=root).code == 0


def test_an_answer_about_existing_rules_is_believed_only_if_the_words_are_alike(root: Path) -> None:
    def respond(body: dict[str, Any], _number: int) -> Reply:
        return completion({"rules": [{**row, "same_as": "SVC-1"} for row in short(body)[:1]]})

    with gateway(respond) as server:
        data = drafted(root, "--gateway", settings(root, server.url))
    assert [one["id"] for one in data["rules"]] == ["TIMEOUTS-1", "TIMEOUTS-2"], (
        "no demand is dropped on a model's word"
    )


@pytest.mark.parametrize("reply", [failure(401), completion({"rules": 1})])
def test_without_an_answer_the_draft_has_the_words_of_the_document(root: Path, reply: Reply) -> None:
    with gateway(lambda _body, _n: reply) as server:
        data = drafted(root, "--gateway", settings(root, server.url))
    assert [one["statement"] for one in data["rules"]] == [None, None]
    assert any(
        "no more requests were sent to models" in note or "a response was rejected" in note for note in data["notes"]
    )


def test_a_restricted_document_is_not_sent(root: Path) -> None:
    with gateway(lambda body, _: completion({"rules": short(body)})) as server:
        data = drafted(root, "--gateway", settings(root, server.url), "--sensitivity", "restricted")
    assert server.requests == []
    assert data["notes"] == [
        "nothing was sent to a model: the sensitivity class `restricted` does not allow a model for distill"
    ]


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, check=True, text=True).stdout


def test_a_merge_request_is_opened_once_and_no_file_is_written(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "begin")
    (root.parent / "forge").mkdir(exist_ok=True)
    bare = root.parent / "forge" / f"{root.name}.git"
    git(root, "clone", "-q", "--bare", str(root), str(bare))
    first = distill(root, "--merge-request", "--repository", bare)
    assert first.code == 0 and "opened the merge request" in first.err, first.err
    assert not (root / "standards" / "services" / "timeouts.md").exists()
    shown_text = git(bare, "show", "codex/draft-timeouts:standards/services/timeouts.md")
    assert "(TIMEOUTS-2)" in shown_text and "**See:** `rfcs/timeouts.md:5`" in shown_text
    assert '\norigin: "../../rfcs/timeouts.md"\n' in shown_text
    tip = git(bare, "rev-parse", "codex/draft-timeouts")
    again = distill(root, "--merge-request", "--repository", bare)
    assert again.code == 0 and "current" in again.err and git(bare, "rev-parse", "codex/draft-timeouts") == tip


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"\xff\xfe\x00", "no new rules"), (b"\x00" * 2_000_000, "is larger than")],
)
def test_a_document_without_demands_or_too_large_a_one_is_reported(root: Path, data: bytes, why: str) -> None:
    (root / "rfcs" / "timeouts.md").write_bytes(data)
    done = distill(root)
    assert done.code in (1, 2)
    assert why in done.err or "new rules: 0" in done.out
