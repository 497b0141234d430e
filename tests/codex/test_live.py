"""What a terminal shows while a long run is under way."""

import re

import pytest

from codex.cli.live import Live
from codex.http.governor import Wait

WAIT = Wait(host="git.example.com", reason="the host asked for a pause", seconds=42.4, until=1_790_000_000.0)


class Clock:
    """Ten seconds a look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 10.0
        return self.now


def test_how_far_it_is_and_how_long_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with Live(shown=True, clock=Clock()) as live:
        live.begin(1000)
        for number in range(6):
            live.done(f"shop/r{number}")
    shown = capsys.readouterr().err
    assert "\r\x1b[K1/1,000 shop/r0" in shown
    assert re.search(r"\x1b\[K6/1,000, about \d h \d+ min left shop/r5", shown)
    assert shown.endswith("\r\x1b[K")


def test_waits_are_told_in_any_case(capsys: pytest.CaptureFixture[str]) -> None:
    Live(shown=False).waits(WAIT)
    Live(shown=False).done("x")
    told = capsys.readouterr().err
    assert re.fullmatch(r"git\.example\.com: waits 42 s, until \d\d:\d\d:\d\d: the host asked for a pause\n", told)
    Live(shown=True).waits(WAIT)
    assert "\r\x1b[K0/0 git.example.com: waits 42 s" in capsys.readouterr().err
