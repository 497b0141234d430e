"""One suite for all catalogs."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from codex.catalog.registry import CATALOG_KINDS
from codex.http.hosts import HOST_KINDS
from codex.rollout.catalog import CatalogQuery as Wanting
from codex.rollout.catalog import read_catalog
from skills_build.errors import CodexError
from skills_build.model.config import CatalogSettings
from tests.codex.http.test_rate_limit import FakeClock
from tests.support.catalogs import SECRET, SERVERS, Answer, listing, on_server
from tests.support.data import ROOT
from tests.support.listings import (
    FLEET,
    Repo,
)
from tests.support.scripted import Reply


@pytest.mark.parametrize("kind", CATALOG_KINDS)
def test_the_page_has_every_kind(kind: str) -> None:
    table = (
        (ROOT / "docs" / "configuration.md").read_text().partition("| `kind` | required keys |")[2].partition("\n\n")[0]
    )
    assert f"\n| `{kind}` |" in table, f"add `{kind}` to the table of kinds below `## catalog` in docs/configuration.md"


@pytest.mark.parametrize("kind", CATALOG_KINDS)
def test_every_repository_is_listed_once_in_order(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    result = listing(kind, list(FLEET), stack, tmp_path).result
    names = [repository.id.rpartition("/")[2] for repository in result.repositories]
    assert names == ["attic", "new", "payments"]
    assert len({repository.id for repository in result.repositories}) == 3
    assert result.unmapped == () and result.notes == ()


ADDRESSES_ONLY = {"backstage"}
"""Catalogs that say where repositories are, and nothing of their branches."""


@pytest.mark.parametrize("kind", sorted(set(CATALOG_KINDS) - ADDRESSES_ONLY))
def test_branches_and_flags_are_those_of_the_catalog(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    attic, new, payments = listing(kind, list(FLEET), stack, tmp_path).result.repositories
    assert (payments.default_branch, payments.archived) == ("main", False)
    assert attic.archived is (kind != "folder")
    assert new.empty is (None if kind in ("inventory", "combined") else True)
    if kind != "folder":
        assert payments.topics == ("service",)
        assert payments.languages == (() if kind == "gitlab" else ("Python",))


@pytest.mark.parametrize("kind", CATALOG_KINDS)
def test_reading_a_catalog_twice_gives_the_same_result(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    setting = listing(kind, list(FLEET), stack, tmp_path)
    assert setting.result == setting.result


@pytest.mark.parametrize("kind", CATALOG_KINDS)
def test_a_hundred_and_twenty_repositories_are_read_over_all_pages(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    fleet = [
        Repo(path=f"acme/sub{n % 7}-{n:03}" if kind != "gitlab" else f"acme/sub{n % 7}/svc-{n:03}") for n in range(120)
    ]
    assert len(listing(kind, fleet, stack, tmp_path).result.repositories) == 120


@pytest.mark.parametrize("kind", CATALOG_KINDS)
def test_the_order_of_the_list_does_not_matter(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = listing(kind, list(FLEET), stack, tmp_path / "a").result
    second = listing(kind, list(reversed(FLEET)), stack, tmp_path / "b").result
    names = [[repo.id.rpartition("/")[2] for repo in result.repositories] for result in (first, second)]
    assert names[0] == names[1]


SERVED = tuple(SERVERS)


def faulty(kind: str, fault: Callable[[int], Reply | None]) -> Answer:
    """The fleet's list, but with faults: by the number of the request."""
    server = SERVERS[kind](list(FLEET), None)
    return lambda request, number: fault(number) or server(request, number)


@pytest.mark.parametrize("kind", SERVED)
@pytest.mark.parametrize(
    "fault",
    [
        Reply(status=429, headers={"Retry-After": "3"}),
        Reply(status=429),
        Reply(status=500),
        Reply(status=403, body=b'{"message": "You have exceeded a secondary rate limit"}'),
        Reply(drop=True),
        Reply(body=b"[" + b" " * 500 + b"]", cut=True),
    ],
    ids=["429", "429 without a word", "500", "403 secondary", "reset", "reset within"],
)
def test_temporary_faults_are_retried(kind: str, fault: Reply, stack: ExitStack, tmp_path: Path) -> None:
    writes_are_reads = faulty(kind, lambda number: fault if number == 0 else None)
    setting = on_server(stack, tmp_path, kind, writes_are_reads)
    assert len(setting.result.repositories) == 3


