"""Targets that are made for one repository: for reviewers, and for clients that attach rules to files."""

import json
import re
from pathlib import Path

import pytest

from codex.sync.lock import LOCK
from skills_build.emit.globs import skill_globs
from skills_build.emit.projection import ALL_FILES, RepositoryRules, fitting, left_out
from skills_build.emit.targets import kiro
from skills_build.model.bundle import Artifact
from tests.codex.test_delivery import DIST, added, contents, install, repository, rule_ids
from tests.support.fleet import codex_of
from tests.support.running import codexc
from tests.test_schemas import faults

EVERY = ("review", "bugbot", "kiro", "windsurf", "junie", "claude-rules", "gemini", "gitlab-duo", "coderabbit")


def options(*targets: str) -> tuple[str, ...]:
    return tuple(word for target in ("agents", *targets) for word in ("--target", target))


def ids(text: str) -> list[str]:
    return re.findall(r"^- ([A-Z][A-Z0-9-]*-\d+)(?:: | \()", text, re.MULTILINE)


@pytest.mark.parametrize("mode", ["block", "skills", pytest.param("full", marks=pytest.mark.slow)])
def test_every_target_is_written_once_and_taken_out_again(tmp_path: Path, mode: str) -> None:
    root = repository(tmp_path / "shop")
    before = contents(root)
    install(root, *options(*EVERY), "--delivery", mode)
    there = contents(root)
    assert {".agents/review.md", ".cursor/BUGBOT.md", ".junie/guidelines.md"} <= set(there)
    assert {".gemini/settings.json", ".gitlab/duo/mr-review-instructions.yaml", ".coderabbit.yaml"} <= set(there)
    assert any(path.startswith(".kiro/steering/") for path in there)
    assert any(path.startswith(".windsurf/rules/") for path in there)
    frozen = codexc("verify", "--installed", "--into", root)
    assert frozen.code == 0, frozen.out
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
    shown = fitting(rules, 1_000)
    assert 0 < len(shown) < 30
    assert shown == tuple(rules[: len(shown)])
    (remark,) = left_out("review", len(rules) - len(shown))
    assert f"omits {len(rules) - len(shown):,} rules at the end" in remark.text


def test_a_client_that_loads_rules_with_files_gets_all_of_them() -> None:
    """However many rules about all files come before them: those are in AGENTS.md, or in a skill."""
    rules = [rule for skill in codex_of().skill_index.skills for rule in skill.rules]
    ours = RepositoryRules(namespace="acme", title="Acme", rules=(*rules * 40,))
    of_files = {rule.rule.id for rule in rules if skill_globs([rule]) not in ((), ALL_FILES)}
    pages = "".join(file.data.decode() for file in kiro.project(ours) if isinstance(file, Artifact))
    assert of_files
    assert set(ids(pages)) == of_files


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


OWN = {
    "a.py": "x = 1\n",
    ".gemini/settings.json": '{\n  // ours\n  "theme": "dark", // keep\n  "context": { "fileName": ["NOTES.md"] }\n}\n',
    ".gitlab/duo/mr-review-instructions.yaml": "# ours\ninstructions:\n  - name: Ours\n    fileFilters: ['*']\n    instructions: Be kind.\n",
    ".coderabbit.yaml": "language: en # keep\nreviews:\n  profile: chill\n",
}
LISTS = options("gemini", "gitlab-duo", "coderabbit")


def keys_of(root: Path) -> list[dict[str, str]]:
    lock = json.loads((root / LOCK).read_bytes())
    assert faults("lock", lock) == []
    keys: list[dict[str, str]] = lock.get("keys", [])
    return keys


