"""What the tests lean on: forks that are like processes of their own, and bounds that do end what is too much."""

import gc
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.data import ROOT
from tests.support.effort import at_most_calls, at_most_cpu_seconds
from tests.support.running import codexc, foreground

BAD = "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: approved\n---\n\n# Services\n\n## Rules\n\n### They MUST wait\n"


@pytest.mark.parametrize(
    "arguments", [["--version"], ["check"], ["check", "-", "--stdin-filename", "a.md"], ["biuld"], ["explain", "CX303"]]
)
def test_a_fork_gives_what_an_interpreter_of_its_own_gives(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "codex.yaml").write_text("namespace: acme\ntitle: A\ndomains:\n  services: {title: S, owner: '@a'}\n")
    (tmp_path / "b.md").write_text(BAD.replace("SVC", "BAD"))
    forked = codexc(*arguments, cwd=tmp_path, stdin=BAD.encode(), FORCE_COLOR="1")
    assert forked == codexc(*arguments, cwd=tmp_path, stdin=BAD.encode(), FORCE_COLOR="1", fresh=True)


def test_too_many_calls_are_ended() -> None:
    with at_most_calls(100):
        sum(map(abs, range(3)))
    with pytest.raises(AssertionError, match="more than 100 calls"), at_most_calls(100):
        _ = [abs(one) for one in range(1000)]


def test_too_much_processor_time_is_ended_and_waiting_is_none() -> None:
    with at_most_cpu_seconds(0.2):
        time.sleep(0.3)
    with pytest.raises(AssertionError, match="processor time"), at_most_cpu_seconds(0.2):
        re.fullmatch(r"(a|a)*b", "a" * 60)


def test_garbage_of_earlier_tests_is_not_collected_in_a_block_whose_time_is_bounded() -> None:
    with at_most_cpu_seconds(60):
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.parametrize("seconds", [0.005 * step for step in range(8)])
def test_a_block_that_ends_late_leaves_nothing_behind_wherever_the_signal_arrives(seconds: float) -> None:
    handler = signal.getsignal(signal.SIGVTALRM)
    with suppress(AssertionError), at_most_cpu_seconds(0.02):
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass
    assert gc.isenabled()
    assert signal.getsignal(signal.SIGVTALRM) is handler and signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_the_signal_that_arrives_at_the_end_of_a_block_leaves_nothing_behind() -> None:
    handler, bound = signal.getsignal(signal.SIGVTALRM), at_most_cpu_seconds(60)
    bound.__enter__()
    with pytest.raises(AssertionError, match="processor time"):
        signal.raise_signal(signal.SIGVTALRM)  # and `__exit__` is never reached
    assert gc.isenabled()
    assert signal.getsignal(signal.SIGVTALRM) is handler and signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_in_the_foreground_is_ended_by_signals_that_its_parent_ignores(number: signal.Signals) -> None:
    program = f"import os, signal; os.kill(os.getpid(), signal.{number.name}); signal.pause()"
    ignoring = f"import signal, subprocess, sys; signal.signal(signal.{number.name}, signal.SIG_IGN)\n"
    ignoring += "sys.exit(subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL).returncode != 0)"
    command = foreground([sys.executable, "-c", program])
    assert subprocess.run([sys.executable, "-c", ignoring, *command], cwd=ROOT, check=False, timeout=60).returncode == 1
