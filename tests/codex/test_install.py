"""`codexc install`, `verify --installed` and `uninstall`, in real repositories on disk."""

import json
import subprocess
from pathlib import Path

import pytest

from codex.sync.lock import LOCK
from tests.support.data import ROOT
from tests.support.running import codexc

DIST = ROOT / "dist"


def listing(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mode)
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git/" not in path.as_posix()
    }


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "payments"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    (root / "AGENTS.md").write_bytes(b"# Payments\r\n\r\nOur own words.\r\n")
    (root / "main.py").write_text("print('hi')\n")
    return root


def install(root: Path, *options: str) -> str:
    run = codexc("install", DIST, "--into", root, "--delivery", "full", *options)
    assert run.code == 0, run.err
    return run.out + run.err


def test_installing_twice_writes_once_and_taking_out_gives_back_every_byte(repository: Path) -> None:
    before = listing(repository)
    first = install(repository, "--profile", "python-service")
    assert "rules in" in first
    there = listing(repository)
    assert {LOCK, ".claude/skills/eng-python/SKILL.md", ".agents/skills/eng-python/SKILL.md"} <= set(there)
    assert "CLAUDE.md" not in there
    assert ".agents/skills/eng-rust/SKILL.md" not in there
    assert there[".agents/skills/eng-python/SKILL.md"][0] == (DIST / "skills/eng-python/SKILL.md").read_bytes()
    assert b"Our own words.\r\n" in there["AGENTS.md"][0]
    assert "is already installed" in install(repository, "--profile", "python-service")
    assert listing(repository) == there
    assert codexc("verify", "--installed", "--frozen", "--into", repository).code == 0
    assert codexc("uninstall", "--into", repository).code == 0
    assert listing(repository) == before


def test_a_named_profile_gets_the_fragment_that_the_build_wrote(repository: Path) -> None:
    install(repository, "--profile", "rust-library", "--target", "agents", "--target", "claude")
    text = (repository / "AGENTS.md").read_bytes().decode().replace("\r\n", "\n")
    rules, skills = (DIST / "agents-md" / "rust-library.md").read_text().split("\n### Skills\n")
    assert rules.strip() in text
    assert skills.strip() in text
    assert text.index(rules.strip()) < text.index("### This repository") < text.index(skills.strip())


def test_without_a_folder_the_repository_around_is_meant(repository: Path) -> None:
    deep = repository / "deep" / "er"
    deep.mkdir(parents=True)
    run = codexc("install", DIST, "--profile", "go", cwd=deep)
    assert run.code == 0, run.err
    assert (repository / LOCK).is_file()
    assert codexc("verify", "--installed", cwd=deep).code == 0
    assert codexc("uninstall", cwd=deep).code == 0
    assert not (repository / LOCK).exists()


def test_a_folder_that_is_named_is_the_one(repository: Path) -> None:
    inside = repository / "build"
    inside.mkdir()
    install(inside, "--profile", "go")
    assert (inside / LOCK).is_file()
    assert not (repository / LOCK).exists()


def test_a_dry_run_and_a_diff_write_nothing(repository: Path) -> None:
    before = listing(repository)
    run = codexc("install", DIST, "--into", repository, "--profile", "python", "--delivery", "full", "--dry-run")
    assert run.code == 0
    assert "   add .agents/skills/eng-python/SKILL.md\n" in run.out
    assert "update AGENTS.md\n" in run.out
    diff = codexc("install", DIST, "--into", repository, "--profile", "python", "--delivery", "full", "--diff").out
    assert "--- /dev/null\n+++ b/.agents/skills/eng-python/SKILL.md\n" in diff
    assert "--- a/AGENTS.md\n+++ b/AGENTS.md\n" in diff
    assert listing(repository) == before
    facts = json.loads(codexc("install", DIST, "--into", repository, "--dry-run", "--format", "json").out)
    assert facts["status"] == "dry-run"
    assert {"path": "AGENTS.md", "state": "absent", "action": "update", "why": None} in facts["changes"]


