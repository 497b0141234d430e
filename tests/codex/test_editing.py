"""Commands that edit standards: withdrawing a rule, renaming a domain, and the owners in CODEOWNERS."""

import contextlib
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex.workflow.codex_folder import CodexFolder, SourceOptions, open_codex
from codex.workflow.parsing import parse_all
from codex.workflow.rename import write_changes
from codex.workflow.withdraw import withdraw
from skills_build.errors import CodexError
from tests.support.data import THOROUGH
from tests.support.releasing import git
from tests.support.running import Run, codexc

CONFIG = """# Ours.
namespace: acme
domains:
  web: # the sites
    title: Web
    owner: "@web/team"
  data: {title: Data, owner: "data@example.org"}
profiles:
  site:
    domains:
      - web
      - data
"""
PAGE = """---
id: WEB
title: Web
domain: web # where it belongs
status: approved
---

# Web

Sites.

**Why:** people see them.

## Rules

### Sites MUST load fast (WEB-1)

**Why:** people leave.

```text
## Withdrawn
```

### Sites SHOULD be small (WEB-2)

**Why:** see WEB-1.

- Sites MUST be tested (WEB-3)

  **Why:** they break.
- Sites MUST be readable (WEB-4)

  **Why:** people read.

## Choices

| If you need | Use | Instead of | Level | Id |
| --- | --- | --- | --- | --- |
| a site | a generator | a script | SHOULD | WEB-5 |
| a page | a template | copies | MUST | WEB-6 |

## Notes

The end.
"""
DATA = (
    "---\nid: DAT\ntitle: Data\ndomain: data\nstatus: approved\n---\n\n# Data\n\nFacts.\n\n**Why:** so.\n\n## Rules\n\n"
)
DATA += "### Data MUST be kept (DAT-1)\n\n**Why:** so.\n"


class Codex:
    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in (("codex.yaml", CONFIG), ("web/sites.md", PAGE), ("data.md", DATA)):
            path = root / "standards" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> Run:
        return codexc(*arguments, cwd=self.root)

    def read(self, name: str) -> str:
        return (self.root / "standards" / name).read_text(encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def codex(tmp_path: Path) -> Codex:
    return Codex(tmp_path / "codex")


@pytest.mark.parametrize(
    ("identity", "heading"),
    [
        ("WEB-1", "### Sites MUST load fast (WEB-1)"),
        pytest.param("WEB-3", "### Sites MUST be tested (WEB-3)", marks=pytest.mark.slow),
        pytest.param("WEB-4", "### Sites MUST be readable (WEB-4)", marks=pytest.mark.slow),
        ("WEB-5", "### SHOULD: If you need a site, use a generator instead of a script (WEB-5)"),
        ("WEB-6", "### MUST: If you need a page, use a template instead of copies (WEB-6)"),
    ],
)
def test_a_withdrawn_rule_keeps_its_sentence_and_nothing_else_changes(
    codex: Codex, identity: str, heading: str
) -> None:
    assert codex.run("build").code == 0
    before = codex.files()
    dry = codex.run("withdraw", identity, "--use-instead", "DAT-1", "--as-of", "2026-11-29", "--dry-run")
    assert dry.code == 0, dry.err
    assert codex.files() == before
    run = codex.run("withdraw", identity, "--use-instead", "DAT-1", "--as-of", "2026-11-29")
    assert run.code == 0, run.err
    text = codex.read("web/sites.md")
    assert text.endswith(f"\n## Withdrawn\n\n{heading}\n\n**Withdrawn:** 2026-11. **Use instead:** DAT-1\n")
    removed = [line for line in dry.out.splitlines() if line.startswith("-") and not line.startswith("---")]
    assert 1 <= len(removed) <= 9
    assert all(
        rest in text for rest in ("The end.", "| --- | --- | --- | --- | --- |", "Sites SHOULD be small (WEB-2)")
    )
    checked = codex.run("check")
    assert "error" not in checked.out, checked.out
    assert codex.run("build").code == 0
    assert codex.run("new", "--next-id", "WEB").out == "WEB-7\n"


def test_a_withdrawal_keeps_the_byte_order_mark_and_the_line_endings_of_the_file(codex: Codex) -> None:
    page = codex.root / "standards" / "web" / "sites.md"
    page.write_bytes(f"\N{ZERO WIDTH NO-BREAK SPACE}{PAGE}".replace("\n", "\r\n").encode())
    assert codex.run("withdraw", "WEB-1", "--as-of", "2026-11-29").code == 0
    text = page.read_bytes().decode()
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}---\r\n")
    assert text.endswith("**Withdrawn:** 2026-11.\r\n")
    assert text.count("\n") == text.count("\r\n") == text.count("\r")


