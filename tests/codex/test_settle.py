"""Collisions on one line are settled by building again, and changes are noticed while codexc watches."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from codex.cli._watch import watch
from codex.workflow.codex_folder import SourceOptions
from tests.codex.test_merging import Repository, page, rule
from tests.support.data import ROOT
from tests.support.releasing import git
from tests.support.running import codexc, foreground


def resolved_by_hand(text: str) -> str:
    """Keep both sides of each conflict, as an author does who wants both rules."""
    return "".join(line for line in text.splitlines(keepends=True) if line[:7] not in ("<<<<<<<", "=======", ">>>>>>>"))


def test_a_collision_on_one_line_is_settled_by_building_again(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA")})
    repository.branch("one", "alpha", "ALPHA-4", rule("ALPHA-9"))
    repository.branch("two", "alpha", "ALPHA-4", rule("ALPHA-10", "umbrellas and coats"))
    conflicts = repository.merge("one", "two")
    assert {"standards/alpha.md", "standards/codex.ids.lock", "dist/manifest.json"} < set(conflicts)
    before = repository.read("alpha")
    refused = codexc("build", "--resolve", cwd=repository.root)
    assert refused.code == 2
    assert "alpha.md:" in refused.err
    assert "has conflict markers" in refused.err
    assert repository.read("alpha") == before
    repository.write("alpha", resolved_by_hand(before))
    settled = codexc("build", "--resolve", cwd=repository.root)
    assert settled.code == 0, settled.err
    assert "merged both sides of codex.ids.lock; next: `git add` the written files" in settled.err
    git(repository.root, "add", "--all")
    git(repository.root, "commit", "--quiet", "--message", "Merge")
    repository.assert_current()
    assert "<<<<<<<" not in git(repository.root, "grep", "-h", "ALPHA-9")
    ids = [row["id"] for row in json.loads((repository.root / "standards" / "codex.ids.lock").read_bytes())["ids"]]
    assert ids[2:6] == ["ALPHA-3", "ALPHA-9", "ALPHA-10", "ALPHA-4"]


def test_a_file_that_a_merge_left_in_the_output_is_removed_and_one_of_a_person_is_not(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA")})
    left, added = repository.root / "dist" / "skills" / "acme-gone" / "SKILL.md", repository.root / "dist" / "NOTES.md"
    left.parent.mkdir()
    left.write_text("changed on one branch, deleted on the other")
    git(repository.root, "add", "--all")
    added.write_text("of a person")
    refused = codexc("build", "--resolve", cwd=repository.root)
    assert (refused.code, "not written by codexc: `NOTES.md`" in refused.err, added.exists()) == (2, True, True)
    added.unlink()
    assert codexc("build", "--resolve", cwd=repository.root).code == 0
    assert not left.exists()


CONFLICT = "<<<<<<< one\n=======\n>>>>>>> two\n"


def test_conflicts_in_output_and_outside_of_the_codex_are_not_what_people_wrote(tmp_path: Path) -> None:
    codex = tmp_path / "rules"
    codex.mkdir()
    (codex / "codex.yaml").write_text("namespace: acme\ndomains: {engineering: {title: Engineering}}\n")
    (codex / "alpha.md").write_text(page("ALPHA"))
    assert codexc("build", "--root", codex).code == 0
    manifest = codex / "dist" / "manifest.json"
    manifest.write_text(CONFLICT + manifest.read_text())
    (codex / "node_modules").mkdir()
    (codex / "node_modules" / "a.md").write_text(CONFLICT)
    outside = tmp_path / "outside.md"
    outside.write_text(CONFLICT)
    (codex / "linked.md").symlink_to(outside)
    (codex / "loop.md").symlink_to("loop.md")
    run = codexc("build", "--root", codex, "--resolve")
    assert "has conflict markers" not in run.err
    assert outside.read_text() == CONFLICT
    (codex / "linked.md").unlink()
    (codex / "loop.md").unlink()
    assert codexc("build", "--root", codex, "--resolve").code == 0
    assert "<<<<<<<" not in manifest.read_text()


def test_a_conflict_that_was_committed_in_code_is_refused_as_a_build_refuses_it(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA")})
    repository.write("alpha", repository.read("alpha") + f"\n```python\n{CONFLICT}```\n")
    git(repository.root, "add", "--all")
    git(repository.root, "commit", "--quiet", "--message", "Conflict")
    assert "has conflict markers" in codexc("build", "--resolve", cwd=repository.root).err


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_the_first_slug_of_a_rule_survives_a_settled_lock(tmp_path: Path, style: str) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA")})
    repository.write("alpha", repository.read("alpha").replace("keep branches in order", "keep their branches tidy"))
    repository.commit("Retitle")
    git(repository.root, "config", "merge.conflictStyle", style)
    repository.branch("one", "alpha", "ALPHA-4", rule("ALPHA-9"))
    repository.branch("two", "alpha", "ALPHA-4", rule("ALPHA-10", "umbrellas and coats"))
    repository.merge("one", "two")
    git(repository.root, "checkout", "one", "--", "standards/alpha.md")
    assert codexc("build", "--resolve", cwd=repository.root).code in (0, 1)
    rows = json.loads((repository.root / "standards" / "codex.ids.lock").read_bytes())["ids"]
    assert [row["slug"] for row in rows if row["id"] == "ALPHA-2"] == ["teams-must-keep-branches-in-order"]
    assert {"ALPHA-9", "ALPHA-10"} <= {row["id"] for row in rows}


@pytest.mark.parametrize("row", ['{"id": "ALPHA-9", "slug": 7}', '{"id": "ALPHA-9"', '{"id": "ALPHA-9", "evil": [[['])
def test_a_damaged_lock_is_reported_and_kept(tmp_path: Path, row: str) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA")})
    lock = repository.root / "standards" / "codex.ids.lock"
    text = f"<<<<<<< HEAD\n    {row},\n=======\n>>>>>>> other\n"
    lock.write_text(text)
    run = codexc("build", "--resolve", cwd=repository.root)
    assert run.code == 2
    assert "a line in the lock is invalid" in run.err
    assert lock.read_text() == text


EXAMPLE = "\n```text\n<<<<<<< HEAD\nmine\n=======\ntheirs\n>>>>>>> topic\n```\n"


def test_an_example_of_a_conflict_in_a_code_block_is_no_conflict(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA") + EXAMPLE})
    assert codexc("build", "--resolve", cwd=repository.root).code == 0
    repository.write("alpha", page("ALPHA") + EXAMPLE.replace("```text", "").replace("```", ""))
    assert codexc("build", "--resolve", cwd=repository.root).code == 2


def test_without_a_conflict_the_output_is_just_built(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA")})
    run = codexc("build", "--resolve", cwd=repository.root)
    assert run.code == 0
    assert "united" not in run.err
    assert git(repository.root, "status", "--porcelain") == ""


@pytest.mark.parametrize("command", [("build", "--watch"), ("check", "--watch")])
def test_a_change_of_the_configuration_is_noticed_also_an_error_in_it(tmp_path: Path, command: tuple[str, str]) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA")})
    config = repository.root / "standards" / "codex.yaml"
    good = config.read_text()
    log = tmp_path / "log"
    arguments = foreground([sys.executable, "-m", "codex", *command])
    with log.open("w") as file:
        started = subprocess.Popen(
            arguments, cwd=repository.root, stdout=file, stderr=file, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        try:
            wait(log, lambda text: "built " in text or "no problems" in text)
            config.write_text("namespace: [\n")
            wait(log, lambda text: "CX00" in text or "error" in text)
            size = log.stat().st_size
            config.write_text(good.replace("title: Acme codex", "title: Other codex"))
            wait(log, lambda text: len(text) > size)
            if command[0] == "build":
                wait(log, lambda _: "Other codex" in (repository.root / "dist" / "manifest.json").read_text())
        finally:
            code = interrupted(started)
    assert code == 130


def test_a_change_during_a_run_is_followed_by_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA")})
    seen: list[str] = []

    def run() -> int:
        seen.append(repository.read("alpha"))
        if len(seen) == 1:
            repository.write("alpha", page("ALPHA", rules=7))
        return 0

    def sleep(_: float) -> None:
        if len(seen) > 1:
            raise KeyboardInterrupt

    monkeypatch.setattr("codex.cli._watch.time.sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        watch(SourceOptions(root=repository.root / "standards", as_of="2026-12-01"), run, quiet=True)
    assert seen == [page("ALPHA"), page("ALPHA", rules=7)]


def interrupted(process: subprocess.Popen[bytes]) -> int:
    """End a process with Ctrl-C, again if Python lost the first one in a finalizer, and return its exit code."""
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(15)
    process.kill()
    return process.wait(15)


def wait(log: Path, done: object) -> None:
    assert callable(done)
    for _ in range(300):
        if done(log.read_text()):
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_lints_are_also_named_in_one_list(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA").replace("**Why:**", "Because", 1)})
    both = codexc("check", "--ignore", "CX3,CX1", "--format", "json", cwd=repository.root)
    each = codexc("check", "--ignore", "CX3", "--ignore", "CX1", "--format", "json", cwd=repository.root)
    assert both == each
    assert codexc("check", "--select", "CX101, CX103", cwd=repository.root).code == 0
    assert codexc("check", "--ignore", "CX101,nonsense", cwd=repository.root).code == 2


@pytest.mark.parametrize(
    ("words", "start", "expected"),
    [
        ("explain", "ALPHA-", {"ALPHA-1", "ALPHA-8"}),
        ("explain", "dupl", {"duplicate-id"}),
        ("check --select", "CX101,CX10", {"CX101,CX103"}),
        ("check --ignore", "duplicate", {"duplicate-id"}),
        ("preview --profile", "ser", {"service"}),
        ("schema", "man", {"manifest"}),
        ("new --next-id", "AL", {"ALPHA"}),
    ],
)
def test_the_shell_completes_names(tmp_path: Path, words: str, start: str, expected: set[str]) -> None:
    repository = Repository(tmp_path / "codex", {"alpha": page("ALPHA")})
    count = len(words.split()) + 1
    run = codexc(
        cwd=repository.root,
        fresh=True,
        COMP_WORDS=f"codexc {words} {start}",
        COMP_CWORD=str(count),
        _CODEXC_COMPLETE="bash_complete",
    )
    found = {line.partition(",")[2] for line in run.out.splitlines()}
    assert expected <= found
