"""Worker processes and a Dask cluster give the same results as one process."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codex.forge.local import LocalForge
from codex.http.hosts import GITHUB, GITLAB, Hosts, HostSection
from codex.resources import templates
from codex.rollout.backends import dask, processes
from codex.rollout.batch import ApplyMode, process
from codex.rollout.context import ReleaseSource, RepositoryResult, SyncContext
from codex.rollout.limits import RunLimits
from codex.rollout.waves import run_waves
from codex.rollout.workers import Coordinator, JobSpec, WorkChunk, WorkChunkResult, job_spec, run_chunk
from codex.shell.journal import Journal, JournalEntry
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from skills_build.errors import CodexError
from skills_build.model.fleet import ForgeSettings
from skills_build.release.loaded_bundle import load_bundle
from tests.support.data import ROOT
from tests.support.fleet import PYTHON, People, codex_of, git
from tests.support.running import codexc

SECTION = ForgeSettings(kind="local")
Results = list[tuple[str, str, int, str, str]]


@pytest.fixture
def people(tmp_path: Path) -> People:
    """A fleet in which a bit of everything happens."""
    root = tmp_path / "one"
    root.mkdir()
    people = People(root)
    for number in range(6):
        people.add(f"shop/r{number}", {**PYTHON, "NUMBER": str(number)})
    people.add("old/pinned", {**PYTHON, ".engineering-codex.yaml": "pin: 0.9.0\n"})
    people.add("old/gone", {**PYTHON, ".engineering-codex.yaml": "pin: 0.1.0\n"})
    people.add("old/out", {".engineering-codex.yaml": "opt_out: {reason: frozen}\n"})
    people.add("old/broken", {".engineering-codex.lock": "{"})
    return people


def run_on(root: Path) -> SyncContext:
    older = codex_of("0.9.0")
    return SyncContext(
        source=ReleaseSource(
            codex=load_bundle(tuple(codex_of().files.values())), origin="c" * 40, releases={"0.9.0": older}.get
        ),
        forge=LocalForge(root, clock=lambda: 1_790_000_000),
        policy=Policy(source="eng"),
        templates=templates(),
        day="2026-11-24",
        targets=("agents",),
    )


class Serial:
    """A backend that processes each chunk when its result is waited for; records the chunks."""

    def __init__(self, job: JobSpec, size: int) -> None:
        self.size, self.recipe = size, job
        self.parts: list[WorkChunk] = []
        self.waiting = self.most = 0

    def submit(self, part: WorkChunk) -> Callable[[], WorkChunkResult]:
        self.parts.append(part)
        self.waiting += 1
        self.most = max(self.most, self.waiting)

        def result() -> WorkChunkResult:
            self.waiting -= 1
            return run_chunk(self.recipe, part)

        return result


def rolled(
    people: People, run: SyncContext, journal: Journal, coordinator: Coordinator | None, **bounds: Any
) -> Results:
    def carried(targets: Any, order: ApplyMode, limits: RunLimits) -> Iterator[RepositoryResult]:
        if coordinator is not None:
            return coordinator.process(targets, journal, order=order, limits=limits)
        return process(run, targets, journal, mode=order, limits=limits, workers=1)

    done = run_waves(carried, list(people.targets.values()), journal, limits=RunLimits(**bounds))
    return [
        (result.target.path, result.decision.outcome, result.decision.row, result.decision.reason, result.url)
        for result in done
    ]


def state(people: People, root: Path) -> dict[str, Any]:
    """The content of each repository, except the time of commits."""
    local = People(root, dict(people.targets))
    trees = {
        path: (local.tip(path) and git(root / f"{path}.git", "rev-parse", "codex/sync^{tree}"), local.requests(path))
        for path in people.targets
    }
    days = re.compile(r"\d{4}-\d\d-\d\d")
    return {path: (tree, days.sub("DAY", repr(requests))) for path, (tree, requests) in trees.items()}


def remembered(entries: Mapping[str, JournalEntry]) -> dict[str, JournalEntry]:
    return {
        name: msgspec.structs.replace(entry, head="", base="", since="", opened="") for name, entry in entries.items()
    }


@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.slow), 3])
@pytest.mark.parametrize(
    "limits",
    [
        pytest.param({}, id="none", marks=pytest.mark.slow),
        pytest.param({"max_writes": 3}, id="3 writes"),
        pytest.param({"max_open": 2}, id="2 open"),
        pytest.param({"max_writes": 0}, id="0 writes", marks=pytest.mark.slow),
    ],
)
def test_chunks_give_what_one_run_gives(people: People, tmp_path: Path, size: int, limits: dict[str, Any]) -> None:
    other = tmp_path / "other"
    shutil.copytree(people.root, other)
    local, remote = run_on(people.root), run_on(other)
    local_journal, remote_journal = Journal(None), Journal(None)
    backend = Serial(job_spec(remote, SECTION, other, threads=1), size)
    for _ in range(3):
        expected = rolled(people, local, local_journal, None, **limits)
        assert rolled(people, remote, remote_journal, Coordinator(backend, remote), **limits) == expected
        assert state(people, other) == state(people, people.root)
        assert remembered(remote_journal.entries) == remembered(local_journal.entries)
        for fleet in (people, People(other, dict(people.targets))):
            fleet.commit("shop/r1", {"AGENTS.md": "# Payments\n\nAsk twice.\n"})
    if not limits:
        assert backend.most == 2 * size
    assert all(part.mode.stop_reason is None and part.entries is not None for part in backend.parts)


def test_the_usage_of_workers_is_summed(people: People) -> None:
    run = run_on(people.root)
    coordinator = Coordinator(Serial(job_spec(run, SECTION, people.root, threads=1), 2), run)
    rolled(people, run, Journal(None), coordinator)
    assert coordinator.usage()["writes"] > 6


def test_workers_share_what_a_host_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    monkeypatch.setenv("GITLAB_TOKEN", "t")
    whole = Hosts(root=tmp_path).client(GITHUB, HostSection())
    part = Hosts(root=tmp_path, share=4).client(GITHUB, HostSection())
    limited = Hosts(root=tmp_path, share=4).client(GITLAB, HostSection(limits={"writes_per_minute": 6}))
    limits = [client.rate_limiter.limits for client in (whole, part, limited)]
    assert [(limit.concurrency, limit.writes_per_minute, limit.writes_per_hour) for limit in limits] == [
        (8, 60, 450),
        (2, 15, 112),
        (2, 1, 0),
    ]


def test_processes_give_what_one_process_gives(people: People, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(people.root, other)
    local, remote = run_on(people.root), run_on(other)
    expected = rolled(people, local, Journal(None), None)
    with processes(job_spec(remote, SECTION, other, threads=1), 2) as backend:
        assert rolled(people, remote, Journal(None), Coordinator(backend, remote)) == expected
    assert state(people, other) == state(people, people.root)
    assert Counter(result[1] for result in expected) == {"opened": 7, "skipped": 1, "opted-out": 1, "failed": 1}


def test_a_killed_worker_is_reported(people: People) -> None:
    run = run_on(people.root)
    job = replace(job_spec(run, SECTION, people.root, threads=1), bundle=_Deadly())
    with pytest.raises(CodexError, match="a worker was killed"):
        with processes(job, 1) as backend:
            rolled(people, run, Journal(None), Coordinator(backend, run))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs the process list of Linux")
def test_workers_end_with_the_process_that_started_them(people: People) -> None:
    program = (
        "import sys, time\n"
        "from types import SimpleNamespace\n"
        "from codex.rollout.backends import _start_worker\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "pool = ProcessPoolExecutor(2, initializer=_start_worker, initargs=(SimpleNamespace(memory=4096),))\n"
        "print(*{pool.submit(__import__('os').getpid).result() for _ in range(20)}, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        workers = [Path("/proc") / part for part in parent.stdout.readline().split()]
        assert workers
        parent.kill()
    deadline = time.monotonic() + 60
    while any(worker.exists() for worker in workers):
        assert time.monotonic() < deadline, "workers live on without the process that started them"
        time.sleep(0.02)


class _Deadly(tuple[()]):
    """A bundle that ends the process that reads it."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        os._exit(9)