@pytest.mark.slow
def test_settings_of_people_get_items_and_keep_every_other_byte(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", OWN)
    before = contents(root)
    install(root, *LISTS)
    gemini = (root / ".gemini/settings.json").read_text()
    assert '"fileName": ["NOTES.md", "AGENTS.md"]' in gemini
    assert "// ours" in gemini
    duo = (root / ".gitlab/duo/mr-review-instructions.yaml").read_text()
    assert duo.startswith(OWN[".gitlab/duo/mr-review-instructions.yaml"])
    assert '  - name: "Engineering codex"\n    fileFilters:\n      - "**/*"\n    instructions: |\n' in duo
    assert {key["path"] for key in keys_of(root)} == OWN.keys() - {"a.py"}
    assert codexc("verify", "--installed", "--into", root).code == 0
    there = contents(root)
    assert "is already installed" in install(root, *LISTS)
    assert contents(root) == there
    assert codexc("uninstall", "--into", root).code == 0
    assert contents(root) == before


@pytest.mark.slow
def test_an_item_that_people_edited_is_kept_and_reported(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", OWN)
    install(root, *LISTS)
    duo = root / ".gitlab/duo/mr-review-instructions.yaml"
    edited = duo.read_bytes().replace(b"cite them by id", b"cite them by number", 1)
    duo.write_bytes(edited)
    verified = codexc("verify", "--installed", "--into", root)
    assert verified.out == f"{duo.relative_to(root)}: the value of `/instructions/-` was edited by hand\n"
    for _ in range(2):
        said = codexc("install", DIST, "--into", root, *LISTS).err
        assert f"kept: {duo.relative_to(root)}:" in said
        assert duo.read_bytes() == edited
    assert codexc("install", DIST, "--into", root, "--force", *LISTS).code == 0
    assert b"by number" not in duo.read_bytes()
    assert duo.read_bytes().count(b'name: "Engineering codex"') == 1
    assert codexc("verify", "--installed", "--into", root).code == 0


@pytest.mark.slow
def test_an_upgrade_replaces_the_items_and_leaves_those_of_people(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", OWN)
    install(root, *LISTS)
    duo = root / ".gitlab/duo/mr-review-instructions.yaml"
    duo.write_text(duo.read_text() + "  - name: Last\n    fileFilters: ['*']\n    instructions: Also ours.\n")
    waiver = "{rule: SEC-1, reason: old code, owner: '@payments', expires: 2099-03-31}"
    (root / ".engineering-codex.yaml").write_text(f"waivers: [{waiver}]\n")
    install(root, *LISTS)
    text = duo.read_text()
    assert "- SEC-1: " not in text
    assert text.count('name: "Engineering codex"') == 1
    assert "- name: Last\n" in text
    assert codexc("verify", "--installed", "--into", root).code == 0


@pytest.mark.parametrize("text", ['{"context": {"fileName": "NOTES.md"}}', "{", "// nothing\n{\n  // here\n}\n"])
def test_a_file_that_cannot_be_edited_safely_gets_a_suggestion(tmp_path: Path, text: str) -> None:
    root = repository(tmp_path / "shop", {"a.py": "x = 1\n", ".gemini/settings.json": text})
    before = contents(root)
    said = install(root, *options("gemini"))
    assert "`.gemini/settings.json` cannot be edited safely (" in said
    assert 'add `"AGENTS.md"` to `context.fileName`' in said
    assert (root / ".gemini/settings.json").read_text() == text
    assert keys_of(root) == []
    assert codexc("uninstall", "--into", root).code == 0
    assert contents(root) == before


def test_a_setting_that_is_there_already_stays_that_of_people(tmp_path: Path) -> None:
    text = '{ "context": { "fileName": ["AGENTS.md"] } }'
    root = repository(tmp_path / "shop", {"a.py": "x = 1\n", ".gemini/settings.json": text})
    install(root, *options("gemini"))
    assert keys_of(root) == []
    assert codexc("uninstall", "--into", root).code == 0
    assert (root / ".gemini/settings.json").read_text() == text


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"a.py": "x = 1\n"})
    outside = tmp_path / "outside.json"
    outside.write_text("{}")
    (root / ".gemini").mkdir()
    (root / ".gemini/settings.json").symlink_to(outside)
    assert "is left alone: the path is a link" in install(root, *options("gemini"))
    assert outside.read_text() == "{}"
