"""What one sync is, and what becomes of one repository in it: values that planning and carrying out share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from codex.forge.base import Forge, RepositoryHead
from codex.http.client import is_of_host
from codex.limits import BYTES_PER_BLOB
from codex.shell.isolation import LimitError
from codex.sync.decision_table import Decision, Proposal, Step
from codex.sync.desired import Desired, desired
from codex.sync.inputs import DesiredInputs
from codex.sync.observed import Target
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from codex.sync.settings import Settings, Waiver
from codex.workflow.trust import Trust
from skills_build.errors import CodexError
from skills_build.release.loaded_bundle import LoadedBundle


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSource:
    """The codex that is brought to the fleet. `origin` is the commit it was compiled from; `releases` finds the bundle
    of another version, for repositories that are pinned to it and for branches that it wrote. `elsewhere` says that
    bundles which are not here may be where the run was started.
    """

    codex: LoadedBundle
    origin: str | None
    releases: Callable[[str], LoadedBundle | None]
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncContext:
    """One sync: what is wanted, of whom, and where."""

    source: ReleaseSource
    forge: Forge
    policy: Policy
    templates: Mapping[str, str]
    day: str
    targets: tuple[str, ...] = ()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    trust: Trust = field(default_factory=Trust)

    def read(self, target: Target, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of some files of a commit; those that are not there are left out.

        Raises `LimitError` for one that is larger than files may be: it is not to be taken for one that is absent.
        """
        found = self.forge.read(target, commit, paths)
        for path, data in found.items():
            if len(data) > BYTES_PER_BLOB:
                raise LimitError(f"`{path}` has more than {BYTES_PER_BLOB:,} bytes", hint="make it smaller")
        return found

    def source_for(self, settings: Settings) -> LoadedBundle | None:
        """The codex that a repository wants by its settings; None where it is pinned to one that is not here."""
        pin = settings.pin
        return self.source.codex if pin in (None, self.source.codex.version) else self.source.releases(str(pin))

    def desired(self, source: LoadedBundle, brief: DesiredInputs) -> Desired:
        """What a repository should hold by its brief. Raises `CodexError` for a target the codex was not built for."""
        return desired(
            source,
            brief.profile,
            brief.settings,
            day=self.day,
            templates=self.templates,
            targets=self.targets,
            facts=brief.facts,
            parts=brief.parts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryResult:
    """One repository of a plan: what was seen, what was decided, and what it rests on."""

    target: Target
    decision: Decision
    head: RepositoryHead | None = None
    proposal: Proposal | None = None
    version: str = ""
    """The version of what it should hold."""
    adopted: str = ""
    """The version of what its default branch holds; empty where nothing is installed there."""
    waivers: tuple[Waiver, ...] = ()
    known: bool = False
    """Whether nothing was read, because nothing has changed since the journal has it; the row may be 0 then."""
    brief: str = ""
    """What decides what it should hold, as JSON; empty where that was not asked, or is too long to keep."""
    wanted: str = ""
    """The digest of what it should hold."""
    blobs: tuple[str, ...] = ()
    """The ids of the files that were read."""
    written: str = ""
    """The commit on our branch that this run wrote; empty where it wrote none."""

    host_failed: bool = False
    """Whether it failed of its host, which others have too, and not of itself."""

    @property
    def deletions(self) -> tuple[str, ...]:
        """The files that the commit which is to be made deletes."""
        if self.proposal is None or Step.COMMIT not in self.decision.steps:
            return ()
        above = self.proposal.above if self.decision.row == 10 else None
        return (above or self.proposal.work).deletions

    @property
    def url(self) -> str:
        """The address of its request, if it has one."""
        return self.head.request.url if self.head and self.head.request else ""


def failed_result(target: Target, error: CodexError) -> RepositoryResult:
    """A repository that could not be looked at, or not be written."""
    decision = Decision(row=0, outcome=Outcome.FAILED, reason=error.summary)
    return RepositoryResult(target=target, decision=decision, host_failed=is_of_host(error))
