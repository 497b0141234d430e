"""The kinds of hosts, one row each, and the clients, credentials and rate limiters of one run.

Catalogs, forges and publishing get their clients here. Sections that name the same host share its rate limiter, and
sections that name the same token share the credential, so that a token command runs once.
"""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlunsplit

from codex.http.client import Client
from codex.http.credentials import Anonymous, Credential, text_of, token_of
from codex.http.rate_limit import Clock, RateLimiter, RateLimits, SystemClock, Wait
from codex.http.urls import split_address
from codex.limits import SECONDS_OF_SILENCE
from codex.shell.cache_folder import expand_home
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.config import TokenSource
from skills_build.model.fleet import ForgeSettings, given_values

JOB_TOKEN: Final = "CI_JOB_TOKEN"
"""The variable with a GitLab job's token, which has its own header: https://docs.gitlab.com/ci/jobs/ci_job_token/."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKind:
    """A kind of host.

    `url` is its public instance, `api` the path of its REST API, `header` how it takes a token (a row of
    `credentials.HEADERS`), `variables` the usual environment variables for a token, by preference. A token in one of
    `job_variables` may publish, but not open merge requests. `pipeline` is the variable that its pipelines set.
    `instances` are public hosts other than that of `url`. `flat`: the path of a repository always is `owner/name`.
    `owner_files` are the CODEOWNERS files that it reads, in its order. `variant_of` is the kind whose API it has:
    catalogs do not tell them apart.
    """

    name: str
    url: str | None = None
    api: str = ""
    header: str = "bearer"
    variables: tuple[str, ...] = ()
    job_variables: tuple[str, ...] = ()
    pipeline: str = ""
    instances: tuple[str, ...] = ()
    flat: bool = False
    owner_files: tuple[str, ...] = ()
    variant_of: str = ""
    limits: RateLimits = field(default_factory=RateLimits)

    def site(self, url: str | None) -> str:
        """Return the address of a host of this kind, without a final slash, query or fragment.

        Raises `CodexError` where there is none.
        """
        address = url or self.url
        if address is None:
            raise CodexError(f"codex.yaml does not contain a URL for {self.name}", hint="add its `url`")
        parts = split_address(address)
        return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))

    def rest(self, url: str | None) -> str:
        """Return the address of the REST API. Public instances may have it on a separate host."""
        site = self.site(url)
        return _SEPARATE_APIS.get(site) or f"{site}/{self.api}"


_SEPARATE_APIS: Final[Mapping[str, str]] = {
    "https://github.com": "https://api.github.com/",
    "https://bitbucket.org": "https://api.bitbucket.org/2.0/",
}
"""GitHub Enterprise Server has its API on the same host: https://docs.github.com/enterprise-server/rest/quickstart.
Bitbucket: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#uri-structure."""
_GITHUB_LIMITS: Final = RateLimits(concurrency=8, writes_per_minute=60, writes_per_hour=450)
"""GitHub allows 80 requests a minute and 500 an hour that create content; some are left for other programs:
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api."""

_GITEA_OWNERS: Final = ("CODEOWNERS", "docs/CODEOWNERS", ".gitea/CODEOWNERS", ".forgejo/CODEOWNERS")
"""https://docs.gitea.com/usage/repository/code-owners."""

