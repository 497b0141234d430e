"""The kinds of destinations, and how each is written: `kind:where`."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from codex.http.client import Client
from codex.http.hosts import GITHUB, GITLAB, HostKind, Hosts, HostSection
from codex.publish.folder import FolderPublisher
from codex.publish.git import BRANCH, GitPublisher
from codex.publish.github import GitHubPublisher
from codex.publish.gitlab import GitLabPublisher
from codex.publish.oci import OciLayoutPublisher, OciRegistryPublisher
from codex.publish.publication import Publisher
from codex.publish.well_known import WellKnownPublisher
from skills_build.errors import CodexError

PUBLISHER_KINDS: Final[Mapping[str, str]] = {
    "folder": "folder:PATH, the unpacked bundle",
    "git": "git:REPOSITORY[#BRANCH], a branch and a tag of a git repository",
    "well-known": "well-known:PATH, the root of a site: .well-known/agent-skills/ in it",
    "gitlab": "gitlab:https://HOST/GROUP/PROJECT, a generic package and a release",
    "github": "github:OWNER/REPOSITORY or github:https://HOST/OWNER/REPOSITORY, a release with assets",
    "oci": "oci:PATH, an OCI image layout, or oci://HOST/NAME[:TAG], a registry",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishContext:
    """What destinations on hosts need: the hosts of this run, what the command says of them, a user for registries."""

    hosts: Hosts
    section: HostSection = field(default_factory=HostSection)
    user: str = ""
    password: str = ""

    @property
    def authorities(self) -> Path | None:
        """The file of certificates that the command names."""
        return self.hosts.authorities(self.section)

    def client(self, kind: HostKind, site: str, base: str) -> Client:
        """A client for `base` on a host; a CI job's own token will do."""
        return self.hosts.client(kind, replace(self.section, url=site), base=base, job=True)


@contextmanager
def open_publisher(words: str, access: PublishContext) -> Iterator[Publisher]:
    """The destination that `kind:where` names, with its connections until the block ends.

    Raises `CodexError` where it names none.
    """
    kind, _, where = words.partition(":")
    if kind not in PUBLISHER_KINDS or not where:
        known = "; ".join(PUBLISHER_KINDS.values())
        raise CodexError(f"`{words}` is no destination", hint=f"write one of: {known}")
    with ExitStack() as stack:
        yield _MAKERS[kind](where, access, stack)


def fetched(words: str) -> dict[str, bytes]:
    """The files of a bundle that was published as an OCI artifact, by name; `oci:PATH[#VERSION]` or `oci://HOST/NAME`.

    A registry is asked as `CODEXC_OCI_USER`, with `CODEXC_OCI_PASSWORD`, where they are set.
    """
    user, password = os.environ.get("CODEXC_OCI_USER", ""), os.environ.get("CODEXC_OCI_PASSWORD", "")
    path, _, version = words.partition("#")
    with open_publisher(path, PublishContext(hosts=Hosts(root=Path()), user=user, password=password)) as place:
        if isinstance(place, OciRegistryPublisher):
            return place.files()
        assert isinstance(place, OciLayoutPublisher)
        return place.files(version or None)


def _folder(where: str, access: PublishContext, stack: ExitStack) -> Publisher:
    return FolderPublisher(path=Path(where))


def _well_known(where: str, access: PublishContext, stack: ExitStack) -> Publisher:
    return WellKnownPublisher(path=Path(where))


def _git(where: str, access: PublishContext, stack: ExitStack) -> Publisher:
    address, _, branch = where.partition("#")
    return GitPublisher(address=address, branch=branch or BRANCH)


def _gitlab(where: str, access: PublishContext, stack: ExitStack) -> Publisher:
    site, project = _host(where, "gitlab.com")
    client = stack.enter_context(access.client(GITLAB, site, GITLAB.rest(site)))
    return GitLabPublisher(client=client, project=project)


def _github(where: str, access: PublishContext, stack: ExitStack) -> Publisher:
    site, repository = _host(where, "github.com")
    client = stack.enter_context(access.client(GITHUB, site, GITHUB.rest(site)))
    return GitHubPublisher(client=client, opened=lambda host: access.client(GITHUB, site, host), repository=repository)


def _oci(where: str, access: PublishContext, stack: ExitStack) -> Publisher:
    if not where.startswith("//"):
        return OciLayoutPublisher(path=Path(where))
    host, _, name = where.removeprefix("//").partition("/")
    name, _, tag = name.partition(":")
    if not name:
        raise CodexError(f"`oci:{where}` names no repository", hint="write oci://HOST/NAME[:TAG]")
    local = host.partition(":")[0] in ("localhost", "127.0.0.1")
    client = Client(f"{'http' if local else 'https'}://{host}/", authorities=access.authorities)
    return OciRegistryPublisher(
        client=stack.enter_context(client),
        name=name,
        tag=tag or None,
        user=access.user,
        password=access.password,
        authorities=access.authorities,
    )


def _host(where: str, default: str) -> tuple[str, str]:
    """The address of a host, and the path of a project on it."""
    parts = urlsplit(where if "://" in where else f"https://{default}/{where}")
    path = parts.path.strip("/").removesuffix(".git")
    if not parts.netloc or "/" not in path:
        raise CodexError(f"`{where}` names no project", hint="write https://HOST/GROUP/PROJECT")
    return urlunsplit((parts.scheme, parts.netloc, "", "", "")), path


_MAKERS: Final[Mapping[str, Callable[[str, PublishContext, ExitStack], Publisher]]] = {
    "folder": _folder,
    "git": _git,
    "well-known": _well_known,
    "gitlab": _gitlab,
    "github": _github,
    "oci": _oci,
}
