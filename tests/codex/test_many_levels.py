"""A directory with more levels than Python calls functions in each other: a result or a message, never a traceback."""

from pathlib import Path

import pytest

from tests.support.data import ROOT
from tests.support.releasing import Codex, codex_in
from tests.support.running import codexc
from tests.support.special import levels


@pytest.fixture
def codex(tmp_path: Path) -> Codex:
    codex = codex_in(tmp_path / "codex")
    assert codex.run("build").code == 0
    return codex


@pytest.fixture
def payments(tmp_path: Path) -> Path:
    root = tmp_path / "payments"
    root.mkdir()
    (root / "main.py").write_text("print()\n")
    assert codexc("install", ROOT / "dist", "--into", root, "--delivery", "full").code == 0
    return root


def skill_of(payments: Path) -> Path:
    return next(iter(sorted((payments / ".agents" / "skills").iterdir())))


def test_files_below_many_levels_of_a_skill_are_unlisted(payments: Path) -> None:
    with levels(skill_of(payments) / "x"):
        run = codexc("verify", "--installed", "--frozen", "--into", payments)
    assert run.code == 1
    assert "not listed in the lock" in run.out + run.err


def test_a_linked_directory_in_a_skill_is_unlisted(payments: Path, tmp_path: Path) -> None:
    (skill_of(payments) / "more").symlink_to(tmp_path)
    run = codexc("verify", "--installed", "--frozen", "--into", payments)
    assert run.code == 1
    assert "/more" in run.out + run.err


def test_a_directory_that_is_no_repository_is_listed(payments: Path) -> None:
    with levels(payments / "src"):
        assert codexc("audit", payments, "--fail-on", "never").code == 0
        assert codexc("profile", payments).code == 0


def test_many_levels_in_the_output_are_a_difference_or_a_message(codex: Codex) -> None:
    with levels(codex.root / "dist" / "skills" / "x"):
        assert codex.run("build", "--check").code == 1
        assert codex.run("build").code == 2
