"""When a wave starts, given the results of earlier waves."""

from datetime import UTC, datetime, timedelta

import pytest

from codex.sync.outcome import Outcome
from codex.sync.repository import Repository
from codex.sync.waves import Gate, Result, Wave, closed, span, wave_of
from skills_build.errors import CodexError

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def results(**counts: int) -> list[Result]:
    """So many of each outcome, by its name in Python, an hour apart."""
    names = [Outcome[name.upper()] for name, count in counts.items() for _ in range(count)]
    return [Result(outcome=name, since=NOW - timedelta(hours=number)) for number, name in enumerate(names)]


@pytest.mark.parametrize(
    ("gate", "before", "why"),
    [
        (Gate(), {"failed": 3, "open": 7}, None),
        (Gate(merged=50), {}, None),
        (Gate(merged=50), {"skipped": 4, "opted_out": 1}, None),
        (Gate(merged=50), {"in_sync": 2, "merged": 2, "closed": 1, "open": 5}, None),
        (
            Gate(merged=50),
            {"in_sync": 4, "open": 5, "skipped": 90},
            "44% of repositories in earlier waves merged (required: 50%)",
        ),
        (Gate(merged=1), {"queued": 3}, "0% of repositories in earlier waves merged (required: 1%)"),
        (Gate(declined=10), {"declined": 1, "open": 9}, None),
        (Gate(declined=10), {"declined": 2, "open": 8}, "20% of repositories in earlier waves declined (allowed: 10%)"),
        (Gate(failed=0), {"conflict": 1, "in_sync": 99}, "1% of repositories in earlier waves failed (allowed: 0%)"),
        (Gate(failed=20), {"raced": 1, "failed": 1, "in_sync": 8}, None),
        (Gate(merged=75, soak=timedelta(hours=2)), {"in_sync": 4}, "the soak time ends in 1.0 h"),
        (Gate(merged=50, soak=timedelta(hours=2)), {"in_sync": 6}, None),
        (Gate(merged=100, soak=timedelta(days=5)), {"in_sync": 4}, "the soak time ends in 5.0 days"),
        (Gate(soak=timedelta(hours=1)), {"open": 4}, "the soak time ends in 1.0 h"),
    ],
)
def test_a_closed_gate_says_what_it_waits_for(gate: Gate, before: dict[str, int], why: str | None) -> None:
    assert closed(gate, results(**before), NOW) == why


def test_without_a_start_the_soak_time_starts_now() -> None:
    unknown = [Result(outcome=Outcome.IN_SYNC)]
    assert closed(Gate(merged=100, soak=timedelta(hours=1)), unknown, NOW) == "the soak time ends in 1.0 h"


def test_a_larger_share_holds_the_smaller_for_ever() -> None:
    targets = [Repository(id=str(number), path=f"g/r{number}") for number in range(2000)]
    reached = {
        share: {target.id for target in targets if wave_of(target, [Wave(name="w", percent=share)])}
        for share in (5, 20, 100)
    }
    assert reached[5] < reached[20] < reached[100]
    assert (75 < len(reached[5]) < 125, len(reached[100])) == (True, 2000)
    waves = [Wave(name="pilots", names=("g/r1?", "r7")), Wave(name="all", percent=100)]
    assert [wave_of(targets[number], waves) for number in (7, 11, 100)] == ["pilots", "pilots", "all"]


@pytest.mark.parametrize(("text", "hours"), [("90m", 1.5), ("36h", 36), ("2d", 48)])
def test_a_duration_is_read(text: str, hours: float) -> None:
    assert span(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "2", "2w", "-1d", "1.5h", "d", "9999999d"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(CodexError, match="is not a duration"):
        span(text)
