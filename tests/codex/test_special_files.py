"""Pipes, sockets and endless files where codexc expects a file: a message, never a hang. And locks that are left over."""

import errno
import io
import os
import shutil
import time
from pathlib import Path

import pytest

from codex.forge.local_repository import LOCK_SECONDS
from codex.sync.lock import LOCK
from codex.sync.outcome import Outcome
from codex.sync.settings import SETTINGS
from tests.support.data import ROOT
from tests.support.fleet import People, sync
from tests.support.releasing import Codex, codex_in
from tests.support.running import codexc
from tests.support.special import SLOW_KINDS, place

CODEX = {
    "standards/codex.yaml": ("check", "build", "fmt", "stats", "release --dry-run"),
    "standards/services.md": ("check", "build", "fmt", "release --dry-run"),
    "standards/own.toml": ("check", "build"),
    "standards/codex.ids.lock": ("check", "build", "fmt"),
    "standards/codex.releases.json": ("check", "build", "diff"),
    "standards/CHANGELOG.md": ("release --dry-run --allow-dirty",),
    "standards/baseline.json": ("check --baseline baseline.json",),
    "dist/manifest.json": ("build", "build --check", "build --dry-run"),
    "dist/skills/acme-services/SKILL.md": ("build --check",),
    ".codexc-tmp-0123456789abcdef/.gitignore": ("build",),
}
REPOSITORY = ("AGENTS.md", "CLAUDE.md", SETTINGS, LOCK, "pyproject.toml", ".agents/skills/eng-python/SKILL.md",
              ".codexc-tmp-0123456789abcdef/.gitignore")  # fmt: skip


def ends(run_in: Path, *words: str | Path) -> None:
    """Run a command, which prints why it stops or ignores the file; `codexc` fails at a traceback and at a hang."""
    run = codexc(*words, cwd=run_in)
    assert run.code in (0, 1, 2), run.err
    assert run.code == 0 or run.err or run.out


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Codex:
    codex = codex_in(tmp_path_factory.mktemp("special") / "repository")
    codex.write("own.toml", (ROOT / "templates" / "dialects" / "canonical.toml").read_text(encoding="utf-8"))
    text = (codex.standards / "codex.yaml").read_text()
    codex.write("codex.yaml", f"{text}dialects:\n  - {{use: own.toml, paths: ['data.md']}}\n")
    codex.commit()
    codex.release("--commit")
    return codex


@pytest.mark.parametrize("kind", SLOW_KINDS)
@pytest.mark.parametrize("path", CODEX)
def test_no_file_of_a_codex_hangs_a_command(path: str, kind: str, template: Codex, tmp_path: Path) -> None:
    shutil.copytree(template.root, tmp_path / "codex")
    place(tmp_path / "codex" / path, kind)
    for command in CODEX[path]:
        ends(tmp_path / "codex" / "standards", *command.split())


@pytest.mark.parametrize("kind", SLOW_KINDS)
@pytest.mark.parametrize("path", REPOSITORY)
def test_no_file_of_a_repository_hangs_a_command(path: str, kind: str, tmp_path: Path) -> None:
    root = tmp_path / "payments"
    root.mkdir()
    (root / "main.py").write_text("print()\n")
    place(root / path, kind)
    ends(root, "profile", root)
    ends(root, "install", ROOT / "dist", "--into", root)
    ends(root, "verify", "--installed", "--into", root)
    ends(root, "uninstall", "--into", root)


@pytest.mark.parametrize("kind", SLOW_KINDS)
@pytest.mark.parametrize("path", ["manifest.json", "provenance.json", "manifest.json.sig", "acme-1.0.0.tar.gz"])
def test_no_file_of_a_bundle_hangs_a_command(path: str, kind: str, template: Codex, tmp_path: Path) -> None:
    bundle = shutil.copytree(template.bundle("1.0.0"), tmp_path / "bundle")
    place(bundle / path, kind)
    ends(tmp_path, "verify", bundle)
    ends(tmp_path, "install", bundle, "--into", tmp_path, "--dry-run")
    ends(tmp_path, "install", bundle / "acme-1.0.0.tar.gz", "--into", tmp_path, "--dry-run")


@pytest.fixture
def people(tmp_path: Path) -> People:
    (tmp_path / "fleet").mkdir()
    people = People(tmp_path / "fleet")
    people.add("shop/a")
    return people


class FullFile(io.RawIOBase):
    """A file on a full disk."""

    def writable(self) -> bool:
        return True

    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_no_lock_of_a_branch(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, *_: object) -> io.BufferedWriter:
        os.close(descriptor)
        return io.BufferedWriter(FullFile())

    with monkeypatch.context() as patch:
        patch.setattr("dulwich.file.os.fdopen", full)
        decision = sync(people)["shop/a"].decision
    assert (decision.outcome, "No space left on device" in decision.reason) == (Outcome.FAILED, True)
    assert list(people.root.rglob("sync.lock")) == []
    assert sync(people)["shop/a"].decision.outcome is Outcome.OPENED


@pytest.mark.parametrize("name", ["refs/heads/codex/sync.lock", "refs/heads/codex/sync"])
def test_a_lock_that_a_killed_process_left_is_named(name: str, people: People) -> None:
    """A fresh lock is another writer's, and the next run is right to try again; an old one waits for a person."""
    lock = people.root / "shop" / "a.git" / f"{name.removesuffix('.lock')}.lock"
    lock.parent.mkdir(parents=True)
    lock.write_bytes(b"")
    decision = sync(people)["shop/a"].decision
    assert decision.outcome is Outcome.RACED
    assert "is locked: another run is writing it, or was just interrupted" in decision.reason
    assert str(lock) in decision.reason
    for age in (LOCK_SECONDS + 60, -LOCK_SECONDS - 60):  # also with a clock that was wrong
        os.utime(lock, (time.time() - age,) * 2)
        decision = sync(people)["shop/a"].decision
        assert decision.outcome is Outcome.FAILED
        assert str(lock) in decision.reason
        assert "left over from an interrupted process" in decision.reason
        assert "remove the lock file" in decision.reason
    lock.unlink()
    assert sync(people)["shop/a"].decision.outcome is Outcome.OPENED
