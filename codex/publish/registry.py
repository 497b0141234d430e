"""The kinds of destinations, and how each is written: `kind:where`."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from codex.http.client import Client
from codex.http.credentials import Anonymous, Credential
from codex.publish.folder import Folder
from codex.publish.git import BRANCH, Git
from codex.publish.github import GitHub
from codex.publish.gitlab import GitLab
from codex.publish.oci import Layout, Registry
from codex.publish.offer import Destination
from codex.publish.well_known import WellKnown
from skills_build.errors import CodexError

KINDS: Final[Mapping[str, str]] = {
    "folder": "folder:PATH, the unpacked bundle",
    "git": "git:REPOSITORY[#BRANCH], a branch and a tag of a git repository",
    "well-known": "well-known:PATH, the root of a site: .well-known/agent-skills/ in it",
    "gitlab": "gitlab:https://HOST/GROUP/PROJECT, a generic package and a release",
    "github": "github:OWNER/REPOSITORY or github:https://HOST/OWNER/REPOSITORY, a release with assets",
    "oci": "oci:PATH, an OCI image layout, or oci://HOST/NAME[:TAG], a registry",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What destinations on hosts need: a credential for a kind, certificates, a user name for registries."""

    credential: Callable[[str], Credential]
    authorities: Path | None = None
    user: str = ""
    password: str = ""

    def client(self, base: str, kind: str) -> Client:
        """A client for a host."""
        return Client(base, credential=self.credential(kind), authorities=self.authorities)


@contextmanager
def opened(words: str, access: Access) -> Iterator[Destination]:
    """The destination that `kind:where` names, with its connections until the block ends.

    Raises `CodexError` where it names none.
    """
    kind, _, where = words.partition(":")
    if kind not in KINDS or not where:
        known = "; ".join(KINDS.values())
        raise CodexError(f"`{words}` is no destination", hint=f"write one of: {known}")
    with ExitStack() as stack:
        yield _MAKERS[kind](where, access, stack)


def fetched(words: str) -> dict[str, bytes]:
    """The files of a bundle that was published as an OCI artifact, by name; `oci:PATH[#VERSION]` or `oci://HOST/NAME`.

    A registry is asked as `CODEXC_OCI_USER`, with `CODEXC_OCI_PASSWORD`, where they are set.
    """
    user, password = os.environ.get("CODEXC_OCI_USER", ""), os.environ.get("CODEXC_OCI_PASSWORD", "")
    path, _, version = words.partition("#")
    with opened(path, Access(credential=lambda _: Anonymous(), user=user, password=password)) as place:
        if isinstance(place, Registry):
            return place.files()
        assert isinstance(place, Layout)
        return place.files(version or None)


def _folder(where: str, access: Access, stack: ExitStack) -> Destination:
    return Folder(path=Path(where))


def _well_known(where: str, access: Access, stack: ExitStack) -> Destination:
    return WellKnown(path=Path(where))


def _git(where: str, access: Access, stack: ExitStack) -> Destination:
    address, _, branch = where.partition("#")
    return Git(address=address, branch=branch or BRANCH)


def _gitlab(where: str, access: Access, stack: ExitStack) -> Destination:
    base, project = _host(where, "gitlab.com")
    return GitLab(client=stack.enter_context(access.client(f"{base}/api/v4/", "gitlab")), project=project)


def _github(where: str, access: Access, stack: ExitStack) -> Destination:
    base, repository = _host(where, "github.com")
    api = "https://api.github.com/" if base == "https://github.com" else f"{base}/api/v3/"
    client = stack.enter_context(access.client(api, "github"))
    return GitHub(client=client, opened=lambda host: access.client(host, "github"), repository=repository)


def _oci(where: str, access: Access, stack: ExitStack) -> Destination:
    if not where.startswith("//"):
        return Layout(path=Path(where))
    host, _, name = where.removeprefix("//").partition("/")
    name, _, tag = name.partition(":")
    if not name:
        raise CodexError(f"`oci:{where}` names no repository", hint="write oci://HOST/NAME[:TAG]")
    local = host.partition(":")[0] in ("localhost", "127.0.0.1")
    client = Client(f"{'http' if local else 'https'}://{host}/", authorities=access.authorities)
    return Registry(
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


_MAKERS: Final[Mapping[str, Callable[[str, Access, ExitStack], Destination]]] = {
    "folder": _folder,
    "git": _git,
    "well-known": _well_known,
    "gitlab": _gitlab,
    "github": _github,
    "oci": _oci,
}
