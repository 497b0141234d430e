"""`codexc init` in folders that are not empty, and where it finds out that codexc is installed from."""

import importlib.metadata
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codex.workflow.installation import installed_from
from tests.support.data import ROOT
from tests.support.releasing import git
from tests.support.running import codexc

COMMIT = "0123456789abcdef0123456789abcdef01234567"
KEPT = ("README.md", ".gitignore", "CODEOWNERS", ".pre-commit-config.yaml", ".gitlab-ci.yml",
        ".github/workflows/codex.yml", "templates/codex.yml", "standards/engineering/ways-of-working.md")  # fmt: skip


def test_a_repository_with_a_readme_becomes_a_codex(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Ours\n")
    made = codexc("init", ".", "--namespace", "acme", cwd=tmp_path)
    assert made.code == 0, made.err
    assert "kept README.md\n" in made.err
    assert (tmp_path / "README.md").read_text() == "# Ours\n"
    assert codexc("check", cwd=tmp_path).code == 0
    assert codexc("build", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    ("folder", "title"),
    [
        ("acme", "Acme engineering codex"),
        ("acme-codex", "Acme engineering codex"),
        ("web-platform", "Web platform engineering codex"),
        ("codex", "Engineering codex"),
    ],
)
def test_the_title_of_a_new_codex_says_codex_once(tmp_path: Path, folder: str, title: str) -> None:
    assert codexc("init", folder, cwd=tmp_path).code == 0
    assert f'title: "{title}"\n' in (tmp_path / folder / "standards" / "codex.yaml").read_text()


@pytest.mark.parametrize("kind", ["link", "file"])
def test_no_file_is_listed_if_none_was_written(tmp_path: Path, kind: str) -> None:
    if kind == "link":
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "standards").symlink_to(tmp_path / "elsewhere")
    else:
        (tmp_path / "standards").write_text("")
    made = codexc("init", ".", cwd=tmp_path)
    assert made.code == 2
    assert made.out == ""


@pytest.mark.parametrize("name", KEPT)
def test_a_file_that_exists_is_kept_and_reported(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("ours\n")
    dry = codexc("init", tmp_path, "--namespace", "acme", "--dry-run")
    made = codexc("init", tmp_path, "--namespace", "acme")
    assert made == dry or (made.code, made.out) == (0, dry.out)
    assert f"kept {path}" in made.err
    assert path.read_text() == "ours\n"
    assert str(path) not in made.out.split()
    assert (tmp_path / "standards" / "codex.yaml").is_file()


@pytest.mark.parametrize("place", [".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"])
def test_a_second_list_of_owners_is_not_written(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir()
    (tmp_path / place).write_text("* @all\n")
    assert codexc("init", tmp_path, "--namespace", "acme").code == 0
    assert not (tmp_path / "CODEOWNERS").exists()


def test_a_codex_is_never_started_twice(tmp_path: Path) -> None:
    assert codexc("init", tmp_path, "--namespace", "acme").code == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    (tmp_path / "README.md").unlink()
    again = codexc("init", tmp_path, "--namespace", "acme")
    assert again.code == 2
    assert "has a codex already" in again.err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {
        path: data for path, data in before.items() if path.name != "README.md"
    }


class Installed:
    """An installed distribution with a record of where it came from."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return self.text


def record(url: str, **fields: Any) -> str:
    return json.dumps({"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT}, **fields})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (record("https://git.example.com/tools/codexc"), f"git+https://git.example.com/tools/codexc@{COMMIT}"),
        (record("https://ci:secret@git.example.com/c.git"), f"git+https://git.example.com/c.git@{COMMIT}"),
        (record("ssh://git@git.example.com/c.git"), f"git+ssh://git@git.example.com/c.git@{COMMIT}"),
        (record("https://git.example.com/c", subdirectory="py"), f"git+https://git.example.com/c@{COMMIT}#subdirectory=py"),
        (record("file:///home/me/codexc"), ""),
        (record("https://git.example.com/$(x)"), ""),
        (json.dumps({"url": "file:///home/me/codexc", "dir_info": {"editable": True}}), ""),
        (json.dumps({"url": "https://git.example.com/c.whl", "archive_info": {}}), ""),
        (json.dumps({"url": "https://x", "vcs_info": {"vcs": "hg", "commit_id": COMMIT}}), ""),
        (json.dumps({"url": "https://x", "vcs_info": {"vcs": "git", "commit_id": "main; rm"}}), ""),
        (None, ""), ("", ""), ("{", ""), ("[]", ""), ("7", ""), ('{"vcs_info": 7, "url": 7}', ""),
    ],
)  # fmt: skip
def test_the_source_is_what_pip_recorded_if_that_is_git(
    monkeypatch: pytest.MonkeyPatch, text: str | None, expected: str
) -> None:
    monkeypatch.setattr(importlib.metadata, "distribution", lambda _: Installed(text))
    assert installed_from() == expected


def pre_commit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("pre_commit", reason="no pre-commit on this machine")
    command = [sys.executable, "-m", "pre_commit", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_shipped_hooks_are_valid() -> None:
    done = pre_commit(ROOT, "validate-manifest", ".pre-commit-hooks.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_shipped_hooks_work_beside_other_markdown_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the environment of this test instead of one that pre-commit installs."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    folder = tmp_path / "codex"
    assert codexc("init", folder, "--namespace", "acme").code == 0
    assert codexc("build", cwd=folder).code == 0
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text().replace("language: python", "language: system")
    indented = "".join(f"      {line}\n" for line in hooks.splitlines())
    (folder / ".pre-commit-config.yaml").write_text(f"repos:\n  - repo: local\n    hooks:\n{indented}")
    (folder / "README.md").write_text("# Notes\n\nServices MUST sing.\n")
    (folder / "docs").mkdir()
    (folder / "docs" / "notes.md").write_text("# More\n\n### Services MUST sing\n")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    done = pre_commit(folder, "run", "--all-files")
    assert done.returncode == 0, done.stdout + done.stderr
    page = folder / "standards" / "engineering" / "ways-of-working.md"
    page.write_text(page.read_text() + "\n### Somebody MUST do something\n")
    git(folder, "add", "--all")
    failed = pre_commit(folder, "run")
    assert failed.returncode == 1
    assert "CX101" in failed.stdout


def test_the_hooks_of_init_are_valid(tmp_path: Path) -> None:
    for name, more in (("one", ()), ("two", ("--install-from", "git+https://git.example.com/codexc@v1"))):
        assert codexc("init", tmp_path / name, "--namespace", "acme", *more).code == 0
        done = pre_commit(tmp_path, "validate-config", str(tmp_path / name / ".pre-commit-config.yaml"))
        assert done.returncode == 0, done.stdout + done.stderr
        shutil.rmtree(tmp_path / name)
