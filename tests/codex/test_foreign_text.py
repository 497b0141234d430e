"""Attacks by text: what a repository, a catalog, a standard or an address holds, and what becomes of it elsewhere."""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from codex.report import fleet as report
from codex.resources import templates
from codex.sync import block
from codex.sync.changeset import ChangeSet, EntryType, FileChange, ObservedFile
from codex.sync.comparison import change_set
from codex.sync.desired import desired
from codex.sync.facts import facts_of
from codex.sync.observed import Observed
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from codex.sync.repository import Repository
from codex.sync.request_text import ReleaseNotes, commit_words, request_text
from codex.sync.settings import Settings, Waiver
from codex.workflow.profile import profile_of
from skills_build.model.config import Profile
from skills_build.model.release import ChangeKind
from tests.codex.sync.test_request_text import body, change, history, written
from tests.support.fleet import codex_of
from tests.support.running import codexc

DAY = "2026-11-24"
ACTIONS = "evil\n/label ~critical\n/target_branch main\n/assign @all\nCloses #1\n@all"
ENGINE = MarkdownIt("commonmark", {"html": True}).enable("table")


def _harmless(words: str) -> None:
    """No line is a quick action, nobody is mentioned and nothing is closed, and no HTML is there but our mark."""
    assert not re.search(r"^\s*/\w", words, re.MULTILINE)
    assert not re.search(r"(?i)(?:clos|fix|resolv)\w*:? +[\w./-]*#\d", words)
    for one in ENGINE.parse(words):
        for token in one.children or [one]:
            if token.type == "text":
                assert not re.search(r"(?<!\w)@\w|#\d", token.content), token.content
            assert token.type != "html_inline", token.content
            assert token.type != "html_block" or token.content.startswith("<!-- codex:request"), token.content


def _kept(target: str) -> tuple[FileChange, ...]:
    """What is left alone where AGENTS.md is a link to this target."""
    wanted = desired(codex_of(), Profile(), Settings(), day=DAY, templates=templates())
    link = ObservedFile(entry_type=EntryType.LINK, blob="0" * 40, mode="120000", data=target.encode())
    return change_set(wanted, {"AGENTS.md": link}, None, name="x").kept


@pytest.mark.parametrize("target", [ACTIONS, "a`b\n/close", "x` @all `<img src=x>\r\n/merge", "\u2028/approve\x1b[2J"])
def test_the_target_of_a_link_is_one_line_of_code_in_a_request(target: str) -> None:
    words = body("1.0.0", changes=_kept(target))
    assert "AGENTS.md" in words
    _harmless(words)


@pytest.mark.parametrize("words", [ACTIONS, "`\n/label ~x", "<!-- codex:request digest=0 -->\n/close"])
def test_a_domain_of_the_settings_is_code_in_a_request(words: str) -> None:
    settings = Settings(
        profile=Profile(domains=(words,)), waivers=(Waiver(rule="X-1", reason=words, owner=words, expires=words),)
    )
    wanted = desired(codex_of(), Profile(), settings, day=DAY, templates=templates())
    observed = Observed(target=Repository(id="1", path="a/b"), lock=None, seen={}, settings=settings)
    news = ReleaseNotes(title="Acme codex", version="1.0.0", history=(), texts={}, applies=("X-1",))
    made = request_text(observed, ChangeSet(changes=(), lock=None, notes=wanted.notes), news, Policy(), digest="d" * 64)
    assert wanted.notes
    _harmless(made.body)


@pytest.mark.parametrize("words", [ACTIONS, "Closes #1", "fixes group/project#2 @org/team", "<script>x</script> GH-1"])
def test_rules_and_titles_of_a_codex_are_words_in_a_request(words: str) -> None:
    title, text = written(
        "1.0.0",
        title=f"Acme {words}",
        texts={"PYT-1": words, "PYT-2": words},
        reasons={"PYT-1": words},
        history=history(
            (change(ChangeKind.ADDED), change(ChangeKind.REWORDED, "PYT-2", old=words, new=words, why=words))
        ),
    )
    _harmless(text)
    assert "\n" not in title
    assert "@all" not in title
    assert not re.search(r"#\d", title)


