"""Merge requests from forks, for all hosts with an API: where a fork is, whether it may be used, and creating one.

A fork belongs to the account of the token or to an organisation, and others may write to it. So what it contains is
never trusted: our branch there is read like any other, and its commits are compared with the repository itself.
What is pushed to a fork brings along the commits of the default branch that it lacks, so that it never needs to be
brought up to date. Nothing but our branch is changed in a fork, and no fork is deleted.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Protocol

from codex.forge.base import GoneError
from codex.forge.git.cache import GitCache
from codex.forge.git.pack_store import RawObject
from codex.forge.git.protocol_v2 import ProtocolV2Client, Refs
from codex.forge.lazy import LazyTip
from codex.http.errors import HttpError, UncertainError
from codex.http.rate_limit import RateLimiter
from codex.sync.policy import Forking, Forks
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

_TRIES: Final = 14
"""How often a new fork is looked at: for about five minutes, the time within which GitHub promises one.

https://docs.github.com/rest/repos/forks#create-a-fork
"""
_TOKEN: Final = "see the token's permissions for forks in docs/sync.md"
_NAMED: Final = 'set `sync.fork_owner`, or `sync.fork_name: "{owner}-{name}"`'
_REASONS: Final[Mapping[int, str]] = {
    401: _TOKEN,
    403: "allow forks of the repository, and let the token's account create repositories in `sync.fork_owner`, or set "
    "a different owner",
    404: "check that `sync.fork_owner` exists, and that the token's account can create repositories in it",
    409: _NAMED,
    422: _NAMED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """A repository as a host describes it; `parent` is what it is a fork of, empty if it is none."""

    path: str
    parent: str = ""
    number: int = 0
    """Its id on the host."""
    default_branch: str | None = None
    archived: bool = False
    disabled: bool = False
    writable: bool = True
    copying: bool = False
    """Whether the host still copies it."""
    fault: str = ""
    """Why the host could not copy it."""

    def is_of(self, target: Repository) -> bool:
        """Whether it is a fork of this repository."""
        return self.parent.lower() == target.path.lower()


class ForkHost(Protocol):
    """What forks need of a host."""

    def read_fork(self, path: str) -> Fork | None:
        """Read a repository; None if there is none that the token can see."""

    def create_fork(self, target: Repository, *, organisation: str | None, name: str) -> Fork:
        """Create a fork in an organisation, or for the token's account. Raises `HttpError` where it is refused."""

    def forbids_forks(self, target: Repository) -> str:
        """Return why the host does not allow forks of a repository, or ""; some say so only once one is created."""


