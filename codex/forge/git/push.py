"""Git over HTTP without a work tree: rewrites or deletes a branch if it is still where it was seen.

Forges have no API for that which compares and swaps. A push does: git names the old tip with the new one, and the host
refuses it where the branch has moved. Only trees are fetched (by `reading`), nothing touches the disk, and the token
stands in a header, never in an address or an argument.
"""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

from dulwich.client import (
    HttpGitClient,
    HTTPProxyUnauthorized,
    HTTPUnauthorized,
    SendPackResult,
    default_urllib3_manager,
)
from dulwich.config import ConfigDict
from dulwich.errors import GitProtocolError, NotGitRepository, SendPackError
from dulwich.objects import ObjectID, ShaFile
from dulwich.pack import pack_objects_to_data
from dulwich.refs import Ref

from codex.forge.base import FileWrite, GoneError, RacedError, branch_name_conflict
from codex.forge.git.objects import commit_objects
from codex.forge.git.protocol_v2 import ProtocolV2Client, Trees
from codex.http.client import Client, HttpError, UncertainError
from codex.http.credentials import Basic
from codex.http.rate_limit import RateLimiter
from codex.sync.observed import Target

_ZERO: Final = ObjectID(b"0" * 40)
_TRIES: Final = 3
_TIMEOUT: Final = 60.0
_RACES: Final = (
    "stale info",
    "fetch first",
    "failed to update ref",
    "failed to lock",
    "cannot lock",
    "reference already exists",
    "failed to delete",
)
"""Words of git where a ref was not where the push said."""


