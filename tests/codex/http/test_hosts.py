"""Clients of hosts: one credential factory and one rate limiter per host and run."""

from pathlib import Path

import pytest

from codex.http.credentials import Anonymous, Basic
from codex.http.hosts import GITEA, GITHUB, GITLAB, HOST_KINDS, JOB_TOKEN, Hosts, HostSection, host_section
from codex.publish.registry import PublishContext, open_publisher
from codex.rollout.catalog import catalog_host
from skills_build.errors import CodexError
from skills_build.model.config import AppSettings, CatalogSettings, TokenSource
from skills_build.model.fleet import ForgeSettings

TOKEN = "glpat-secret"


@pytest.fixture(autouse=True)
def no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in HOST_KINDS.values():
        for name in (*kind.variables, *kind.job_variables):
            monkeypatch.delenv(name, raising=False)


def test_a_job_token_is_sent_in_its_own_header_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(JOB_TOKEN, TOKEN)
    hosts = Hosts(root=tmp_path)
    forge = hosts.client(GITLAB, host_section(ForgeSettings(kind="gitlab", token=TokenSource(env=JOB_TOKEN))))
    old = CatalogSettings(kind="gitlab", group="acme", token_env=JOB_TOKEN)
    new = CatalogSettings(kind="gitlab", group="acme", token=TokenSource(env=JOB_TOKEN))
    catalogs = [hosts.client(GITLAB, catalog_host(settings), anonymous=True) for settings in (old, new)]
    with open_publisher("gitlab:https://gitlab.com/acme/codex", PublishContext(hosts=hosts)) as publisher:
        sent = [client.credential.headers() for client in (forge, *catalogs, publisher.client)]  # type: ignore[attr-defined]
    assert sent == [{"JOB-TOKEN": TOKEN}] * 4


def test_git_sends_a_job_token_with_the_user_that_gitlab_requires(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(JOB_TOKEN, "t")
    monkeypatch.setenv("GITLAB_TOKEN", "t")
    hosts = Hosts(root=tmp_path)
    job = Basic(token=hosts.credential(GITLAB, HostSection(token={"env": JOB_TOKEN})))
    usual = Basic(token=hosts.credential(GITLAB, HostSection()))
    assert job.headers() == {"Authorization": "Basic Z2l0bGFiLWNpLXRva2VuOnQ="}
    assert usual.headers() == {"Authorization": "Basic eC1hY2Nlc3MtdG9rZW46dA=="}


def test_a_job_token_in_the_environment_is_used_for_publishing_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(JOB_TOKEN, TOKEN)
    hosts = Hosts(root=tmp_path)
    assert hosts.credential(GITLAB, HostSection(), job=True).headers() == {"JOB-TOKEN": TOKEN}
    assert isinstance(hosts.credential(GITLAB, HostSection(), anonymous=True), Anonymous)
    with pytest.raises(CodexError, match="`GITLAB_TOKEN` is not set"):
        hosts.credential(GITLAB, HostSection()).headers()


def test_a_token_command_runs_once_for_all_clients(tmp_path: Path) -> None:
    counter = tmp_path / "count.sh"
    counter.write_text(f"#!/bin/sh\necho x >> {tmp_path / 'runs'}\necho {TOKEN}\n")
    section = HostSection(token={"command": f"sh {counter}"})
    hosts = Hosts(root=tmp_path)
    for _ in range(5):
        client = hosts.client(GITLAB, section)
        assert [client.credential.headers() for _ in range(10)] == [{"PRIVATE-TOKEN": TOKEN}] * 10
        client.close()
    assert (tmp_path / "runs").read_text() == "x\n"


@pytest.mark.parametrize("key", ["token", "app"])
def test_a_tilde_is_the_home_folder_in_every_path(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "secret").write_text(f"{TOKEN}\n")
    hosts = Hosts(root=tmp_path / "elsewhere")
    if key == "token":
        assert hosts.credential(GITHUB, HostSection(token={"file": "~/secret"})).headers() == {
            "Authorization": f"Bearer {TOKEN}"
        }
    else:
        app = hosts.credential(GITHUB, HostSection(app={"id": 1, "installation": 2, "key": {"file": "~/secret"}}))
        assert app.key() == f"{TOKEN}\n"  # type: ignore[attr-defined]


def test_sections_on_one_host_share_its_limiter_and_its_limits(tmp_path: Path) -> None:
    limits = {"git.example.com": {"requests_per_minute": 60, "concurrency": 2}}
    hosts = Hosts(root=tmp_path, limits=limits)
    catalog = hosts.client(GITEA, HostSection(url="https://git.example.com"), anonymous=True)
    forge = hosts.client(GITEA, HostSection(url="https://git.example.com/", token={"env": "X"}))
    other = hosts.client(GITEA, HostSection(url="https://git.example.org"), anonymous=True)
    assert catalog.rate_limiter is forge.rate_limiter
    assert (catalog.rate_limiter.limits.per_minute, catalog.rate_limiter.limits.concurrency) == (60, 2)
    assert other.rate_limiter is not forge.rate_limiter
    assert other.rate_limiter.limits.per_minute == 0


def test_the_strictest_limit_of_a_host_counts(tmp_path: Path) -> None:
    limits = {"git.example.com": {"requests_per_minute": 60, "concurrency": 2}}
    hosts = Hosts(root=tmp_path, limits=limits)
    section = HostSection(url="https://git.example.com", limits={"requests_per_minute": 90, "writes_per_minute": 5})
    found = hosts.limiter(GITEA, section).limits
    assert (found.per_minute, found.concurrency, found.writes_per_minute) == (60, 2, 5)


def test_the_api_of_github_shares_the_limiter_of_its_site(tmp_path: Path) -> None:
    hosts = Hosts(root=tmp_path)
    api = hosts.client(GITHUB, HostSection(), base=GITHUB.rest(None), anonymous=True)
    assert (api.base, api.rate_limiter.host) == ("https://api.github.com/", "github.com")


@pytest.mark.parametrize(
    ("app", "source"),
    [
        (AppSettings(id="a", installation=1, key_env="KEY"), {"env": "KEY"}),
        (AppSettings(id="a", installation=1, key_file="k.pem"), {"file": "k.pem"}),
        (
            AppSettings(id="a", installation=1, key=TokenSource(command="print-key"), key_env="KEY"),
            {"command": "print-key"},
        ),
    ],
)
def test_deprecated_keys_mean_what_their_successors_mean(app: AppSettings, source: dict[str, str]) -> None:
    section = catalog_host(CatalogSettings(kind="github", group="acme", app=app))
    assert section.app is not None and section.app["key"] == source


def test_an_app_without_a_key_is_an_error() -> None:
    settings = CatalogSettings(kind="github", group="acme", app=AppSettings(id="a", installation=1))
    with pytest.raises(CodexError, match="no private key"):
        catalog_host(settings)
