"""Whole rollouts on real repositories: waves, gates, limits, shards."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from codex.forge.local import LocalForge
from codex.resources import templates
from codex.rollout.batch import ApplyMode, process
from codex.rollout.context import ReleaseSource, RepositoryResult, SyncContext
from codex.rollout.limits import FailureThresholds, RunLimits
from codex.rollout.waves import run_waves, shard_of
from codex.shell.journal import Journal
from codex.sync.decision_table import Decision
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from codex.sync.repository import Repository
from codex.sync.waves import Gate, Wave
from codex.sync.windows import Window
from skills_build.errors import CodexError
from skills_build.release.loaded_bundle import LoadedBundle
from tests.support.fleet import PYTHON, People, codex_of

WAVES = (
    Wave(name="pilots", names=("shop/a", "shop/b")),
    Wave(name="rest", names=("shop/*",), after=Gate(merged=50, declined=40, soak=timedelta(days=1))),
)


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def people(tmp_path: Path) -> People:
    root = tmp_path / "repositories"
    root.mkdir()
    people = People(root)
    for name in "abcd":
        people.add(f"shop/{name}", PYTHON)
    return people


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    book = Journal(tmp_path / "journal.jsonl")
    yield book
    book.close()


def roll(
    people: People, journal: Journal, clock: Time, *, codex: LoadedBundle | None = None, **more: Any
) -> dict[str, tuple[Outcome, str]]:
    run = SyncContext(
        source=ReleaseSource(codex=codex or codex_of(), origin=None, releases=lambda _: None),
        forge=LocalForge(people.root),
        policy=Policy(source="eng"),
        templates=templates(),
        day="2026-11-24",
        targets=("agents",),
        now=clock,
    )
    more.setdefault("limits", RunLimits(now=clock))

    def carried(targets: Sequence[Repository], mode: ApplyMode, limits: RunLimits) -> Iterator[RepositoryResult]:
        return process(run, targets, journal, mode=mode, limits=limits, workers=1)

    done = run_waves(carried, list(people.targets.values()), journal, **more)
    return {result.target.path: (result.decision.outcome, result.decision.reason) for result in done}


def outcomes(results: dict[str, tuple[Outcome, str]]) -> str:
    return " ".join(f"{path[-1]}:{results[path][0]}" for path in sorted(results))


def test_a_wave_waits_for_merges_and_then_soaks(people: People, journal: Journal) -> None:
    clock = Time()
    first = roll(people, journal, clock, waves=WAVES)
    assert outcomes(first) == "a:opened b:opened c:queued d:queued"
    assert first["shop/c"][1] == "wave `rest` waits: 0% of repositories in earlier waves merged (required: 50%)"
    clock.at += timedelta(days=3)
    people.merge("shop/a")
    assert roll(people, journal, clock, waves=WAVES)["shop/c"][1] == "wave `rest` waits: the soak time ends in 24.0 h"
    clock.at += timedelta(hours=23)
    assert roll(people, journal, clock, waves=WAVES)["shop/c"][1] == "wave `rest` waits: the soak time ends in 1.0 h"
    clock.at += timedelta(hours=1)
    assert outcomes(roll(people, journal, clock, waves=WAVES)) == "a:in-sync b:open c:opened d:opened"


def test_a_newer_release_begins_with_the_pilots_again(people: People, journal: Journal) -> None:
    clock = Time()
    roll(people, journal, clock)
    for name in "abcd":
        people.merge(f"shop/{name}")
    assert outcomes(roll(people, journal, clock, waves=WAVES)) == "a:merged b:merged c:merged d:merged"
    newer = codex_of("2.0.0", "\nA newer word.\n")
    clock.at += timedelta(days=9)
    results = roll(people, journal, clock, waves=WAVES, codex=newer)
    assert outcomes(results) == "a:opened b:opened c:queued d:queued"


def test_too_many_declined_stop_the_next_wave(people: People, journal: Journal) -> None:
    clock = Time()
    roll(people, journal, clock, waves=WAVES)
    people.change("shop/a", 1, state="closed")
    results = roll(people, journal, clock, waves=WAVES)
    assert outcomes(results) == "a:declined b:open c:queued d:queued"
    assert "50% of repositories in earlier waves declined (allowed: 40%)" in results["shop/c"][1]


def test_repositories_that_no_wave_reaches_wait(people: People, journal: Journal) -> None:
    people.add("other/e", PYTHON)
    results = roll(
        people, journal, Time(), waves=(Wave(name="pilots", names=("shop/a",)), Wave(name="all", names=("shop/*",)))
    )
    assert outcomes(results) == "e:queued a:opened b:opened c:opened d:opened"
    assert results["other/e"][1] == "the repository is not in any wave"


def test_up_to_a_wave(people: People, journal: Journal) -> None:
    waves = (Wave(name="one", names=("shop/a",)), Wave(name="two", names=("shop/b",)), Wave(name="all", percent=100))
    assert (
        outcomes(roll(people, journal, Time(), waves=waves, last_wave="two")) == "a:opened b:opened c:queued d:queued"
    )
    with pytest.raises(CodexError, match="there is no wave `three`"):
        roll(people, journal, Time(), waves=waves, last_wave="three")


def test_a_limit_of_open_merge_requests(people: People, journal: Journal) -> None:
    clock = Time()

    def two() -> dict[str, tuple[Outcome, str]]:
        return roll(people, journal, clock, limits=RunLimits(max_open=2, now=clock))

    results = two()
    assert outcomes(results) == "a:opened b:opened c:queued d:queued"
    assert results["shop/c"] == (Outcome.QUEUED, "2 merge requests are open")
    assert outcomes(two()) == "a:open b:open c:queued d:queued"
    people.merge("shop/b")
    people.merge("shop/a")
    assert outcomes(two()) == "a:merged b:merged c:opened d:opened"


def test_nothing_is_written_after_the_deadline(people: People, journal: Journal) -> None:
    clock = Time()
    limits = RunLimits(deadline=clock.at, now=clock)
    results = roll(people, journal, clock, limits=limits)
    assert set(results.values()) == {(Outcome.QUEUED, f"the deadline {clock.at:%Y-%m-%d} 09:00 has passed")}
    assert journal.entries == {}
    assert people.tip("shop/a") is None
    clock.at -= timedelta(minutes=1)
    assert outcomes(roll(people, journal, clock, limits=limits)) == "a:opened b:opened c:opened d:opened"


def test_a_run_that_fails_too_often_halts(people: People, journal: Journal) -> None:
    for number in range(10):
        people.add(f"bad/r{number}", {".engineering-codex.lock": "{"})
    people.targets = {path: people.targets[path] for path in sorted(people.targets)}
    clock = Time()
    results = roll(people, journal, clock, limits=RunLimits(thresholds=FailureThresholds(failed=50), now=clock))
    assert results["shop/a"] == (Outcome.QUEUED, "halted: 100% failed (allowed: 50%)")
    assert people.tip("shop/a") is None


def test_shards_divide_the_fleet() -> None:
    fleet = [Repository(id=str(number), path=f"g/r{number}") for number in range(1000)]
    parts = [shard_of(fleet, part, 4) for part in (1, 2, 3, 4)]
    assert sorted(target.id for part in parts for target in part) == sorted(target.id for target in fleet)
    assert all(200 < len(part) < 300 for part in parts)
    assert shard_of(fleet[::-1], 1, 4)[::-1] == parts[0]
    assert shard_of(fleet, 1, 1) == tuple(fleet)


def test_failing_ci_and_reverts_close_a_gate(people: People, journal: Journal) -> None:
    clock, asked = Time(), list[str]()

    def fails(result: RepositoryResult) -> bool:
        asked.append(result.target.path)
        return result.target.path == "shop/a"

    gate = Gate(failing=40)
    waves = (WAVES[0], Wave(name="rest", names=("shop/*",), after=gate))
    first = roll(people, journal, clock, waves=waves, fails=fails)
    assert outcomes(first) == "a:opened b:opened c:queued d:queued"
    assert first["shop/c"][1] == "wave `rest` waits: CI fails in 50% of repositories in earlier waves (allowed: 40%)"
    assert asked == ["shop/a", "shop/b"]
    waves = (WAVES[0], Wave(name="rest", names=("shop/*",), after=Gate(failing=50)))
    assert outcomes(roll(people, journal, clock, waves=waves, fails=fails)) == "a:open b:open c:opened d:opened"


def test_ci_is_not_asked_for_without_a_limit(people: People, journal: Journal) -> None:
    def fails(result: RepositoryResult) -> bool:
        raise AssertionError(result)

    waves = (WAVES[0], Wave(name="rest", names=("shop/*",), after=Gate(failed=5)))
    assert outcomes(roll(people, journal, Time(), waves=waves, fails=fails)).endswith("c:opened d:opened")


def test_a_run_stops_when_its_window_closes(people: People, journal: Journal) -> None:
    clock = Time()
    window = Window(days=frozenset({1}), start=time(8), end=time(10), zone=UTC)

    def carried(targets: Sequence[Repository], mode: ApplyMode, limits: RunLimits) -> Iterator[RepositoryResult]:
        for target in targets:
            limits.now = clock
            reason = limits.past_deadline
            clock.at += timedelta(minutes=40)
            yield RepositoryResult(
                target=target,
                decision=Decision(row=0, outcome=Outcome.QUEUED if reason else Outcome.OPENED, reason=reason or ""),
            )

    targets = list(people.targets.values())
    done = list(run_waves(carried, targets, journal, limits=RunLimits(now=clock), windows=(window,)))
    assert [result.decision.outcome for result in done] == ["opened", "opened", "queued", "queued"]
    assert done[-1].decision.reason == "the run is outside the time windows: they open on Tue 2026-12-01 08:00 UTC"


def test_the_waves_after_one_outside_its_windows_wait_too(people: People, journal: Journal) -> None:
    night = Window(days=frozenset({1}), start=time(22), end=time(23), zone=UTC)
    waves = (Wave(name="pilots", names=("shop/a",), windows=(night,)), Wave(name="rest", names=("shop/*",)))
    done = roll(people, journal, Time(), waves=waves)
    assert outcomes(done) == "a:queued b:queued c:queued d:queued"
    assert done["shop/a"][1] == "the run is outside the time windows: they open on Tue 2026-11-24 22:00 UTC"
    assert done["shop/b"][1] == "wave `pilots` is waiting for its next time window"
