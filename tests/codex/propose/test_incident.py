"""`codexc propose --from`: draft rules of the review of an incident."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex.distill.incident import read_incident
from codex.distill.page import statement
from codex.workflow.importing import parse_canonical
from skills_build.source.origins import read_origin
from tests.support.gateways import asked, completion, gateway, settings, shown
from tests.support.running import Run, codexc
from tests.support.scripted import Reply

CODEX = "namespace: acme\ndomains:\n  services: {title: Services, owner: '@a'}\n"
SERVICES = """---
id: SVC
title: Services
domain: services
status: approved
---

# Services

## Rules

### Callers SHOULD retry a call more than 3 times (SVC-1)

**Why:** networks fail.

### Services SHOULD alert on errors of the payment network (SVC-2)

**Why:** callers wait.

## Withdrawn

### Jobs SHOULD stop (SVC-7)

**Withdrawn:** 2026-01.
"""
IMAGES = """---
id: CTR
title: Container images
domain: services
status: draft
applies_to: {technologies: [docker]}
---

# Container images

## Rules

- Images SHOULD name the commit they were built from (CTR-1)
"""
INCIDENT = """# Outage of checkout

The network hung. The job should have failed. Should we retry calls?

## Lessons

Every call over the network must have a timeout of 2 s | <b>always</b> [more](x.md).
Callers SHOULD NOT retry a call more than 3 times.
Services should alert on errors of the payment network.

## Action items

- [x] @alice: Pin all images of Docker containers by digest
- Water was found in the kitchen
- Feed the cat daily
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "standards/codex.yaml": CODEX,
        "standards/services/svc.md": SERVICES,
        "standards/services/ctr.md": IMAGES,
        "incidents/2026-11-03.md": INCIDENT,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "begin")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, check=True, text=True).stdout


def propose(root: Path, *arguments: str | Path) -> Run:
    return asked("propose", "--from", root / "incidents" / "2026-11-03.md", *arguments, cwd=root)


def test_each_new_demand_is_a_draft_in_the_standard_that_fits(root: Path) -> None:
    done = propose(root)
    assert done.code == 0, done.err
    assert done.out.startswith(
        "incidents/2026-11-03.md: requirements: 4; new rules: 2; existing: 1; contradictory: 1; without a standard: 0;"
        " left out: 4\n  new: line 13: CTR-2 in services/ctr.md ("
    )
    assert "existing: line 9: SVC-2" in done.out and "may contradict: line 8: SVC-1" in done.out
    assert (
        "left out: line 3: the sentence describes what happened" in done.out
        and "left out: line 3: the sentence is a question" in done.out
    )
    assert "left out: line 14: no requirement was found" in done.out and "no model was used" in done.out
    services = (root / "standards" / "services" / "svc.md").read_text()
    assert (
        "**Why:** callers wait.\n\n### Every call over the network MUST have a timeout of 2 s | &lt;b>always&lt;/b> more"
        " (SVC-8)\n\n**Status:** draft\n\n**Why:** The incident review says: `Every call over the network must have a"
        " timeout of 2 s | <b>always</b> [more](x.md).`\n\n**Check:** Judgement, until there is an automated check.\n\n"
        "```yaml check\njudgement: true\n```\n\n**Origin:** ../../incidents/2026-11-03.md\n\n## Withdrawn\n"
    ) in services
    images = (root / "standards" / "services" / "ctr.md").read_text()
    assert images.endswith(
        "(CTR-1)\n\n## Proposed\n\n### Teams SHOULD pin all images of Docker containers by digest (CTR-2)\n\n**Why:** The"
        " incident review says: `[x] @alice: Pin all images of Docker containers by digest`\n\n"
        "**Origin:** ../../incidents/2026-11-03.md\n"
    )


def test_proposed_rules_have_the_line_endings_of_their_standard(root: Path) -> None:
    page = root / "standards" / "services" / "svc.md"
    before = page.read_text().replace("\n", "\r\n").encode()
    page.write_bytes(before)
    done = propose(root)
    assert done.code == 0, done.err
    after = page.read_bytes()
    assert after.count(b"\n") == after.count(b"\r\n") == after.count(b"\r")
    assert set(before.splitlines(keepends=True)) <= set(after.splitlines(keepends=True))
    assert b"(SVC-8)\r\n" in after


def test_rules_with_similar_words_are_named(root: Path) -> None:
    text = "# A\n\nServices must page someone for errors of the payment provider.\n"
    (root / "incidents" / "2026-11-03.md").write_text(text)
    (rule,) = json.loads(propose(root, "--dry-run", "--format", "json").out)["rules"]
    assert (rule["id"], rule["standard"], rule["near"]) == ("SVC-8", "services/svc.md", ["SVC-2"])
    assert rule["words"][:2] == ["services", "errors"]


