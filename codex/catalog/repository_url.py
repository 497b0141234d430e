"""Parses addresses of repositories and of folders in them. Nothing is guessed.

GitLab: `https://host/group/sub/name/-/tree/<ref>/<path>`; GitHub: `https://host/owner/name/tree/<ref>/<path>`; Gitea:
`https://host/owner/name/src/branch/<ref>/<path>`. A ref is assumed to be one segment: an address does not show where it
ends.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from codex.http.hosts import HOST_KINDS, KNOWN_HOSTS
from codex.http.urls import split_address
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

_FOLDER_WORD: Final = "tree"
_FILE_WORDS: Final = ("blob", "raw", "edit")
_UNSUPPORTED: Final = frozenset({"src", "browse", "_git"})
"""Words in addresses of unsupported forges (Bitbucket, Azure DevOps), whose repository path may end anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryUrl:
    """A repository on a host, and a folder in it (`""` for its root). `forge` is empty if unknown."""

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
    """Parse `https://host/path...` or `git@host:path`; None if it is not a repository. `hosts` maps hosts to forges."""
    if "://" not in text:
        return _parse_scp(text, hosts)
    try:
        parts = split_address(text)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port and parts.scheme != "ssh" else "")
    except CodexError:
        return None
    segments = [unquote(part) for part in parts.path.split("/") if part]
    if parts.scheme not in ("https", "http", "ssh") or not host or not _is_plain(segments):
        return None
    return _split(parts.scheme, host, segments, hosts)


def _parse_scp(text: str, hosts: Mapping[str, str]) -> RepositoryUrl | None:
    """Parse `git@host:group/name.git`, the scp-like form: https://git-scm.com/docs/git-clone#_git_urls."""
    user, at, rest = text.partition("@")
    host, colon, path = rest.partition(":")
    segments = [part for part in path.split("/") if part]
    if not (at and colon and user and host) or "/" in host or len(segments) < 2 or not _is_plain(segments):
        return None
    return _split("ssh", host.lower(), segments, hosts)


def _is_plain(segments: list[str]) -> bool:
    return not any(part in (".", "..") or "/" in part or not part.isprintable() for part in segments)


def _split(scheme: str, host: str, segments: list[str], hosts: Mapping[str, str]) -> RepositoryUrl | None:
    """Split the repository's path from the rest, at the word that each forge puts there."""
    forge = hosts.get(host, "")
    if "-" in segments[2:]:
        at = segments.index("-", 2)
        return _build(scheme, host, segments[:at], forge or "gitlab", _folder_in(segments[at + 1 :], 2))
    if segments[2:3] == ["src"] and segments[3:4] and segments[3] in ("branch", "tag", "commit"):
        return _build(scheme, host, segments[:2], forge or "gitea", _folder_in([_FOLDER_WORD, *segments[4:]], 2))
    at = next((n for n, word in enumerate(segments) if n >= 2 and word in (_FOLDER_WORD, *_FILE_WORDS)), len(segments))
    if not forge and not _UNSUPPORTED.isdisjoint(segments[2:at]):
        return None
    return _build(scheme, host, segments[:at], forge, _folder_in(segments[at:], 2))


def _folder_in(rest: list[str], skipped: int) -> str:
    """Return the folder of `tree/<ref>/<path>`, or that of the file in `blob/<ref>/<path>`."""
    path = rest[skipped:]
    return "/".join(path[:-1] if rest and rest[0] in _FILE_WORDS else path)


def _build(scheme: str, host: str, path: list[str], forge: str, folder: str) -> RepositoryUrl | None:
    if len(path) < 2 or (forge in HOST_KINDS and HOST_KINDS[forge].flat and len(path) > 2):
        return None
    name = "/".join(path).removesuffix(".git")
    clone_url = f"ssh://git@{host}/{name}.git" if scheme == "ssh" else f"{scheme}://{host}/{name}.git"
    return RepositoryUrl(host=host, path=name, forge=forge, folder=folder, clone_url=clone_url)