def test_every_rule_can_be_withdrawn_one_after_the_other(codex: Codex) -> None:
    for number in (6, 3, 1, 5, 4):
        assert codex.run("withdraw", f"WEB-{number}").code == 0
    text = codex.read("web/sites.md")
    assert text.count("## Withdrawn\n") == 1  # the one in a fence was withdrawn with its rule
    assert codex.run("check", "--select", "CX1").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("WEB-9",), "no rule has the id `WEB-9`"),
        (("WEB-2",), "`WEB-2` contains other rules: `WEB-3`, `WEB-4`"),
        (("WEB-1", "--use-instead", "NO-1"), "no rule has the id `NO-1`"),
        (("WEB-1", "--use-instead", "WEB-1"), "cannot replace"),
    ],
)
def test_what_cannot_be_withdrawn_is_refused(codex: Codex, arguments: tuple[str, ...], message: str) -> None:
    before = codex.files()
    run = codex.run("withdraw", *arguments)
    assert run.code == 2
    assert message in run.err
    assert codex.files() == before


def test_a_withdrawn_rule_is_not_withdrawn_again(codex: Codex) -> None:
    assert codex.run("withdraw", "WEB-1").code == 0
    again = codex.run("withdraw", "WEB-1")
    assert (again.code, "is withdrawn already" in again.err) == (2, True)
    instead = codex.run("withdraw", "DAT-1", "--use-instead", "WEB-1")
    assert (instead.code, "cannot replace" in instead.err) == (2, True)


def test_a_renamed_domain_keeps_its_skill_findable(codex: Codex) -> None:
    before = codex.files()
    dry = codex.run("rename", "--domain", "web", "web-platform", "--dry-run")
    assert dry.code == 0, dry.err
    assert codex.files() == before
    changed = [line for line in dry.out.splitlines() if re.match(r"[+-][^+-]", line)]
    assert "-  web: # the sites" in changed
    assert "+  web-platform: # the sites" in changed
    assert codex.run("rename", "--domain", "web", "web-platform").code == 0
    assert codex.read("codex.yaml").startswith("# Ours.\nnamespace: acme\n")
    assert "      - web-platform\n" in codex.read("codex.yaml")
    assert codex.read("web/sites.md") == PAGE.replace("domain: web #", "domain: web-platform #")
    assert codex.read("data.md") == DATA
    assert codex.run("check").code == 0
    assert codex.run("build").code == 0
    assert '"formerly":["acme-web"]' in (codex.root / "dist" / "manifest.json").read_text()
    assert (codex.root / "dist" / "skills" / "acme-web-platform").is_dir()
    assert codex.run("rename", "--domain", "web-platform", "sites").code == 0
    assert codex.run("build").code == 0
    assert '"formerly":["acme-web","acme-web-platform"]' in (codex.root / "dist" / "manifest.json").read_text()


def test_a_domain_is_renamed_although_codex_yaml_has_other_findings(codex: Codex) -> None:
    config = codex.root / "standards" / "codex.yaml"
    config.write_text(config.read_text() + "technologies: [postgres]\nlanguages: [py]\n")
    run = codex.run("rename", "--domain", "web", "sites")
    assert run.code == 0, run.err
    assert "\n  sites: # the sites\n" in config.read_text()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("nope", "other"), "there is no domain `nope`"),
        (("web", "data"), "`data` is already used"),
        (("web", "Web Platform"), "is not a valid domain name"),
        (("web", "../x"), "is not a valid domain name"),
    ],
)
def test_a_domain_that_cannot_be_renamed_is_refused(codex: Codex, names: tuple[str, str], message: str) -> None:
    before = codex.files()
    run = codex.run("rename", "--domain", *names)
    assert (run.code, message in run.err) == (2, True), run.err
    assert codex.files() == before


def owners(codex: Codex) -> str:
    return (codex.root / "CODEOWNERS").read_text(encoding="utf-8")


def test_the_owners_follow_the_domains_and_the_standards(codex: Codex) -> None:
    git(codex.root, "init", "--quiet")
    stale = codex.run("fmt", "--codeowners", "--check")
    assert stale.code == 1
    assert "+/standards/web/ @web/team" in stale.out
    assert codex.run("fmt", "--codeowners").code == 0
    assert owners(codex).splitlines()[1:] == [
        "/standards/web/ @web/team",
        "/standards/data.md data@example.org",
        "# codexc:end",
    ]
    page = codex.root / "standards" / "web" / "own.md"
    page.write_text(PAGE.replace("WEB", "OWN").replace("title: Web", 'title: Own\nowner: "@own @other"'))
    assert codex.run("fmt", "--codeowners", "--check").code == 1
    assert codex.run("fmt", "--codeowners").code == 0
    assert "/standards/web/own.md @own @other\n" in owners(codex)
    assert codex.run("fmt", "--codeowners", "--check").code == 0


