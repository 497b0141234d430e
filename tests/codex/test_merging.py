"""Branches that each change the standards are merged by git itself, and the merged output is up to date."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.data import ROOT
from tests.support.releasing import git
from tests.support.running import codexc

PAGE = """---
id: {id}
title: {title}
domain: engineering
status: {status}
owner: "@team"
---

# {title}

What every team does about {title}.

**Why:** teams that do not, learn it the hard way.

## Rules
"""
SECTION = """
### Teams {level} keep {words} in order ({id})

**Why:** {words} without order cost an hour a week.
**Check:** a reviewer looks at the {words}.
"""
CONFIG = """namespace: acme
title: Acme codex
source_url: https://git.example.com/codex/blob/main/standards/{path}#L{line}
domains:
  engineering:
    title: Engineering
    owner: "@team"
targets: [agents, claude, codex, cursor, copilot]
profiles:
  service:
    languages: [python]
"""
WORDS = ("backlogs", "branches", "calendars", "dashboards", "diagrams", "licences", "mailboxes", "notebooks",
         "passwords", "queues", "runbooks", "schedules", "shelves", "tickets")  # fmt: skip


def page(name: str, *, rules: int = 8, status: str = "enforced", level: str = "MUST") -> str:
    sections = (SECTION.format(id=f"{name}-{n + 1}", words=WORDS[n], level=level) for n in range(rules))
    return PAGE.format(id=name, title=name.capitalize(), status=status) + "".join(sections)


def insert(text: str, before: str, section: str) -> str:
    """Add a section before the rule with an id; before the end where there is none."""
    lines = text.split("\n")
    at = next((n for n, line in enumerate(lines) if line.endswith(f"({before})")), len(lines) - 1)
    return "\n".join([*lines[:at], *section.strip("\n").split("\n"), "", *lines[at:]])


class Repository:
    """A codex in git, whose branches change single standards and are built before they are committed."""

    def __init__(self, root: Path, standards: dict[str, str], config: str = CONFIG) -> None:
        self.root = root
        (root / "standards").mkdir(parents=True)
        (root / "standards" / "codex.yaml").write_text(config)
        for name, text in standards.items():
            self.write(name, text)
        git(root, "init", "--quiet", "--initial-branch", "main")
        self.commit("Start")

    def write(self, name: str, text: str) -> None:
        path = self.root / "standards" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.root / "standards" / f"{name}.md").read_text(encoding="utf-8")

    def commit(self, message: str) -> None:
        built = codexc("build", cwd=self.root)
        assert built.code == 0, built.out + built.err
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "--message", message)

    def branch(self, name: str, standard: str, before: str, section: str) -> None:
        git(self.root, "checkout", "--quiet", "-b", name, "main")
        self.write(standard, insert(self.read(standard), before, section))
        self.commit(f"Add a rule on {name}")
        git(self.root, "checkout", "--quiet", "main")

    def merge(self, *names: str) -> list[str]:
        """Merge branches with no configuration at all; returns the files in conflict."""
        for name in names:
            command = [
                "git",
                "-c",
                "user.name=A",
                "-c",
                "user.email=a@example.com",
                "merge",
                "--quiet",
                "--no-edit",
                name,
            ]
            subprocess.run(command, cwd=self.root, check=False, capture_output=True)
        return git(self.root, "diff", "--name-only", "--diff-filter=U").split()

    def assert_current(self) -> None:
        checked = codexc("build", "--check", cwd=self.root)
        assert checked.code == 0, checked.out + checked.err
        assert codexc("check", cwd=self.root).code == 0


def rule(identity: str, words: str = "umbrellas", level: str = "MUST") -> str:
    return SECTION.format(id=identity, words=words, level=level)


@pytest.mark.parametrize(("status", "level"), [("enforced", "MUST"), ("approved", "SHOULD"), ("approved", "MUST NOT")])
def test_branches_in_different_standards_merge(tmp_path: Path, status: str, level: str) -> None:
    pages = {name: page(name.upper(), status=status, level=level) for name in ("alpha", "beta", "gamma")}
    repository = Repository(tmp_path / "codex", pages)
    repository.branch("one", "alpha", "", rule("ALPHA-9", level=level))
    repository.branch("two", "beta", "", rule("BETA-9", "umbrellas and coats", level))
    repository.branch("three", "gamma", "GAMMA-3", rule("GAMMA-9", "umbrellas and hats", level))
    assert repository.merge("one", "two", "three") == []
    repository.assert_current()


@pytest.mark.parametrize("level", ["MUST", "SHOULD", "MAY"])
@pytest.mark.parametrize("status", ["enforced", "approved"])
def test_branches_far_apart_in_one_standard_merge(tmp_path: Path, status: str, level: str) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA", status=status, level=level)})
    repository.branch("top", "alpha", "ALPHA-2", rule("ALPHA-9", level=level))
    repository.branch("bottom", "alpha", "ALPHA-8", rule("ALPHA-10", "umbrellas and coats", level))
    assert repository.merge("top", "bottom") == []
    repository.assert_current()
    locked = json.loads((repository.root / "standards" / "codex.ids.lock").read_bytes())["ids"]
    assert {"ALPHA-9", "ALPHA-10"} < {row["id"] for row in locked}


@pytest.mark.parametrize("status", ["enforced", "approved"])
@pytest.mark.parametrize(("first", "second"), [(7, 7), (6, 8)])
def test_branches_that_together_exceed_the_length_of_a_list_merge(
    tmp_path: Path, status: str, first: int, second: int
) -> None:
    pages = {"alpha": page("ALPHA", rules=first, status=status), "beta": page("BETA", rules=second, status=status)}
    repository = Repository(tmp_path / "codex", pages)
    repository.branch("one", "alpha", "", rule(f"ALPHA-{first + 1}"))
    repository.branch("two", "beta", "", rule(f"BETA-{second + 1}", "umbrellas and coats"))
    repository.branch("three", "alpha", "ALPHA-2", rule(f"ALPHA-{first + 2}", "hats"))
    assert repository.merge("one", "two") == []
    repository.assert_current()
    assert repository.merge("three") == []
    repository.assert_current()
    repository.commit("Build again")
    repository.assert_current()


def test_branches_that_together_exceed_the_length_of_a_checklist_merge(tmp_path: Path) -> None:
    """Two of six rules of each standard have a check, and each branch adds one more."""
    texts = {}
    for name in ("alpha", "beta"):
        head, *sections = page(name.upper(), rules=6).split("\n### ")
        sections[2:] = [section.partition("**Check:**")[0] for section in sections[2:]]
        texts[name] = "\n### ".join((head, *sections))
    repository = Repository(tmp_path / "codex", texts)
    repository.branch("one", "alpha", "", rule("ALPHA-7"))
    repository.branch("two", "beta", "BETA-4", rule("BETA-7", "umbrellas and coats"))
    assert repository.merge("one", "two") == []
    entry = next((repository.root / "dist" / "skills").glob("*-engineering/SKILL.md"))
    assert entry.read_text().count("- [ ] ") == 6
    repository.assert_current()
    repository.commit("Build again")
    assert entry.read_text().count("- [ ] ") == 5


def test_a_list_that_is_too_long_but_not_whole_is_out_of_date(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA", rules=14), "beta": page("BETA", rules=2)})
    entry = next((repository.root / "dist" / "skills").glob("*-engineering/SKILL.md"))
    text = entry.read_text()
    shown = {line[2:].partition(":")[0] for line in text.splitlines()}
    (cut,) = {f"ALPHA-{n}" for n in range(1, 15)} - shown
    entry.write_text(text.replace("\n- BETA-1:", f"\n- {cut}: Teams may do as they like (blocking)\n- BETA-1:", 1))
    assert codexc("build", "--check", cwd=repository.root).code == 1


def test_branches_of_a_released_codex_merge(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "codex", {name: page(name.upper()) for name in ("alpha", "beta")})
    for key, value in (("user.name", "A"), ("user.email", "a@example.com")):
        git(repository.root, "config", key, value)
    (repository.root / ".gitignore").write_text("/build/\n")
    git(repository.root, "add", "--all")
    git(repository.root, "commit", "--quiet", "--message", "Ignore bundles")
    released = codexc("release", "--tag", cwd=repository.root)
    assert released.code == 0, released.err
    repository.branch("one", "alpha", "ALPHA-3", rule("ALPHA-9"))
    repository.branch("two", "beta", "BETA-7", rule("BETA-9", "umbrellas and coats"))
    repository.branch("three", "alpha", "ALPHA-8", rule("ALPHA-10", "umbrellas and hats"))
    assert repository.merge("one", "two", "three") == []
    repository.assert_current()


@pytest.mark.slow
def test_branches_of_the_starter_codex_merge(tmp_path: Path) -> None:
    root = tmp_path / "starter"
    shutil.copytree(ROOT / "standards", tmp_path / "standards")
    texts = {
        path.relative_to(tmp_path / "standards").with_suffix("").as_posix(): path.read_text(encoding="utf-8")
        for path in (tmp_path / "standards").rglob("*.md")
        if path.name != "CHANGELOG.md"
    }
    config = (tmp_path / "standards" / "codex.yaml").read_text(encoding="utf-8")
    repository = Repository(root, texts, config)
    repository.branch("one", "delivery/git-and-review", "GIT-2", rule("GIT-91"))
    repository.branch("two", "delivery/git-and-review", "GIT-10", rule("GIT-92", "umbrellas and coats"))
    repository.branch("three", "languages/go", "GO-5", rule("GO-91", "umbrellas and hats", "SHOULD"))
    assert repository.merge("one", "two", "three") == []
    repository.assert_current()


def test_the_same_next_id_on_two_branches_is_never_merged_in_silence(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA")})
    repository.branch("top", "alpha", "ALPHA-2", rule("ALPHA-9"))
    repository.branch("bottom", "alpha", "ALPHA-8", rule("ALPHA-9", "umbrellas and coats"))
    conflicts = repository.merge("top", "bottom")
    checked = codexc("check", cwd=repository.root)
    assert conflicts or (checked.code == 1 and "error[CX103]: rule id `ALPHA-9` is used twice" in checked.out)


def test_the_committed_manifest_has_no_value_that_every_change_touches(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "codex", {name: page(name.upper()) for name in ("alpha", "beta")})
    before = (repository.root / "dist" / "manifest.json").read_text().splitlines()
    repository.write("alpha", insert(repository.read("alpha"), "ALPHA-2", rule("ALPHA-9")))
    repository.commit("Add a rule")
    after = (repository.root / "dist" / "manifest.json").read_text().splitlines()
    assert [line for line in before if line not in after] == []
    assert len(after) == len(before) + 1


def test_the_output_of_a_build_is_read_like_a_bundle(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA")})
    target = tmp_path / "target"
    target.mkdir()
    git(target, "init", "--quiet")
    assert codexc("install", repository.root / "dist", "--into", target).code == 0
    (repository.root / "dist" / "skills" / "acme-engineering" / "extra.md").write_text("x\n")
    refused = codexc("install", repository.root / "dist", "--into", target)
    assert refused.code == 2
    assert "skills/acme-engineering/extra.md: the file is not in the manifest" in refused.err
