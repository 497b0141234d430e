"""The context of one sync and the result for one repository: values that evaluation and execution share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime

from codex.forge.base import Forge, RepositoryHead
from codex.http.errors import is_host_fault
from codex.limits import BYTES_PER_BLOB
from codex.shell.isolation import LimitError
from codex.sync.decision_table import Decision, Proposal, Step
from codex.sync.desired import Desired, desired
from codex.sync.inputs import DesiredInputs
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from codex.sync.repository import Repository
from codex.sync.settings import Settings, Waiver
from codex.workflow.trust import Trust
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.release.loaded_bundle import LoadedBundle


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSource:
    """The codex that the fleet gets.

    `origin` is the commit it was compiled from. `releases` finds the bundle of another version, for repositories pinned
    to it and branches written from it. `elsewhere`: bundles missing here may exist where the run was started.
    """

    codex: LoadedBundle
    origin: str | None
    releases: Callable[[str], LoadedBundle | None]
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncContext:
    """One sync: the codex, the forge, the policy and the day."""

    source: ReleaseSource
    forge: Forge
    policy: Policy
    templates: Mapping[str, str]
    day: str
    targets: tuple[str, ...] = ()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    trust: Trust = field(default_factory=Trust)

    def read(self, target: Repository, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of files of a commit by path; files that do not exist are left out.

        Raises `LimitError` for a file that is too large, which must not be taken for one that does not exist.
        """
        files = self.forge.read_files(target, commit, paths)
        for path, data in files.items():
            if len(data) > BYTES_PER_BLOB:
                raise LimitError(f"`{path}` is larger than {BYTES_PER_BLOB:,} bytes", hint="make it smaller")
        return files

    def source_for(self, settings: Settings) -> LoadedBundle | None:
        """The codex for a repository with these settings; None if it is pinned to a version without a bundle here."""
        pin = settings.pin
        return self.source.codex if pin in (None, self.source.codex.version) else self.source.releases(str(pin))

    def desired(self, source: LoadedBundle, inputs: DesiredInputs) -> Desired:
        """The desired state for these inputs. Raises `CodexError` for a target the codex was not built for."""
        return desired(
            source,
            inputs.profile,
            inputs.settings,
            day=self.day,
            templates=self.templates,
            targets=self.targets,
            facts=inputs.facts,
            parts=inputs.parts,
            installed=inputs.installed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryResult:
    """The result for one repository: what was observed, what was decided, and from what."""

    target: Repository
    decision: Decision
    head: RepositoryHead | None = None
    proposal: Proposal | None = None
    version: str = ""
    """The version that it should have."""
    adopted: str = ""
    """The version on its default branch; empty if nothing is installed there."""
    waivers: tuple[Waiver, ...] = ()
    until: str = ""
    """The last day on which no waiver begins or ends; empty if none does."""
    from_journal: bool = False
    """Whether this is the result in the journal, because nothing has changed since. The row may be 0 then."""
    inputs: str = ""
    """The inputs of the desired state as JSON; empty if they were not worked out, or are too long to store."""
    desired_digest: str = ""
    """The digest of the desired state."""
    blobs: tuple[str, ...] = ()
    """The ids of the files that were read."""
    written_commit: str = ""
    """The commit that this run wrote on our branch; empty if it wrote none."""
    host_failed: bool = False
    """Whether the host failed, which affects other repositories too, and not the repository."""

    @property
    def deletions(self) -> tuple[str, ...]:
        """The files that the planned commit deletes."""
        if self.proposal is None or Step.COMMIT not in self.decision.steps:
            return ()
        above = self.proposal.rebased_on if self.decision.row == 10 else None
        return (above or self.proposal.change_set).deletions

    @property
    def url(self) -> str:
        """The address of its merge request, if it has one."""
        return self.head.request.url if self.head and self.head.request else ""


def failed_result(target: Repository, error: CodexError) -> RepositoryResult:
    """The result of a repository that could not be read or written."""
    decision = Decision(row=0, outcome=Outcome.FAILED, reason=error.summary)
    return RepositoryResult(target=target, decision=decision, host_failed=is_host_fault(error))