def test_edited_and_foreign_files_are_kept_and_stale_ones_pruned(repository: Path) -> None:
    foreign = repository / ".agents/skills/eng-go/SKILL.md"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("ours\n")
    said = install(repository, "--profile", "go,python")
    assert "kept: .agents/skills/eng-go/SKILL.md: not created by codexc" in said
    edited = repository / ".agents/skills/eng-testing/SKILL.md"
    edited.write_bytes(edited.read_bytes() + b"our line\n")
    check = codexc("verify", "--installed", "--into", repository)
    assert (check.code, check.out) == (1, ".agents/skills/eng-testing/SKILL.md: the file was edited by hand\n")
    assert "eng-testing/SKILL.md: edited by hand" in install(repository, "--profile", "rust")
    assert edited.read_bytes().endswith(b"our line\n")
    assert foreign.read_text() == "ours\n"
    assert not (repository / ".agents/skills/eng-python").exists()
    install(repository, "--profile", "rust", "--force")
    assert not edited.read_bytes().endswith(b"our line\n")
    assert codexc("verify", "--installed", "--into", repository).code == 0


def test_a_damaged_block_is_a_conflict_that_costs_nothing(repository: Path) -> None:
    agents = repository / "AGENTS.md"
    agents.write_bytes(b"# T\n<!-- codex:begin version=1.0.0 sha256=" + b"0" * 64 + b" -->\nno end\n")
    before = agents.read_bytes()
    run = codexc("install", DIST, "--into", repository, "--profile", "go", "--force")
    assert run.code == 1
    assert "cannot be written: AGENTS.md: the file has a block start marker without an end marker (line 2)" in run.err
    assert agents.read_bytes() == before


def test_settings_choose_targets_waive_rules_and_opt_out(repository: Path) -> None:
    settings = repository / ".engineering-codex.yaml"
    settings.write_text(
        "targets: [agents]\n"
        "facts: [Deployed by Friday's train]\n"
        "waivers:\n"
        "  - {rule: SEC-1, reason: legacy parser, owner: '@payments', expires: 2027-01-31}\n"
        "  - {rule: SEC-2, reason: gone, owner: '@payments', expires: 2026-01-31}\n"
        "  - {rule: NO-1, reason: none, owner: '@payments', expires: 2027-01-31}\n"
    )
    said = install(repository, "--profile", "python", "--as-of", "2026-12-01")
    text = (repository / "AGENTS.md").read_text()
    assert "- Deployed by Friday's train" in text
    assert "- SEC-1 is waived until 2027-01-31: legacy parser (`@payments`)" in text
    assert "- SEC-1: " not in text
    assert "- SEC-2: " in text
    assert "the waiver for SEC-2 expired on 2026-01-31" in said
    assert "the waiver for NO-1 has no effect: no rule for this repository has this id" in said
    assert not (repository / "CLAUDE.md").exists()
    settings.write_text("opt_out: {reason: a fork of somebody else's}\n")
    assert "opted out: a fork of somebody else's" in install(repository)
    frozen = codexc("verify", "--installed", "--frozen", "--into", repository)
    assert frozen.code == 1
    assert "opts out, but a codex is installed" in frozen.out


def test_invalid_settings_are_reported_with_their_place(repository: Path) -> None:
    (repository / ".engineering-codex.yaml").write_text("target: [agents]\n")
    run = codexc("install", DIST, "--into", repository)
    assert run.code == 2
    assert ".engineering-codex.yaml:1:1: unknown key `target`" in run.err
    assert "did you mean `targets`?" in run.err


def test_a_pin_refuses_another_version(repository: Path) -> None:
    (repository / ".engineering-codex.yaml").write_text("pin: 9.9.9\n")
    run = codexc("install", DIST, "--into", repository)
    assert run.code == 2
    assert "pinned to 9.9.9" in run.err


