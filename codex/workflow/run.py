"""What one sync is, and what becomes of one repository in it: values that planning and carrying out share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from codex.forge.port import Forge, Head
from codex.sync.brief import Brief
from codex.sync.desired import Desired, desired
from codex.sync.fleet import Target
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from codex.sync.settings import Settings, Waiver
from codex.sync.table import Decision, Proposal
from codex.workflow.trust import Trust
from skills_build.errors import CodexError
from skills_build.release.edition import Received


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The codex that is brought to the fleet. `origin` is the commit it was compiled from; `releases` finds the bundle
    of another version, for repositories that are pinned to it."""

    codex: Received
    origin: str | None
    releases: Callable[[str], Received | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One sync: what is wanted, of whom, and where."""

    source: Source
    forge: Forge
    policy: Policy
    templates: Mapping[str, str]
    day: str
    targets: tuple[str, ...] = ()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    trust: Trust = field(default_factory=Trust)

    def source_for(self, settings: Settings) -> Received | None:
        """The codex that a repository wants by its settings; None where it is pinned to one that is not here."""
        pin = settings.pin
        return self.source.codex if pin in (None, self.source.codex.version) else self.source.releases(str(pin))

    def desired(self, source: Received, brief: Brief) -> Desired:
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
class Item:
    """One repository of a plan: what was seen, what was decided, and what it rests on."""

    target: Target
    decision: Decision
    head: Head | None = None
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

    @property
    def url(self) -> str:
        """The address of its request, if it has one."""
        return self.head.request.url if self.head and self.head.request else ""


def failed(target: Target, error: CodexError) -> Item:
    """A repository that could not be looked at, or not be written."""
    return Item(target=target, decision=Decision(row=0, outcome=Outcome.FAILED, reason=error.told))
