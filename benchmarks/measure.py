"""CPU seconds and peak memory of whole processes, as counted by the operating system."""

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measurement:
    """Medians over several runs: CPU seconds (user and system) and the largest resident size in MiB."""

    cpu: float
    memory: float


def measure(
    command: Sequence[str | Path],
    *,
    runs: int,
    env: Mapping[str, str],
    cwd: Path,
    before: Callable[[int], object] = lambda _: None,
) -> Measurement:
    """Run a command once to warm up, then `runs` times. Raises `RuntimeError` if it fails."""
    samples = [_run_once(command, env=env, cwd=cwd, before=before, number=number) for number in range(runs + 1)][1:]
    return Measurement(
        cpu=statistics.median(cpu for cpu, _ in samples), memory=statistics.median(memory for _, memory in samples)
    )


def _run_once(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    before: Callable[[int], object],
    number: int,
) -> tuple[float, float]:
    before(number)
    pid = os.fork()
    if pid == 0:
        os.chdir(cwd)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.execvpe(command[0], [str(part) for part in command], dict(env))
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
