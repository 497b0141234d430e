"""What is written for Claude Code: CLAUDE.md only where people have one, and rules for folders beside it."""

import json
from pathlib import Path

import pytest

from codex.sync.lock import LOCK
from tests.codex.test_delivery import contents, install, installed_mode, repository
from tests.support.running import codexc

MONO = {
    "go.mod": "module x\n\ngo 1.23\n",
    "main.go": "package main\n\nfunc main() {}\n",
    **{f"services/{name}/go.mod": "module x\n\ngo 1.23\n" for name in "abc"},
    **{f"services/{name}/main.go": "package main\n\nfunc main() {}\n" for name in "abc"},
    "tools/py/pyproject.toml": '[project]\nname = "p"\nversion = "1"\n',
    "tools/py/app.py": "def f(): ...\n",
}
"""One Python package among Go services."""
RULES = ".claude/rules/eng-tools-py.md"


def test_no_claude_md_is_written_unless_one_exists(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    install(root)
    assert not (root / "CLAUDE.md").exists()
    assert not (root / ".claude/rules").exists()
    assert "CLAUDE.md" not in json.loads((root / LOCK).read_bytes())["blocks"]


@pytest.mark.parametrize("text", ["# Notes\n\nBe kind.\n", "", "```\n@AGENTS.md\n```\n"])
def test_a_claude_md_of_people_imports_agents_md_outside_code(tmp_path: Path, text: str) -> None:
    root = repository(tmp_path / "shop", {"a.py": "x = 1\n", "CLAUDE.md": text})
    before = contents(root)
    install(root)
    written = (root / "CLAUDE.md").read_text()
    assert "\n@AGENTS.md\n" in written.replace("```\n@AGENTS.md\n```", "")
    assert "is already installed" in install(root)
    assert codexc("uninstall", "--into", root).code == 0
    assert contents(root) == before


def test_an_unedited_claude_md_that_codexc_created_is_removed(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    settings = root / ".engineering-codex.yaml"
    settings.write_text("delivery: {claude_md: always}\n")
    install(root)
    assert "@AGENTS.md" in (root / "CLAUDE.md").read_text()
    settings.write_text("{}\n")
    edited = (root / "CLAUDE.md").read_text() + "\nOur own words.\n"
    install(root)
    assert not (root / "CLAUDE.md").exists()
    (root / "CLAUDE.md").write_text(edited)
    install(root)
    assert (root / "CLAUDE.md").read_text() == edited
    assert "is already installed" in install(root)


def test_rules_of_a_package_are_in_claude_rules_where_people_have_a_claude_md(tmp_path: Path) -> None:
    root = repository(tmp_path / "mono", {**MONO, "CLAUDE.md": "Be kind.\n"})
    before = contents(root)
    install(root)
    assert installed_mode(root) == "skills"
    rules = (root / RULES).read_text()
    assert rules.startswith('---\npaths:\n  - "tools/py/**"\n---\n\n# ')
    assert "- PY-2: Default argument values MUST NOT be mutable objects\n" in rules
    assert "@" not in rules.replace("@language-guild", "")
    assert "- PY-2: " in (root / "tools/py/AGENTS.md").read_text()
    assert codexc("verify", "--installed", "--frozen", "--into", root).code == 0
    (root / "CLAUDE.md").unlink()
    install(root)
    assert not (root / RULES).exists()
    (root / "CLAUDE.md").write_text("Be kind.\n")
    install(root)
    assert (root / RULES).read_text() == rules
    assert codexc("uninstall", "--into", root).code == 0
    assert contents(root) == before


def test_a_root_session_sees_the_blocking_rules_of_a_package(tmp_path: Path) -> None:
    root = repository(tmp_path / "mono", MONO)
    install(root)
    text = (root / "AGENTS.md").read_text()
    assert "- Before you work in `tools/py`, read `tools/py/AGENTS.md`." in text
    blocking = json.loads(
        codexc(
            "rules", "--blocking", "--language", "python", "--skill", "eng-python", "--format", "json", "--into", root
        ).out
    )
    assert len(blocking) > 5
    assert [
        rule["id"] for rule in blocking if f"- {rule['id']}: " not in text and f"- {rule['id']} (" not in text
    ] == []


def test_a_claude_md_that_agents_md_leads_to_is_kept(tmp_path: Path) -> None:
    """AGENTS.md is a link to it, so it has the block, whoever created it."""
    root = repository(tmp_path / "shop")
    settings = root / ".engineering-codex.yaml"
    settings.write_text("delivery: {claude_md: always}\n")
    install(root)
    (root / "AGENTS.md").unlink()
    (root / "AGENTS.md").symlink_to("CLAUDE.md")
    settings.write_text("{}\n")
    install(root)
    assert "codex:begin" in (root / "CLAUDE.md").read_text()
    assert "CLAUDE.md" in json.loads((root / LOCK).read_bytes())["blocks"]
    assert "is already installed" in install(root)


def test_a_rules_file_that_git_checked_out_with_crlf_is_read(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    install(root)
    rules = root / ".engineering-codex.rules.json"
    rules.write_bytes(rules.read_bytes().replace(b"\n", b"\r\n"))
    assert codexc("verify", "--installed", "--into", root).code == 0
    assert codexc("audit", root, "--fail-on", "never").code == 0
