"""Tokens, invalid destinations, and what cannot be published."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from codex.publish.well_known import FOLDER
from tests.support import registries
from tests.support.goals import (
    IDENTITY,
    NO_TOKENS,
    PASSWORD,
    Bundles,
    Goal,
    goal,
)
from tests.support.publishing import offered
from tests.support.registries import TOKEN, GitLabHost, words
from tests.support.running import codexc
from tests.support.scripted import RecordedRequest, Reply


@pytest.mark.parametrize("failing", [False, True])
def test_credentials_are_shown_nowhere(hosted: Goal, bundles: Bundles, failing: bool, tmp_path: Path) -> None:
    assert hosted.host

    def echo(request: RecordedRequest, reply: Reply) -> Reply:
        """Fail with a message that repeats every credential."""
        if request.method in registries.READS and "/blobs/" not in request.path:
            return reply
        return Reply(400, json.dumps({"message": " ".join(request.headers.values())}).encode())

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
    assert any(TOKEN in " ".join(request.headers.values()) for request in hosted.host.requests)


def _logged_git(folder: Path, log: Path) -> None:
    """Create a git that logs its arguments."""
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
def test_tokens_come_from_the_named_source(kind: str, bundles: Bundles, tmp_path: Path) -> None:
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


def test_the_job_token_is_sufficient(bundles: Bundles, tmp_path: Path) -> None:
    with goal("gitlab", tmp_path) as fresh:
        assert isinstance(fresh.host, GitLabHost)
        env: dict[str, Any] = {**NO_TOKENS, "CI_JOB_TOKEN": fresh.host.job_token}
        run = codexc("publish", bundles.first, "--to", fresh.to, **env)
        assert run.code == 0, run.err
        fresh.check(offered(bundles.first))
        assert {"job-token"} == _token_headers(fresh.host)


def _token_headers(host: GitLabHost) -> set[str]:
    return {name for request in host.requests for name in request.headers if name.endswith("-token")}


@pytest.mark.parametrize(("kind", "name"), [("gitlab", "GITLAB_TOKEN"), ("github", "GITHUB_TOKEN")])
def test_without_a_token_no_request_is_sent(kind: str, name: str, bundles: Bundles, tmp_path: Path) -> None:
    with goal(kind, tmp_path) as fresh:
        run = codexc("publish", bundles.first, "--to", fresh.to, **NO_TOKENS)
        assert run.code == 2
        assert f"the environment variable `{name}` is not set" in run.err
        assert "help" in run.err
        assert fresh.host and fresh.host.requests == []
        wrong: dict[str, Any] = {**NO_TOKENS, name: "wrong"}
        run = codexc("publish", bundles.first, "--to", fresh.to, **wrong)
        assert run.code == 2
        assert "401" in run.err and "the token is missing, wrong or expired" in run.err
        assert fresh.host.writes == []


def test_a_registry_that_requires_a_password_is_reported(bundles: Bundles, tmp_path: Path) -> None:
    with goal("registry", tmp_path) as fresh:
        run = codexc("publish", bundles.first, "--to", fresh.to, CODEXC_OCI_USER="", CODEXC_OCI_PASSWORD="")
        assert run.code == 2
        assert "401" in run.err and "help" in run.err


@pytest.mark.parametrize(
    "to", ["ftp:there", "gitlab", "gitlab:", ":", "oci://host", "github:onlyone", "gitlab:https://h"]
)
def test_an_invalid_destination_lists_the_valid_forms(to: str, bundles: Bundles) -> None:
    run = codexc("publish", bundles.first, "--to", to, **NO_TOKENS)
    assert run.code == 2
    assert "help" in run.err
    if ":" not in to or to.split(":")[0] in ("ftp", "") or to.endswith("gitlab:"):
        for kind in ("folder:", "git:", "well-known:", "gitlab:", "github:", "oci:"):
            assert kind in run.err


def test_a_token_is_not_sent_to_a_host_without_tls(bundles: Bundles) -> None:
    for to in ("gitlab:http://git.example.com/group/codex", "github:http://git.example.com/owner/codex"):
        run = codexc("publish", bundles.first, "--to", to, GITLAB_TOKEN=TOKEN, GITHUB_TOKEN=TOKEN)
        assert run.code == 2
        assert "not encrypted" in run.err


def test_only_released_bundles_are_published(bundles: Bundles, tmp_path: Path) -> None:
    archive = bundles.first / "acme-1.0.0.tar.gz"
    for where in (archive, bundles.codex / "dist", tmp_path, tmp_path / "nowhere"):
        run = codexc("publish", where, "--to", f"folder:{tmp_path / 'goal'}")
        assert run.code == 2, where
        assert "help" in run.err
    assert not (tmp_path / "goal").exists()


def test_destinations_come_from_the_configuration(bundles: Bundles, tmp_path: Path) -> None:
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
    explicit = codexc("publish", "--to", f"folder:{tmp_path / 'three'}", cwd=copy)
    assert explicit.code == 0
    assert (tmp_path / "three" / "manifest.json").is_file()
