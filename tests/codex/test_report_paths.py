"""The paths that `check` and `build` print lead to the file, for people and for forges, and are accepted back."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.running import codexc

CONFIG = 'namespace: acme\ndomains:\n  services: {title: Services, owner: "@a"}\n'
HEAD = "---\nid: {id}\ntitle: {id}\ndomain: services\nstatus: enforced\n---\n\n# {id}\n\n## Rules\n\n"
WRONG = HEAD + "### Calls MUST end\n\nAt once.\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with a codex two folders down, which has a fault in each of three places."""
    root = tmp_path / "repository"
    codex = root / "docs" / "standards"
    (codex / "a").mkdir(parents=True)
    (root / ".git").mkdir()
    (codex / "codex.yaml").write_text(CONFIG + "titel: x\n")
    (codex / "a" / "one.md").write_text(WRONG.format(id="ONE"))
    (codex / "two.md").write_text(WRONG.format(id="TWO"))
    return root


def locations(format_: str, out: str) -> list[str]:
    """The paths in a report."""
    if format_ == "gitlab":
        return [row["location"]["path"] for row in json.loads(out)]
    if format_ == "sarif":
        results: list[dict[str, Any]] = json.loads(out)["runs"][0]["results"]
        return [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results]
    pattern = r"file=([^,]*)," if format_ == "github" else r"--> (.*?):\d+:\d+"
    return re.findall(pattern, out)


@pytest.mark.parametrize("folder", [".", "docs", "docs/standards", "docs/standards/a"])
@pytest.mark.parametrize("format_", ["gitlab", "github", "sarif"])
def test_forges_get_paths_from_the_root_of_the_repository(repository: Path, folder: str, format_: str) -> None:
    run = codexc("check", "--root", repository / "docs/standards", "--format", format_, cwd=repository / folder)
    assert set(locations(format_, run.out)) == {
        "docs/standards/codex.yaml",
        "docs/standards/a/one.md",
        "docs/standards/two.md",
    }


@pytest.mark.parametrize("folder", [".", "docs", "docs/standards", "docs/standards/a"])
def test_every_path_in_text_exists_from_the_working_directory_and_is_accepted(repository: Path, folder: str) -> None:
    here = repository / folder
    out = codexc("check", "--root", repository / "docs/standards", cwd=here).out
    paths = locations("text", out)
    assert len(paths) >= 3
    for path in paths:
        assert (here / path).is_file()
        assert set(locations("text", codexc("check", path, cwd=here).out)) == {path}


@pytest.mark.parametrize("format_", ["gitlab", "github", "sarif"])
def test_the_path_of_a_forge_is_accepted_from_any_folder_of_the_codex(repository: Path, format_: str) -> None:
    for folder in (".", "docs", "docs/standards", "docs/standards/a"):
        run = codexc("check", "docs/standards/a/one.md", "--format", format_, cwd=repository / folder)
        assert (run.code, locations(format_, run.out)) == (1, ["docs/standards/a/one.md"]), run


def test_a_path_with_line_and_column_is_accepted_as_it_is_printed(repository: Path) -> None:
    run = codexc("check", "docs/standards/two.md:12:11", cwd=repository)
    assert (run.code, locations("text", run.out)) == (1, ["docs/standards/two.md"])


def test_without_a_repository_paths_are_from_the_working_directory(repository: Path) -> None:
    (repository / ".git").rmdir()
    run = codexc("check", "--format", "gitlab", "--root", "docs/standards", cwd=repository)
    assert "docs/standards/two.md" in locations("gitlab", run.out)


def test_paths_in_json_are_from_the_folder_of_codex_yaml(repository: Path) -> None:
    run = codexc("check", "--format", "json", "--root", "docs/standards", cwd=repository)
    assert {row["path"] for row in json.loads(run.out)["diagnostics"]} == {"codex.yaml", "a/one.md", "two.md"}


def test_findings_of_codex_yaml_show_their_line(repository: Path) -> None:
    out = codexc("check", "docs/standards/codex.yaml", cwd=repository).out
    assert "4 | titel: x\n" in out


def test_a_build_that_fails_prints_paths_that_exist(repository: Path) -> None:
    run = codexc("build", "--root", "docs/standards", cwd=repository)
    assert run.code == 1
    assert all((repository / path).is_file() for path in locations("text", run.out))


def test_a_diff_shows_the_fixes_and_writes_nothing(repository: Path) -> None:
    page = repository / "docs" / "standards" / "two.md"
    page.write_text(WRONG.format(id="TWO").replace("MUST end", "SHALL end (TWO-1)"))
    before = page.read_bytes()
    diff = codexc("check", "--diff", "docs/standards/two.md", cwd=repository)
    assert (diff.code, page.read_bytes()) == (0, before)
    assert "--- a/docs/standards/two.md" in diff.out
    assert "+### Calls MUST end (TWO-1)" in diff.out
    assert diff.out == codexc("check", "--fix", "--dry-run", "docs/standards/two.md", cwd=repository).out


@pytest.mark.parametrize("folder", [".", "docs/standards"])
@pytest.mark.parametrize(
    "command", ["fmt --check", "withdraw TWO-1 --dry-run", "rename --domain services other --dry-run"]
)
def test_a_diff_of_the_standards_applies_at_the_top_of_the_repository(
    repository: Path, command: str, folder: str
) -> None:
    codex = repository / "docs" / "standards"
    (codex / "codex.yaml").write_text(CONFIG)
    (codex / "two.md").write_text(HEAD.format(id="TWO") + "### Calls MUST end (TWO-1)\n\nAt *once*.   \n\n\n\n")
    (repository / ".git").rmdir()
    subprocess.run(["git", "init", "-q", repository], check=True)
    diff = codexc(*command.split(), "--root", codex, cwd=repository / folder).out
    assert "+++ b/docs/standards/two.md\n" in diff
    subprocess.run(["git", "-C", repository, "apply", "--check", "-"], input=diff.encode(), check=True)


def test_a_link_to_the_codex_leads_to_its_files(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "codex").symlink_to(repository / "docs" / "standards")
    paths = locations("text", codexc("check", "--root", "codex", cwd=tmp_path).out)
    assert all((tmp_path / path).is_file() for path in paths)
