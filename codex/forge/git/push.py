"""Pushes by HTTP without a work tree: rewrites or deletes a branch if it is still where it was read.

The APIs of forges cannot compare and swap. A push can: git sends the old tip with the new one, and the host refuses it
where the branch has moved. Only trees are fetched (by `reader`), nothing is written to disk, and the token is in a
header, never in an address or an argument. Source: https://git-scm.com/docs/gitprotocol-pack#_pushing_data_to_a_server
"""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast
from urllib.parse import quote

from dulwich.client import (
    HttpGitClient,
    HTTPProxyUnauthorized,
    HTTPUnauthorized,
    SendPackResult,
)
from dulwich.config import ConfigDict
from dulwich.errors import GitProtocolError, NotGitRepository, SendPackError
from dulwich.objects import ObjectID
from dulwich.pack import UnpackedObject
from dulwich.refs import Ref

from codex.forge.base import (
    FileWrite,
    ForceRefusedError,
    RacedError,
    branch_moved,
    branch_name_conflict,
    repository_not_found,
)
from codex.forge.git.direct_push import DirectPusher
from codex.forge.git.objects import Sign, commit_objects
from codex.forge.git.packfile import GitObject, PackWriter
from codex.forge.git.protocol_v2 import ProtocolV2Client, Trees
from codex.forge.git.push_requests import PushRequests
from codex.http.client import Client
from codex.http.credentials import Basic
from codex.http.errors import HttpError, UnauthorizedError, UncertainError
from codex.sync.repository import Repository

_ZERO: Final = ObjectID(b"0" * 40)
_TRIES: Final = 3
_MAX_WORDS: Final = 2_000
"""Maximum length of a server's message about a refused push, in bytes."""
_RACES: Final = (
    "stale info",
    "fetch first",
    "failed to update ref",
    "failed to lock",
    "cannot lock",
    "reference already exists",
    "failed to delete",
)
"""Words of git where a ref was not where the push expected it: https://github.com/git/git/blob/master/builtin/receive-pack.c
and the messages of `git push`; hosts pass them on."""

_NO_FORCE: Final = ("non-fast-forward", "force push", "force-push")
"""Words of hosts that refuse to rewrite a branch: git with `receive.denyNonFastForwards`, Gitea and GitLab, GitHub
(https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets)."""


