"""`codexc profile` on the command line: on a checkout, a bare repository and a plain folder."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from skills_build.schema import violations
from tests.support.data import ROOT
from tests.support.running import codexc

SCHEMA = (ROOT / "validators" / "schemas" / "profile.schema.json").read_text(encoding="utf-8")
FILES = {
    ".gitattributes": "*.snap linguist-generated\n",
    ".gitignore": "ignored.py\n",
    ".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - run: make test\n",
    "Makefile": "test:\n\tpytest\nlint:\n\truff check\n",
    "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["flask"]\n',
    "src/shop.py": "x" * 90,
    "src/héllo wörld.sh": "x" * 10,
    "a.snap": "x",
}
TEXT = """\
languages        Python 90.0%, Shell 10.0%
technologies     flask  pyproject.toml#project.dependencies.flask
                 http   pyproject.toml#project.dependencies.flask
package manager  pip  pyproject.toml
ci               github-actions  .github/workflows/ci.yml
test             make test          Makefile#test, run by .github/workflows/ci.yml#jobs.a.steps[0]
test-one         pytest FILE::NAME  Makefile#test
lint             make lint          Makefile#lint
boundaries       generated **/*.snap  .gitattributes#*.snap
layout           .github/, src/
"""


def git(folder: Path, *arguments: str) -> str:
    name = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    result = subprocess.run(["git", *name, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return result.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Start")
    return root


def as_data(place: Path) -> Any:
    run = codexc("profile", place, "--format", "json")
    assert (run.code, run.err) == (0, "")
    return json.loads(run.out)


def test_a_checkout_is_profiled_without_ignored_files(checkout: Path) -> None:
    (checkout / "ignored.py").write_text("x" * 5000)
    run = codexc("profile", checkout)
    assert (run.code, run.out, run.err) == (0, TEXT, "")
    assert codexc("profile", cwd=checkout).out == TEXT


def test_a_bare_repository_has_the_same_profile_as_its_checkout(checkout: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(checkout), "bare.git")
    assert codexc("profile", tmp_path / "bare.git").out == TEXT
    assert codexc("profile", checkout / ".git").out == TEXT
    assert as_data(tmp_path / "bare.git") == as_data(checkout)


def test_a_partial_clone_is_counted_by_files_and_fetches_nothing(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "config", "uploadpack.allowFilter", "true")
    source = f"file://{checkout.as_posix()}"
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", source, "partial.git")
    makefile = git(checkout, "rev-parse", "HEAD:Makefile").strip()
    data = as_data(tmp_path / "partial.git")
    assert data["languages"] == [
        {"name": "Python", "bytes": None, "files": 1, "share": 0.5, "manifest": "pyproject.toml"},
        {"name": "Shell", "bytes": None, "files": 1, "share": 0.5},
    ]
    assert data["commands"] == []
    assert [note["path"] for note in data["notes"]] == [
        ".gitattributes",
        ".github/workflows/ci.yml",
        "Makefile",
        "pyproject.toml",
    ]
    git(tmp_path / "partial.git", "cat-file", "blob", makefile)
    data = as_data(tmp_path / "partial.git")
    assert [command["evidence"] for command in data["commands"]] == [
        "Makefile#test",
        "Makefile#test",
        "Makefile#lint",
    ]
    assert len(data["notes"]) == 3


def test_a_plain_folder_is_profiled_without_dependencies(tmp_path: Path) -> None:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "node_modules" / "a").mkdir(parents=True)
    (tmp_path / "node_modules" / "a" / "b.js").write_text("x" * 5000)
    assert codexc("profile", tmp_path).out == TEXT


def test_a_folder_of_a_checkout_is_a_repository_of_its_own(checkout: Path) -> None:
    data = as_data(checkout / "src")
    assert [language["name"] for language in data["languages"]] == ["Python", "Shell"]
    assert data["commands"] == []


def test_work_that_is_not_committed_counts(checkout: Path) -> None:
    (checkout / "new.go").write_text("x" * 100)
    (checkout / "src" / "shop.py").unlink()
    assert [(language["name"], language["bytes"]) for language in as_data(checkout)["languages"]] == [
        ("Go", 100),
        ("Shell", 10),
    ]


def test_links_out_of_the_repository_are_not_followed(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "Makefile").write_text("build:\n\tgo build\n")
    (checkout / "Makefile").unlink()
    (checkout / "Makefile").symlink_to(tmp_path / "outside" / "Makefile")
    (checkout / "linked").symlink_to(tmp_path / "outside")
    assert as_data(checkout)["commands"] == []


def test_a_submodule_is_a_boundary(checkout: Path) -> None:
    tip = git(checkout, "rev-parse", "HEAD").strip()
    git(checkout, "update-index", "--add", "--cacheinfo", f"160000,{tip},lib/other")
    (checkout / "lib" / "other").mkdir(parents=True)
    git(checkout, "commit", "-q", "-m", "Add a submodule")
    expected = {"kind": "vendored", "path": "lib/other/", "evidence": "lib/other"}
    assert expected in as_data(checkout)["boundaries"]
    assert expected in as_data(checkout / ".git")["boundaries"]


def test_programs_in_the_git_configuration_are_not_run(checkout: Path, tmp_path: Path) -> None:
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    spy.chmod(0o755)
    git(checkout, "config", "core.fsmonitor", str(spy))
    (checkout / "Makefile").write_text(f"X := $(shell touch {tmp_path}/ran)\ntest:\n\tpytest\n")
    (checkout / "noxfile.py").write_text(f"open('{tmp_path}/ran', 'w')\n")
    assert codexc("profile", checkout).code == 0
    assert not (tmp_path / "ran").exists()


def test_json_follows_its_schema(checkout: Path) -> None:
    data = as_data(checkout)
    assert violations(SCHEMA, data) == ()
    assert data["commands"][0] == {
        "kind": "test",
        "line": "make test",
        "evidence": "Makefile#test",
        "rank": "target-in-ci",
        "default": False,
        "seen_in": [".github/workflows/ci.yml#jobs.a.steps[0]"],
    }
    assert data["languages"][0] == {
        "name": "Python",
        "bytes": 90,
        "files": 1,
        "share": 0.9,
        "manifest": "pyproject.toml",
    }
    assert violations(SCHEMA, as_data(ROOT)) == ()


def test_all_also_shows_the_alternatives_of_each_command(checkout: Path) -> None:
    (checkout / "pytest.ini").write_text("[pytest]\n")
    shown = codexc("profile", checkout, "--all").out
    assert "test             pytest             pytest.ini\n" in shown
    assert "pytest.ini" not in codexc("profile", checkout).out


def test_all_shows_the_evidence_of_the_commands_of_packages(checkout: Path) -> None:
    (checkout / "web").mkdir()
    (checkout / "web" / "package.json").write_text(
        '{"name": "web", "scripts": {"test": "jest", "test:e2e": "cypress run"}}'
    )
    header = "package          web (web): test: npm test; test-one: npm test -- FILE -t NAME\n"
    rows = (
        "  test             npm test                  web/package.json#scripts.test\n"
        "  test             npm run test:e2e          web/package.json#scripts.test:e2e\n"
        "  test-one         npm test -- FILE -t NAME  web/package.json#scripts.test\n"
    )
    assert f"{header}{rows}boundaries" in codexc("profile", checkout, "--all").out
    assert f"{header}boundaries" in codexc("profile", checkout).out


def test_a_wide_tree_and_many_notes_are_truncated(tmp_path: Path) -> None:
    for number in range(45):
        (tmp_path / f"d{number:02}").mkdir()
        (tmp_path / f"d{number:02}" / "package.json").write_text("{" if number < 12 else "{}")
    shown = codexc("profile", tmp_path).out
    assert "d39/, and 5 more\n" in shown
    assert shown.endswith("note             and 2 more\n")
    assert "d44/\n" in codexc("profile", tmp_path, "--all").out


def test_the_profile_of_this_project_names_its_make_targets() -> None:
    data = as_data(ROOT)
    assert data["languages"][0]["name"] == "Python"
    lines = {(command["kind"], command["line"], command["evidence"]) for command in data["commands"]}
    assert {
        ("test", "make test", "Makefile#test"),
        ("lint", "make lint", "Makefile#lint"),
        ("install", "make setup", "Makefile#setup"),
    } <= lines


def test_a_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    run = codexc("profile", tmp_path / "missing")
    assert run.code == 2
    assert run.err == (
        f"error: `{tmp_path}/missing` is not a folder\n  = help: pass a checkout, a bare repository or a plain directory\n"
    )
    git(tmp_path, "init", "-q", "--bare", "empty.git")
    run = codexc("profile", tmp_path / "empty.git")
    assert (run.code, run.err.split(": ")[-1]) == (2, "check that it is a repository with at least one commit\n")


def test_an_empty_folder_has_no_languages(tmp_path: Path) -> None:
    run = codexc("profile", tmp_path)
    assert (run.code, run.out) == (0, "languages        none\n")


def test_names_that_are_not_utf8_are_reported(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).write_text("x")
    except OSError:
        pytest.skip("this file system wants UTF-8")
    (tmp_path / "a.go").write_text("x")
    assert codexc("profile", tmp_path).out == (
        "languages        Go 100.0%\nnote             left out 1 file: paths must be UTF-8\n"
    )