def test_frozen_wants_a_lock_and_no_strangers(repository: Path) -> None:
    assert codexc("verify", "--installed", "--into", repository).code == 0
    assert codexc("verify", "--installed", "--frozen", "--into", repository).code == 1
    install(repository, "--profile", "go")
    (repository / ".agents/skills/eng-go/notes.md").write_text("stray\n")
    assert codexc("verify", "--installed", "--into", repository).code == 0
    frozen = codexc("verify", "--installed", "--frozen", "--into", repository)
    assert (frozen.code, frozen.out) == (
        1,
        ".agents/skills/eng-go/notes.md: the file is in a managed folder, but not listed in the lock\n",
    )


def test_links_in_the_tree_are_never_written_through(repository: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repository / ".agents").symlink_to(outside)
    (repository / "CLAUDE.md").symlink_to("AGENTS.md")
    run = codexc("install", DIST, "--into", repository, "--profile", "go")
    assert run.code == 1
    assert list(outside.iterdir()) == []
    assert (repository / "CLAUDE.md").is_symlink()
    assert "codex:begin" in (repository / "AGENTS.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "there is no bundle `nowhere`"),
        ([str(ROOT / "tests")], "holds no manifest.json"),
        ([str(DIST), "--target", "emacs"], "the codex was not built for `emacs`"),
        ([str(DIST), "--profile", "pyhton"], "did you mean `python`?"),
    ],
)
def test_what_cannot_be_installed_is_reported(repository: Path, arguments: list[str], said: str) -> None:
    before = listing(repository)
    run = codexc("install", *arguments, "--into", repository)
    assert run.code == 2
    assert said in run.err
    assert listing(repository) == before


def test_a_damaged_bundle_is_not_installed(repository: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "dist"
    shutil.copytree(DIST, copy)
    (copy / "skills/eng-go/SKILL.md").unlink()
    before = listing(repository)
    run = codexc("install", copy, "--into", repository)
    assert run.code == 2
    assert "skills/eng-go/SKILL.md: the file is missing" in run.err
    assert listing(repository) == before


def test_files_that_git_ignores_are_left_out_with_the_pattern_that_does_so(repository: Path) -> None:
    (repository / ".gitignore").write_text("*.log\n.claude/\n!.claude/skills/\n")
    text = install(repository, "--profile", "python-service")
    assert "because Git ignores them (`.claude/` in `.gitignore:2`)" in text
    assert not (repository / ".claude").exists()
    assert ".claude/" not in (repository / LOCK).read_text()
    assert codexc("verify", "--installed", "--frozen", "--into", repository).code == 0
    assert "is already installed" in install(repository, "--profile", "python-service")


def test_files_that_git_tracks_are_not_left_out(repository: Path) -> None:
    install(repository, "--profile", "python-service")
    subprocess.run(["git", "-C", repository, "add", "--all"], check=True)
    (repository / ".gitignore").write_text(".claude/\n.agents/\n")
    assert "is already installed" in install(repository, "--profile", "python-service")


def test_an_empty_file_of_a_person_is_still_there_after_uninstalling(repository: Path) -> None:
    for host, text in {"AGENTS.md": b"", "CLAUDE.md": b"\n"}.items():
        (repository / host).write_bytes(text)
    before = listing(repository)
    install(repository, "--profile", "python-service")
    assert codexc("uninstall", "--into", repository).code == 0
    assert listing(repository) == before


def test_a_checkout_with_crlf_is_clean_and_needs_no_update(repository: Path, tmp_path: Path) -> None:
    install(repository, "--profile", "python-service")
    commit = ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "a"]
    subprocess.run(["git", "-C", repository, "add", "--all"], check=True)
    subprocess.run(["git", "-C", repository, *commit], check=True)
    work = tmp_path / "crlf"
    subprocess.run(["git", "clone", "-q", "-c", "core.autocrlf=true", repository, work], check=True)
    before = listing(work)
    assert b"\r\n" in before[LOCK][0] and b"\r\n" in before[".agents/skills/eng-python/SKILL.md"][0]
    assert codexc("verify", "--installed", "--frozen", "--into", work).code == 0
    assert "is already installed" in install(work, "--profile", "python-service")
    assert listing(work) == before
    assert codexc("uninstall", "--into", work).code == 0
    left = {path for path in listing(work) if path not in ("AGENTS.md", "main.py")}
    assert left == set()
