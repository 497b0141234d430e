"""Publishing to GitLab, GitHub and registries."""

from dataclasses import replace
from pathlib import Path

import pytest

from codex.http.errors import HttpError
from codex.publish.github import upload_address
from tests.support import registries
from tests.support.goals import (
    PASSWORD,
    Bundles,
    goal,
)
from tests.support.publishing import offered, publish, put, steps
from tests.support.registries import GitHubHost, GitLabHost, OciHost
from tests.support.running import codexc
from tests.support.scripted import Reply, scripted


def test_a_package_is_found_among_many_with_similar_names(bundles: Bundles, tmp_path: Path) -> None:
    with goal("gitlab", tmp_path) as fresh:
        assert isinstance(fresh.host, GitLabHost)
        for number in range(45):
            fresh.host.add_package(f"acme-{number}", "1.0.0")
        put(bundles.first, fresh)
        fresh.host.requests.clear()
        put(bundles.first, fresh)
        assert fresh.host.writes == []
        fresh.check(offered(bundles.first))
        assert publish(bundles.other, fresh).code == 1


def test_a_package_pending_deletion_is_ignored(bundles: Bundles, tmp_path: Path) -> None:
    with goal("gitlab", tmp_path) as fresh:
        assert isinstance(fresh.host, GitLabHost)
        fresh.host.add_package("acme", "1.0.0", status="pending_destruction")
        put(bundles.first, fresh)
        put(bundles.first, fresh)
        fresh.check(offered(bundles.first))


def test_pages_of_files_are_all_read(bundles: Bundles, tmp_path: Path) -> None:
    """Hosts may return fewer items than requested."""
    what = offered(bundles.first)
    what = replace(what, files={**what.files, **{f"{n:03}.json": b"%d" % n for n in range(120)}})
    with goal("gitlab", tmp_path) as fresh:
        steps(what, fresh.open())
        assert set(steps(what, fresh.open())) == {"there"}
        fresh.check(what)


def test_a_release_is_a_draft_until_it_is_complete(bundles: Bundles, tmp_path: Path) -> None:
    what = offered(bundles.first)
    with goal("github", tmp_path) as fresh:
        assert isinstance(fresh.host, GitHubHost)
        for _ in fresh.open().publish(what, dry=False):
            seen = fresh.host.published()
            assert seen == [] or fresh.host.kept(what.tag) == what.files
        assert seen == [what.tag]
        assert fresh.host.releases[0]["target_commitish"] == what.commit


def test_an_incomplete_published_release_is_refused(bundles: Bundles, tmp_path: Path) -> None:
    with goal("github", tmp_path) as fresh:
        assert isinstance(fresh.host, GitHubHost)
        put(bundles.first, fresh)
        fresh.host.assets[fresh.host.releases[0]["id"]].pop()
        run = publish(bundles.first, fresh)
        assert run.code == 1
        assert "has no" in run.out + run.err


def test_a_server_without_digests_is_compared_by_size(bundles: Bundles, tmp_path: Path) -> None:
    with goal("github", tmp_path) as fresh:
        assert isinstance(fresh.host, GitHubHost)
        fresh.host.digests = False
        put(bundles.first, fresh)
        before = fresh.state()
        put(bundles.first, fresh)
        assert fresh.state() == before


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("user", ["", "robot"])
def test_registries_with_and_without_authentication(relative: bool, user: str, bundles: Bundles) -> None:
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


def test_uploads_to_another_host_are_refused(bundles: Bundles, tmp_path: Path) -> None:
    with goal("registry", tmp_path) as fresh:
        assert isinstance(fresh.host, OciHost)
        fresh.host.bend = lambda _, reply: (
            replace(reply, headers={"Location": "http://127.0.0.2:1/v2/x"}) if reply.status == 202 else reply
        )
        run = publish(bundles.first, fresh)
        assert run.code == 2
        assert "another host" in run.err


def test_a_host_that_a_release_names_for_uploads_gets_no_token(bundles: Bundles, tmp_path: Path) -> None:
    with goal("github", tmp_path) as fresh, scripted(lambda *_: Reply(201, b"{}")) as other:
        assert isinstance(fresh.host, GitHubHost)
        fresh.host.uploads = other.url
        run = publish(bundles.first, fresh)
        assert run.code == 2
        assert "names another host for uploads" in run.err
        assert other.requests == []


GITHUB = "https://api.github.com/"
ENTERPRISE = "https://git.example.com/api/v3/"


@pytest.mark.parametrize(
    ("base", "address"),
    [
        (GITHUB, "https://uploads.github.com/repos/a/b/releases/1/assets"),
        (ENTERPRISE, "https://git.example.com/api/uploads/repos/a/b/releases/1/assets"),
        (ENTERPRISE, "https://uploads.git.example.com/repos/a/b/releases/1/assets"),
    ],
)
def test_github_has_a_host_for_uploads(base: str, address: str) -> None:
    assert upload_address(base, f"{address}{{?name,label}}") == address


@pytest.mark.parametrize(
    ("base", "address"),
    [
        (GITHUB, "https://uploads.github.com.example.org/repos/a/b"),
        (GITHUB, "https://uploads.github.com:444/repos/a/b"),
        (GITHUB, "https://uploads.github.com@example.org/repos/a/b"),
        (GITHUB, "http://uploads.github.com/repos/a/b"),
        (ENTERPRISE, "https://uploads.github.com/repos/a/b"),
    ],
)
def test_another_host_gets_no_upload(base: str, address: str) -> None:
    with pytest.raises(HttpError, match="names another host for uploads"):
        upload_address(base, address)
