"""`codexc publish` to every kind of destination: twice, in the wrong order, and refused."""

import json
import shutil
from pathlib import Path

import pytest

from codex.publish.publication import PublishedError
from tests.support.goals import (
    Bundles,
    Goal,
    goal,
)
from tests.support.publishing import offered, publish, put, steps
from tests.support.running import codexc


def test_the_first_run_uploads_and_the_second_one_nothing(destination: Goal, bundles: Bundles) -> None:
    run = publish(bundles.first, destination, "--format", "json")
    assert run.code == 0, run.err
    output = json.loads(run.out)
    assert output["version"] == "1.0.0"
    assert {step["to"] for step in output["steps"]} == {destination.to}
    assert {step["done"] for step in output["steps"]} <= {"uploaded", "replaced"}
    assert sum(step["bytes"] for step in output["steps"]) > 0 or destination.kind == "git"
    destination.check(offered(bundles.first))
    before = destination.state()
    if destination.host:
        destination.host.requests.clear()
    run = publish(bundles.first, destination)
    assert run.code == 0, run.err
    assert "uploaded" not in run.out + run.err
    assert "(0 bytes)" in run.out + run.err
    assert destination.state() == before
    assert destination.host is None or destination.host.writes == []
    put(bundles.second, destination)
    destination.check(offered(bundles.second))
    assert destination.latest() in (None, "1.1.0")
    if destination.kind != "folder":
        destination.check(offered(bundles.first))


def test_a_dry_run_changes_nothing_and_reports_what_it_would_do(destination: Goal, bundles: Bundles) -> None:
    for _ in range(2):
        before = destination.state()
        done = steps(offered(bundles.second), destination.open(), dry=True)
        assert "would upload" in done
        assert set(done) <= {"would upload", "there"}
        assert destination.state() == before
        assert destination.host is None or destination.host.writes == []
        put(bundles.first, destination)
        if destination.host:
            destination.host.requests.clear()


def test_an_older_version_that_comes_later_does_not_become_the_newest(destination: Goal, bundles: Bundles) -> None:
    put(bundles.second, destination)
    put(bundles.first, destination)
    assert destination.latest() in (None, "1.1.0")
    destination.check(offered(bundles.second))
    if destination.kind != "folder":
        destination.check(offered(bundles.first))
    before = destination.state()
    for bundle in (bundles.first, bundles.second):
        put(bundle, destination)
    assert destination.state() == before


def test_a_version_with_different_content_is_refused_and_changes_nothing(destination: Goal, bundles: Bundles) -> None:
    put(bundles.first, destination)
    before = destination.state()
    if destination.host:
        destination.host.requests.clear()
    for dry in (True, False):
        with pytest.raises(PublishedError) as caught:
            steps(offered(bundles.other), destination.open(), dry=dry)
        assert "publish a new version" in (caught.value.hint or "")
        assert destination.state() == before
    assert destination.host is None or destination.host.writes == []


def test_a_dry_run_and_a_refusal_are_reported(bundles: Bundles, tmp_path: Path) -> None:
    with goal("layout", tmp_path) as fresh:
        run = publish(bundles.first, fresh, "--dry-run")
        assert run.code == 0, run.err
        assert "would upload" in run.out + run.err
        assert "  uploaded: " not in run.out + run.err
        put(bundles.other, fresh)
        for options in ((), ("--dry-run",)):
            run = publish(bundles.first, fresh, *options)
            assert run.code == 1
            assert "refused" in run.out + run.err
            assert "publish a new version" in run.out + run.err
        run = publish(bundles.first, fresh, "--format", "json")
        assert run.code == 1
        assert json.loads(run.out)["steps"][-1]["done"] == "refused"


def test_a_damaged_bundle_is_not_published(repository: Goal, bundles: Bundles, tmp_path: Path) -> None:
    copy = tmp_path / "damaged"
    shutil.copytree(bundles.first, copy)
    archive = copy / "acme-python-1.0.0.tar.gz"
    data = bytearray(archive.read_bytes())
    data[data.index(b"Python")] ^= 1
    archive.write_bytes(bytes(data))
    run = publish(copy, repository)
    assert run.code == 2
    assert "checksum mismatch" in run.err
    assert "codexc verify" in run.err
    assert repository.state() == {}


def test_a_refusal_does_not_stop_other_destinations(bundles: Bundles, tmp_path: Path) -> None:
    with goal("gitlab", tmp_path) as refusing, goal("layout", tmp_path) as accepting:
        put(bundles.other, refusing)
        to = ("--to", refusing.to, "--to", accepting.to)
        run = codexc("publish", bundles.first, *to, **refusing.env)
        assert run.code == 1
        accepting.check(offered(bundles.first))
