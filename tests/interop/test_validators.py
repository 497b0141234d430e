"""Validators of others, on the output and on what a repository gets."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.codex.test_delivery import install, repository
from tests.interop.test_loading import CLAUDE
from tests.support.data import ROOT
from tools.npx import npx

pytestmark = [pytest.mark.interop, pytest.mark.slow]

DIST = ROOT / "dist"
AGNIX = Path(sys.executable).with_name("agnix")
GEMINI = "@google/gemini-cli@0.61.0"
CLIENTS = ("agents", "claude", "claude-rules", "codex", "copilot", "cursor")
SKILL_CHECK = "skill-check@1.2"
FILES = {
    "AGENTS.md": "# Shop\n\nAsk before you change the ledger.\n",
    "CLAUDE.md": "Answer in English.\n",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi", "psycopg"]\n',
    "src/shop/app.py": "import fastapi\n\napp = fastapi.FastAPI()\n",
    "Dockerfile": "FROM python:3.13-slim\n",
}


def diagnostics(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the path and message of each error of agnix."""
    run = subprocess.run(
        [AGNIX, "--format", "json", "."], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    for found in json.loads(run.stdout)["diagnostics"]:
        if found["level"] == "error":
            yield found["file"], found["message"]


def is_cursors_own_form(folder: Path, path: str, message: str) -> bool:
    """Whether an error is about `globs: **/*.py`, which is no YAML, but what Cursor itself writes and reads.

    See https://cursor.com/docs/context/rules.
    """
    text = (folder / path).read_text(encoding="utf-8")
    return path.endswith(".mdc") and "frontmatter" in message and "\nglobs: **/" in text


@pytest.mark.skipif(not AGNIX.is_file(), reason="agnix is not installed")
def test_agnix_finds_no_error_in_the_skills(tmp_path: Path) -> None:
    shutil.copytree(DIST / "skills", tmp_path / "skills")
    assert list(diagnostics(tmp_path)) == []


@pytest.mark.skipif(not AGNIX.is_file(), reason="agnix is not installed")
@pytest.mark.parametrize("delivery", ["block", "skills", "full"])
def test_agnix_finds_no_error_in_a_repository(tmp_path: Path, delivery: str) -> None:
    folder = repository(tmp_path / "shop", FILES)
    install(folder, "--delivery", delivery, *(f"--target={name}" for name in CLIENTS))
    errors = list(diagnostics(folder))
    cursors = [error for error in errors if is_cursors_own_form(folder, *error)]
    assert errors == cursors
    assert cursors or delivery == "block", "agnix accepts what Cursor writes: the exception can go"


def test_skill_check_finds_nothing(tmp_path: Path, npm_home: Path) -> None:
    arguments = ("check", str(DIST / "skills"), "--no-security-scan", "--format", "json")
    run = npx("--package", SKILL_CHECK, "--", "skill-check", *arguments, cwd=tmp_path, home=npm_home)
    report = json.loads(run.stdout)
    assert report["diagnostics"] == [], run.stdout
    assert run.returncode == 0, run.stdout + run.stderr


def test_claude_code_accepts_the_plugin(tmp_path: Path, npm_home: Path) -> None:
    arguments = ("plugin", "validate", "--strict", str(DIST))
    run = npx("--package", CLAUDE, "--", "claude", *arguments, cwd=tmp_path, home=npm_home)
    assert run.returncode == 0, run.stdout + run.stderr


def test_gemini_has_every_skill_of_the_extension(tmp_path: Path, npm_home: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()

    def gemini(*arguments: str) -> str:
        variables = {"GEMINI_CLI_HOME": str(home)}
        run = npx("--package", GEMINI, "--", "gemini", *arguments, cwd=tmp_path, home=npm_home, variables=variables)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout + run.stderr

    assert "successfully validated" in gemini("extensions", "validate", str(DIST))
    gemini("extensions", "link", str(DIST), "--consent")
    listed = gemini("extensions", "list")
    assert [path.name for path in (DIST / "skills").iterdir() if f"  {path.name}: " not in listed] == []