def test_what_is_drafted_is_clean_and_in_no_output(root: Path) -> None:
    assert propose(root).code == 0
    standards = root / "standards"
    checked = codexc("check", "--root", standards)
    assert checked.code == 0, checked.out
    assert "origin: ../incidents/2026-11-03.md" in codexc("explain", "SVC-8", "--root", standards).out
    assert codexc("build", "-q", "--root", standards, "--out", root / "dist").code == 0
    assert [path.name for path in (root / "dist").rglob("*.md") if "SVC-8" in path.read_text()] == []


def test_a_dry_run_prints_a_diff_and_writes_nothing(root: Path) -> None:
    done = propose(root, "--dry-run", "--standard", root / "standards" / "services" / "svc.md")
    assert done.code == 0 and "+**Origin:** ../../incidents/2026-11-03.md\n" in done.out
    assert "+### Teams SHOULD pin all images of Docker containers by digest (SVC-9)\n" in done.out
    assert git(root, "status", "--porcelain") == ""


def test_the_diff_applies_at_the_top_of_the_repository(root: Path) -> None:
    options = ("--dry-run", "--standard", root / "standards" / "services" / "svc.md", "--format", "json")
    diff = json.loads(propose(root, *options).out)["diff"]
    assert diff.startswith("--- a/standards/services/svc.md\n+++ b/standards/services/svc.md\n")
    subprocess.run(["git", "-C", root, "apply", "-"], input=diff.encode(), check=True)
    assert "(SVC-9)" in (root / "standards" / "services" / "svc.md").read_text()


def test_a_demand_without_a_standard_is_listed_and_nothing_is_written(root: Path) -> None:
    (root / "incidents" / "2026-11-03.md").write_text(
        "# Flood\n\n## Actions\n\n- Feed the cat daily\n- Check the pipes\n"
    )
    done = propose(root)
    assert done.code == 1 and "without a standard: line 6: Teams SHOULD check the pipes\n" in done.out
    assert "choose the standard for these rules with `--standard FILE`" in done.out


def test_a_second_run_finds_its_own_rules(root: Path) -> None:
    assert propose(root).code == 0
    again = propose(root)
    assert (again.code, again.out.split("; ")[1:3]) == (1, ["new rules: 0", "existing: 3"])


def test_a_review_elsewhere_needs_a_link(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("elsewhere") / "i.md"
    file.write_text(INCIDENT)
    refused = asked("propose", "--from", file, cwd=root)
    assert refused.code == 2 and "pass the link to the review with `--origin URL`" in refused.err
    url = "https://wiki.example/i/42"
    done = asked("propose", "--from", file, "--origin", url, "--format", "json", "--dry-run", cwd=root)
    data = json.loads(done.out)
    assert data["origin"] == url and f"+**Origin:** {url}\n" in data["diff"]
    assert all(rule["quote"] in INCIDENT for rule in data["rules"])
    assert [rule["level"] for rule in data["rules"]] == ["SHOULD", "MUST"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--standard", "nope.md"), "is not in the codex"),
        (("--origin", "the outage"), "`--origin`: `the outage` is not a link or path"),
        (("--origin", "incidents/gone.md"), "is not in the repository of the codex"),
        (("--name", "a/b"), "cannot be combined with `--from`"),
        (("--codex", "https://git.example/a/b"), "requires a checkout of the codex"),
        (("--merge-request", "--dry-run"), "cannot be combined with --dry-run"),
        (("--merge-request",), "no remote `origin`"),
    ],
)
def test_wrong_options_say_what_to_type(root: Path, arguments: tuple[str, ...], message: str) -> None:
    done = propose(root, *arguments)
    assert (done.code, message in done.err, "help:" in done.err) == (2, True, True), done.err
    assert git(root, "status", "--porcelain") == ""


def test_options_for_incidents_need_one(root: Path) -> None:
    done = asked("propose", "--origin", "https://a.example", "--codex", root, cwd=root)
    assert done.code == 2 and "`--origin` needs `--from`" in done.err


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"\x00" * 2_000_000, b"# A\r\n\r\n## Actions\r\n\r\n- Add \x1b[31m\r\n"]
)
def test_documents_that_are_no_text_are_reported(root: Path, data: bytes) -> None:
    (root / "incidents" / "2026-11-03.md").write_bytes(data)
    done = propose(root)
    assert done.code in (1, 2) and "Traceback" not in done.err and "\x1b" not in done.out


