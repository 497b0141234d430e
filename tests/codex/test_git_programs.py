"""Programs that a repository's own git configuration names: none runs, whatever the command."""

import shutil
from pathlib import Path
from typing import Final

import pytest

from codex.shell.git_process import safe_options
from skills_build.errors import CodexError
from tests.support.releasing import Codex, codex_in
from tests.support.running import codexc

HOOKS: Final = (
    *("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-index-change", "reference-transaction"),
    *("pre-auto-gc", "post-checkout", "post-rewrite", "fsmonitor-watchman", "update", "pre-push"),
)
SETTINGS: Final = (
    *("core.fsmonitor", "core.editor", "core.pager", "core.askPass", "core.sshCommand", "core.gitProxy"),
    *("core.alternateRefsCommand", "credential.helper", "credential.https://x.example.helper", "gpg.program"),
    *("gpg.openpgp.program", "gpg.ssh.program", "gpg.ssh.defaultKeyCommand", "diff.external", "diff.own.command"),
    *("diff.own.textconv", "merge.own.driver", "filter.own.clean", "filter.own.smudge", "filter.other.process"),
    *("trailer.own.command", "trailer.own.cmd", "remote.origin.uploadpack", "remote.origin.receivepack"),
    *("sequence.editor", "gc.recentObjectsHook", "hook.own.command"),
)
COMMANDS: Final = (
    *("check", "build", "build --resolve", "diff", "breaking", "stats", "fmt", "withdraw SVC-2"),
    *("release --dry-run --allow-dirty", "release --commit --tag --version 2.0.0 --allow-dirty"),
)


def _program(folder: Path) -> Path:
    """Return a program that leaves a file `ran` with the name of its caller, and does what a filter does."""
    program = folder / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> "{folder}/ran"\ncat\n')
    program.chmod(0o755)
    return program


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Codex:
    codex = codex_in(tmp_path_factory.mktemp("programs") / "repository")
    codex.release("--commit", "--tag")
    codex.changed("services.md", "in time", "soon")
    return codex


@pytest.fixture
def armed(template: Codex, tmp_path: Path) -> Codex:
    """A codex with a configuration that names a program wherever git takes one, and a changed file."""
    codex = Codex(root=Path(shutil.copytree(template.root, tmp_path / "codex", symlinks=True)))
    (codex.standards / ".gitattributes").write_text("* filter=own diff=own merge=own\n*.json filter=other\n")
    codex.commit()
    program = _program(tmp_path)
    for hook in HOOKS:
        shutil.copy(program, codex.root / ".git" / "hooks" / hook)
    included = tmp_path / "included"
    included.write_text(f'[filter "own"]\n\tclean = {program} included\n\trequired = true\n')
    for setting in SETTINGS:
        codex.git("config", setting, str(program))
    codex.git("config", "filter.other.required", "true")
    codex.git("config", "include.path", str(included))
    for path in codex.standards.iterdir():  # git compares the content of a file whose time has changed
        if path.is_file():
            path.touch()
    (tmp_path / "ran").unlink(missing_ok=True)
    return codex


@pytest.mark.parametrize("command", COMMANDS)
def test_no_program_of_the_repository_s_configuration_runs(command: str, armed: Codex, tmp_path: Path) -> None:
    run = codexc(*command.split(), cwd=armed.standards)
    assert run.code in (0, 1), run.err
    ran = tmp_path / "ran"
    assert not ran.exists(), ran.read_text()


def test_a_release_names_the_hooks_that_did_not_run(armed: Codex) -> None:
    run = codexc("release", "--commit", "--version", "2.0.0", "--allow-dirty", cwd=armed.standards)
    assert run.code == 0, run.err
    names = "commit-msg, post-commit, pre-commit, prepare-commit-msg"
    assert f"Git hooks not run: {names}; pass `--hooks` to run them" in run.err


