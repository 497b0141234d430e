"""`codexc sync` against every forge as a pipeline calls it: the real program, a fake on loopback, real git behind it."""

import base64
import itertools
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from codex.http.credentials import GIT_USER
from tests.support.data import ROOT
from tests.support.fleet import PYTHON
from tests.support.forges import Forge, faults, running
from tests.support.forges.faults import Kind
from tests.support.forges.wire import Request, json_answer
from tests.support.releasing import codex_in
from tests.support.running import Run, codexc, foreground

KINDS: tuple[Kind, ...] = get_args(Kind)
NAMES = tuple(f"shop/r{number}" for number in range(5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A released codex, and a forge with the repositories that it is for."""

    forge: Forge
    root: Path

    @property
    def journal(self) -> Path:
        """The journal of its syncs."""
        return self.root / "build" / "sync" / "journal.jsonl"

    @property
    def environment(self) -> dict[str, Any]:
        """What the program finds around it."""
        return {"FORGE_TOKEN": self.forge.token, "PYTHONPATH": str(ROOT)}

    def sync(self, *arguments: str | Path, **env: str) -> Run:
        """Call `codexc sync`."""
        return codexc("sync", *arguments, cwd=self.root, **{**self.environment, **env})

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Call `codexc sync`, which signals end whatever the tests themselves ignore, and do not wait for its end."""
        return subprocess.Popen(
            foreground([sys.executable, "-m", "codex", "sync", *arguments]),
            cwd=self.root,
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def open(self) -> list[int]:
        """How many requests there are in each repository."""
        return [len(self.forge.requests(name)) for name in NAMES]

    def writes(self) -> int:
        """How many requests have written so far."""
        return sum(one.writes for one in self.forge.log)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A codex that was released once."""
    made = codex_in(tmp_path_factory.mktemp("released"))
    made.release()
    return made.root


@pytest.fixture(params=KINDS)
def fleet(request: pytest.FixtureRequest, tmp_path: Path, released: Path) -> Iterator[Fleet]:
    with running(request.param, tmp_path) as forge:
        for name in NAMES:
            forge.add_repository(name, files=PYTHON)
        root = tmp_path / "codex"
        shutil.copytree(released, root)
        with (root / "standards" / "codex.yaml").open("a") as file:
            file.write("catalog: {kind: inventory, path: repositories.yaml}\n")
            file.write(f"forge: {{kind: {forge.kind}, url: '{forge.url}', token: {{env: FORGE_TOKEN}}}}\n")
        listed = "".join(f"  - {forge.url}/{name}\n" for name in NAMES)
        (root / "standards" / "repositories.yaml").write_text(f"repositories:\n{listed}")
        yield Fleet(forge=forge, root=root)


@pytest.mark.any_host
@pytest.mark.parametrize("end", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_an_interrupt_ends_a_pause_of_the_host(fleet: Fleet, end: signal.Signals) -> None:
    """The host asks for ten minutes: a run that waited for it would not end within the one that it is given."""
    pause = faults.too_many(retry_after=600, limit_headers=False)
    fleet.forge.fail(lambda request: request.writes, pause, times=1)
    with fleet.start("apply") as process:
        while not any(one.fault for one in fleet.forge.log):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(end)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.count(b": waiting 6") <= 1
    assert said.endswith(b"interrupted\n")
    fleet.forge.heal()
    _goes_on(fleet)


@pytest.mark.any_host
def test_a_run_that_is_ended_goes_on_where_it_was(fleet: Fleet) -> None:
    """It ends while the host has a write in hand: the third of a first run, and the next one, be it a late one of it."""
    for end, code, before in ((signal.SIGTERM, 130, 2), (signal.SIGKILL, -signal.SIGKILL, 0)):
        started: queue.Queue[subprocess.Popen[bytes]] = queue.Queue()
        count, gone = itertools.count(), threading.Event()

        def ends(
            end: int = end, started: queue.Queue[subprocess.Popen[bytes]] = started, gone: threading.Event = gone
        ) -> None:
            started.get(timeout=60).send_signal(end)
            gone.wait(60)

        def reached(request: Request, count: Iterator[int] = count, before: int = before) -> bool:
            return request.writes and next(count) == before

        fleet.forge.fail(reached, faults.interposed(ends), times=1)
        with fleet.start("apply") as process:
            started.put(process)
            _, said = process.communicate(timeout=60)
        gone.set()
        assert process.returncode == code, said
        fleet.forge.heal()
    _goes_on(fleet)


def _goes_on(fleet: Fleet) -> None:
    """A next run opens what is not open, one after it writes nothing, nor does one without the journal."""
    for line in fleet.journal.read_bytes().split(b"\n")[:-1]:
        json.loads(line)
    run = fleet.sync("apply", "--format", "jsonl")
    assert run.code == 0, run.err
    assert fleet.open() == [1] * len(NAMES)
    before = fleet.writes()
    assert fleet.sync("apply").code == 0
    fleet.journal.unlink()
    assert fleet.sync("apply").code == 0
    assert (fleet.writes(), fleet.open()) == (before, [1] * len(NAMES))


@pytest.mark.any_host
@pytest.mark.parametrize("command", ["plan", "apply", "check"])
def test_without_a_token_that_is_taken_nothing_is_begun(fleet: Fleet, command: str) -> None:
    wrong = fleet.sync(command, FORGE_TOKEN="of-nobody")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.endswith("  = help: the token is missing, wrong or expired\n")
    assert "of-nobody" not in wrong.err
    assert len(fleet.forge.log) <= 2
    missing = fleet.sync(command, FORGE_TOKEN="")
    assert (missing.code, missing.out) == (2, "")
    assert missing.err.startswith("error: the environment variable `FORGE_TOKEN` is not set\n")


def test_a_repository_that_cannot_be_closed_is_reported(fleet: Fleet) -> None:
    assert fleet.sync("apply", "-q").code == 0
    refused = fleet.sync("close", "--reason", "We start over", "--format", "jsonl", FORGE_TOKEN="of-nobody")
    assert (refused.code, refused.out) == (2, "")
    assert "401" in refused.err
    fleet.forge.archive(NAMES[1])
    run = fleet.sync("close", "--reason", "We start over", "--quiet")
    assert run.code == 1
    assert run.out.startswith(f"failed       {NAMES[1]} ")
    assert len(run.out.splitlines()) == 1
    states = [fleet.forge.requests(name)[0].state for name in NAMES]
    assert [state == "closed" for state in states] == [True, False, True, True, True]


def test_no_secret_is_in_anything_that_is_printed_or_written(fleet: Fleet, tmp_path: Path) -> None:
    user = "x-token-auth" if fleet.forge.kind == "bitbucket" else GIT_USER
    words = base64.b64encode(f"{user}:{fleet.forge.token}".encode()).decode()
    plan, page = tmp_path / "plan.json", tmp_path / "page.html"
    fleet.forge.fail(lambda request: ".git/" not in request.path, _quoting(fleet.forge.token), times=3)
    fleet.forge.fail(lambda request: ".git/" in request.path, _quoting(words), times=3)
    runs = [fleet.sync("plan", "--out", plan), fleet.sync("explain", NAMES[0]), fleet.sync("doctor")]
    fleet.forge.heal()
    fleet.forge.fail("* */git-receive-pack", _quoting(words), times=1)
    fleet.forge.fail(
        lambda request: request.writes and ".git/" not in request.path, _quoting(fleet.forge.token), times=2
    )
    runs += [fleet.sync("apply", "--format", "jsonl"), fleet.sync("apply", "--format", "markdown")]
    fleet.forge.heal()
    runs.append(fleet.sync("status", "--html", page))
    assert any("***" in run.out + run.err for run in runs)
    printed = [run.out + run.err for run in runs]
    printed += [path.read_text(errors="replace") for path in (plan, page, *fleet.root.rglob("*")) if path.is_file()]
    printed += [f"{one.path}?{one.request.query}" for one in fleet.forge.log]
    for secret in (fleet.forge.token, words):
        assert [text for text in printed if secret in text] == []


def _quoting(secret: str) -> faults.Fault:
    """A host that says in its refusal what it was sent."""
    answer = json_answer({"message": f"you sent {secret}"}, 400)
    return faults.Fault(name="quoting", answers=lambda _: answer)


@pytest.mark.parametrize("fleet", ["gitlab", "forgejo"], indirect=True)
def test_a_host_of_an_authority_of_its_own(fleet: Fleet, tmp_path: Path) -> None:
    tls = pytest.importorskip(
        "tests.support.tls", reason="the extra `github-app`, and so cryptography, is not installed"
    )
    root, chain = tls.authority(tmp_path)
    settings = fleet.root / "standards" / "codex.yaml"
    with tls.encrypted(int(fleet.forge.url.rpartition(":")[2]), chain) as url:
        settings.write_text(settings.read_text().replace(fleet.forge.url, url))
        unknown = fleet.sync("doctor")
        assert (unknown.code, "certificate verify failed" in unknown.out, "`ca`" in unknown.out) == (1, True, True)
        refused = fleet.sync("apply", "--only", NAMES[0])
        assert (refused.code, "help: for a private certificate authority, set `ca`" in refused.err) == (2, True)
        settings.write_text(settings.read_text().replace("token: {", f"ca: {root}, token: {{"))
        run = fleet.sync("apply")
        assert (run.code, fleet.open()) == (0, [1] * len(NAMES)), run.out
