"""Time windows of a sync and of its waves, and gates that look at CI and reverts."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.fleet import People, state
from tests.support.running import Run
from tests.support.sync_command import outcomes, sync

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def configure(codex: Path, old: str, new: str) -> None:
    settings = codex / "standards" / "codex.yaml"
    text = settings.read_text()
    assert old in text
    settings.write_text(text.replace(old, new))


def in_three_days() -> str:
    return DAYS[(datetime.now(UTC) + timedelta(days=3)).weekday()]


def reasons(run: Run) -> set[str]:
    return {json.loads(line)["reason"] for line in run.out.splitlines()}


def test_nothing_is_written_outside_the_windows(codex: Path, people: People) -> None:
    before = state(people)
    configure(
        codex, "waves:", f"sync: {{windows: [{{days: [{in_three_days()}], start: '08:00', end: '09:00'}}]}}\nwaves:"
    )
    run = sync(codex, "apply", "--format", "jsonl")
    assert run.code == 4, run.err
    assert set(outcomes(run).values()) == {"queued"}
    [reason] = reasons(run)
    assert reason.startswith(f"the run is outside the time windows: they open on {in_three_days().title()} ")
    assert reason.endswith(" 08:00 UTC")
    assert state(people) == before
    assert sync(codex, "plan", "--format", "jsonl").code == 0


def test_a_wave_waits_for_its_own_window(codex: Path, people: People) -> None:
    windows = f"windows: [{{days: [{in_three_days()}], end: '01:00'}}]"
    configure(codex, "percent: 100}", f"percent: 100, {windows}}}")
    configure(codex, "waves:", "sync: {windows: [{days: [mon-sun]}]}\nwaves:")
    run = sync(codex, "apply", "--format", "jsonl")
    assert (run.code, outcomes(run)) == (4, {"shop/payments": "opened", "legacy/old": "queued", "shop/web": "queued"})


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ("{zone: Europe/Nowhere}", "the time zone `Europe/Nowhere` is unknown"),
        ("{zone: ../../etc/passwd}", "is unknown"),
        ("{days: [monday]}", "codex.yaml has errors"),
        ("{start: '8:00'}", "codex.yaml has errors"),
    ],
)
def test_a_wrong_window_is_reported(codex: Path, people: People, window: str, message: str) -> None:
    configure(codex, "waves:", f"sync: {{windows: [{window}]}}\nwaves:")
    run = sync(codex, "apply")
    assert run.code == 2 and message in run.err