@pytest.mark.parametrize("place", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"])
@pytest.mark.parametrize("text", ["* @all\n", "# ours\n\n* @all", "[Docs] @docs\n/docs/ @me\n"])
def test_all_other_lines_are_kept_wherever_the_file_is(codex: Codex, place: str, text: str) -> None:
    path = codex.root / place
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert codex.run("fmt", "--codeowners").code == 0
    first = path.read_text()
    assert first.startswith(text.rstrip())
    assert ("[Standards]\n" in first) == text.startswith("[")
    path.write_text(first.replace("@web/team", "@nobody") + "/after/ @after\n")
    assert codex.run("fmt", "--codeowners").code == 0
    assert path.read_text() == first + "/after/ @after\n"


@pytest.mark.parametrize("name", ["x\n", "x\r", "x\u2028", "x\x0b"])
def test_a_path_adds_no_line_for_another_path_to_codeowners(codex: Codex, name: str) -> None:
    """Such as a directory whose name ends in a line break, with a path of the repository below it."""
    page = codex.root / "standards" / name / "standards" / "web" / "sites.md"
    page.parent.mkdir(parents=True)
    page.write_text(PAGE.replace("WEB", "OWN").replace("title: Web", 'title: Own\nowner: "@evil"'))
    run = codex.run("fmt", "--codeowners")
    assert run.code == 2
    assert "cannot be written to CODEOWNERS" in run.err
    assert not (codex.root / "CODEOWNERS").exists()


def test_an_owner_that_no_host_accepts_is_reported(codex: Codex) -> None:
    path = codex.root / "standards" / "codex.yaml"
    path.write_text(path.read_text().replace('"@web/team"', "the web people"))
    run = codex.run("fmt", "--codeowners")
    assert "web/sites.md has no owner that is valid in CODEOWNERS, such as `@team`" in run.err
    assert "web" not in owners(codex)


def test_a_damaged_block_is_refused(codex: Codex) -> None:
    (codex.root / "CODEOWNERS").write_text("# codexc:begin\n* @all\n")
    run = codex.run("fmt", "--codeowners")
    assert (run.code, "block in CODEOWNERS has an incomplete marker" in run.err) == (2, True)
    assert owners(codex) == "# codexc:begin\n* @all\n"


def test_the_block_of_a_new_codex_is_in_step(tmp_path: Path) -> None:
    assert codexc("init", tmp_path, "--namespace", "acme", "--owner", "@team").code == 0
    git(tmp_path, "init", "--quiet")
    checked = codexc("fmt", "--codeowners", "--check", cwd=tmp_path)
    assert checked.code == 0, checked.out


PIECES = st.lists(
    st.sampled_from(
        [
            "### Sites MUST {w} ({i})\n\n**Why:** {w}.",
            "- Sites SHOULD {w} ({i})",
            "#### Sites MAY {w} ({i})\n\n```text\n### no ({i})\n```",
            "Text about {w}.",
            "## Section {w}",
        ]
    ),
    min_size=1,
    max_size=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60 if THOROUGH else 20)
@given(pieces=PIECES, chosen=st.integers(min_value=0, max_value=7))
def test_withdrawing_leaves_all_other_rules_alone_or_is_refused(pieces: list[str], chosen: int) -> None:
    body = "\n\n".join(piece.format(w=f"word{number}", i=f"WEB-{number}") for number, piece in enumerate(pieces))
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "codex.yaml").write_text(CONFIG)
        (root / "web.md").write_text(f"{PAGE.partition('## Rules')[0]}## Rules\n\n{body}\n")
        place = open_codex(SourceOptions(root=root, cache=False, as_of="2026-11-29"))
        before = rules(place)
        with contextlib.suppress(CodexError):
            write_changes(place, (withdraw(place, f"WEB-{chosen}", use_instead=None),))
        after = rules(open_codex(place.request))
    if after == before:
        return
    withdrawn, earlier = after.pop(f"WEB-{chosen}"), before.pop(f"WEB-{chosen}")
    assert (withdrawn[0], earlier[0], withdrawn[1]) == (True, False, earlier[1])
    assert after == before


def rules(place: CodexFolder) -> dict[str, tuple[bool, str, str]]:
    """Whether it is withdrawn, the sentence and the body of each rule."""
    found = (rule for standard in parse_all(place).codex.standards for rule in standard.rules)
    return {rule.id: (rule.tombstone is not None, rule.statement, rule.body) for rule in found}