class GitPusher:
    """Pushes to the repositories of one host, on behalf of the same credential as its API."""

    def __init__(self, client: Client, *, authorities: Path | None = None) -> None:
        self._client = client
        self._credential = Basic(token=client.credential)
        self._config = ConfigDict()
        if authorities is not None:
            self._config.set((b"http",), b"sslCAInfo", str(authorities).encode())
        self._lock = threading.Lock()
        self.reading = ProtocolV2Client(client)
        """The same host's git, for what is read of it."""
        self.pushes = 0
        """How often a push was tried."""

    @property
    def count(self) -> int:
        """How often the host's git was spoken to."""
        return self.pushes + self.reading.usage.requests

    def rewrite(
        self,
        target: Target,
        branch: str,
        parent: str,
        files: Sequence[FileWrite],
        message: str,
        *,
        expected: str | None,
        author: str,
        when: int,
        known: Trees | None = None,
    ) -> str:
        """Make `branch` a commit on top of `parent`, if it is at `expected` (None: not there); returns its id.

        `known` holds the trees of `parent`, where somebody read them before.
        """
        store = known if known is not None else self.reading.trees(target, parent)
        made = commit_objects(store, parent, files, message, author=author, when=when)
        new = ObjectID(made[-1].id)
        self._push(target, branch, ObjectID(expected.encode()) if expected else None, new, made)
        return new.decode()

    def delete(self, target: Target, branch: str, *, expected: str) -> None:
        """Delete a branch, if it is at `expected`."""
        self._push(target, branch, ObjectID(expected.encode()), _ZERO, [])

    def _push(
        self, target: Target, branch: str, old: ObjectID | None, new: ObjectID, objects: Sequence[ShaFile]
    ) -> None:
        """Push with a lease; a push whose answer was lost is looked after, and repeated."""
        for attempt in range(_TRIES):
            try:
                self._pushed(target, branch, old, new, objects)
                return
            except UncertainError:
                if attempt == _TRIES - 1:
                    raise
                self._client.governor.back_off(attempt, "the answer to a push was lost")
            now = self.reading.refs(target, branch).heads.get(branch)
            if now == (None if new == _ZERO else new.decode()):
                return
            if now != (old.decode() if old else None):
                raise _raced(target, branch)

    def _pushed(
        self, target: Target, branch: str, old: ObjectID | None, new: ObjectID, objects: Sequence[ShaFile]
    ) -> None:
        ref = _ref(branch)

        def move(refs: dict[Ref, ObjectID]) -> dict[Ref, ObjectID]:
            if refs.get(ref) != old:
                raise _raced(target, branch)
            if any(object_i_d.startswith(ref + b"/") or ref.startswith(object_i_d + b"/") for object_i_d in refs):
                raise branch_name_conflict(target, branch)
            return {ref: new}

        with self._turn(target) as remote:
            done: SendPackResult = remote.send_pack(
                _path(target),
                move,
                lambda *_args, **_named: pack_objects_to_data([(sha_file, None) for sha_file in objects]),
            )
        status = (done.ref_status or {}).get(ref)
        if status is None:
            return
        if _is_race(status):
            raise _raced(target, branch)
        raise HttpError(
            f"{target.path}: the push to `{branch}` was refused: {self._credential.redact(status)}",
            status=403,
            hint="do its rules let the token's owner push there?",
        )

    @contextmanager
    def _turn(self, target: Target) -> Iterator[HttpGitClient]:
        """A client for one push, which counts as a request; says what went wrong as our own errors."""
        pool = _Pool(self._client.governor, self._client.base, self._config, self._credential.headers())
        remote = HttpGitClient(
            self._client.base,
            pool_manager=cast("Any", pool),
            config=self._config,
            timeout=_TIMEOUT,
            quiet=True,
        )
        with self._client.governor.slot(write=True):
            with self._lock:
                self.pushes += 1
            try:
                yield remote
            except (RacedError, HttpError):
                raise
            except NotGitRepository as error:
                raise GoneError(f"there is no repository `{target.path}`, or it may not be seen") from error
            except HTTPUnauthorized as error:
                raise HttpError(
                    f"{target.path}: git refuses the token", status=401, hint="it needs to write repositories"
                ) from error
            except HTTPProxyUnauthorized as error:
                raise HttpError(f"{target.path}: the proxy wants a name and a password", status=407) from error
            except SendPackError as error:
                raise HttpError(f"{target.path}: {self._credential.redact(str(error))}", status=400) from error
            except GitProtocolError as error:
                text = self._credential.redact(str(error))
                status = _status(text)
                if status in (0, 408, 429) or status >= 500:
                    raise UncertainError(
                        f"{target.path}: git over HTTP: {text or 'no answer'}", status=status
                    ) from error
                hint = "may the token's owner write to it?" if status == 403 else None
                raise HttpError(f"{target.path}: git over HTTP: {text}", status=status, hint=hint) from error
            except (OSError, EOFError, ValueError, AssertionError) as error:
                text = self._credential.redact(str(error))
                raise UncertainError(f"{target.path}: git over HTTP: {type(error).__name__}: {text}") from error
            finally:
                pool.close()


class _Pool:
    """Connections of one exchange: closes them all, and lets the governor learn from the answers."""

    def __init__(self, governor: RateLimiter, base: str, config: ConfigDict, headers: Mapping[str, str]) -> None:
        self._governor = governor
        self._inner = default_urllib3_manager(config, base_url=base, timeout=_TIMEOUT)
        self._answers: list[Any] = []
        self.headers = {**self._inner.headers, **headers}

    def request(self, *arguments: Any, **named: Any) -> Any:
        """Send."""
        answer = self._inner.request(*arguments, **named)
        self._answers.append(answer)
        names = {name.lower(): value for name, value in answer.headers.items()}
        self._governor.observe(answer.status, names, b"")
        return answer

    def close(self) -> None:
        """Close everything."""
        for answer in self._answers:
            answer.close()
        self._inner.clear()


def _status(text: str) -> int:
    """The status in dulwich's words, or 0 where the connection broke."""
    found = re.search(r"http resp(?:onse)? (\d{3})\b", text)
    return int(found[1]) if found else 0


def _is_race(status: str) -> bool:
    said = status.lower()
    return any(word in said for word in _RACES)


def _path(target: Target) -> str:
    return quote(f"{target.path}.git")


def _ref(branch: str) -> Ref:
    return Ref(f"refs/heads/{branch}".encode())


def _raced(target: Target, branch: str) -> RacedError:
    return RacedError(f"`{branch}` of {target.path} has moved meanwhile", hint="run the sync again")