class GitPusher:
    """Pushes to the repositories of one host, with the same credential as its API."""

    def __init__(
        self,
        client: Client,
        *,
        sign: Sign | None = None,
        direct: bool = False,
        filters: bool = True,
    ) -> None:
        self._sign = sign
        self._packer = PackWriter()
        self._direct = DirectPusher(client.with_credential(Basic(token=client.credential))) if direct else None
        self._client = client
        self._credential = Basic(token=client.credential)
        self._lock = threading.Lock()
        self.reader = ProtocolV2Client(client, filters=filters)
        """Reads the same host's git."""
        self.pushes = 0
        """The number of pushes, including failed ones."""

    @property
    def count(self) -> int:
        """The number of requests to the host's git."""
        return self.pushes + self.reader.usage.requests

    def rewrite(
        self,
        target: Repository,
        branch: str,
        parent: str,
        files: Sequence[FileWrite],
        message: str,
        *,
        expected: str | None,
        author: str,
        when: int,
        trees: Trees,
        above: str | None = None,
        lacking: Sequence[GitObject] = (),
    ) -> str:
        """Set `branch` to a commit on top of `parent`, if it is at `expected` (None: absent); returns the commit's id.

        `trees` are those of `parent`; with `above`, the commit merges `parent` into that commit. `lacking` are objects
        below `parent` that the repository does not have.
        """
        objects = commit_objects(trees, parent, files, message, author=author, when=when, sign=self._sign, above=above)
        new = ObjectID(objects[-1].id)
        whole = list({sha_file.id: sha_file for sha_file in (*lacking, *objects)}.values())
        self._push(target, branch, ObjectID(expected.encode()) if expected else None, new, whole)
        return new.decode()

    def refusal(self, target: Repository, *, statuses: tuple[int, ...] = (401, 403, 404)) -> str:
        """Return why the host would refuse a push, or "": asks what a push asks first, and pushes nothing.

        `statuses` are those that are refusals. Raises `HttpError` for others.
        """
        response = self._client.with_credential(self._credential).get(
            f"{_path(target)}/info/refs", {"service": "git-receive-pack"}, ok_statuses=statuses
        )
        if response.status == 200:
            return ""
        text = self._credential.redact(response.body[:_MAX_WORDS].decode("utf-8", "replace"))
        return f"{response.status} {' '.join(text.split())}".rstrip()

    def delete(self, target: Repository, branch: str, *, expected: str) -> None:
        """Delete a branch, if it is at `expected`."""
        self._push(target, branch, ObjectID(expected.encode()), _ZERO, [])

    def _push(
        self, target: Repository, branch: str, old: ObjectID | None, new: ObjectID, objects: Sequence[GitObject]
    ) -> None:
        """Push with a lease. If the response is lost, read where the branch is, and push again if it has not moved."""
        for attempt in range(_TRIES):
            try:
                self._push_once(target, branch, old, new, objects)
                return
            except UncertainError:
                if attempt == _TRIES - 1:
                    raise
                self._client.rate_limiter.back_off(attempt, "no response to the push was received")
            now = self.reader.refs(target, branch).heads.get(branch)
            if now == (None if new == _ZERO else new.decode()):
                return
            if now != (old.decode() if old else None):
                raise branch_moved(target, branch)

    def _push_once(
        self, target: Repository, branch: str, old: ObjectID | None, new: ObjectID, objects: Sequence[GitObject]
    ) -> None:
        """Move a branch from `old` to `new` (None: create it). Raises `RacedError` if it is elsewhere by now."""
        if self._direct is not None and objects:
            with self._lock:
                self.pushes += 1
            before = old.decode() if old else None
            if self._direct.moved(_path(target), branch, before, new.decode(), self._packer.pack(objects)):
                return
        ref, said = _ref(branch), list[bytes]()

        def move(refs: dict[Ref, ObjectID]) -> dict[Ref, ObjectID]:
            if refs.get(ref) != old:
                raise branch_moved(target, branch)
            if any(name.startswith(ref + b"/") or ref.startswith(name + b"/") for name in refs):
                raise branch_name_conflict(target, branch)
            return {ref: new}

        with self._session(target) as remote:
            result: SendPackResult = remote.send_pack(
                _path(target),
                move,
                lambda *_args, **_kwargs: (len(objects), map(_unpacked, objects)),
                progress=said.append,
            )
        status = (result.ref_status or {}).get(ref)
        if status is None:
            return
        if _is_race(status):
            raise branch_moved(target, branch)
        reason = self._credential.redact("; ".join((status, *_words(said))))
        if old is not None and new != _ZERO and any(word in reason.lower() for word in _NO_FORCE):
            hint = "allow the token's owner to force-push to this branch"
            raise ForceRefusedError(f"{target.path}: `{branch}` cannot be rewritten: {reason}", hint=hint)
        raise HttpError(
            f"{target.path}: the push to `{branch}` was refused: {reason}",
            status=403,
            hint="check that the branch rules allow the token's owner to push to this branch",
        )

    @contextmanager
    def _session(self, target: Repository) -> Iterator[HttpGitClient]:
        """A client for one push, which counts as a request; raises dulwich's errors as our own."""
        requests = PushRequests(self._client.with_credential(self._credential))
        remote = HttpGitClient(self._client.base, pool_manager=cast("Any", requests), config=ConfigDict(), quiet=True)
        with self._lock:
            self.pushes += 1
        try:
            yield remote
        except (RacedError, ForceRefusedError, HttpError):
            raise
        except NotGitRepository as error:
            raise repository_not_found(target) from error
        except HTTPUnauthorized as error:
            why = "the token is expired or revoked, or lacks write access to repositories"
            raise UnauthorizedError(f"{target.path}: the server rejected the token", status=401, hint=why) from error
        except HTTPProxyUnauthorized as error:
            raise HttpError(f"{target.path}: the proxy requires a user name and a password", status=407) from error
        except SendPackError as error:
            raise HttpError(f"{target.path}: {self._credential.redact(str(error))}", status=400) from error
        except GitProtocolError as error:
            text = self._credential.redact(str(error))
            status = _status(text)
            if status in (0, 408, 429) or status >= 500:
                raise UncertainError(f"{target.path}: git over HTTP: {text or 'no response'}", status=status) from error
            hint = "give the token's owner write access to the repository" if status == 403 else None
            raise HttpError(f"{target.path}: git over HTTP: {text}", status=status, hint=hint) from error
        except (OSError, EOFError, ValueError, AssertionError) as error:
            text = self._credential.redact(str(error))
            raise UncertainError(f"{target.path}: git over HTTP: {type(error).__name__}: {text}") from error


def _unpacked(git_object: GitObject) -> UnpackedObject:
    """An object as dulwich sends it."""
    chunks = [git_object.as_raw_string()]
    return UnpackedObject(git_object.type_num, decomp_chunks=chunks, sha=bytes.fromhex(git_object.id.decode()))


def _status(text: str) -> int:
    """The status in an error of dulwich, which has it only in its text; 0 where the connection broke."""
    match = re.search(r"http resp(?:onse)? (\d{3})\b", text)
    return int(match[1]) if match else 0


def _words(said: Sequence[bytes]) -> Iterator[str]:
    """The lines that the server wrote about a push, such as those of its hooks, without frames and repeated ones."""
    lines = b"".join(said)[:_MAX_WORDS].decode("utf-8", "replace").replace("\r", "\n").split("\n")
    texts = (" ".join(line.strip("=-* \t").split()) for line in lines)
    yield from dict.fromkeys(text for text in texts if text)


def _is_race(status: str) -> bool:
    text = status.lower()
    return any(word in text for word in _RACES)


def _path(target: Repository) -> str:
    return quote(f"{target.path}.git")


def _ref(branch: str) -> Ref:
    return Ref(f"refs/heads/{branch}".encode())