GITLAB: Final = HostKind(
    name="gitlab",
    url="https://gitlab.com",
    api="api/v4/",
    header="private-token",
    variables=("GITLAB_TOKEN",),
    job_variables=(JOB_TOKEN,),
    pipeline="GITLAB_CI",
    owner_files=("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"),
)
"""Its CODEOWNERS files: https://docs.gitlab.com/user/project/codeowners/."""
GITHUB: Final = HostKind(
    name="github",
    url="https://github.com",
    api="api/v3/",
    variables=("GITHUB_TOKEN",),
    pipeline="GITHUB_ACTIONS",
    flat=True,
    owner_files=(".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"),
    limits=_GITHUB_LIMITS,
)
"""Its CODEOWNERS files:
https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-file-location."""
GITEA: Final = HostKind(
    name="gitea",
    api="api/v1/",
    header="token",
    variables=("GITEA_TOKEN",),
    pipeline="GITEA_ACTIONS",
    flat=True,
    owner_files=_GITEA_OWNERS,
)
FORGEJO: Final = HostKind(
    name="forgejo",
    api="api/v1/",
    header="token",
    variables=("FORGEJO_TOKEN",),
    pipeline="FORGEJO_ACTIONS",
    instances=("codeberg.org",),
    flat=True,
    owner_files=_GITEA_OWNERS,
    variant_of="gitea",
)
"""Codeberg runs Forgejo: https://docs.codeberg.org/getting-started/faq/."""
BITBUCKET: Final = HostKind(
    name="bitbucket",
    url="https://bitbucket.org",
    api="2.0/",
    header="bitbucket",
    variables=("BITBUCKET_TOKEN",),
    pipeline="BITBUCKET_BUILD_NUMBER",
    flat=True,
)
"""Bitbucket Cloud; Data Center has another API. Variables of its pipelines:
https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/."""
BACKSTAGE: Final = HostKind(name="backstage", api="api/catalog/", variables=("BACKSTAGE_TOKEN",))
OCI: Final = HostKind(name="oci", api="v2/")
"""A registry names the host and the kind of its credential itself, so `publish.oci` sets it on the client."""

HOST_KINDS: Final[Mapping[str, HostKind]] = {
    kind.name: kind for kind in (GITLAB, GITHUB, GITEA, FORGEJO, BITBUCKET, BACKSTAGE)
}

KNOWN_HOSTS: Final[Mapping[str, str]] = {
    host: kind.name
    for kind in HOST_KINDS.values()
    for host in (*((split_address(kind.url).netloc,) if kind.url else ()), *kind.instances)
}
"""Public hosts and their forges."""


def api_kind(name: str) -> str:
    """Return the kind whose API a kind of host has: its own name, unless it is a variant; any other word as it is."""
    kind = HOST_KINDS.get(name)
    return kind.variant_of or name if kind else name


def owner_files(name: str) -> tuple[str, ...]:
    """Return the CODEOWNERS files that a kind of host reads, in its order; none if they are not known."""
    kind = HOST_KINDS.get(name)
    return kind.owner_files if kind else ()


