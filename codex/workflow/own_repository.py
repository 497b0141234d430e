"""The repository of the codex itself on its forge, for merge requests and comments of its own pipeline."""

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlunsplit

from codex.forge.base import Forge
from codex.forge.registry import make_forge
from codex.http.hosts import HOST_KINDS, KNOWN_HOSTS, Hosts, api_kind, pipeline_kind
from codex.http.urls import split_address
from codex.shell.reading import real_path
from codex.shell.repository import GitRepository
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.inert import redacted
from skills_build.model.config import TokenSource
from skills_build.model.fleet import ForgeSettings

_SITES: Final = ("CI_SERVER_URL", "GITHUB_SERVER_URL")
"""Variables with the address of the forge in a pipeline."""
_REQUEST: Final = re.compile(r"/(?:-/merge_requests|pull|pulls)/(?P<number>[0-9]{1,9})/?")
_SCP: Final = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?P<path>[^/:].*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRepository:
    """A forge, and the repository of the codex on it."""

    forge: Forge
    target: Repository


def own_repository(address: str, *, token: str | None = None, ca: str | None = None) -> OwnRepository:
    """Return the repository at an address: a URL, or the path of a bare repository.

    `token` is the name of the variable with the token. Raises `CodexError` if it is not the URL of a repository.
    """
    path = Path(address)
    if path.is_dir():
        return _local(real_path(path))
    site, name = _site_and_path(address)
    kind = _kind(site)
    source = TokenSource(env=token) if token else None
    forge = make_forge(ForgeSettings(kind=kind, url=site, token=source, ca=ca), Hosts.unreported())
    host = split_address(site).netloc
    target = Repository(id=f"{host}/{name}", path=name, host=host, forge=api_kind(kind))
    return OwnRepository(forge=forge, target=target)


def _local(folder: Path) -> OwnRepository:
    """Return a bare repository in a folder of bare repositories."""
    name = folder.name.removesuffix(".git")
    if name == folder.name or not (folder / "objects").is_dir():
        hint = "pass a bare repository in a directory whose name ends in `.git`"
        raise CodexError(f"`{folder}` is not a bare repository", hint=hint)
    settings = ForgeSettings(kind="local", root=str(folder.parent))
    target = Repository(id=name, path=name, forge="local")
    return OwnRepository(forge=make_forge(settings, Hosts.unreported()), target=target)


def origin_of(folder: Path, *, option: str = "--repository") -> str:
    """Return the address of `origin` of the repository around a folder. Raises `CodexError` if there is none.

    `option` is the option of the command that takes the address instead.
    """
    repository = GitRepository.around(folder)
    address = repository.address() if repository else None
    if not address:
        raise CodexError(
            "the repository has no remote `origin`", hint=f"pass the URL of the repository with `{option} URL`"
        )
    return address


def split_request(address: str) -> tuple[str, int]:
    """Return the repository and the number in the address of a merge request. Raises `CodexError` for any other."""
    found = _REQUEST.search(address)
    if found is None or found.end() != len(address):
        hint = "use the URL in the browser, such as https://git.example.com/codex/-/merge_requests/7"
        raise CodexError(f"`{redacted(address)}` is not the URL of a merge request", hint=hint)
    return address[: found.start()], int(found["number"])


def request_at(address: str, *, token: str | None = None) -> tuple[OwnRepository, MergeRequest]:
    """Return a merge request by its address in a browser. Raises `CodexError` for any other, and if there is none."""
    start, number = split_request(address)
    repository = own_repository(start, token=token)
    if not repository.forge.has_request(repository.target, number):
        hint = "check the number in the URL, and that the token can read the repository"
        raise CodexError(f"`{repository.target.path}` does not have a merge request {number}", hint=hint)
    return repository, MergeRequest(number=number, url=address, title="", body="")


def _site_and_path(address: str) -> tuple[str, str]:
    """The address of the forge, which may be below a path if its pipeline has it, and the path of the repository."""
    for site in (os.environ.get(name, "").rstrip("/") for name in _SITES):
        if site and address.startswith(f"{site}/"):
            return site, address[len(site) :].strip("/").removesuffix(".git")
    remote = _SCP.fullmatch(address) if "://" not in address else None
    try:
        parts = split_address(f"https://{remote['host']}/{remote['path']}" if remote else address)
        host, number = parts.hostname or "", parts.port
    except CodexError:
        parts, host, number = split_address(""), "", None
    name = parts.path.strip("/").removesuffix(".git")
    if not host or "/" not in name:
        hint = "pass a URL such as https://git.example.com/standards/codex"
        raise CodexError(f"`{redacted(address)}` is not the URL of a repository", hint=hint)
    scheme = parts.scheme if parts.scheme in ("http", "https") else "https"
    port = f":{number}" if number and scheme == parts.scheme else ""
    return urlunsplit((scheme, f"[{host}]{port}" if ":" in host else f"{host}{port}", "", "", "")), name


def _kind(site: str) -> str:
    host = split_address(site).hostname or ""
    kind = pipeline_kind(os.environ) or KNOWN_HOSTS.get(host)
    if kind is None:
        variables = (f"{one.pipeline}=true" for one in HOST_KINDS.values() if one.pipeline)
        hint = "run the command in a pipeline on that host, or set one of " + ", ".join(variables)
        raise CodexError(f"the kind of forge at {host} is unknown", hint=hint)
    return kind