@pytest.mark.parametrize("path", [None, "own-hooks"])
def test_hooks_run_if_they_are_asked_for(path: str | None, template: Codex, tmp_path: Path) -> None:
    codex = Codex(root=Path(shutil.copytree(template.root, tmp_path / "codex", symlinks=True)))
    folder = tmp_path / path if path else codex.root / ".git" / "hooks"
    folder.mkdir(exist_ok=True)
    if path:
        codex.git("config", "core.hooksPath", str(folder))
    hook = folder / "commit-msg"
    hook.write_text("#!/bin/sh\necho 'no ticket' >&2\nexit 1\n")
    hook.chmod(0o755)
    run = codexc("release", "--commit", "--hooks", "--version", "2.0.0", cwd=codex.standards)
    assert (run.code, "Git refused the commit: no ticket" in run.err) == (2, True), run.err
    hook.write_text("#!/bin/sh\necho 'Signed-off-by: Ada <ada@example.org>' >> \"$1\"\n")
    codex.release("--commit", "--hooks", "--version", "2.0.0")
    assert "Signed-off-by: Ada" in codex.git("log", "-1", "--format=%B")


def test_the_user_s_own_programs_stay(armed: Codex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "gitconfig"
    own.write_text('[filter "own"]\n\tclean = cat\n[credential]\n\thelper = one\n\thelper = two\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    options = safe_options(armed.root)
    assert [option for option in options if option.startswith("filter.own.clean")] == [
        "filter.own.clean=",
        "filter.own.clean=cat",
    ]
    helpers = [option for option in options if option.startswith("credential.helper")]
    assert helpers == ["credential.helper=", "credential.helper=one", "credential.helper=two"]


def test_a_name_that_cannot_be_overridden_is_refused(armed: Codex) -> None:
    armed.git("config", "filter.a=b.clean", "cat")
    with pytest.raises(CodexError, match=r"the setting `filter\.a=b\.clean` .* runs a program"):
        safe_options(armed.root)


def test_a_repository_of_a_hook_is_not_taken_for_the_codex(armed: Codex, tmp_path: Path) -> None:
    """A hook of another repository that runs codexc has that repository in its environment."""
    other = codex_in(tmp_path / "other")
    git_dir = str(other.root / ".git")
    before = other.git("rev-parse", "HEAD")
    options = ("--commit", "--version", "2.0.0", "--allow-dirty")
    run = codexc("release", *options, cwd=armed.standards, GIT_DIR=git_dir, GIT_INDEX_FILE=f"{git_dir}/index")
    assert run.code == 0, run.err
    assert other.git("rev-parse", "HEAD") == before
    assert "2.0.0" in armed.git("log", "-1", "--format=%s")


NEWER: Final = ("gc.recentObjectsHook", "hook.own.command", "hook.own.event", "remote.origin.vcs")
"""Settings that name a program in versions of Git that may not be the installed one, or with a helper of Git."""


@pytest.mark.parametrize("setting", NEWER)
def test_a_program_that_only_a_newer_git_runs_is_overridden(setting: str, armed: Codex) -> None:
    armed.git("config", setting, "x")
    assert f"{setting.lower()}=" in safe_options(armed.root)


@pytest.mark.parametrize("setting", ["diff.submodule=diff", "diff.submodule=log", "status.submoduleSummary=true"])
@pytest.mark.parametrize("command", ["review --base HEAD~1 --bundle", "review --base HEAD --bundle"])
def test_no_program_that_the_configuration_of_a_submodule_names_runs(
    command: str, setting: str, template: Codex, tmp_path: Path
) -> None:
    codex = Codex(root=Path(shutil.copytree(template.root, tmp_path / "codex", symlinks=True)))
    part = Codex(root=codex.root / "part")
    part.root.mkdir()
    (part.root / "a.py").write_text("a = 1\n")
    part.git("init", "--quiet")
    part.commit()
    codex.git("-c", "advice.addEmbeddedRepo=false", "add", "part")
    codex.commit()
    (part.root / "a.py").write_text("a = 2\n")
    part.commit()
    (part.root / "a.py").write_text("a = 3\n")
    (part.root / ".gitattributes").write_text("* filter=own diff=own\n")
    program = _program(tmp_path)
    for name in SETTINGS:
        part.git("config", name, str(program))
    codex.git("config", *setting.split("="))
    codex.git("config", "submodule.part.ignore", "none")
    (tmp_path / "ran").unlink(missing_ok=True)
    run = codexc(*command.split(), str(codex.bundle("1.0.0")), cwd=codex.root)
    assert "part is a submodule" in run.out, run.err
    ran = tmp_path / "ran"
    assert not ran.exists(), ran.read_text()