needs_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="the extra `dask` is not installed")


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[str]:
    """A real scheduler and real workers on loopback; the address of the scheduler."""
    with ExitStack() as stack:
        file = folder / "scheduler.json"
        common = ("--host", "127.0.0.1", "--no-dashboard")
        commands = [("scheduler", "--port", "0", "--scheduler-file", str(file), *common)]
        commands += [("worker", "--scheduler-file", str(file), "--nthreads", "1", *common)] * workers
        for command in commands:
            log = stack.enter_context((folder / "cluster.log").open("ab"))
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:]],
                stdout=log,
                stderr=log,
                cwd=folder,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
        deadline = time.monotonic() + 60
        while not (file.is_file() and file.stat().st_size):
            assert time.monotonic() < deadline, (folder / "cluster.log").read_text()
            time.sleep(0.1)
        address = str(json.loads(file.read_text())["address"])
        from distributed import Client

        with Client(address, timeout=60, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(workers, timeout=60)
        yield address


@pytest.mark.slow
@needs_dask
@pytest.mark.filterwarnings("default")
def test_a_cluster_gives_what_one_process_gives(people: People, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(people.root, other)
    local, remote = run_on(people.root), run_on(other)
    expected = rolled(people, local, Journal(None), None)
    with cluster(tmp_path, 2) as address:
        with dask(job_spec(remote, SECTION, other, threads=1), address) as backend:
            assert backend.size == 2
            assert rolled(people, remote, Journal(None), Coordinator(backend, remote)) == expected
        assert state(people, other) == state(people, people.root)
        with pytest.raises(CodexError, match="no Dask scheduler responds"):
            with dask(job_spec(remote, SECTION, other, threads=1), "tcp://127.0.0.1:9"):
                pass


def test_a_missing_dask_is_an_error(tmp_path: Path) -> None:
    run = codexc("sync", "plan", "--diff", "--dask", "tcp://127.0.0.1:9", cwd=tmp_path)
    assert (run.code, "--diff" in run.err) == (2, True)


@pytest.mark.slow
def test_a_branch_of_a_release_that_only_the_coordinator_has_is_kept(people: People, tmp_path: Path) -> None:
    """What the workers cannot compare is done here, with the same result as without them."""
    first = run_on(people.root)
    old = first.source.codex
    rolled(people, first, Journal(None), None)
    before = state(people, people.root)
    files = dict(old.files)
    index = next(path for path in files if path.endswith("eng-index/SKILL.md") and "/agents/" in path)
    files[index] = replace(files[index], data=files[index].data + b"\nOne more id.\n")
    manifest = json.loads(files["manifest.json"].data)
    files["manifest.json"] = replace(files["manifest.json"], data=json.dumps({**manifest, "version": "1.1.0"}).encode())
    newer = load_bundle(tuple(files.values()))
    assert newer.version == "1.1.0"
    run = replace(first, source=ReleaseSource(codex=newer, origin=None, releases={old.version: old}.get))
    job = job_spec(run, SECTION, people.root, threads=1)
    done = rolled(people, run, Journal(None), Coordinator(Serial(job, 2), run))
    assert done == rolled(people, run, Journal(None), None)
    assert ("shop/r0", Outcome.OPEN, 11) in {result[:3] for result in done}
    assert state(people, people.root) == before
