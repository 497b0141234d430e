"""Real formatters have nothing to change in what codexc installs: prettier, then markdownlint, twice."""

import shutil
import subprocess
from pathlib import Path

import pytest

from skills_build.emit.registry import RULES
from tests.support.data import ROOT
from tests.support.running import codexc
from tools.npx import npx

PRETTIER = "prettier@3.6.2"
MARKDOWNLINT = "markdownlint-cli2@0.18.1"
OWN = {
    "AGENTS.md": "# Payments\n\nAsk before you touch the ledger.\n\n## How\n\n- one\n",
    "CLAUDE.md": "# Notes\n\nText.\n",
    "app/main.py": "app = 1\n",
    "src/main.go": "package main\n",
    "web/index.ts": "export const a = 1;\n",
    "Dockerfile": "FROM python:3.13\n",
    "pyproject.toml": '[project]\nname = "payments"\nversion = "1"\n',
}

pytestmark = [pytest.mark.interop, pytest.mark.slow]


def contents(root: Path) -> dict[str, bytes]:
    paths = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(paths)}


@pytest.fixture(params=["full", "skills", "block"])
def installed(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    repository = tmp_path / "payments"
    for path, text in OWN.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text(text)
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    assert codexc("install", ROOT / "dist", "--into", repository, "--delivery", request.param).code == 0
    return repository


def test_prettier_and_markdownlint_change_nothing(installed: Path, tmp_path: Path, npm_home: Path) -> None:
    before = contents(installed)
    formatted = tmp_path / "formatted"
    shutil.copytree(installed, formatted)
    pages = [path for path in before if path.endswith(".md")]
    assert {"AGENTS.md", "CLAUDE.md"} <= set(pages)
    for _ in range(2):
        pretty = npx(PRETTIER, "--write", "--ignore-path=", *pages, RULES, cwd=formatted, home=npm_home)
        assert pretty.returncode == 0, pretty.stderr
        linted = npx(MARKDOWNLINT, "--fix", *pages, cwd=formatted, home=npm_home)
        assert linted.returncode in (0, 1), linted.stderr  # 1: lines are longer than its default allows
        assert contents(formatted) == before
    assert codexc("verify", "--installed", "--frozen", "--into", formatted).code == 0
    assert codexc("uninstall", "--into", formatted).code == 0
    assert contents(formatted) == {path: text.encode() for path, text in OWN.items()}


def test_the_formatters_do_change_what_is_not_formatted(tmp_path: Path, npm_home: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("# T\n|a|b|\n|-|-|\n|long cell|c|\n")
    assert npx(PRETTIER, "--write", "a.md", cwd=tmp_path, home=npm_home).returncode == 0
    assert "| long cell | c   |" in page.read_text()