@pytest.mark.parametrize("kind", SERVED)
def test_a_catalog_that_is_down_gives_its_last_result_and_age(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    down = False
    answer = faulty(kind, lambda _: Reply(status=503, body=b'{"message": "maintenance"}') if down else None)
    setting = on_server(stack, tmp_path, kind, answer)
    clock = FakeClock()
    before = read_catalog(setting.settings, Wanting(root=tmp_path, clock=clock))
    assert (before.age, before.error) == (0.0, "")
    down = True
    clock.time += 7200
    after = read_catalog(setting.settings, Wanting(root=tmp_path, clock=clock))
    assert after.found == before.found
    assert after.age == pytest.approx(7200, abs=60)
    assert "503" in after.error
    elsewhere = replace(setting.settings, group="other")
    with pytest.raises(CodexError, match="503"):
        read_catalog(elsewhere, Wanting(root=tmp_path, clock=clock))


@pytest.mark.parametrize("kind", SERVED)
@pytest.mark.parametrize(("status", "message"), [(401, "token is missing, wrong or expired"), (404, "check the URL")])
def test_a_refusal_is_reported_and_not_hidden_by_a_snapshot(
    kind: str, status: int, message: str, stack: ExitStack, tmp_path: Path
) -> None:
    refused = False
    answer = faulty(kind, lambda _: Reply(status=status, body=b'{"message": "no"}') if refused else None)
    setting = on_server(stack, tmp_path, kind, answer)
    setting.read()
    refused = True
    with pytest.raises(CodexError, match=str(status)) as caught:
        setting.read()
    assert caught.value.hint is not None and message in caught.value.hint


@pytest.mark.parametrize("kind", SERVED)
@pytest.mark.parametrize(
    "body", [b"<html>sign in</html>", b"{", b"[1, 2]", b'{"items": 3}', b'"text"', b"null", b"[null]", b"[" * 5000]
)
def test_malformed_responses_are_errors_and_not_short_lists(
    kind: str, body: bytes, stack: ExitStack, tmp_path: Path
) -> None:
    setting = on_server(stack, tmp_path, kind, lambda *_: Reply(body=body))
    with pytest.raises(CodexError):
        setting.read()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("gitlab", b'[{"id": 1, "path_with_namespace": "a/b"}, {"id": null, "path_with_namespace": "a/c"}]'),
        ("gitea", b'[{"id": 1, "full_name": "a/b"}, {"id": 2, "full_name": "a/c", "topics": 5}]'),
    ],
)
def test_an_invalid_entry_is_reported_alone(kind: str, wrong: bytes, stack: ExitStack, tmp_path: Path) -> None:
    first = iter([wrong])
    setting = on_server(stack, tmp_path, kind, lambda *_: Reply(body=next(first, b"[]")))
    result = setting.read().found
    assert [repository.path for repository in result.repositories] == ["a/b"]
    [unmapped] = result.unmapped
    assert unmapped.name == "a/c"
    assert ": expected" in unmapped.reason


@pytest.mark.parametrize("kind", SERVED)
def test_the_token_is_neither_kept_nor_shown(
    kind: str, stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    setting = listing(kind, list(FLEET), stack, tmp_path)
    setting.read()
    assert setting.server is not None
    assert all(SECRET not in request.path for request in setting.server.requests)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
    monkeypatch.setenv("FLEET_TOKEN", f"{SECRET}-old")
    with pytest.raises(CodexError) as caught:
        setting.read()
    assert SECRET not in f"{caught.value.message} {caught.value.hint} {caught.value!r}"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (CatalogSettings(kind="gitlab"), r"requires `catalog\.group`"),
        (CatalogSettings(kind="gitea", group="a"), r"requires `catalog\.url`"),
        (CatalogSettings(kind="backstage"), r"requires `catalog\.url`"),
        (CatalogSettings(kind="inventory"), r"requires `catalog\.path`"),
        (CatalogSettings(kind="inventory", path="none.yaml"), "cannot be read"),
        (CatalogSettings(kind="folder", path="none"), "is not a folder"),
        (CatalogSettings(kind="gitlab", group="a", url="http://git.example.com"), "not encrypted"),
        (CatalogSettings(kind="gitlab", group="a", token_env="NOT_SET"), "`NOT_SET` is not set"),
        (CatalogSettings(kind="gitlab", group="a", ca="none.pem"), "contains no certificates"),
    ],
)
def test_missing_settings_are_reported(settings: CatalogSettings, message: str, tmp_path: Path) -> None:
    with pytest.raises(CodexError, match=message):
        read_catalog(settings, Wanting(root=tmp_path))


@pytest.mark.parametrize("kind", SERVED)
def test_without_settings_the_usual_variable_has_the_token(
    kind: str, stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = listing(kind, [Repo(path="acme/one")], stack, tmp_path)
    unnamed = replace(setting, settings=replace(setting.settings, token=None))
    with pytest.raises(CodexError, match=": 401: "):
        unnamed.read()
    monkeypatch.setenv(HOST_KINDS[kind].variables[0], SECRET)
    assert [repository.path for repository in unnamed.result.repositories] == ["acme/one"]
