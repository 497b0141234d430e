"""`codexc propose` in a checkout: a diff of the standards, and merge requests on the repository of the codex."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.fleet import git
from tests.support.running import Run, codexc

CODEX = "namespace: acme\ntitle: Acme\ndomains:\n  services: {title: Services, owner: '@acme'}\n"
STANDARD = (
    "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: enforced\nowner: '@acme'\n---\n\n# Services\n\n## Rules\n\n"
    "### Calls MUST have a timeout (SVC-1)\n\n**Why:** A call without one hangs.\n\n"
    "### Logs MUST NOT have secrets (SVC-2)\n\n**Why:** Logs are read by many.\n"
)
EDIT = ("Calls MUST have a timeout", "Calls MUST have a short timeout")


@pytest.fixture
def codex(tmp_path: Path) -> Path:
    """A checkout of a codex whose `origin` is a bare repository on a local forge."""
    folder = tmp_path / "codex"
    (folder / "standards").mkdir(parents=True)
    (folder / "standards" / "codex.yaml").write_text(CODEX)
    (folder / "standards" / "services.md").write_text(STANDARD)
    assert codexc("build", "-q", cwd=folder).code == 0
    commit(folder, "Start", new=True)
    (tmp_path / "forge" / "acme").mkdir(parents=True)
    git(tmp_path, "clone", "--quiet", "--bare", str(folder), str(tmp_path / "forge/acme/codex.git"))
    git(folder, "remote", "add", "origin", str(tmp_path / "forge/acme/codex.git"))
    return folder


@pytest.fixture
def service(tmp_path: Path, codex: Path) -> Path:
    """A checkout with the codex installed."""
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "a.py").write_text("x = 1\n")
    commit(folder, "Start", new=True)
    assert codexc("install", str(codex / "dist"), "-q", cwd=folder).code == 0
    commit(folder, "Install")
    return folder


def commit(folder: Path, message: str, *, new: bool = False, who: str = "Ann Dev <ann@example.com>") -> None:
    if new:
        git(folder, "init", "--quiet", "--initial-branch", "main")
        for key, value in (("user.name", "CI"), ("user.email", "ci@example.com")):
            git(folder, "config", key, value)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message, "--author", who)


def edit(folder: Path, *changes: tuple[str, str], message: str = "Edit", **more: Any) -> None:
    """Change the block in AGENTS.md as a person does."""
    path = folder / "AGENTS.md"
    text = path.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text)
    if message:
        commit(folder, message, **more)


def propose(service: Path, codex: str | Path, *arguments: str, code: int = 0) -> Run:
    run = codexc("propose", "--codex", str(codex), *arguments, cwd=service)
    assert run.code == code, run.err
    return run


def requests(codex: Path) -> list[dict[str, Any]]:
    path = codex.parent / "forge/acme/codex.requests.json"
    data: list[dict[str, Any]] = json.loads(path.read_text())["requests"] if path.is_file() else []
    return data


def standard(codex: Path, branch: str) -> str:
    done = subprocess.run(
        ["git", "show", f"{branch}:standards/services.md"],
        cwd=codex.parent / "forge/acme/codex.git",
        check=True,
        capture_output=True,
    )
    return done.stdout.decode()


def test_a_diff_of_the_standards_applies_to_the_codex(service: Path, codex: Path) -> None:
    edit(service, EDIT, message="")
    run = propose(service, codex)
    subprocess.run(["git", "apply"], cwd=codex, input=run.out.encode(), check=True)
    assert (codex / "standards/services.md").read_text() == STANDARD.replace(*EDIT)


def test_nothing_edited_is_no_proposal(service: Path, codex: Path) -> None:
    run = propose(service, codex)
    assert (run.out, run.err) == ("", "no installed text was edited\n")


def test_each_rule_is_one_merge_request_with_its_author(service: Path, codex: Path) -> None:
    edit(service, EDIT)
    edit(service, ("have secrets", "have passwords"), who="Bob <bob@example.com>")
    run = propose(service, codex, "--merge-request", "--name", "shop/service")
    assert [line.split()[:2] for line in run.out.splitlines()] == [["opened", "SVC-1"], ["opened", "SVC-2"]]
    assert standard(codex, "codex/propose/svc-1") == STANDARD.replace(*EDIT)
    log = git(codex.parent / "forge/acme/codex.git", "log", "-1", "--format=%B", "codex/propose/svc-2")
    assert log == "SVC-2: change proposed by shop/service\n\nCo-authored-by: Bob <bob@example.com>"
    again = propose(service, codex, "--merge-request", "--name", "shop/service")
    assert [line.split()[0] for line in again.out.splitlines()] == ["current", "current"]


def test_an_open_merge_request_is_joined_and_a_closed_one_is_not_opened_again(service: Path, codex: Path) -> None:
    edit(service, EDIT)
    bare = codex.parent / "forge/acme/codex.git"
    propose(service, bare, "--merge-request", "--name", "shop/first @all Closes #1")
    edit(service, ("Calls MUST", "All calls MUST"))
    run = propose(service, bare, "--merge-request", "--name", "shop/second")
    assert run.out.startswith("joined SVC-1 ")
    assert standard(codex, "codex/propose/svc-1") == STANDARD.replace(EDIT[0], "All calls MUST have a short timeout")
    (request,) = requests(codex)
    assert request["body"].count("- `shop/") == 2
    assert request["title"] == "SVC-1: change proposed by shop/first <U+0040>all Closes <U+0023>1"
    path = bare.with_name("codex.requests.json")
    path.write_text(json.dumps({"requests": [{**request, "state": "closed"}]}))
    assert propose(service, bare, "--merge-request").out.startswith("declined SVC-1 ")


def test_what_is_merged_is_current(service: Path, codex: Path) -> None:
    edit(service, EDIT)
    (codex / "standards/services.md").write_text(STANDARD.replace(*EDIT))
    run = propose(service, codex)
    assert run.out == ""
    assert "current: AGENTS.md:" in run.err


def test_other_edits_are_reported_with_place_and_reason(service: Path, codex: Path) -> None:
    edit(
        service,
        ("Every rule", "Each rule") if "Every rule" in (service / "AGENTS.md").read_text() else ("## Acme", "## Ours"),
    )
    (service / ".engineering-codex.rules.json").write_text("{}")
    skill = next(service.glob(".agents/skills/*/SKILL.md"))
    skill.unlink()
    run = propose(service, codex, code=1)
    assert "not mapped: AGENTS.md:" in run.err
    assert "this text is not part of a rule" in run.err
    assert "not mapped: .engineering-codex.rules.json:1: only edits to Markdown can be mapped to rules" in run.err
    assert f"not mapped: {skill.relative_to(service).as_posix()}:1: the installed file was deleted" in run.err


def test_the_git_configuration_of_a_checkout_runs_nothing(service: Path, codex: Path, tmp_path: Path) -> None:
    edit(service, EDIT)
    (service / ".gitattributes").write_text("*.md diff=evil filter=evil\n")
    for key in ("diff.evil.textconv", "filter.evil.clean", "core.fsmonitor"):
        git(service, "config", key, f"touch {tmp_path}/ran; cat")
    propose(service, codex, "--merge-request")
    assert not (tmp_path / "ran").exists()


def test_a_checkout_without_a_codex_is_an_error(codex: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    run = codexc("propose", "--codex", str(codex), cwd=tmp_path / "empty")
    assert run.code == 2
    assert "there is no `.engineering-codex.lock`" in run.err


def test_a_folder_that_is_no_codex_is_an_error(service: Path, codex: Path) -> None:
    run = propose(service, service, code=2)
    assert "the codex has no rules" in run.err
    assert (
        "pass the URL of the repository with `--codex URL`" in propose(service, service, "--merge-request", code=2).err
    )
