"""Reads addresses of repositories and of folders in them, as people and catalogs write them. Nothing is guessed.

GitLab: `https://host/group/sub/name/-/tree/<ref>/<path>`; GitHub: `https://host/owner/name/tree/<ref>/<path>`; Gitea:
`https://host/owner/name/src/branch/<ref>/<path>`. A ref is taken to be one segment: no address says where it ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

KNOWN_HOSTS: Final[Mapping[str, str]] = {"github.com": "github", "gitlab.com": "gitlab", "codeberg.org": "gitea"}
"""Hosts whose forge everybody knows."""
_FOLDER: Final = "tree"
_FILE: Final = ("blob", "raw", "edit")
_FOREIGN: Final = frozenset({"src", "browse", "_git"})
"""Words in addresses of forges that we do not know: where the repository's path ends there, nothing says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryUrl:
    """A repository on a host, and a folder in it (`""` for its root). `forge` is empty where nothing says which."""

    host: str
    path: str
    forge: str
    folder: str = ""
    clone_url: str | None = None

    @property
    def id(self) -> str:
        """The repository's id in a catalog."""
        return f"{self.host}/{self.path}"


def parse_repository_url(text: str, hosts: Mapping[str, str] = KNOWN_HOSTS) -> RepositoryUrl | None:
    """Read `https://host/path...` or `git@host:path`; None where it names no repository. `hosts` gives their forges."""
    if "://" not in text:
        return _short(text, hosts)
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port and parts.scheme != "ssh" else "")
    except ValueError:
        return None
    segments = [unquote(part) for part in parts.path.split("/") if part]
    if parts.scheme not in ("https", "http", "ssh") or not host or not _plain(segments):
        return None
    return _divided(parts.scheme, host, segments, hosts)


def _short(text: str, hosts: Mapping[str, str]) -> RepositoryUrl | None:
    """`git@host:group/name.git`, as ssh has it."""
    user, at, rest = text.partition("@")
    host, colon, path = rest.partition(":")
    segments = [part for part in path.split("/") if part]
    if not (at and colon and user and host) or "/" in host or len(segments) < 2 or not _plain(segments):
        return None
    return _divided("ssh", host.lower(), segments, hosts)


def _plain(segments: list[str]) -> bool:
    return not any(part in (".", "..") or "/" in part or not part.isprintable() for part in segments)


def _divided(scheme: str, host: str, segments: list[str], hosts: Mapping[str, str]) -> RepositoryUrl | None:
    """Part the repository's path from what follows it, by the word that only that forge writes there."""
    forge = hosts.get(host, "")
    if "-" in segments[2:]:
        at = segments.index("-", 2)
        return _made(scheme, host, segments[:at], forge or "gitlab", _inside(segments[at + 1 :], 2))
    if segments[2:3] == ["src"] and segments[3:4] and segments[3] in ("branch", "tag", "commit"):
        return _made(scheme, host, segments[:2], forge or "gitea", _inside([_FOLDER, *segments[4:]], 2))
    at = next((n for n, word in enumerate(segments) if n >= 2 and word in (_FOLDER, *_FILE)), len(segments))
    if not forge and not _FOREIGN.isdisjoint(segments[2:at]):
        return None
    return _made(scheme, host, segments[:at], forge, _inside(segments[at:], 2))


def _inside(rest: list[str], skipped: int) -> str:
    """The folder that `tree/<ref>/<path>` names, or the one that holds the file of `blob/<ref>/<path>`."""
    path = rest[skipped:]
    return "/".join(path[:-1] if rest and rest[0] in _FILE else path)


def _made(scheme: str, host: str, path: list[str], forge: str, folder: str) -> RepositoryUrl | None:
    if len(path) < 2 or (forge in ("github", "gitea") and len(path) > 2):
        return None
    name = "/".join(path).removesuffix(".git")
    clone = f"ssh://git@{host}/{name}.git" if scheme == "ssh" else f"{scheme}://{host}/{name}.git"
    return RepositoryUrl(host=host, path=name, forge=forge, folder=folder, clone_url=clone)
