"""Updates one repository outside a fleet, with the merge request that a sync of the same release would open there."""

from dataclasses import replace
from functools import lru_cache
from typing import Final

from codex.http.errors import is_host_fault
from codex.resources import templates
from codex.rollout.batch import ApplyMode, process
from codex.rollout.configuration import commit_of, sign_in
from codex.rollout.context import ReleaseSource, RepositoryResult, SyncContext
from codex.rollout.limits import RunLimits
from codex.shell.journal import Journal
from codex.sync.policy import Policy
from codex.workflow.bundles import at_version, open_bundle
from codex.workflow.own_repository import OwnRepository
from codex.workflow.trust import Trust
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.release.loaded_bundle import LoadedBundle

_BUNDLES: Final = 4
"""The number of earlier releases kept in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """The result for the repository, and the context that it was evaluated in."""

    result: RepositoryResult
    context: SyncContext


def update(where: str, own: OwnRepository, *, trust: Trust, policy: Policy, day: str, write: bool) -> Update:
    """Evaluate a repository with the newest bundle at `where`, and with `write`, open or update its merge request.

    Raises `CodexError` if there is no bundle that is trusted, or if the host refuses the token.
    """
    context = _context(where, own, trust=trust, policy=policy, day=day)
    sign_in(own.forge)
    mode, journal = ApplyMode(write=write), Journal(None)
    (result,) = process(context, (own.target,), journal, mode=mode, limits=RunLimits(), workers=1)
    return Update(result=result, context=context)


def _context(where: str, own: OwnRepository, *, trust: Trust, policy: Policy, day: str) -> SyncContext:
    """Return the context of a sync of one repository, with the bundle at `where` and its other versions on demand."""
    codex = open_bundle(where, trust).codex

    @lru_cache(maxsize=_BUNDLES)
    def of_version(version: str) -> LoadedBundle | None:
        place = at_version(where, codex.config.namespace, version)
        try:
            return open_bundle(place, trust).codex if place is not None else None
        except CodexError as error:
            if is_host_fault(error):
                raise
            return None  # not published, or not trusted

    return SyncContext(
        source=ReleaseSource(codex=codex, origin=commit_of(codex), releases=of_version),
        trust=trust,
        forge=own.forge,
        policy=replace(policy, source=codex.config.namespace),
        templates=templates(),
        day=day,
    )