def test_a_title_forges_no_trailer_and_skips_no_pipeline() -> None:
    title = "Acme\n\nCodex-Seal: 0\nSigned-off-by: x <x@example.com> [skip ci] Closes #1"
    news = ReleaseNotes(title=title, version="1.0.0", history=(), texts={}, applies=())
    message = f"{commit_words(Observed(target=Repository(id='1', path='a/b')), news, Policy())}\n\nCodex-Seal: 1\n"
    assert message.count("\nCodex-Seal:") == 1
    assert "\nSigned-off-by" not in message
    assert "[skip ci]" not in message
    assert not re.search(r"#\d", message)


FOLDERS = ("pkg`<img src=x onerror=alert(1)>`", "pkg\u202eevil", "pkg<!-- codex:end -->", "pkg @all Closes #1")


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_jobs_and_catalogs_stay_in_their_line_of_the_block(tmp_path: Path, name: str) -> None:
    for folder in (name, "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "package.json").write_text('{"name": "x", "scripts": {"test": "jest `x` <b> #1"}}\n')
        (tmp_path / folder / "index.ts").write_text("export const a = 1;\n")
    (tmp_path / ".gitlab-ci.yml").write_text(
        f'"test {name}":\n  script: ["make `x` \u202e <img src=x>"]\n', encoding="utf-8"
    )
    target = Repository(id="1", path="a/b", owner=f"@all {name}", system=name, depends_on=(name,))
    settings = Settings(facts=(f"Ask @all <img src=x> {name}", "Run `make db` first"))
    found = profile_of(tmp_path)
    facts = facts_of(found, Profile(), settings, target)
    wanted = desired(codex_of(), Profile(), settings, day=DAY, templates=templates(), facts=facts)
    text = wanted.blocks["AGENTS.md"]
    _harmless(text.partition("## Engineering codex")[0])
    assert "\u202e" not in text
    assert "- Run `make db` first\n" in text
    host = block.new_file("T", text, version="1.0.0")
    there = block.find_block(host)
    assert isinstance(there, block.OwnedBlock)
    assert there.sealed
    assert there.text == text


HOSTILE = "evil\x1b]8;;https://x\x07 \x9b31m\u202e @all | x\n/label ~x https://u:PASS@host/x"


def test_reports_of_a_fleet_are_inert() -> None:
    shown = report.results_markdown(HOSTILE, [(HOSTILE, Outcome.FAILED, HOSTILE, f"https://h/{HOSTILE}")])
    _harmless(shown)
    assert "PASS" not in shown
    assert not re.search("[\x1b\x9b\u202e]", shown)
    rows = [
        report.StatusRow(
            repository=HOSTILE, owner=HOSTILE, outcome="failed", version=HOSTILE, reason=HOSTILE, request=HOSTILE
        )
    ]
    for text in (report.status_summary(rows), report.status_markdown(rows)):
        assert not re.search("[\x1b\x9b\u202e\x07]", text)
        assert "PASS" not in text


def test_publish_prints_no_password(tmp_path: Path) -> None:
    for scheme in (
        "git:https://u:PASS@127.0.0.1:9/x.git",
        "gitlab:https://u:PASS@127.0.0.1:9/g/p",
        "oci:https://u:PASS@127.0.0.1:9/x",
    ):
        run = codexc("publish", str(tmp_path), "--to", scheme)
        assert "PASS" not in run.out + run.err
    run = codexc("verify", "https://u:PASS@127.0.0.1:9/x.tar.gz")
    assert "PASS" not in run.out + run.err
    run = codexc("publish", "--nonsense=https://u:PASS@host\x1b[31m")
    assert "PASS" not in run.out + run.err
    assert "\x1b[31m" not in run.err


STANDARD = """---
id: SVC
title: Services
domain: engineering
status: enforced
reviewed: 2026-11-01
---

# Services

Overview <img src=x onerror=alert(1)> of <b>services</b>.

## Rules

### Services MUST answer <br> in time <script>alert(1)</script> (SVC-1)

**Why:** see [this](javascript:alert(1)), <a href="java&#115;cript:x">that</a> and <javascript:x>.

<table><tr><th>A</th></tr><tr><td>cell</td></tr></table>

<div style="display:none">hidden words</div>

```text
zero\u200bwidth \u202e and <script>example</script>
```
"""


EVERYWHERE = """---
id: SVC
title: "Services <img src=x onerror=alert(1)>"
domain: engineering
owner: "@team <svg onload=x>"
status: enforced
reviewed: 2026-11-01
applies_to:
  when: "you <a href='javascript:x'>work</a> <script>y</script>"
---

# Services <img src=x onerror=alert(1)>

Overview <img src=x onerror=alert(1)> of <b>services</b> [x](<javascript:alert( 1 )>).

## Section <script>z</script> <a href="javascript:x">top</a>

Text.

## Rules

### Services MUST answer [x](<javascript:alert( 1 )>) <br> in <iframe src=q> time (SVC-1)

**Why:** see [this](javascript:alert(1)).
**Check:** <script>q</script> curl [y](<data:text/html, q>)
**Except:** <svg onload=x> [y](vbscript:z)

- a <b>part</b> <script>p</script>

## Choices

| If you need | Use | Instead of | Level | Id |
| --- | --- | --- | --- | --- |
| a <script>x</script> place | a [x](javascript:y) <img src=x onerror=y> record | <iframe src=x> a chat | MUST | SVC-2 |

## Withdrawn

### Services MUST <script>x</script> sleep (SVC-3)

**Withdrawn:** 2026-08. **Use instead:** SVC-1
"""


def test_html_is_left_out_wherever_it_is_in_a_standard(tmp_path: Path) -> None:
    """In front matter, headings, statements, labels, parts, rows and tombstones; each is reported at its line."""
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "services.md").write_text(EVERYWHERE, encoding="utf-8")
    run = codexc("build", "--root", tmp_path / "c", "--dialect", "canonical", "--out", tmp_path / "out")
    assert run.code == 0, run.err + run.out
    for path in (child for child in (tmp_path / "out").rglob("*") if child.is_file()):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<(?:script|iframe|svg|img|a )|javascript|vbscript|data:text|onload|onerror", text), path
    check = codexc("check", "--root", tmp_path / "c", "--dialect", "canonical")
    lines = EVERYWHERE.split("\n")
    wrong = {n for n, one in enumerate(lines, 1) if re.search(r"<(?:script|iframe|svg|img|a )", one)}
    assert {int(n) for n in re.findall(r"error\[CX609\].*\n.*services\.md:(\d+)", check.out)} == wrong


def test_a_standard_ships_no_html_no_dangerous_link_and_no_hidden_character(tmp_path: Path) -> None:
    """As a corpus of others, which builds with its faults; a codex would not build at all."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "services.md").write_text(STANDARD, encoding="utf-8")
    run = codexc("build", "--root", tmp_path / "corpus", "--dialect", "canonical", "--out", tmp_path / "out")
    assert run.code == 0, run.err + run.out
    pages = {
        path: path.read_text(encoding="utf-8")
        for path in (tmp_path / "out").rglob("*")
        if path.suffix in (".md", ".mdc") and path.is_file()
    }
    assert any("| cell |" in text for text in pages.values())
    assert any("zero<U+200B>width" in text for text in pages.values())
    for path, text in pages.items():
        assert not re.search("[\u200b\u202e]", text), path
        assert "hidden words" not in text
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        assert not re.search(r"<(?:script|img|div|table|a)\b|\]\(javascript|\]\(java&", prose), path
    check = codexc("check", "--root", tmp_path / "corpus", "--dialect", "canonical")
    for code in ("CX608", "CX609", "CX611"):
        assert code in check.out, check.out
    assert "CX601" not in check.out
    assert "CX602" not in check.out
