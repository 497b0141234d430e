"""Reads a host by git's own protocol: branches, trees and files, each in one request, nothing on disk.

Commands of version 2 are independent of each other, so no exchange begins with an advertisement: a library that asks
for one first needs two or three requests where this is one. They go through our client, which paces and repeats them.

Source: https://git-scm.com/docs/protocol-v2, https://git-scm.com/docs/gitprotocol-common
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote

from dulwich.objects import ObjectID

from codex.forge.base import repository_not_found
from codex.forge.git.inflate import BLOB, OVERSIZED
from codex.forge.git.pack_store import PackStore, RawObject
from codex.http.client import Client, Usage
from codex.http.credentials import Basic
from codex.http.errors import HttpError
from codex.limits import BYTES_PER_PACK
from codex.shell.isolation import LimitError
from codex.sync.repository import Repository
from skills_build.frozen import dataclass

_FLUSH: Final = b"0000"
_DELIMITER: Final = b"0001"
_HEADS: Final = "refs/heads/"
_OID: Final = re.compile(r"[0-9a-f]{40}")
_SYMREF: Final = "symref-target:refs/heads/"
_UNKNOWN: Final = "not our ref"
"""Words of git about a commit that a repository does not have: https://github.com/git/git/blob/master/upload-pack.c."""
_REFUSED: Final = 422
"""The HTTP status used for an error that Git reports in the body of a successful response."""

Trees = PackStore
"""Commits and their trees, and the requested files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refs:
    """The commits of branches; `default` is the branch that HEAD names."""

    default: str | None
    heads: Mapping[str, str]


class ProtocolV2Client:
    """Reads the git of one host, with the same credential as its API.

    `filters` is False for a host that is known to have no filters: it is not asked for them, and sends all files.
    """

    def __init__(self, client: Client, *, filters: bool = True) -> None:
        self._client = client.with_credential(Basic(token=client.credential))
        self._filters = filters

    @property
    def usage(self) -> Usage:
        """What was used so far, by git alone."""
        return self._client.usage

    def refs(self, target: Repository, *branches: str) -> Refs:
        """Return the commits of HEAD and these branches."""
        lines = ["symrefs\n", "ref-prefix HEAD\n", *(f"ref-prefix {_HEADS}{branch}\n" for branch in branches)]
        heads: dict[str, str] = {}
        default = None
        for line in _packets(self._post(target, "ls-refs", lines)):
            if line is None:
                continue
            oid, name, *attributes = [*line.decode("utf-8", "replace").split(), "", ""]
            if not _OID.fullmatch(oid):
                raise HttpError(f"{target.path}: the server sent a branch without a commit")
            if name == "HEAD":
                default = next((word.removeprefix(_SYMREF) for word in attributes if word.startswith(_SYMREF)), None)
                heads |= {default: oid} if default else {}
            elif name.removeprefix(_HEADS) in branches:
                heads[name.removeprefix(_HEADS)] = oid
        return Refs(default=default, heads=heads)

    def trees(self, target: Repository, *commits: str, depth: int = 1, blobs: Iterable[str] = ()) -> Trees:
        """Fetch commits and their ancestors, `depth` commits deep, with their trees, and of the files only `blobs`."""
        ids = dict.fromkeys((*commits, *(blobs if self._filters else ())))
        return self._fetch(target, [*(f"want {oid}\n" for oid in ids), f"deepen {depth}\n"], "blob:none")

    def files(self, target: Repository, commit: str, *, most: int) -> Trees:
        """Fetch a commit without its ancestors, with its trees and its files of at most `most` bytes."""
        store = self._fetch(target, [f"want {commit}\n", "deepen 1\n"], f"blob:limit={most + 1}")
        store.drop_files(most)
        return store

    def blobs(self, target: Repository, ids: Iterable[str]) -> dict[str, bytes]:
        """Fetch the bytes of files by their ids."""
        distinct = sorted(set(ids))
        return blobs_in(self._fetch(target, [f"want {oid}\n" for oid in distinct], None), distinct)

    def is_behind(self, target: Repository, commit: str, other: str) -> bool:
        """Whether a commit is `other` or an ancestor of it: a client that has `other` is sent nothing of it.

        A commit that only a fork has is not.
        """
        if commit == other:
            return True
        try:
            store = self._fetch(target, [f"want {commit}\n", f"have {other}\n"], "tree:0")
        except HttpError as error:
            if target.fork and error.status == _REFUSED and _UNKNOWN in error.message:
                return False
            raise
        return ObjectID(commit.encode()) not in store

    def objects_between(self, target: Repository, commit: str, present: Iterable[str]) -> list[RawObject]:
        """Fetch the objects of a commit and its ancestors, without those of the commits `present` and their ancestors.

        A commit of `present` that the repository does not have is passed over. Raises `LimitError` for a file that is
        too large.
        """
        store = self._fetch(target, [f"want {commit}\n", *(f"have {oid}\n" for oid in present)], None)
        objects = list(store.objects.values())
        if store.incomplete or any(found.data is OVERSIZED for found in objects):
            message = f"{target.fork} is out of date, and one of the missing files is too large for codexc to push"
            raise LimitError(message, hint="update the default branch of the fork on the host")
        return objects

    def _fetch(self, target: Repository, lines: list[str], object_filter: str | None) -> Trees:
        """Fetch a pack. A server without filters sends all objects: https://git-scm.com/docs/protocol-v2#_fetch."""
        arguments = [*lines, "no-progress\n", "ofs-delta\n", "done\n"]
        object_filter = object_filter if self._filters else None
        try:
            pack = _pack(self._post(target, "fetch", _filtered(arguments, object_filter)))
        except HttpError as error:
            if object_filter is None or error.status != _REFUSED:
                raise
            pack = _pack(self._post(target, "fetch", arguments))
        return PackStore(pack)

    def _post(self, target: Repository, command: str, lines: list[str]) -> bytes:
        """Send a command of Git's protocol version 2 and return the response."""
        body = _packet(f"command={command}\n") + _packet("object-format=sha1") + _DELIMITER
        body += b"".join(_packet(line) for line in lines) + _FLUSH
        headers = {
            "content-type": "application/x-git-upload-pack-request",
            "accept": "application/x-git-upload-pack-result",
            "git-protocol": "version=2",
        }
        place = f"{quote(target.path)}.git/git-upload-pack"
        try:
            return self._client.request(
                "POST", place, content=body, headers=headers, write=False, max_bytes=BYTES_PER_PACK
            ).body
        except HttpError as error:
            if error.status == 404:
                raise repository_not_found(target) from error
            raise