@pytest.mark.parametrize("name", [b"a\n**Level:** MUST.md", b"\xff.md", b"\x1b[31m.md", "\u202e.md".encode()])
@pytest.mark.parametrize("command", ["propose", "distill"])
def test_a_name_that_cannot_be_cited_writes_nothing(root: Path, command: str, name: bytes) -> None:
    file = root / "incidents" / os.fsdecode(name)
    file.write_text(INCIDENT)
    before = (root / "standards/services/svc.md").read_text()
    options = {"propose": ("--from", file, "--standard", "standards/services/svc.md"), "distill": (file,)}[command]
    run = codexc(command, *options, cwd=root)
    assert run.code == 2
    assert "a draft cannot cite the file name" in run.err.splitlines()[0]
    assert "\x1b" not in run.err and "\u202e" not in run.err
    assert (root / "standards/services/svc.md").read_text() == before
    assert "standards" not in git(root, "status", "--porcelain", "--", "standards")


@pytest.mark.parametrize("name", ["a b.md", "a) <img src=x>.md", "a|`b`#c?.md", "a%41.md", "störung.md"])
def test_a_name_is_escaped_in_the_origin_and_read_back(root: Path, name: str) -> None:
    (root / "incidents" / name).write_text(INCIDENT)
    run = codexc("propose", "--from", f"incidents/{name}", "--standard", "standards/services/svc.md", cwd=root)
    assert run.code == 0, run.err
    lines = (root / "standards/services/svc.md").read_text().splitlines()
    (written,) = {line.removeprefix("**Origin:** ") for line in lines if line.startswith("**Origin:**")}
    assert read_origin(written, "standards/services/svc.md") == f"incidents/{name}"


def test_with_a_gateway_only_proven_sentences_are_used(root: Path) -> None:
    lines = (
        "Every call over the network must have a timeout of 2 s.",
        "Pin all images of Docker containers by digest.",
    )
    (root / "incidents" / "2026-11-03.md").write_text("# A\n\n## Actions\n\n" + "".join(f"- {one}\n" for one in lines))

    def respond(body: dict[str, Any], _number: int) -> Reply:
        _, data = shown(body)
        assert [row["text"] for row in data["sentences"]] == list(lines)
        good = {"quote": lines[0], "statement": "Every network call MUST have a timeout of 2 s"}
        bad = {"quote": "Pin all images by tag", "statement": "Teams SHOULD pin all images by tag"}
        return completion({"rules": [{"sentence": 1, **good}, {"sentence": 2, **bad}]})

    with gateway(respond) as server:
        done = propose(root, "--gateway", settings(root, server.url), "--format", "json", "--dry-run")
    data = json.loads(done.out)
    assert [(rule["statement"], rule["shortened"]) for rule in data["rules"]] == [
        ("Teams SHOULD pin all images of Docker containers by digest", False),
        ("Every network call MUST have a timeout of 2 s", True),
    ]
    assert data["refused"] == [{"sentence": 2, "why": "the quote is not in the sentence"}]


def test_a_merge_request_is_opened_once(root: Path) -> None:
    bare = root.parent / f"{root.name}.git"
    git(root, "clone", "-q", "--bare", str(root), str(bare))
    git(root, "remote", "add", "origin", str(bare))
    first = propose(root, "--merge-request")
    assert first.code == 0 and "opened the merge request" in first.err, first.err
    assert git(root, "status", "--porcelain") == ""
    assert "(SVC-8)" in git(bare, "show", "codex/incident-2026-11-03:standards/services/svc.md")
    again = propose(root, "--merge-request")
    assert again.code == 0 and "current" in again.err, again.err
    elsewhere = root / "incidents" / "new.md"
    elsewhere.write_text(INCIDENT)
    loose = asked("propose", "--from", elsewhere, "--merge-request", cwd=root)
    assert loose.code == 2 and "`incidents/new.md` is not committed" in loose.err
    git(root, "commit", "-q", "--allow-empty", "-m", "later")
    behind = propose(root, "--merge-request")
    assert behind.code == 2 and "is not at the tip of the default branch" in behind.err


WORDS = st.sampled_from(
    [
        "Must",
        "must",
        "should",
        "should",
        "not",
        "never",
        "have",
        "failed",
        "Add",
        "Do",
        "not",
        "add",
        "the",
        "a",
        "call",
        "(SVC-1)",
        "**x:**",
        "`a`",
        "<b>",
        "[a](b)",
        "|",
        "?",
        ".",
        ":",
        "#",
        "-",
        "2",
        "s",
    ]
)


@given(st.lists(WORDS, min_size=1, max_size=14))
def test_quotes_are_in_the_source_and_each_demand_states_its_level_once(words: list[str]) -> None:
    text = f"# A\n\n## Actions\n\n- {' '.join(words)}\n"
    document = parse_canonical("a.md", text)
    assert document is not None
    for demand in read_incident(document).demands:
        assert demand.quote in text
        assert demand.level.value in statement(demand) or demand.levels > 1
