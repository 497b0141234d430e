"""Git's own protocol for what is read of a host: branches, trees and files, each in one request, nothing on disk.

Every command of version 2 stands on its own, so no exchange begins with an advertisement: a library that asks for one
first needs two or three requests for what is one here. They go through our client, which paces and repeats them.

Source: https://git-scm.com/docs/protocol-v2, https://git-scm.com/docs/gitprotocol-common
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from dulwich.object_store import MemoryObjectStore
from dulwich.objects import Blob, ObjectID

from codex.forge.base import GoneError
from codex.forge.git.inflate import objects_in
from codex.http.client import Client, HttpError, Usage
from codex.http.credentials import Basic
from codex.limits import BYTES_PER_PACK
from codex.sync.observed import Target

_FLUSH: Final = b"0000"
_DELIMITER: Final = b"0001"
_HEADS: Final = "refs/heads/"
_OID: Final = re.compile(r"[0-9a-f]{40}")
_SYMREF: Final = "symref-target:refs/heads/"


Trees = MemoryObjectStore
"""Commits and their trees, and of their files those that were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refs:
    """Where branches are; `default` is the branch that HEAD names."""

    default: str | None
    heads: Mapping[str, str]


class ProtocolV2Client:
    """Reads the git of one host, on behalf of the same credential as its API."""

    def __init__(self, client: Client) -> None:
        self._client = client.under(Basic(token=client.credential))

    @property
    def usage(self) -> Usage:
        """What was used so far."""
        return self._client.usage

    def refs(self, target: Target, *branches: str) -> Refs:
        """Where HEAD and these branches are."""
        lines = ["symrefs\n", "ref-prefix HEAD\n", *(f"ref-prefix {_HEADS}{branch}\n" for branch in branches)]
        heads: dict[str, str] = {}
        default = None
        for line in _packets(self._ask(target, "ls-refs", lines)):
            if line is None:
                continue
            oid, name, *more = [*line.decode("utf-8", "replace").split(), "", ""]
            if not _OID.fullmatch(oid):
                raise HttpError(f"{target.path}: git names a branch without a commit")
            if name == "HEAD":
                default = next((one.removeprefix(_SYMREF) for one in more if one.startswith(_SYMREF)), None)
                heads |= {default: oid} if default else {}
            elif name.removeprefix(_HEADS) in branches:
                heads[name.removeprefix(_HEADS)] = oid
        return Refs(default=default, heads=heads)

    def trees(self, target: Target, *commits: str, depth: int = 1, along: Iterable[str] = ()) -> Trees:
        """Commits and those before them, each `depth` deep, with their trees, and of their files only those `along`."""
        wanted = dict.fromkeys((*commits, *along))
        return self._fetch(target, [*(f"want {one}\n" for one in wanted), f"deepen {depth}\n"], "blob:none")

    def blobs(self, target: Target, ids: Iterable[str]) -> dict[str, bytes]:
        """The bytes of files by their ids."""
        wanted = sorted(set(ids))
        return blobs_in(self._fetch(target, [f"want {one}\n" for one in wanted], None), wanted)

    def is_behind(self, target: Target, commit: str, other: str) -> bool:
        """Whether a commit is `other` or one of those before it: nothing of it has to be sent to who has `other`."""
        if commit == other:
            return True
        store = self._fetch(target, [f"want {commit}\n", f"have {other}\n"], "tree:0")
        return ObjectID(commit.encode()) not in store

    def _fetch(self, target: Target, lines: list[str], only: str | None) -> MemoryObjectStore:
        words = [*lines, "no-progress\n", "ofs-delta\n", "done\n"]
        try:
            pack = _pack(self._ask(target, "fetch", [f"filter {only}\n", *words] if only else words))
        except HttpError as error:
            if only is None or error.status != _REFUSED:
                raise
            pack = _pack(self._ask(target, "fetch", words))  # the server knows no filters
        store = MemoryObjectStore()
        for sha_file in objects_in(pack):
            store.add_object(sha_file)
        return store

    def _ask(self, target: Target, command: str, lines: list[str]) -> bytes:
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
                "POST", place, content=body, headers=headers, write=False, most=BYTES_PER_PACK
            ).body
        except HttpError as error:
            if error.status == 404:
                raise GoneError(f"there is no repository `{target.path}`, or it may not be seen") from error
            raise


_REFUSED: Final = 422
"""The status that errors have which git reports in an answer that went well."""


def has_commit(store: Trees, commit: str) -> bool:
    """Whether a commit is in a store."""
    return ObjectID(commit.encode()) in store


def blobs_in(store: Trees | None, ids: Iterable[str]) -> dict[str, bytes]:
    """The bytes of those files that are in a store, by their ids."""
    there = {one: store[key] for one in ids if store is not None and (key := ObjectID(one.encode())) in store}
    return {one: found.data for one, found in there.items() if isinstance(found, Blob)}


def _packet(line: str) -> bytes:
    """A line as it is framed: its length, four bytes of it included, stands before it."""
    data = line.encode()
    return f"{len(data) + 4:04x}".encode() + data


def _packets(body: bytes) -> Iterator[bytes | None]:
    """Yield the framed lines of an answer; None for what is between sections. Raises `HttpError` for damaged ones."""
    place = 0
    while place < len(body):
        try:
            size = int(body[place : place + 4], 16)
        except ValueError as error:
            raise HttpError("git's answer is damaged", hint="is this the address of a forge?") from error
        if size < 4:
            yield None
            place += 4
            continue
        if place + size > len(body):
            raise HttpError("git's answer is cut off")
        line = body[place + 4 : place + size]
        if line.startswith(b"ERR "):
            raise _refused(line[4:])
        yield line
        place += size


def _pack(body: bytes) -> bytes:
    """The pack in the answer to a fetch."""
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
        raise HttpError("git's answer has no pack", status=_REFUSED)
    return b"".join(parts)


def _refused(text: bytes) -> HttpError:
    return HttpError(f"git refuses: {text[:200].decode('utf-8', 'replace').strip()}", status=_REFUSED)
