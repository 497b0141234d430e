"""What forges with an API have in common: git for files and branches, writes that survive a lost response, one comment.

Files are read by git, and branches are moved by git: a push compares and swaps, keeps modes and the parent, and is one
exchange. The APIs of hosts do none of that.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, ClassVar, Final, TypeAlias, TypeVar

from codex.forge.base import FileWrite, HeadOrError, Probe
from codex.forge.forks import Fork, ForkedRepositories
from codex.forge.git.cache import GitCache
from codex.forge.git.objects import Sign
from codex.forge.git.push import GitPusher
from codex.forge.lazy import Memo
from codex.forge.responses import VersionResponse
from codex.http.client import Client
from codex.http.errors import UncertainError
from codex.http.rate_limit import Clock, SystemClock
from codex.http.response import Response
from codex.profile.model import Listing
from codex.shell.isolation import EndingError
from codex.shell.listing import ListedRepository
from codex.sync.observed import MergeRequest
from codex.sync.policy import Forks
from codex.sync.repository import Repository
from skills_build.errors import CodexError

Row: TypeAlias = Mapping[str, Any]
"""An object of a response, after its type was checked."""
Result = TypeVar("Result")


def comment_marker(topic: str) -> str:
    """Return the first line of our comment on a topic, by which it is found again."""
    return f"<!-- codex:{topic} -->"


def write_once(send: Callable[[], Result], find_existing: Callable[[], Result | None] = lambda: None) -> Result:
    """Send a write; if the response is lost, look for what it wrote, and send it again only if that is not there.

    A write that has the same effect when it is sent twice needs no `find_existing`.
    """
    try:
        return send()
    except UncertainError:
        existing = find_existing()
        return existing if existing is not None else send()


def normalize_newlines(text: str | None) -> str:
    """Return a text with `\\n` as its only line ending: browsers submit `\\r\\n`
    (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data)."""
    return (text or "").replace("\r\n", "\n")


def server_version(response: Response) -> str:
    """Return the version in the response to `GET version`, which not every token may read."""
    if response.status != 200:
        return "of unknown version"
    return str(response.decode(VersionResponse).get("version"))


class ApiForge(ABC):
    """One host with an API. `client` talks to its API, `git` to the address that repositories are cloned from."""

    batch: Final = 100
    requests_owners: bool = False
    _account_name: ClassVar[str] = "login"
    """The key of an account that holds its name."""
    _pushes_directly: ClassVar[bool] = False
    """Whether the host takes a push without being asked for its refs first."""
    _has_filters: ClassVar[bool] = True
    """Whether the host has filters of objects: https://git-scm.com/docs/partial-clone."""

    def __init__(
        self,
        client: Client,
        *,
        git: Client | None = None,
        clock: Clock | None = None,
        sign: Sign | None = None,
    ) -> None:
        self._client = client
        self._sign = sign
        self._clock = clock or SystemClock()
        self._pusher = GitPusher(git or client, sign=sign, direct=self._pushes_directly, filters=self._has_filters)
        self._git = self._pusher.reader
        self._cache = GitCache(self._git)
        self._account = Memo(self._read_account)
        self._written: set[str] = set()
        """The paths of repositories that were written in this run."""
        self.use_forks(Forks())

    def use_forks(self, forks: Forks) -> None:
        """Serve repositories from forks."""
        self._forks = ForkedRepositories(
            forks,
            self,
            account=self.whoami,
            cache=self._cache,
            git=self._git,
            rate_limiter=self._client.rate_limiter,
        )

    @abstractmethod
    def read_fork(self, path: str) -> Fork | None:
        """Read a repository; None if there is none that the token can see."""

    @abstractmethod
    def create_fork(self, target: Repository, *, organisation: str | None, name: str) -> Fork:
        """Create a fork in an organisation, or for the token's account."""

    @abstractmethod
    def forbids_forks(self, target: Repository) -> str:
        """Return why the host does not allow forks of a repository, or ""."""

    @abstractmethod
    def _read_account(self) -> Row:
        """The account of the token."""

    @abstractmethod
    def _author(self) -> str:
        """The author of commits, as `name <address>`: the account of the token, since a host may refuse another."""

    def whoami(self) -> str:
        """Return the name of the token's account."""
        return str(self._account()[self._account_name])

    def probe_repository(self, target: Repository) -> Iterator[Probe]:
        """Check whether the token may push, and whether the host has merge requests there.

        Gitea accepts the first request of a push from everybody, because of AGit; its API says who may push.
        """
        if target.fork:
            yield from self._probe_fork(target)
            return
        known = self.with_access(target)
        refusal = self._pusher.refusal(target) or ("" if known.writable else "no write access")
        hint = "give the account write access to the repository, and give the token the permissions in docs/sync.md"
        details = f"{target.path}: a push is {f'refused: {refusal}' if refusal else 'accepted'}"
        yield Probe(name="writing", ok=not refusal, details=details, hint=hint if refusal else "")
        reason = {(True, False): "archived", (False, True): "merge requests are disabled"}
        off = reason.get((known.archived, known.requests_off), "")
        if off:
            yield Probe(name="repository", ok=True, details=f"{target.path} is skipped: {off}")

    def _probe_fork(self, target: Repository) -> Iterator[Probe]:
        """Check whether the fork of a repository can be used, or created; nothing is created."""
        try:
            fork = self._forks.check(target)
        except EndingError:
            raise
        except CodexError as error:
            yield Probe(name="fork", ok=False, details=error.message, hint=error.hint or "")
            return
        details = f"{target.path} is served from {target.fork}"
        if fork is None:
            yield Probe(name="fork", ok=True, details=f"{details}; the fork is created with the first merge request")
            return
        refusal = self._pusher.refusal(target.source)
        hint = "give the token's account write access to the fork" if refusal else ""
        details = f"{details}: a push is {f'refused: {refusal}' if refusal else 'accepted'}"
        yield Probe(name="fork", ok=not refusal, details=details, hint=hint)

    def usage(self) -> Mapping[str, int]:
        """Return what was used so far, by the API and by git."""
        api, git = self._client.usage, self._git.usage
        return {
            "requests": api.requests,
            "writes": api.writes + self._pusher.pushes,
            "bytes": api.sent + api.received + git.sent + git.received,
            "git": self._pusher.count,
        }

    @abstractmethod
    def heads(
        self, targets: Sequence[Repository], branch: str, *, waiting: Set[str] = frozenset()
    ) -> Iterator[HeadOrError]:
        """Yield the head of each repository, or the error of reading it, in order."""

    def written_heads(self, targets: Sequence[Repository], branch: str) -> Iterator[HeadOrError]:
        """Yield the heads of repositories that this run has written."""
        return self.heads(targets, branch)

    def with_access(self, target: Repository) -> Repository:
        """Return the repository as it is: the heads have what the token may do, except with its fork."""
        if target.fork:
            self._forks.check(target)
        return target

    def list_files(self, target: Repository, commit: str, prefetch: Iterable[str] = ()) -> Listing:
        """List the files of a commit; the files that a sync reads next are fetched with them."""
        return self._cache.list_files(target, commit, prefetch)

    def read_files(self, target: Repository, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Read files of a commit, all of them in one exchange with git."""
        return self._cache.read_files(target, commit, paths)

    def fetch(self, target: Repository, commit: str, *, most: int) -> ListedRepository:
        """List the files of a commit and fetch those of at most `most` bytes, as one shallow pack."""
        return self._cache.fetch(target, commit, most=most)

    def last_author(self, target: Repository, commit: str, path: str) -> str:
        """Return who changed a file last, from the trees of the last commits."""
        return self._cache.last_author(target, commit, path)

    def commit(
        self,
        target: Repository,
        branch: str,
        parent: str,
        files: Sequence[FileWrite],
        message: str,
        *,
        expected: str | None,
        above: str | None = None,
    ) -> str:
        """Set `branch` to a commit on top of `parent`, or above another, by a push with a lease."""
        return self._push_commit(target, branch, (parent, above), files, message, expected)

    def _push_commit(
        self,
        target: Repository,
        branch: str,
        place: tuple[str, str | None],
        files: Sequence[FileWrite],
        message: str,
        expected: str | None,
    ) -> str:
        """Push a commit; `place` is its parent, and what it comes above.

        On top of commits by others, the parent is the tip of our branch, and only the fork has it.
        """
        self._written.add(target.path)
        parent, above = place
        on_top = parent == expected
        lacking = self._forks.lacking(target, branch, parent, expected) if target.fork and not on_top else ()
        return self._pusher.rewrite(
            target.source,
            branch,
            parent,
            files,
            message,
            expected=expected,
            author=self._author(),
            when=int(self._clock.now()),
            trees=self._cache.trees(target.source if on_top else target, parent),
            above=above,
            lacking=lacking,
        )

    def delete_branch(self, target: Repository, branch: str, *, expected: str) -> None:
        """Delete our branch by a push, since no API compares where it is."""
        self._pusher.delete(target.source, branch, expected=expected)

    # Merge requests.

    @abstractmethod
    def _requests_path(self, target: Repository) -> str:
        """The path of a repository's merge requests in the API."""

    def has_request(self, target: Repository, number: int) -> bool:
        """Return whether a merge request exists; an issue with the number is none."""
        return self._client.get(f"{self._requests_path(target)}/{number}", ok_statuses=(404,)).status != 404

    def _is_from(self, target: Repository, source: str | None) -> bool:
        """Whether `source`, the repository that a merge request comes from, is the one with our branch. It is None
        where that was deleted."""
        return source is not None and source.lower() == target.source.path.lower()

    def _may_be_past(self, target: Repository, source: str | None, *, by_us: bool) -> bool:
        """Whether a merge request of our branch that is no longer open counts as ours (`by_us`: our account opened it).

        A fork that was deleted, or is used no longer, does not turn a declined merge request into one that was never
        opened.
        """
        if source is None:
            return bool(target.fork) and by_us
        return source.lower() in (target.path.lower(), target.source.path.lower())

    def _send(self, method: str, path: str, data: object, *, ok_statuses: tuple[int, ...] = ()) -> Response:
        """Send a write."""
        return self._client.send(method, path, data, ok_statuses=ok_statuses)

    def _send_twice(self, method: str, path: str, data: object, *, ok_statuses: tuple[int, ...] = ()) -> Response:
        """Send a write that has the same effect when it is sent twice; it is repeated if the response is lost."""
        return write_once(lambda: self._send(method, path, data, ok_statuses=ok_statuses))

    def _write_comment(
        self,
        place: str,
        note: str,
        *,
        update: tuple[str, str],
        topic: str,
        row_type: Any,
        is_ours: Callable[[Row], bool],
        params: Mapping[str, object] | None = None,
    ) -> None:
        """Write our comment to the list at `place`, or change it; `update` is the method and the path of comments."""
        text = f"{comment_marker(topic)}\n{note}"

        def find() -> Row | None:
            rows = (row for page in self._client.pages(place, params) for row in page.decode(list[row_type]))
            return next(filter(is_ours, rows), None)

        existing = find()
        if existing is None:
            write_once(lambda: self._send("POST", place, {"body": text}).decode(row_type), find)
        elif normalize_newlines(existing.get("body")).strip() != text.strip():
            method, comments = update
            self._send_twice(method, f"{comments}/{existing['id']}", {"body": text})

    def _request_reviews(
        self, place: str, request: MergeRequest, reviewers: Sequence[str], payload: Callable[[Sequence[str]], object]
    ) -> None:
        """Request a review from those who were not asked yet.

        Hosts refuse the whole list if one of them cannot review; the others are then asked one by one.
        """
        requested = {reviewer.lower() for reviewer in request.reviewers}
        missing = [reviewer for reviewer in reviewers if reviewer.lower() not in requested]

        def send(names: Sequence[str]) -> bool:
            return self._send_twice("POST", place, payload(names), ok_statuses=(403, 404, 422)).status < 400

        if missing and not send(missing) and len(missing) > 1:
            for reviewer in missing:
                send([reviewer])