class ForkedRepositories:
    """The forks of one host."""

    def __init__(
        self,
        forks: Forks,
        host: ForkHost,
        *,
        account: Callable[[], str],
        cache: GitCache,
        git: ProtocolV2Client,
        rate_limiter: RateLimiter,
    ) -> None:
        self._forks = forks
        self._host = host
        self._account = account
        self._cache = cache
        self._git = git
        self._rate_limiter = rate_limiter
        self._checked: dict[str, Fork | None] = {}
        """Forks by path, from when they are checked until they are written."""

    @property
    def when(self) -> Forking:
        """Which repositories are served from a fork."""
        return self._forks.when

    def placed(self, target: Repository) -> Repository:
        """Return a repository with its fork, if it has to be served from one. What belongs to the owner of forks
        itself is not.

        Raises `CodexError` where the token is of an App, which can own no fork.
        """
        needed = self.when is Forking.ALWAYS or (self.when is Forking.WHEN_NEEDED and not target.writable)
        if not needed or target.archived or target.mirror or target.requests_off:
            return replace(target, fork="")
        folder, _, name = target.path.rpartition("/")
        owner = self.owner
        if owner.lower() == folder.lower():
            return replace(target, fork="")
        named = self._forks.name.replace("{owner}", folder.replace("/", "-")).replace("{name}", name)
        return replace(target, fork=f"{owner}/{named}")

    @property
    def owner(self) -> str:
        """The account or organisation that owns the forks."""
        owner = self._forks.owner or self._account()
        if owner.endswith("[bot]"):
            raise CodexError(f"`{owner}` is a GitHub App, which cannot own forks", hint="set `sync.fork_owner`")
        return owner

    def tip(self, target: Repository, branch: str, base: str, *, trusted: bool) -> LazyTip | None:
        """Return our branch in the fork; None if it, or the fork, does not exist.

        Unless the host vouches for the fork (`trusted`), a repository of that name which is none is left out.
        """
        try:
            commit = self._git.refs(target.source, branch).heads.get(branch)
        except GoneError:
            return None
        if commit is None:
            return None
        if not trusted:
            fork = self._host.read_fork(target.fork)
            if fork is None or not fork.is_of(target):
                return None
        return LazyTip(self._cache, target, commit, base)

    def check(self, target: Repository, branch: str = "") -> Fork | None:
        """Return the fork of a repository; None if it does not exist, but can be created.

        Raises `CodexError` if it cannot be used or created.
        """
        fork = self._host.read_fork(target.fork)
        if fork is None:
            forbidden = self._host.forbids_forks(target)
            if forbidden:
                raise CodexError(f"{target.path}: cannot create a fork: {forbidden}", hint=_REASONS[403])
        else:
            self._require_usable(target, fork, branch)
        self._checked[target.fork] = fork
        return fork

    def _require_usable(self, target: Repository, fork: Fork, branch: str) -> None:
        """Raise `CodexError` if a fork cannot be pushed to, or is a fork of another repository."""
        if fork.path.lower() != target.fork.lower():
            hint = f"rename the fork to `{target.fork}`, or set `sync.fork_owner` and `sync.fork_name` to match it"
            raise CodexError(f"the fork of `{target.path}` is `{fork.path}`, not `{target.fork}`", hint=hint)
        if not fork.is_of(target):
            what = f"a fork of `{fork.parent}`" if fork.parent else "not a fork"
            raise CodexError(f"`{fork.path}` is {what}, but a fork of `{target.path}` is needed", hint=_NAMED)
        name = f"the fork `{fork.path}`"
        reasons = (
            (fork.archived, f"{name} is archived", "unarchive or delete the fork"),
            (
                fork.disabled,
                f"{name} is disabled, or does not allow merge requests",
                "enable the fork and its merge requests, or delete the fork",
            ),
            (
                not fork.writable,
                f"the token cannot push to {name}",
                "give the token's account write access to the fork",
            ),
            (bool(fork.fault), f"{name} is incomplete: {fork.fault}", "delete the fork; the next run re-creates it"),
            (
                fork.default_branch == branch,
                f"the default branch of {name} is `{branch}`",
                "change the default branch of the fork",
            ),
        )
        for applies, reason, hint in reasons:
            if applies:
                raise CodexError(reason, hint=hint)

    def lacking(self, target: Repository, branch: str, parent: str, expected: str | None) -> list[RawObject]:
        """Return the objects that a fork lacks for a commit on top of `parent`, a commit of the repository itself.

        The fork is created if it does not exist; `expected` is our branch there. Raises `CodexError` if the fork cannot
        be used, or if it lacks a file that is too large.
        """
        refs = self._ready(target, branch)
        present = {*refs.heads.values(), *([expected] if expected else ())}
        if parent in present:
            return []
        if expected:
            present |= set(self._cache.commit_of(target, expected)[1])
        return [] if parent in present else self._git.objects_between(target, parent, sorted(present))

    def _ready(self, target: Repository, branch: str) -> Refs:
        """The branches of the fork, once the host has copied it."""
        known = self._checked.pop(target.fork) if target.fork in self._checked else self.check(target, branch)
        fork = known or self._create(target)
        for attempt in range(_TRIES):
            self._require_usable(target, fork, branch)
            refs = None if fork.copying else self._refs(target, branch, fork)
            if refs is not None and refs.heads:
                return refs
            self._rate_limiter.back_off(attempt, f"the host is still copying the fork {target.fork}")
            fork = self._host.read_fork(target.fork) or fork
        hint = "run the sync again later; if the fork is still empty then, delete it"
        raise CodexError(f"the fork `{target.fork}` is still empty", hint=hint)

    def _refs(self, target: Repository, branch: str, fork: Fork) -> Refs | None:
        """Our branch and the default branch of the fork; None if git does not have it yet."""
        try:
            return self._git.refs(target.source, *dict.fromkeys((branch, fork.default_branch or branch)))
        except GoneError:
            return None

    def _create(self, target: Repository) -> Fork:
        """Create the fork. If the response is lost, or another run was faster, the one that exists is used."""
        owner, _, name = target.fork.rpartition("/")
        organisation = None if owner.lower() == self._account().lower() else owner
        try:
            return self._host.create_fork(target, organisation=organisation, name=name)
        except HttpError as error:
            if error.is_host_fault and not isinstance(error, UncertainError):
                raise
            existing = self._host.read_fork(target.fork)
            if existing is not None:
                return existing
            if isinstance(error, UncertainError):
                return self._host.create_fork(target, organisation=organisation, name=name)
            message = f"cannot fork `{target.path}` to `{target.fork}`: {error.message}"
            raise CodexError(message, hint=_REASONS.get(error.status, _TOKEN)) from error
