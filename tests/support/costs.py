"""Counts what a sync costs on a forge over a repository's life, by the log of the fake that answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codex.forge.base import Forge
from codex.resources import templates
from codex.rollout.batch import ApplyMode, process
from codex.rollout.context import ReleaseSource, SyncContext
from codex.rollout.limits import RunLimits
from codex.shell.journal import Journal
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from skills_build.release.loaded_bundle import LoadedBundle
from tests.support.contract import Row, Stage
from tests.support.fleet import PYTHON, codex_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one phase cost: requests to the API, fetches and pushes by git, bytes sent and received, for all together."""

    phase: str
    outcome: Outcome
    api: int
    fetches: int
    pushes: int
    size: int


def costs(row: Row, folder: Path, count: int) -> Iterator[Cost]:
    """Yield the cost of each phase of `count` repositories on the fake of one forge."""
    newer = codex_of("2.0.0", "\nA newer word.\n")
    with row.begin(folder) as stage:
        assert stage.fake is not None
        stage.fake.world.settles_after = 0
        for number in range(count):
            stage.add(f"shop/r{number}", dict(PYTHON), default_branch="main")
        journal = Journal(None)
        yield _phase("new", stage, journal, codex_of())
        yield _phase("unchanged", stage, journal, codex_of())
        yield _phase("a release for others", stage, journal, codex_of("1.1.0", "\nA word for others.\n", "eng-go"))
        yield _phase("a newer release", stage, journal, newer)
        for number in range(count):
            stage.merge(f"shop/r{number}", 1)
        yield _phase("just merged", stage, journal, newer)
        yield _phase("in sync", stage, journal, newer)


def _phase(name: str, stage: Stage, journal: Journal, codex: LoadedBundle) -> Cost:
    """One run in a new program."""
    assert stage.fake is not None
    stage.fake.forget()
    port = stage.fresh()
    run = SyncContext(
        source=ReleaseSource(codex=codex, origin=None, releases=lambda _: None),
        forge=port,
        policy=Policy(source="eng"),
        templates=templates(),
        day="2026-11-24",
        targets=("agents",),
    )
    targets = list(stage.targets.values())
    done = list(process(run, targets, journal, mode=ApplyMode(), limits=RunLimits(), workers=4))
    (outcome,) = {result.decision.outcome for result in done}
    api = sum(not entry.is_git for entry in stage.fake.log)
    pushes = sum(entry.is_git and entry.request.path.endswith("receive-pack") for entry in stage.fake.log)
    fetches = sum(entry.is_git and entry.request.path.endswith("upload-pack") for entry in stage.fake.log)
    _agrees(port, api, fetches + pushes)
    return Cost(phase=name, outcome=outcome, api=api, fetches=fetches, pushes=pushes, size=port.usage()["bytes"])


def _agrees(port: Forge, api: int, git: int) -> None:
    """The usage that a forge reports is what the fake has received."""
    usage = port.usage()
    assert (usage["requests"], usage["git"]) == (api, git), usage
