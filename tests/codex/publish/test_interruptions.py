"""Interrupted runs of `codexc publish`: the next run completes them."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from codex.http import transport
from codex.http.errors import HttpError
from codex.publish import oci as oci_module
from codex.publish import well_known as well_known_module
from codex.publish.well_known import FOLDER
from codex.workflow.publish import publish as publish_to
from codex.workflow.publish import publish_access
from tests.support import registries
from tests.support.goals import (
    Bundles,
    Goal,
    goal,
)
from tests.support.publishing import fails, offered, steps
from tests.support.registries import Fault


@pytest.mark.any_host
@pytest.mark.parametrize(
    ("kind", "after"),
    [
        pytest.param("500", False, id="500-before", marks=pytest.mark.slow),
        pytest.param("500", True, id="500-after"),
        pytest.param("drop", False, id="drop-before"),
        pytest.param("drop", True, id="drop-after", marks=pytest.mark.slow),
    ],
)
def test_the_next_run_completes_what_a_failed_write_left_out(
    hosted: Goal, bundles: Bundles, kind: str, after: bool, tmp_path: Path
) -> None:
    what = offered(bundles.first)
    number = 0
    while True:
        with goal(hosted.kind, tmp_path) as fresh:
            assert fresh.host
            fresh.host.fail(Fault(number, kind, after=after))
            if failed := fails(what, fresh):
                fresh.sound()
            fresh.host.fail(None)
            steps(what, fresh.open())
            fresh.check(what)
            if not failed:
                break
        number += 1
    assert number >= len(what.files)


@pytest.mark.parametrize("failing", [False, True])
def test_connections_are_closed_on_success_and_failure(
    hosted: Goal, bundles: Bundles, failing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hosted.host
    hosted.host.fail(Fault(2) if failing else None)
    pools = []
    open_connections = transport.open_connections

    def spied(*arguments: Any) -> Any:
        pools.append(open_connections(*arguments))
        return pools[-1]

    monkeypatch.setattr(transport, "open_connections", spied)
    for name, value in hosted.env.items():
        monkeypatch.setenv(name, value)
    how = publish_access(variable=None, file=None, command=None, authorities=None)
    with pytest.raises(HttpError) if failing else nullcontext():
        list(publish_to(offered(bundles.first), hosted.to, how, dry=False))
    assert pools
    assert all(pool.is_closed for pool in pools)


@pytest.mark.any_host
@pytest.mark.parametrize("fault", [pytest.param("500", marks=pytest.mark.slow), "drop", "429"])
def test_a_read_that_fails_once_is_retried(hosted: Goal, bundles: Bundles, fault: str, tmp_path: Path) -> None:
    what = offered(bundles.first)
    assert hosted.host
    steps(what, hosted.open())
    for number in range(len(hosted.host.requests)):
        if fault == "429" or hosted.host.requests[number].method in registries.READS:
            with goal(hosted.kind, tmp_path) as fresh:
                assert fresh.host
                fresh.host.fail(Fault(number, fault, writes=False))
                steps(what, fresh.open())
                fresh.check(what)


def test_an_interruption_after_any_step_leaves_nothing_half(
    destination: Goal, bundles: Bundles, tmp_path: Path
) -> None:
    first, second = offered(bundles.first), offered(bundles.second)
    total = len(steps(second, destination.open()))
    for number in range(total):
        (tmp_path / str(number)).mkdir()
        with goal(destination.kind, tmp_path / str(number)) as fresh:
            steps(first, fresh.open())
            publishing = fresh.open().publish(second, dry=False)
            for _ in range(number):
                next(publishing)
            del publishing
            fresh.sound()
            steps(second, fresh.open())
            fresh.check(second)
            assert fresh.latest() in (None, "1.1.0")


@pytest.mark.parametrize(("kind", "module"), [("well-known", well_known_module), ("layout", oci_module)])
def test_a_full_disk_at_any_file_leaves_the_old_version(
    kind: str, module: Any, bundles: Bundles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = offered(bundles.first), offered(bundles.second)
    real = module.write_file
    for number in range(99):
        (tmp_path / str(number)).mkdir()
        with goal(kind, tmp_path / str(number)) as fresh:
            steps(first, fresh.open())
            left = iter([True] * number)

            def write(path: Path, data: bytes, *, root: Path, left: Iterator[bool] = left) -> None:
                if not next(left, False):
                    raise OSError(28, "No space left on device", str(path))
                real(path, data, root=root)

            monkeypatch.setattr(module, "write_file", write)
            try:
                steps(second, fresh.open())
            except OSError:
                fresh.sound()
                if kind == "well-known":  # the index is written last
                    assert '"releases/1.0.0/' in (tmp_path / str(number) / "goal" / FOLDER / "index.json").read_text()
            else:
                break
            finally:
                monkeypatch.setattr(module, "write_file", real)
            steps(second, fresh.open())
            fresh.check(first)
            fresh.check(second)
    assert 5 < number < 20
