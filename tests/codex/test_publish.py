"""`codexc publish` to every kind of destination: twice, in the wrong order, interrupted, refused, and answered oddly."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from codex.http import client as client_module
from codex.http.client import HttpError
from codex.publish import oci as oci_module
from codex.publish import well_known as well_known_module
from codex.publish.publication import Publication, PublishedError, Publisher
from codex.publish.well_known import FOLDER, WellKnownPublisher
from codex.workflow.publish import open_publication, publish_access
from codex.workflow.publish import publish as publish_to
from codex.workflow.trust import Trust
from skills_build.emit.tree import sha256
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from tests.support import registries
from tests.support.goals import (
    HOSTS,
    IDENTITY,
    KINDS,
    NO_TOKENS,
    PASSWORD,
    Bundles,
    Goal,
    files,
    git_tree,
    goal,
    released,
    run_git,
    tree_of,
)
from tests.support.registries import TOKEN, Fault, GitHubHost, GitLabHost, OciHost, words
from tests.support.running import Run, codexc
from tests.support.scripted import Asked, Reply

FOLDERS = ("folder", "git", "well-known", "layout")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Bundles:
    return released(tmp_path_factory.mktemp("released"))


@pytest.fixture(autouse=True)
def somebody(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git know who commits."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=KINDS)
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Goal]:
    """A destination of every kind."""
    with goal(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=HOSTS)
def hosted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Goal]:
    """A destination of every kind that is a host."""
    with goal(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Goal]:
    with goal("git", tmp_path) as made:
        yield made


def publish(what: Path, to: Goal, *options: str) -> Run:
    """Publish as people do, in a process of its own."""
    return codexc("publish", what, "--to", to.to, *options, **to.env)


@cache
def offered(folder: Path) -> Publication:
    """What a bundle offers; nobody changes the bundles of a module."""
    return open_publication(str(folder), Trust())


def put(what: Path, to: Goal) -> None:
    """Publish within this process, which is quicker."""
    steps(offered(what), to.open())


def steps(what: Publication, destination: Publisher, *, dry: bool = False) -> list[str]:
    return [step.done.value for step in destination.publish(what, dry=dry)]


# All kinds


def test_the_first_run_uploads_and_the_second_one_nothing(there: Goal, bundles: Bundles) -> None:
    run = publish(bundles.first, there, "--format", "json")
    assert run.code == 0, run.err
    said = json.loads(run.out)
    assert said["version"] == "1.0.0"
    assert {one["to"] for one in said["steps"]} == {there.to}
    assert {one["done"] for one in said["steps"]} <= {"uploaded", "replaced"}
    assert sum(one["bytes"] for one in said["steps"]) > 0 or there.kind == "git"
    there.check(offered(bundles.first))
    before = there.state()
    if there.host:
        there.host.asked.clear()
    run = publish(bundles.first, there)
    assert run.code == 0, run.err
    assert "uploaded" not in run.out + run.err
    assert "(0 bytes)" in run.out + run.err
    assert there.state() == before
    assert there.host is None or there.host.writes == []
    put(bundles.second, there)
    there.check(offered(bundles.second))
    assert there.latest() in (None, "1.1.0")
    if there.kind != "folder":
        there.check(offered(bundles.first))


def test_a_dry_run_changes_nothing_and_says_what_would_be(there: Goal, bundles: Bundles) -> None:
    for _ in range(2):
        before = there.state()
        done = steps(offered(bundles.second), there.open(), dry=True)
        assert "would upload" in done
        assert set(done) <= {"would upload", "there"}
        assert there.state() == before
        assert there.host is None or there.host.writes == []
        put(bundles.first, there)
        if there.host:
            there.host.asked.clear()


def test_an_older_version_that_comes_later_does_not_become_the_newest(there: Goal, bundles: Bundles) -> None:
    put(bundles.second, there)
    put(bundles.first, there)
    assert there.latest() in (None, "1.1.0")
    there.check(offered(bundles.second))
    if there.kind != "folder":
        there.check(offered(bundles.first))
    before = there.state()
    for bundle in (bundles.first, bundles.second):
        put(bundle, there)
    assert there.state() == before


def test_a_version_with_other_bytes_is_refused_and_changes_nothing(there: Goal, bundles: Bundles) -> None:
    put(bundles.first, there)
    before = there.state()
    if there.host:
        there.host.asked.clear()
    for dry in (True, False):
        with pytest.raises(PublishedError) as caught:
            steps(offered(bundles.other), there.open(), dry=dry)
        assert "release another one" in (caught.value.hint or "")
        assert there.state() == before
    assert there.host is None or there.host.writes == []


def test_a_dry_run_and_a_refusal_are_said(bundles: Bundles, tmp_path: Path) -> None:
    with goal("layout", tmp_path) as fresh:
        run = publish(bundles.first, fresh, "--dry-run")
        assert run.code == 0, run.err
        assert "would upload" in run.out + run.err
        assert ": uploaded" not in run.out + run.err
        put(bundles.other, fresh)
        for options in ((), ("--dry-run",)):
            run = publish(bundles.first, fresh, *options)
            assert run.code == 1
            assert "refused" in run.out + run.err
            assert "release another one" in run.out + run.err
        run = publish(bundles.first, fresh, "--format", "json")
        assert run.code == 1
        assert json.loads(run.out)["steps"][-1]["done"] == "refused"


def test_a_damaged_bundle_is_not_published(repository: Goal, bundles: Bundles, tmp_path: Path) -> None:
    copy = tmp_path / "damaged"
    shutil.copytree(bundles.first, copy)
    archive = copy / "acme-python-1.0.0.tar.gz"
    data = bytearray(archive.read_bytes())
    data[data.index(b"Python")] ^= 1
    archive.write_bytes(bytes(data))
    run = publish(copy, repository)
    assert run.code == 2
    assert "has another digest" in run.err
    assert "codexc verify" in run.err
    assert repository.state() == {}


def test_a_refusal_does_not_keep_the_other_destinations_waiting(bundles: Bundles, tmp_path: Path) -> None:
    with goal("gitlab", tmp_path) as one, goal("layout", tmp_path) as two:
        put(bundles.other, one)
        run = codexc("publish", bundles.first, "--to", one.to, "--to", two.to, **one.env)
        assert run.code == 1
        two.check(offered(bundles.first))


# Interruptions


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", ["500", "drop"])
def test_a_host_that_fails_any_write_gets_the_rest_from_the_next_run(
    hosted: Goal, bundles: Bundles, kind: str, after: bool, tmp_path: Path
) -> None:
    what = offered(bundles.first)
    number = 0
    while True:
        with goal(hosted.kind, tmp_path) as fresh:
            assert fresh.host
            fresh.host.fail(Fault(number, kind, after=after))
            if failed := _fails(what, fresh):
                fresh.sound()
            fresh.host.fail(None)
            steps(what, fresh.open())
            fresh.check(what)
            if not failed:
                break
        number += 1
    assert number >= len(what.files)


def _fails(what: Publication, to: Goal) -> bool:
    try:
        steps(what, to.open())
    except HttpError:
        return True
    return False


@pytest.mark.parametrize("failing", [False, True])
def test_connections_are_closed_whether_it_worked_or_not(
    hosted: Goal, bundles: Bundles, failing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hosted.host
    hosted.host.fail(Fault(2) if failing else None)
    made = []
    real = client_module._open

    def spied(*arguments: Any) -> Any:
        made.append(real(*arguments))
        return made[-1]

    monkeypatch.setattr(client_module, "_open", spied)
    for name, value in hosted.env.items():
        monkeypatch.setenv(name, value)
    how = publish_access(variable=None, file=None, command=None, authorities=None)
    with pytest.raises(HttpError) if failing else nullcontext():
        list(publish_to(offered(bundles.first), hosted.to, how, dry=False))
    assert made
    assert all(one.is_closed for one in made)


@pytest.mark.parametrize("fault", ["500", "drop", "429"])
def test_a_read_that_fails_once_is_asked_again(hosted: Goal, bundles: Bundles, fault: str, tmp_path: Path) -> None:
    what = offered(bundles.first)
    assert hosted.host
    steps(what, hosted.open())
    for number in range(len(hosted.host.asked)):
        if fault == "429" or hosted.host.asked[number].method in registries.READS:
            with goal(hosted.kind, tmp_path) as fresh:
                assert fresh.host
                fresh.host.fail(Fault(number, fault, writes=False))
                steps(what, fresh.open())
                fresh.check(what)


def test_an_interruption_after_any_step_leaves_nothing_half(there: Goal, bundles: Bundles, tmp_path: Path) -> None:
    first, second = offered(bundles.first), offered(bundles.second)
    total = len(steps(second, there.open()))
    for number in range(total):
        (tmp_path / str(number)).mkdir()
        with goal(there.kind, tmp_path / str(number)) as fresh:
            steps(first, fresh.open())
            publishing = fresh.open().publish(second, dry=False)
            for _ in range(number):
                next(publishing)
            del publishing
            fresh.sound()
            steps(second, fresh.open())
            fresh.check(second)
            assert fresh.latest() in (None, "1.1.0")


@pytest.mark.parametrize(("kind", "module"), [("well-known", well_known_module), ("layout", oci_module)])
def test_a_full_disk_at_any_file_leaves_the_old_version(
    kind: str, module: Any, bundles: Bundles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = offered(bundles.first), offered(bundles.second)
    real = module.write_file
    for number in range(99):
        (tmp_path / str(number)).mkdir()
        with goal(kind, tmp_path / str(number)) as fresh:
            steps(first, fresh.open())
            left = iter([True] * number)

            def write(path: Path, data: bytes, *, root: Path, left: Iterator[bool] = left) -> None:
                if not next(left, False):
                    raise OSError(28, "No space left on device", str(path))
                real(path, data, root=root)

            monkeypatch.setattr(module, "write_file", write)
            try:
                steps(second, fresh.open())
            except OSError:
                fresh.sound()
                if kind == "well-known":  # what people see is switched over last
                    assert '"releases/1.0.0/' in (tmp_path / str(number) / "goal" / FOLDER / "index.json").read_text()
            else:
                break
            finally:
                monkeypatch.setattr(module, "write_file", real)
            steps(second, fresh.open())
            fresh.check(first)
            fresh.check(second)
    assert 5 < number < 20


# Tokens, and what cannot be published


@pytest.mark.parametrize("failing", [False, True])
def test_credentials_are_shown_nowhere(hosted: Goal, bundles: Bundles, failing: bool, tmp_path: Path) -> None:
    assert hosted.host

    def echo(asked: Asked, reply: Reply) -> Reply:
        """Fail, and repeat every credential that came along."""
        if asked.method in registries.READS and "/blobs/" not in asked.path:
            return reply
        return Reply(400, json.dumps({"message": " ".join(asked.headers.values())}).encode())

    hosted.host.bend = echo if failing else None
    log = tmp_path / "argv"
    _logged_git(tmp_path / "bin", log)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    env = {**hosted.env, "PATH": path}
    run = codexc("publish", bundles.first, "--to", hosted.to, **env)
    assert run.code == (2 if failing else 0), run.err
    shown = run.out + run.err + " ".join(f"{key} {value}" for key, value in words(hosted.host).items())
    shown += log.read_text() if log.exists() else ""
    for secret in (TOKEN, PASSWORD):
        assert secret not in shown
    assert any(TOKEN in " ".join(one.headers.values()) for one in hosted.host.asked)


def _logged_git(folder: Path, log: Path) -> None:
    """A git that writes down its arguments."""
    folder.mkdir()
    real = shutil.which("git")
    (folder / "git").write_text(f'#!/bin/sh\necho "$@" >> "{log}"\nexec "{real}" "$@"\n')
    (folder / "git").chmod(0o755)


def test_git_gets_no_token(repository: Goal, bundles: Bundles, tmp_path: Path) -> None:
    log = tmp_path / "argv"
    _logged_git(tmp_path / "bin", log)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    env: dict[str, Any] = {**IDENTITY, "PATH": path, "GITLAB_TOKEN": TOKEN, "GITHUB_TOKEN": TOKEN}
    run = codexc("publish", bundles.first, "--to", repository.to, **env)
    assert run.code == 0, run.err
    assert "push" in log.read_text()
    assert TOKEN not in log.read_text() + run.out + run.err


@pytest.mark.parametrize("kind", ["gitlab", "github"])
def test_tokens_come_from_where_they_are_said_to_be(kind: str, bundles: Bundles, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN + "\n")
    for options in (
        ("--token-env", "MINE"),
        ("--token-file", str(tmp_path / "token")),
        ("--token-command", f"cat '{tmp_path / 'token'}'"),
    ):
        with goal(kind, tmp_path) as fresh:
            env: dict[str, Any] = {**NO_TOKENS, "MINE": TOKEN, "GITLAB_TOKEN": "wrong", "GITHUB_TOKEN": "wrong"}
            run = codexc("publish", bundles.first, "--to", fresh.to, *options, **env)
            assert run.code == 0, run.err
            assert TOKEN not in run.out + run.err
            fresh.check(offered(bundles.first))


def test_the_token_of_a_pipeline_is_enough(bundles: Bundles, tmp_path: Path) -> None:
    with goal("gitlab", tmp_path) as fresh:
        assert isinstance(fresh.host, GitLabHost)
        env: dict[str, Any] = {**NO_TOKENS, "CI_JOB_TOKEN": fresh.host.job_token}
        run = codexc("publish", bundles.first, "--to", fresh.to, **env)
        assert run.code == 0, run.err
        fresh.check(offered(bundles.first))
        assert {"job-token"} == {n for one in fresh.host.asked for n in one.headers if n.endswith("-token")}


@pytest.mark.parametrize(("kind", "name"), [("gitlab", "GITLAB_TOKEN"), ("github", "GITHUB_TOKEN")])
def test_without_a_token_nobody_is_asked(kind: str, name: str, bundles: Bundles, tmp_path: Path) -> None:
    with goal(kind, tmp_path) as fresh:
        run = codexc("publish", bundles.first, "--to", fresh.to, **NO_TOKENS)
        assert run.code == 2
        assert f"the environment has no `{name}`" in run.err
        assert "help" in run.err
        assert fresh.host and fresh.host.asked == []
        wrong: dict[str, Any] = {**NO_TOKENS, name: "wrong"}
        run = codexc("publish", bundles.first, "--to", fresh.to, **wrong)
        assert run.code == 2
        assert "401" in run.err and "the token is missing, wrong or expired" in run.err
        assert fresh.host.writes == []


def test_a_registry_that_wants_a_password_says_so(bundles: Bundles, tmp_path: Path) -> None:
    with goal("registry", tmp_path) as fresh:
        run = codexc("publish", bundles.first, "--to", fresh.to, CODEXC_OCI_USER="", CODEXC_OCI_PASSWORD="")
        assert run.code == 2
        assert "401" in run.err and "help" in run.err


@pytest.mark.parametrize(
    "to", ["ftp:there", "gitlab", "gitlab:", ":", "oci://host", "github:onlyone", "gitlab:https://h"]
)
def test_what_is_no_destination(to: str, bundles: Bundles) -> None:
    run = codexc("publish", bundles.first, "--to", to, **NO_TOKENS)
    assert run.code == 2
    assert "help" in run.err
    if ":" not in to or to.split(":")[0] in ("ftp", "") or to.endswith("gitlab:"):
        for kind in ("folder:", "git:", "well-known:", "gitlab:", "github:", "oci:"):
            assert kind in run.err


def test_a_host_is_asked_over_tls_only(bundles: Bundles) -> None:
    for to in ("gitlab:http://git.example.com/group/codex", "github:http://git.example.com/owner/codex"):
        run = codexc("publish", bundles.first, "--to", to, GITLAB_TOKEN=TOKEN, GITHUB_TOKEN=TOKEN)
        assert run.code == 2
        assert "not encrypted" in run.err


def test_what_is_no_bundle(bundles: Bundles, tmp_path: Path) -> None:
    archive = bundles.first / "acme-1.0.0.tar.gz"
    for where in (archive, bundles.codex / "dist", tmp_path, tmp_path / "nowhere"):
        run = codexc("publish", where, "--to", f"folder:{tmp_path / 'goal'}")
        assert run.code == 2, where
        assert "help" in run.err
    assert not (tmp_path / "goal").exists()


def test_the_configuration_says_where_to(bundles: Bundles, tmp_path: Path) -> None:
    copy = tmp_path / "codex"
    shutil.copytree(bundles.codex, copy)
    nowhere = codexc("publish", cwd=copy)
    assert nowhere.code == 2
    assert "codex.yaml" in nowhere.err
    with (copy / "standards" / "codex.yaml").open("a") as file:
        file.write(f"publish: ['folder:{tmp_path / 'one'}', 'well-known:{tmp_path / 'two'}']\n")
    run = codexc("publish", cwd=copy)
    assert run.code == 0, run.err
    assert json.loads((tmp_path / "one" / "manifest.json").read_bytes())["version"] == "1.1.0"
    assert (tmp_path / "two" / FOLDER / "index.json").is_file()
    told = codexc("publish", "--to", f"folder:{tmp_path / 'three'}", cwd=copy)
    assert told.code == 0
    assert (tmp_path / "three" / "manifest.json").is_file()


# Folders


def test_a_folder_that_is_somebody_elses_stays(bundles: Bundles, tmp_path: Path) -> None:
    with goal("folder", tmp_path) as fresh:
        (tmp_path / "goal").mkdir()
        (tmp_path / "goal" / "notes.txt").write_text("mine")
        before = fresh.state()
        run = publish(bundles.first, fresh)
        assert run.code == 2
        assert "not written by codexc" in run.err
        assert fresh.state() == before


def test_a_folder_that_lost_a_file_is_mended(bundles: Bundles, tmp_path: Path) -> None:
    with goal("folder", tmp_path) as fresh:
        put(bundles.first, fresh)
        (tmp_path / "goal" / "plugin.json").unlink()
        (tmp_path / "goal" / "old.md").write_text("left over")
        put(bundles.first, fresh)
        fresh.check(offered(bundles.first))


# Git


@pytest.mark.parametrize("form", ["{path}", "file://{path}"])
def test_a_branch_and_a_tag_hold_the_bundle_byte_for_byte(form: str, bundles: Bundles, tmp_path: Path) -> None:
    with goal("git", tmp_path) as fresh:
        to = "git:" + form.format(path=tmp_path / "goal")
        for bundle in (bundles.first, bundles.second):
            run = codexc("publish", bundle, "--to", to, **IDENTITY)
            assert run.code == 0, run.err
            what = offered(bundle)
            assert git_tree(tmp_path / "goal", "main") == tree_of(what)
            fresh.check(what)
        subjects = run_git(tmp_path / "goal", "log", "--format=%s", "main").splitlines()
        assert subjects == ["Acme codex 1.1.0", "Acme codex 1.0.0"]
        run_git(tmp_path, "clone", "--quiet", str(tmp_path / "goal"), "clone")
        shutil.rmtree(tmp_path / "clone" / ".git")
        assert {name: one[:2] for name, one in files(tmp_path / "clone").items()} == tree_of(what)


def test_a_commit_holds_files_as_they_are(repository: Goal, bundles: Bundles) -> None:
    what = offered(bundles.first)
    odd = (
        Artifact(path="bin/run", data=b"#!/bin/sh\r\n", mode=0o755),
        Artifact(path=".gitignore", data=b"*\n"),
        Artifact(path=".gitattributes", data=b"* text=auto eol=lf\n*.txt ident\n"),
        Artifact(path="crlf.txt", data=b"a\r\n$Id$\r\n"),
        Artifact(path="ignored/ä b", data=b"\0\xff"),
    )
    what = replace(what, tree=(*what.tree, *odd))
    steps(what, repository.open())
    repository.check(what)
    assert set(steps(what, repository.open())) == {"there"}


def test_a_branch_of_others_is_refused_and_theirs_stay(repository: Goal, bundles: Bundles, tmp_path: Path) -> None:
    work = tmp_path / "work"
    run_git(tmp_path, "clone", "--quiet", str(tmp_path / "goal"), "work")
    (work / "README.md").write_text("ours")
    run_git(work, "checkout", "--quiet", "-b", "main")
    run_git(work, "add", "--all")
    run_git(work, "commit", "--quiet", "--message", "Ours")
    run_git(work, "tag", "--annotate", "--message", "Ours", "v9.9.9")
    run_git(work, "push", "--quiet", "origin", "main", "main:topic", "v9.9.9")
    before = repository.state()
    assert isinstance(before, dict)
    run = publish(bundles.first, repository)
    assert run.code == 2
    assert "not one of ours" in run.err
    assert f"git:{tmp_path / 'goal'}#skills" in run.err
    assert repository.state() == before
    run = codexc("publish", bundles.first, "--to", f"{repository.to}#skills", **IDENTITY)
    assert run.code == 0, run.err
    after = repository.state()
    assert isinstance(after, dict)
    assert {name: commit for name, commit in after.items() if name in before} == before
    assert set(after) - set(before) == {"refs/heads/skills", "refs/tags/v1.0.0"}


def test_refs_move_together_or_not_at_all(repository: Goal, bundles: Bundles, tmp_path: Path) -> None:
    put(bundles.first, repository)
    before = repository.state()
    hook = tmp_path / "goal" / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    for ref in ("refs/tags/", "refs/heads/"):
        hook.write_text(f'#!/bin/sh\ncase "$1" in {ref}*) echo no >&2; exit 1;; esac\n')
        hook.chmod(0o755)
        run = publish(bundles.second, repository)
        assert run.code == 2
        assert "rejected the push" in run.err
        assert repository.state() == before
    hook.unlink()
    put(bundles.second, repository)
    repository.check(offered(bundles.second))


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_a_branch_that_was_lost_or_moved_back_is_mended(
    version: str, repository: Goal, bundles: Bundles, tmp_path: Path
) -> None:
    """By any version that it lacks, and the tags stay where they are."""
    put(bundles.first, repository)
    first = repository.state()
    put(bundles.second, repository)
    before = repository.state()
    assert isinstance(first, dict) and isinstance(before, dict)
    bundle = {"1.0.0": bundles.first, "1.1.0": bundles.second}[version]
    for moved in (None, first["refs/heads/main"]):
        run_git(
            tmp_path / "goal",
            "update-ref",
            *(("-d",) if moved is None else ()),
            "refs/heads/main",
            *filter(None, [moved]),
        )
        lacking = moved is None or version == "1.1.0"
        for dry in (True, False):
            word = "would upload" if dry else "uploaded"
            assert steps(offered(bundle), repository.open(), dry=dry) == [word if lacking else "there", "there"]
            assert repository.latest() == (version if not dry or not lacking else None if moved is None else "1.0.0")
        assert set(steps(offered(bundle), repository.open())) == {"there"}
        assert git_tree(tmp_path / "goal", "main") == tree_of(offered(bundle))
        after = repository.state()
        assert isinstance(after, dict)
        assert {**after, "refs/heads/main": ""} == {**before, "refs/heads/main": ""}


def test_another_branch_gets_a_version_that_is_tagged_already(
    repository: Goal, bundles: Bundles, tmp_path: Path
) -> None:
    put(bundles.first, repository)
    run = codexc("publish", bundles.first, "--to", f"{repository.to}#skills")
    assert run.code == 0, run.err
    assert "uploaded: branch skills" in run.out + run.err
    refs = repository.state()
    assert isinstance(refs, dict)
    assert refs["refs/heads/skills"] == refs["refs/heads/main"] == refs["refs/tags/v1.0.0"]


def test_a_repository_that_is_not_there(bundles: Bundles, tmp_path: Path) -> None:
    run = codexc("publish", bundles.first, "--to", f"git:{tmp_path / 'nowhere'}", **IDENTITY)
    assert run.code == 2
    assert "cannot be read" in run.err


def test_an_address_is_no_option_of_git(bundles: Bundles, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    run = codexc("publish", bundles.first, "--to", f"git:--upload-pack=touch {mark}", **IDENTITY)
    assert run.code == 2
    run = codexc("publish", bundles.first, "--to", f"git:ext::sh -c touch% {mark}", **IDENTITY)
    assert run.code == 2
    assert not mark.exists()


# Sites


def test_a_skill_of_one_file_is_offered_as_that_file(bundles: Bundles, tmp_path: Path) -> None:
    what = offered(bundles.first)
    manifest = json.loads(json.dumps(what.manifest))
    name = manifest["skills"][0]["name"]
    manifest["skills"][0]["files"] = {"SKILL.md": manifest["skills"][0]["files"]["SKILL.md"]}
    with goal("well-known", tmp_path) as fresh:
        what = replace(what, manifest=manifest)
        steps(what, WellKnownPublisher(path=tmp_path / "goal"))
        fresh.check(what)
        assert set(steps(what, WellKnownPublisher(path=tmp_path / "goal"))) == {"there"}
    root = tmp_path / "goal" / FOLDER
    entry = json.loads((root / "index.json").read_bytes())["skills"][0]
    page = next(one.data for one in what.tree if one.path == f"skills/{name}/SKILL.md")
    assert entry["type"] == "skill-md"
    assert entry["url"] == f"releases/1.0.0/{name}/SKILL.md"
    assert entry["digest"] == f"sha256:{sha256(page)}"
    assert (root / entry["url"]).read_bytes() == page


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"versions": ["x"]}', '{"versions": 1}', "{" * 9999, '{"versions": [null]}']
)
@pytest.mark.parametrize(("kind", "name"), [("well-known", f"{FOLDER}/versions.json"), ("layout", "index.json")])
def test_a_listing_that_is_damaged_is_said(text: str, kind: str, name: str, bundles: Bundles, tmp_path: Path) -> None:
    what = offered(bundles.first)
    with goal(kind, tmp_path) as fresh:
        steps(what, fresh.open())
        (tmp_path / "goal" / name).write_text(text)
        with pytest.raises(CodexError) as caught:
            steps(what, fresh.open())
        assert caught.value.hint
        assert (tmp_path / "goal" / name).read_text() == text


# Hosts


def test_a_package_is_found_among_many_that_are_called_alike(bundles: Bundles, tmp_path: Path) -> None:
    with goal("gitlab", tmp_path) as fresh:
        assert isinstance(fresh.host, GitLabHost)
        for number in range(45):
            fresh.host.add_package(f"acme-{number}", "1.0.0")
        put(bundles.first, fresh)
        fresh.host.asked.clear()
        put(bundles.first, fresh)
        assert fresh.host.writes == []
        fresh.check(offered(bundles.first))
        assert publish(bundles.other, fresh).code == 1


def test_a_package_that_is_being_deleted_does_not_count(bundles: Bundles, tmp_path: Path) -> None:
    with goal("gitlab", tmp_path) as fresh:
        assert isinstance(fresh.host, GitLabHost)
        fresh.host.add_package("acme", "1.0.0", status="pending_destruction")
        put(bundles.first, fresh)
        put(bundles.first, fresh)
        fresh.check(offered(bundles.first))


def test_pages_of_files_are_all_read(bundles: Bundles, tmp_path: Path) -> None:
    """Hosts may give fewer than asked for."""
    what = offered(bundles.first)
    what = replace(what, files={**what.files, **{f"{n:03}.json": b"%d" % n for n in range(120)}})
    with goal("gitlab", tmp_path) as fresh:
        steps(what, fresh.open())
        assert set(steps(what, fresh.open())) == {"there"}
        fresh.check(what)


def test_a_release_is_a_draft_until_all_of_it_is_there(bundles: Bundles, tmp_path: Path) -> None:
    what = offered(bundles.first)
    with goal("github", tmp_path) as fresh:
        assert isinstance(fresh.host, GitHubHost)
        for _ in fresh.open().publish(what, dry=False):
            seen = fresh.host.published()
            assert seen == [] or fresh.host.kept(what.tag) == what.files
        assert seen == [what.tag]
        assert fresh.host.releases[0]["target_commitish"] == what.commit


def test_a_published_release_that_lacks_a_file_is_refused(bundles: Bundles, tmp_path: Path) -> None:
    with goal("github", tmp_path) as fresh:
        assert isinstance(fresh.host, GitHubHost)
        put(bundles.first, fresh)
        fresh.host.assets[fresh.host.releases[0]["id"]].pop()
        run = publish(bundles.first, fresh)
        assert run.code == 1
        assert "lacks" in run.out + run.err


def test_a_server_without_digests_is_believed_by_size(bundles: Bundles, tmp_path: Path) -> None:
    with goal("github", tmp_path) as fresh:
        assert isinstance(fresh.host, GitHubHost)
        fresh.host.digests = False
        put(bundles.first, fresh)
        before = fresh.state()
        put(bundles.first, fresh)
        assert fresh.state() == before


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("user", ["", "robot"])
def test_a_registry_of_either_manner(relative: bool, user: str, bundles: Bundles) -> None:
    with registries.oci(relative=relative, user=user, password=PASSWORD) as host:
        for _ in range(2):
            run = codexc(
                "publish",
                bundles.first,
                "--to",
                host.reference("a/b/c"),
                CODEXC_OCI_USER=user,
                CODEXC_OCI_PASSWORD=PASSWORD,
            )
            assert run.code == 0, run.err
        assert host.tags("a/b/c") == ["1.0.0"]
        named = codexc(
            "publish",
            bundles.first,
            "--to",
            f"{host.reference('a/b/c')}:stable",
            CODEXC_OCI_USER=user,
            CODEXC_OCI_PASSWORD=PASSWORD,
        )
        assert named.code == 0, named.err
        assert host.tags("a/b/c") == ["1.0.0", "stable"]


def test_a_registry_that_sends_uploads_elsewhere_gets_none(bundles: Bundles, tmp_path: Path) -> None:
    with goal("registry", tmp_path) as fresh:
        assert isinstance(fresh.host, OciHost)
        fresh.host.bend = lambda _, reply: (
            replace(reply, headers={"Location": "http://127.0.0.2:1/v2/x"}) if reply.status == 202 else reply
        )
        run = publish(bundles.first, fresh)
        assert run.code == 2
        assert "another host" in run.err


ODD: tuple[bytes, ...] = (
    b"",
    b"<html>down for maintenance</html>",
    b"null",
    b"[]",
    b"{}",
    b"1",
    b'"text"',
    b"[null]",
    b"[{}]",
    b"[[]]",
    b'{"id": null}',
    b'{"token": null}',
    b'[{"id": null, "name": null, "version": null, "file_name": null, "tag_name": null, "state": null}]',
    b"[" * 5000,
    b"\xff\xfe",
)


@pytest.mark.parametrize(
    "odd",
    [pytest.param(one, marks=[pytest.mark.slow] if number % 4 else []) for number, one in enumerate(ODD)],
    ids=range(len(ODD)),
)
def test_odd_answers_are_an_error_that_is_said(hosted: Goal, odd: bytes, bundles: Bundles, tmp_path: Path) -> None:
    """Every answer of a first and of a second run, one at a time, is something else than documented."""
    what = offered(bundles.first)
    assert hosted.host
    steps(what, hosted.open())
    first = len(hosted.host.asked)
    steps(what, hosted.open())
    total = len(hosted.host.asked)
    for number in range(total):
        with goal(hosted.kind, tmp_path) as fresh:
            if number >= first:
                steps(what, fresh.open())
            _bent(fresh, number if number < first else number - first, lambda reply: replace(reply, body=odd))
            _survives(what, fresh)


FIELDS = {
    "gitlab": ("id", "name", "version", "file_name", "file_sha256", "status", "tag_name", "released_at"),
    "github": ("id", "tag_name", "draft", "upload_url", "name", "state", "size", "digest"),
}


@pytest.mark.parametrize("value", [None, 1, "x", [], {}], ids=str)
@pytest.mark.parametrize("kind", FIELDS)
def test_odd_fields_are_an_error_that_is_said(kind: str, value: object, bundles: Bundles, tmp_path: Path) -> None:
    """Every field of every answer of a second run, one at a time, is gone or is something else."""
    what = offered(bundles.first)
    for complete in (True, False):
        for name in FIELDS[kind]:
            with goal(kind, tmp_path) as fresh:
                assert fresh.host
                if not complete:
                    fresh.host.fail(Fault(3))
                _fails(what, fresh)
                fresh.host.fail(None)
                fresh.host.bend = lambda _, reply, name=name: replace(reply, body=_changed(reply.body, name, value))
                _survives(what, fresh)


def _changed(body: bytes, name: str, value: object) -> bytes:
    """JSON in which a field has another value, or is gone where the value is "x"."""
    if not body:
        return body

    def change(found: Any) -> Any:
        if isinstance(found, list):
            return [change(one) for one in found]
        if isinstance(found, dict):
            kept = {key: change(one) for key, one in found.items() if key != name}
            return kept if value == "x" or name not in found else {**kept, name: value}
        return found

    return json.dumps(change(json.loads(body))).encode()


def _bent(to: Goal, number: int, change: Callable[[Reply], Reply]) -> None:
    """Change the answer to request `number` from now."""
    assert to.host
    to.host.asked.clear()
    host = to.host
    to.host.bend = lambda _, reply: change(reply) if len(host.asked) == number + 1 and reply.status < 400 else reply


def _survives(what: Publication, to: Goal) -> None:
    """Publish: that may fail with what people understand, and nothing that is seen is half."""
    with suppress(CodexError):
        steps(what, to.open())
    to.sound()