def has_commit(store: Trees, commit: str) -> bool:
    """Whether a commit is in a store."""
    return ObjectID(commit.encode()) in store


def blobs_in(store: Trees | None, ids: Iterable[str]) -> dict[str, bytes]:
    """The bytes of the files of `ids` that are in a store, by id."""
    if store is None:
        return {}
    objects = {oid: store.objects.get(ObjectID(oid.encode())) for oid in ids}
    return {oid: found.data for oid, found in objects.items() if found is not None and found.type_num == BLOB}


def _filtered(arguments: list[str], object_filter: str | None) -> list[str]:
    return [f"filter {object_filter}\n", *arguments] if object_filter else arguments


def _packet(line: str) -> bytes:
    """Frame a line: four hex digits with the length, themselves included, come before it."""
    data = line.encode()
    return f"{len(data) + 4:04x}".encode() + data


def _packets(body: bytes) -> Iterator[bytes | None]:
    """Yield the framed lines of a response; None for a separator of sections. Raises `HttpError` for a damaged one."""
    place = 0
    while place < len(body):
        try:
            size = int(body[place : place + 4], 16)
        except ValueError as error:
            raise HttpError("the Git response is corrupt", hint="check that `url` is the URL of a forge") from error
        if size < 4:
            yield None
            place += 4
            continue
        if place + size > len(body):
            raise HttpError("the Git response is truncated")
        line = body[place + 4 : place + size]
        if line.startswith(b"ERR "):
            raise _refused(line[4:])
        yield line
        place += size


def _pack(body: bytes) -> bytes:
    """The pack in the response to a fetch."""
    parts: list[bytes] | None = None
    for line in _packets(body):
        if line == b"packfile\n":
            parts = []
        elif parts is not None and line is not None:
            if line[:1] == b"\x03":
                raise _refused(line[1:])
            if line[:1] == b"\x01":
                parts.append(line[1:])
    if not parts:
        raise HttpError("the Git response has no pack", status=_REFUSED)
    return b"".join(parts)


def _refused(text: bytes) -> HttpError:
    return HttpError(f"git refuses: {text[:200].decode('utf-8', 'replace').strip()}", status=_REFUSED)
