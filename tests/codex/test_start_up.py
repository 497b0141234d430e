"""What a command imports: not what it does not need, such as parsers for a check of a file with a warm cache."""

import subprocess
import sys
from pathlib import Path

CODEX = """\
---
id: API
title: APIs
domain: api
status: approved
---

# APIs

## Rules

### Services MUST answer in time (API-1)

**Why:** callers give up.
"""
REPORT = """\
import os, sys
def end(code):
    print(code, *sorted(sys.modules), sep="\\n")
    sys.stdout.flush()
    os.kill(os.getpid(), 9)
os._exit = end
from codex.cli import run
sys.argv = ["codexc", *sys.argv[1:]]
run()
"""


def imported_by(*arguments: str | Path, cwd: Path | None = None) -> set[str]:
    """The modules in memory at the end of a command, in a new interpreter."""
    command = [sys.executable, "-c", REPORT, *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    return set(done.stdout.split("\n"))


def test_a_warm_check_of_a_file_loads_neither_the_parser_nor_the_lints_of_documents(tmp_path: Path) -> None:
    (tmp_path / "codex.yaml").write_text("namespace: acme\nexclude: ['drafts/**']\n")
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts" / "a.md").write_text("draft\n")
    (tmp_path / "api.md").write_text(CODEX)
    cold = imported_by("check", tmp_path / "api.md")
    warm = imported_by("check", tmp_path / "api.md")
    rules = {name.removeprefix("skills_build.lint.rules.") for name in warm if ".lint.rules.cx" in name}
    assert "markdown_it" in cold
    assert {"skills_build.source.parse", "skills_build.source.hypertext", "markdown_it", "jinja2"} & warm == set()
    assert "cx303_missing_rationale" not in rules
    assert "cx103_duplicate_id" in rules


def test_check_never_loads_what_talks_to_hosts_or_models(tmp_path: Path) -> None:
    (tmp_path / "codex.yaml").write_text("namespace: acme\n")
    (tmp_path / "api.md").write_text(CODEX)
    names = {name.partition(".")[0] for name in imported_by("check", "--root", tmp_path)}
    assert names & {"dulwich", "git", "httpx2", "pydantic"} == set()


def test_a_profile_loads_neither_the_compiler_nor_what_reads_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main\n")
    names = imported_by("profile", tmp_path)
    assert "codex.workflow.profile" in names
    assert {"codex.workflow.codex_folder", "jsonschema_rs", "ruamel.yaml", "skills_build.source.parse"} & names == set()
