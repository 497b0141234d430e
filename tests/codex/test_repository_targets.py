"""Targets that are made for one repository: for reviewers, and for clients that attach rules to files."""

import re
from pathlib import Path

import pytest

from skills_build.emit.projection import review_lines
from skills_build.model.bundle import PlacedRule
from tests.codex.test_delivery import added, contents, install, repository, rule_ids
from tests.support.fleet import codex_of
from tests.support.running import codexc

EVERY = ("review", "bugbot", "kiro", "windsurf", "junie", "claude-rules")


def options(*targets: str) -> tuple[str, ...]:
    return tuple(word for target in ("agents", *targets) for word in ("--target", target))


def ids(text: str) -> list[str]:
    return re.findall(r"^- ([A-Z][A-Z0-9-]*-\d+)(?:: | \()", text, re.MULTILINE)


@pytest.mark.parametrize("mode", ["block", "skills", "full"])
def test_every_target_is_written_once_and_taken_out_again(tmp_path: Path, mode: str) -> None:
    root = repository(tmp_path / "shop")
    before = contents(root)
    install(root, *options(*EVERY), "--delivery", mode)
    there = contents(root)
    assert {".agents/review.md", ".cursor/BUGBOT.md", ".junie/guidelines.md"} <= set(there)
    assert any(path.startswith(".kiro/steering/") for path in there)
    assert any(path.startswith(".windsurf/rules/") for path in there)
    assert codexc("verify", "--installed", "--frozen", "--into", root).code == 0
    assert "is already installed" in install(root, *options(*EVERY))
    assert codexc("uninstall", "--into", root).code == 0
    assert contents(root) == before


def test_reviewers_get_what_blocks_first_within_their_budget(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    install(root, *options("review", "bugbot"))
    page = (root / ".agents/review.md").read_text()
    assert len(page.encode()) < 33_000
    blocking = [line.endswith("(blocking)") for line in page.split("\n") if line.startswith("- ")]
    assert blocking == sorted(blocking, reverse=True)
    assert set(ids(page)) <= set(rule_ids(root))
    assert sum(blocking) > 20
    bugbot = (root / ".cursor/BUGBOT.md").read_text()
    assert sorted(ids(bugbot)) == sorted(ids(page))
    assert "### `**/*.py`, `**/*.pyi`" in bugbot


def test_what_a_reviewer_has_no_room_for_is_counted() -> None:
    rules = [rule for skill in codex_of().skill_index.skills for rule in skill.rules]
    lines = review_lines(rules, most=1_000)
    shown: list[PlacedRule] = [rule for group in lines.by_files.values() for rule in group]
    assert 0 < len(shown) < 30
    assert lines.left_out == len(rules) - len(shown)


def test_own_words_in_a_page_for_reviewers_are_kept(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"a.py": "x = 1\n", ".cursor/BUGBOT.md": "# Ours\n\nBe kind.\n"})
    before = contents(root)
    install(root, *options("bugbot"))
    assert (root / ".cursor/BUGBOT.md").read_text().startswith("# Ours\n\nBe kind.\n")
    assert codexc("uninstall", "--into", root).code == 0
    assert contents(root) == before


def test_rules_for_files_are_attached_to_these_files(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    before = contents(root)
    install(root, *options("kiro", "windsurf"))
    files = added(root, before)
    kiro = [data.decode() for path, data in files.items() if path.startswith(".kiro/steering/")]
    python = next(text for text in kiro if '"**/*.py"' in text)
    assert python.startswith("---\ninclusion: fileMatch\nfileMatchPattern:\n")
    assert "PY-1" in ids(python)
    windsurf = [data.decode() for path, data in files.items() if path.startswith(".windsurf/rules/")]
    assert "\ntrigger: glob\nglobs: **/*.py,**/*.pyi\n" in next(text for text in windsurf if "PY-1:" in text)
    assert all(len(text) < 12_000 for text in windsurf)
    shown = set(ids((root / "AGENTS.md").read_text()))
    assert not shown & {identity for text in (*kiro, *windsurf) for identity in ids(text)}