def pipeline_kind(environment: Mapping[str, str]) -> str | None:
    """Return the forge whose pipeline this is. Gitea and Forgejo also set the variables of those above them."""
    kinds = reversed(tuple(HOST_KINDS.values()))
    return next((kind.name for kind in kinds if kind.pipeline and environment.get(kind.pipeline)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSection:
    """The part of a section of codex.yaml, or of a command's options, that is about a host.

    `token` is `{env: ...}`, `{file: ...}` or `{command: ...}`; `app` is a GitHub App (`id`, `installation`, and `key`,
    another such mapping); `ca` a file of certificates; `limits` as in `forge.limits`.
    """

    url: str | None = None
    token: Mapping[str, str] | None = None
    app: Mapping[str, Any] | None = None
    ca: str | None = None
    limits: Mapping[str, int] = field(default_factory=dict)


def host_section(settings: ForgeSettings) -> HostSection:
    """The settings of a host in the section `forge`."""
    app = settings.app
    return HostSection(
        url=settings.url,
        token=token_source(settings.token),
        app={"id": app.id, "installation": app.installation, "key": token_source(app.key)} if app else None,
        ca=settings.ca,
        limits=given_values(settings.limits),
    )


def token_source(source: TokenSource | None) -> Mapping[str, str] | None:
    """Where a secret comes from, as `HostSection` has it."""
    return given_values(source) if source else None


@dataclass(slots=True, kw_only=True)
class Hosts:
    """The hosts of one run. `root` is the folder that paths in codex.yaml are relative to.

    `patience` is that of each `RateLimiter`. `share` is the number of processes that divide the limits of a host
    among them. `limits` are those of codex.yaml by `host:port`, the strictest of every section that names the host.
    """

    root: Path
    on_wait: Callable[[Wait], None] | None = None
    patience: float | None = None
    share: int = 1
    clock: Clock = field(default_factory=SystemClock)
    limits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    _limiters: dict[str, RateLimiter] = field(default_factory=dict)
    _credentials: dict[str, Credential] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @classmethod
    def unreported(cls) -> Self:
        """Return the hosts of a command that does not report waits: one that requests long pauses is an error."""
        return cls(root=Path(), patience=SECONDS_OF_SILENCE)

    def client(
        self,
        kind: HostKind,
        section: HostSection,
        *,
        base: str | None = None,
        anonymous: bool = False,
        job: bool = False,
    ) -> Client:
        """Return a client for `base`, by default for the section's host.

        `anonymous` allows requests without a token, if none is named and none is in the environment; `job` also
        accepts the token of a CI job.

        Raises `CodexError` where the section has no address.
        """
        site = kind.site(section.url)
        return Client(
            base or site,
            credential=self.credential(kind, section, anonymous=anonymous, job=job),
            rate_limiter=self.limiter(kind, section),
            authorities=self.authorities(section),
        )

    def authorities(self, section: HostSection) -> Path | None:
        """Return the file of certificates that a section names."""
        return self.root / expand_home(section.ca) if section.ca else None

    def limiter(self, kind: HostKind, section: HostSection) -> RateLimiter:
        """Return the rate limiter of a section's host, the same one for every section that names the host."""
        host = split_address(kind.site(section.url)).netloc
        with self._lock:
            if host not in self._limiters:
                limits = _part_of(strictest(self.limits.get(host, {}), section.limits), kind.limits, self.share)
                self._limiters[host] = RateLimiter(
                    host, limits, clock=self.clock, on_wait=self.on_wait, patience=self.patience
                )
            return self._limiters[host]

    def credential(
        self, kind: HostKind, section: HostSection, *, anonymous: bool = False, job: bool = False
    ) -> Credential:
        """Return the credential of a section: the GitHub App, the token it names, or the one in a usual variable.

        The same section gets the same credential, so that a token command runs once and not for each client.
        """
        key = repr((kind.name, section.url, section.token, section.app, anonymous, job))
        with self._lock:
            if key not in self._credentials:
                self._credentials[key] = self._credential(kind, section, anonymous=anonymous, job=job)
            return self._credentials[key]

    def _credential(self, kind: HostKind, section: HostSection, *, anonymous: bool, job: bool) -> Credential:
        if section.app is not None:
            return self._app(kind, section, section.app)
        variables = (*kind.variables, *(kind.job_variables if job else ()))
        token = section.token or next(({"env": name} for name in variables if os.environ.get(name)), None)
        if token is None and (anonymous or not variables):
            return Anonymous()
        token = token or {"env": variables[0]}
        header = "job-token" if token.get("env") in kind.job_variables else kind.header
        return token_of(token, self.root, kind=header)

    def _app(self, kind: HostKind, section: HostSection, app: Mapping[str, Any]) -> Credential:
        from codex.http.github_app import GitHubApp

        return GitHubApp(
            base=kind.rest(section.url),
            app=str(app["id"]),
            installation=int(app["installation"]),
            key=text_of(app["key"], self.root),
            authorities=self.authorities(section),
        )


def api_and_git(hosts: Hosts, kind: HostKind, section: HostSection) -> tuple[Client, Client]:
    """Return the clients of a host's API and of its git, which share rate limiter and credential."""
    return hosts.client(kind, section, base=kind.rest(section.url)), hosts.client(kind, section)


def strictest(*limits: Mapping[str, int]) -> dict[str, int]:
    """Return the smallest value of each limit."""
    keys = dict.fromkeys(key for one in limits for key in one)
    return {key: min(one[key] for one in limits if key in one) for key in keys}


def _part_of(limits: Mapping[str, int], defaults: RateLimits, share: int) -> RateLimits:
    """Return one process's part of the limits; 0 is no limit."""

    def part(key: str, default: int) -> int:
        total = int(limits.get(key, default))
        return max(1, total // share) if total else 0

    return RateLimits(
        concurrency=part("concurrency", defaults.concurrency),
        per_minute=part("requests_per_minute", defaults.per_minute),
        writes_per_minute=part("writes_per_minute", defaults.writes_per_minute),
        writes_per_hour=part("writes_per_hour", defaults.writes_per_hour),
    )
