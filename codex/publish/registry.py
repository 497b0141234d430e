"""The kinds of destinations, and the syntax of each: `kind:where`."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlunsplit

from codex.http.client import Client
from codex.http.hosts import GITHUB, GITLAB, OCI, HostKind, Hosts, HostSection
from codex.http.urls import split_address
from codex.publish.folder import FolderPublisher
from codex.publish.git import BRANCH, GitPublisher
from codex.publish.github import GitHubPublisher
from codex.publish.gitlab import GitLabPublisher
from codex.publish.oci import OciLayoutPublisher, OciRegistryPublisher
from codex.publish.publication import Publisher
from codex.publish.well_known import WellKnownPublisher
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

PUBLISHER_KINDS: Final[Mapping[str, str]] = {
    "folder": "folder:PATH, the unpacked bundle",
    "git": "git:REPOSITORY[#BRANCH], a branch and a tag in a Git repository",
    "well-known": "well-known:PATH, the root of a site, with .well-known/agent-skills/",
    "gitlab": "gitlab:https://HOST/GROUP/PROJECT, a generic package and a release",
    "github": "github:OWNER/REPOSITORY or github:https://HOST/OWNER/REPOSITORY, a release with assets",
    "oci": "oci:PATH, an OCI image layout, or oci://HOST/NAME[:TAG], a registry",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishContext:
    """What destinations on hosts need: the hosts of this run, the command's options, and a user for registries."""

    hosts: Hosts
    section: HostSection = field(default_factory=HostSection)
    user: str = ""
    password: str = ""

    def client(self, kind: HostKind, site: str, base: str) -> Client:
        """Return a client for `base` on a host; the token of a CI job is accepted too."""
        return self.hosts.client(kind, replace(self.section, url=site), base=base, job=True)

    def registry_client(self, url: str) -> Client:
        """Return a client for a registry or its token server, without a credential."""
        return self.hosts.client(OCI, HostSection(url=url, ca=self.section.ca))


@contextmanager
def open_publisher(destination: str, context: PublishContext) -> Iterator[Publisher]:
    """Open the destination `kind:where`; its connections are closed at the end of the block.

    Raises `CodexError` where it is not a destination.
    """
    kind, _, where = destination.partition(":")
    if kind not in PUBLISHER_KINDS or not where:
        forms = "; ".join(PUBLISHER_KINDS.values())
        raise CodexError(f"`{destination}` is not a destination", hint=f"use one of: {forms}")
    with ExitStack() as stack:
        yield _MAKERS[kind](where, context, stack)


def fetch_artifact(source: str) -> tuple[str, dict[str, bytes]]:
    """Return the tag of a bundle that is published as an OCI artifact, and its files by name.

    `source` is `oci:PATH[#VERSION]` or `oci://HOST/NAME[:TAG]`. Requests to a registry use `CODEXC_OCI_USER` and
    `CODEXC_OCI_PASSWORD` where they are set.
    """
    user, password = os.environ.get("CODEXC_OCI_USER", ""), os.environ.get("CODEXC_OCI_PASSWORD", "")
    path, _, version = source.partition("#")
    hosts = Hosts.unreported()
    with open_publisher(path, PublishContext(hosts=hosts, user=user, password=password)) as publisher:
        if isinstance(publisher, OciRegistryPublisher):
            return publisher.files()
        assert isinstance(publisher, OciLayoutPublisher)
        return publisher.files(version or None)


def _folder(where: str, context: PublishContext, stack: ExitStack) -> Publisher:
    return FolderPublisher(path=Path(where))


def _well_known(where: str, context: PublishContext, stack: ExitStack) -> Publisher:
    return WellKnownPublisher(path=Path(where))


def _git(where: str, context: PublishContext, stack: ExitStack) -> Publisher:
    address, _, branch = where.partition("#")
    return GitPublisher(address=address, branch=branch or BRANCH)


def _gitlab(where: str, context: PublishContext, stack: ExitStack) -> Publisher:
    site, project = _site_and_project(where, "gitlab.com")
    client = stack.enter_context(context.client(GITLAB, site, GITLAB.rest(site)))
    return GitLabPublisher(client=client, project=project)


def _github(where: str, context: PublishContext, stack: ExitStack) -> Publisher:
    site, repository = _site_and_project(where, "github.com")
    client = stack.enter_context(context.client(GITHUB, site, GITHUB.rest(site)))
    return GitHubPublisher(
        client=client, open_client=lambda host: context.client(GITHUB, site, host), repository=repository
    )


def _oci(where: str, context: PublishContext, stack: ExitStack) -> Publisher:
    if not where.startswith("//"):
        return OciLayoutPublisher(path=Path(where))
    host, _, name = where.removeprefix("//").partition("/")
    name, _, tag = name.partition(":")
    if not name:
        raise CodexError(f"`oci:{where}` does not contain a repository name", hint="use oci://HOST/NAME[:TAG]")
    is_local = host.partition(":")[0] in ("localhost", "127.0.0.1")
    client = context.registry_client(f"{'http' if is_local else 'https'}://{host}/")
    return OciRegistryPublisher(
        client=stack.enter_context(client),
        open_client=context.registry_client,
        name=name,
        tag=tag or None,
        user=context.user,
        password=context.password,
    )


def _site_and_project(where: str, default: str) -> tuple[str, str]:
    """Return the address of a host, and the path of a project on it."""
    parts = split_address(where if "://" in where else f"https://{default}/{where}")
    path = parts.path.strip("/").removesuffix(".git")
    if not parts.netloc or "/" not in path:
        raise CodexError(f"`{where}` does not contain a project path", hint="use https://HOST/GROUP/PROJECT")
    return urlunsplit((parts.scheme, parts.netloc, "", "", "")), path


_MAKERS: Final[Mapping[str, Callable[[str, PublishContext, ExitStack], Publisher]]] = {
    "folder": _folder,
    "git": _git,
    "well-known": _well_known,
    "gitlab": _gitlab,
    "github": _github,
    "oci": _oci,
}
