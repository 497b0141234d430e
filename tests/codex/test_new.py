"""`codexc new` writes a standard that checks clean, inside the codex and nowhere else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.data import ROOT
from tests.support.running import codexc

CONFIG = """namespace: acme
domains:
  engineering: {title: Engineering, owner: "@team"}
  platform: {title: Platform, owner: "@platform"}
"""


@pytest.fixture
def codex(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "standards" / "engineering").mkdir(parents=True)
    (root / "standards" / "codex.yaml").write_text(CONFIG)
    (root / "standards" / "front-matter.schema.json").write_text(codexc("schema", "front-matter").out)
    return root


def front_matter(path: Path) -> str:
    return path.read_text(encoding="utf-8").split("---\n")[1]


@pytest.mark.parametrize("file", ["engineering/tests.md", "engineering/deep/er/tests.md", "platform/tests.md"])
def test_the_schema_and_the_domain_follow_from_the_folder(codex: Path, file: str) -> None:
    path = codex / "standards" / file
    made = codexc("new", path, cwd=codex)
    assert made.code == 0, made.err
    text = front_matter(path)
    schema = re.search(r"\$schema=(\S+)", text)
    assert schema
    assert (path.parent / schema[1]).resolve() == (codex / "standards" / "front-matter.schema.json").resolve()
    assert f"domain: {file.partition('/')[0]}\n" in text
    checked = codexc("check", cwd=codex)
    assert (checked.code, "error" in checked.out) == (0, False), checked.out


def test_without_a_schema_next_to_codex_yaml_none_is_referenced(codex: Path) -> None:
    (codex / "standards" / "front-matter.schema.json").unlink()
    assert codexc("new", "standards/engineering/tests.md", cwd=codex).code == 0
    assert "$schema" not in front_matter(codex / "standards" / "engineering" / "tests.md")


def test_a_domain_that_no_folder_names_is_asked_for(codex: Path) -> None:
    open_ = codexc("new", "standards/tests.md", cwd=codex)
    assert open_.code == 2
    assert "the domain of `standards/tests.md` is not specified" in open_.err
    assert "pass `--domain` with one of: engineering, platform" in open_.err
    assert not (codex / "standards" / "tests.md").exists()
    assert codexc("new", "standards/tests.md", "--domain", "platform", cwd=codex).code == 0
    assert "domain: platform\n" in front_matter(codex / "standards" / "tests.md")
    unknown = codexc("new", "standards/more.md", "--domain", "plattform", cwd=codex)
    assert unknown.code == 2
    assert "there is no domain `plattform`" in unknown.err


def test_a_codex_with_one_domain_needs_no_answer(codex: Path) -> None:
    (codex / "standards" / "codex.yaml").write_text(CONFIG.partition("  platform")[0])
    assert codexc("new", "standards/tests.md", cwd=codex).code == 0
    assert "domain: engineering\n" in front_matter(codex / "standards" / "tests.md")


@pytest.mark.parametrize("file", ["notes.md", "../outside.md", "standards/../notes.md", "linked/notes.md"])
def test_nothing_is_written_outside_the_codex(codex: Path, tmp_path: Path, file: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (codex / "linked").symlink_to(tmp_path / "elsewhere")
    (codex / "standards" / "linked").symlink_to(tmp_path / "elsewhere")
    before = sorted(tmp_path.rglob("*"))
    for path in (file, f"standards/{file}" if file.startswith("linked") else file):
        run = codexc("new", path, "--domain", "platform", cwd=codex)
        assert run.code == 2
        assert "is not in the codex" in run.err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("file", ["standards/tests.txt", "standards/tests", "standards/CHANGELOG.md"])
def test_a_file_that_no_build_would_read_is_refused(codex: Path, file: str) -> None:
    run = codexc("new", file, "--domain", "platform", cwd=codex)
    assert run.code == 2
    assert "is not a Markdown file" in run.err or "is not a standard according to codex.yaml" in run.err
    assert not (codex / file).exists()


def test_on_a_terminal_the_domain_is_asked_for(codex: Path) -> None:
    master, terminal = os.openpty()
    command = [sys.executable, "-m", "codex", "new", "standards/tests.md"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}
    with subprocess.Popen(command, cwd=codex, stdin=terminal, stdout=terminal, stderr=terminal, env=environment) as run:
        os.close(terminal)
        asked = b""
        while b"domain" not in asked:
            asked += os.read(master, 1024)
        os.write(master, b"platform\n")
        assert run.wait(60) == 0
    os.close(master)
    assert b"engineering" in asked
    assert "domain: platform\n" in front_matter(codex / "standards" / "tests.md")
