"""What a terminal shows while a long run is under way."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from codex.cli._progress_line import ProgressLine, is_watched
from codex.http.rate_limit import Wait
from tests.support.data import ROOT

WAIT = Wait(host="git.example.com", reason="the host requested a pause", seconds=42.4, until=1_790_000_000.0)


class Clock:
    """Ten seconds a look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 10.0
        return self.now


def test_progress_and_time_left_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressLine(shown=True, clock=Clock()) as live:
        live.begin(1000)
        for number in range(6):
            live.done(f"shop/r{number}")
    shown = capsys.readouterr().err
    assert "\r\x1b[K1/1,000 shop/r0" in shown
    assert re.search(r"\x1b\[K6/1,000, about \d h \d+ min left shop/r5", shown)
    assert shown.endswith("\r\x1b[K")


def test_waits_are_always_shown(capsys: pytest.CaptureFixture[str]) -> None:
    ProgressLine(shown=False).waits(WAIT)
    ProgressLine(shown=False).done("x")
    printed = capsys.readouterr().err
    assert re.fullmatch(r"git\.example\.com: waiting 42 s, until \d\d:\d\d:\d\d: the host requested a pause\n", printed)
    ProgressLine(shown=True).waits(WAIT)
    assert "\r\x1b[K0/0 git.example.com: waiting 42 s" in capsys.readouterr().err


def test_short_waits_for_the_same_reason_are_logged_once_a_minute_with_the_progress(
    capsys: pytest.CaptureFixture[str],
) -> None:
    live = ProgressLine(shown=False, clock=Clock())
    live.begin(400)
    for number in range(6):
        live.done(f"shop/r{number}")
    short = replace(WAIT, seconds=2.0, reason="the write budget")
    for _ in range(7):
        live.waits(short)
    live.waits(WAIT)
    live.waits(WAIT)
    printed = capsys.readouterr().err.splitlines()
    assert [line.partition(": waiting ")[2].partition(" s,")[0] for line in printed] == ["2", "2", "42", "42"]
    assert re.search(r": the write budget \(6/400 done, about \d+ h \d+ min left\)$", printed[0])


def test_the_line_fits_into_a_narrow_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressLine(shown=True, width=lambda: 30) as live:
        live.begin(2)
        live.done("shop/a-repository-with-a-very-long-name")
        live.waits(WAIT)
    drawn = capsys.readouterr().err.split("\r\x1b[K")
    assert [len(line) for line in drawn if line] == [29, 29]


def test_names_cannot_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressLine(shown=True) as live:
        live.begin(1)
        live.done("shop/\x1b[2J\nx")
    assert "\r\x1b[K1/1 shop/<U+001B>[2J x" in capsys.readouterr().err


@pytest.mark.parametrize(("term", "watched"), [("xterm", True), ("dumb", False)])
def test_a_terminal_that_cannot_redraw_a_line_gets_no_progress_line(
    monkeypatch: pytest.MonkeyPatch, term: str, watched: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert is_watched() is watched


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no such terminals here")
@pytest.mark.parametrize("unwanted", ["", "1"])
def test_errors_have_colours_on_a_terminal_unless_no_color_is_set(tmp_path: Path, unwanted: str) -> None:
    ours, theirs = os.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": unwanted}
    subprocess.run([sys.executable, "-m", "codex", "sync", "doctor"], stdout=theirs, cwd=tmp_path, env=env, check=False)
    subprocess.run([sys.executable, "-m", "codex", "build"], stderr=theirs, cwd=tmp_path, env=env, check=False)
    os.close(theirs)
    shown = os.read(ours, 65536)
    os.close(ours)
    assert (b"settings" in shown, b"error" in shown) == (True, True)
    assert (b"\x1b[" in shown) is not bool(unwanted)
