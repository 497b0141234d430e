"""What the pipelines that `codexc init` writes install, where they run, and what they keep secret."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.pipelines import clone, git, github, gitlab, lines, script, step
from tests.support.running import codexc


def installing(job: Mapping[str, Any]) -> str:
    return "\n".join(job["before_script"])


@pytest.fixture
def pip(tmp_path: Path) -> Path:
    """A folder with a pip that only writes down what it is asked for."""
    program = tmp_path / "bin" / "pip"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "pip $*"\n')
    program.chmod(0o755)
    return program.parent


def installs(folder: Path) -> list[str]:
    """The scripts that install codexc, in each pipeline."""
    steps = [step(folder, name, "Install codexc") for name in github(folder)["jobs"]]
    return [installing(gitlab(folder)["codex-check"]), *steps]


def test_no_command_contains_a_secret(origin: Path) -> None:
    folder = clone(origin, "secrets")
    for job in gitlab(folder).values():
        for line in lines(job).splitlines():
            if "TOKEN" in line and not line.lstrip().startswith("if "):
                assert re.search(r"printf '[^']*' \"\$CODEX_\w+_TOKEN\"|--token-env C[A-Z_]+_TOKEN", line), line


def test_without_a_source_each_pipeline_fails_with_one_clear_message(tmp_path: Path, pip: Path) -> None:
    folder = tmp_path / "codex"
    made = codexc("init", folder, "--namespace", "acme")
    assert "set CODEXC_INSTALL in CI" in made.err
    for text in installs(folder):
        failed = script(f'PATH="{pip}:$PATH"\n{text}', folder)
        assert failed.returncode == 1
        assert "CODEXC_INSTALL" in failed.stdout + failed.stderr
        assert not failed.stdout.startswith("pip ")
        given = script(f'PATH="{pip}:$PATH"\n{text}', folder, CODEXC_INSTALL="git+https://git.example.com/c@v1")
        assert given.stdout == "pip install --quiet git+https://git.example.com/c@v1\n"
    everything = "\n".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert not re.search(r"(pip|pipx|uv)\b[^\n]*install[^\n]*engineering-codex", everything)
    assert "additional_dependencies: [" not in everything


def test_the_given_source_is_in_each_pipeline_and_in_the_hooks(tmp_path: Path) -> None:
    folder, source = tmp_path / "codex", "engineering-codex @ git+https://git.example.com/tools/codexc@v1.2"
    made = codexc("init", folder, "--namespace", "acme", "--install-from", source)
    assert made.code == 0
    assert "CODEXC_INSTALL" not in made.err
    (settings,) = YAML(typ="safe").load_all((folder / ".gitlab-ci.yml").read_text())
    assert settings["include"][0]["inputs"]["codexc"] == source
    assert github(folder)["env"]["CODEXC_INSTALL"] == source
    (hooks,) = YAML(typ="safe").load((folder / ".pre-commit-config.yaml").read_text())["repos"]
    assert [hook["additional_dependencies"] for hook in hooks["hooks"]] == [[source], [source]]
    assert f'$ pipx install "{source}"\n' in (folder / "README.md").read_text()


@pytest.mark.parametrize("bad", ["", "-r evil", "a$(x)", "a'b", 'a"b', "${{ secrets.X }}", "a`b`", "a\nb", "a\\b"])
def test_a_source_that_could_run_in_a_pipeline_is_refused(tmp_path: Path, bad: str) -> None:
    run = codexc("init", tmp_path / "codex", f"--install-from={bad}")
    assert (run.code, (tmp_path / "codex").exists()) == (2, False)
    assert "cannot be used in `--install-from`" in run.err


def test_the_default_branch_is_the_one_of_the_repository(tmp_path: Path) -> None:
    for name in ("trunk", "release/next"):
        folder = tmp_path / name.replace("/", "-")
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch", name)
        assert codexc("init", folder, "--namespace", "acme").code == 0
        workflow = github(folder)
        assert workflow["on"]["push"]["branches"] == [name]
        assert workflow["jobs"]["release"]["if"].endswith(f"github.ref == 'refs/heads/{name}'")
    remote, other = tmp_path / "remote.git", tmp_path / "other"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "stable", str(remote))
    git(
        tmp_path / "trunk", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "x"
    )
    git(tmp_path / "trunk", "push", "--quiet", str(remote), "trunk:stable")
    git(tmp_path, "clone", "--quiet", str(remote), str(other))
    git(other, "checkout", "--quiet", "-b", "add-a-codex")
    assert codexc("init", other, "--namespace", "acme").code == 0
    assert 'branches: ["stable"]' in (other / ".github" / "workflows" / "codex.yml").read_text()
