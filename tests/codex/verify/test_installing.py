"""Hostile, forged and damaged bundles install nothing."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from codex.workflow.codex_folder import schema
from skills_build.model.bundle import Artifact
from skills_build.release.archive import pack
from skills_build.release.verify import check_bundle
from tests.support.hostile import bomb, hostile
from tests.support.releasing import Codex, contents, git, listing
from tests.support.running import codexc
from tests.support.verifying import ARCHIVES, NAMES, SKILL, WHOLE, flip, inside, wrong

HOSTILE = hostile()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository to install in."""
    root = tmp_path / "payments"
    root.mkdir()
    git(root, "init", "--quiet")
    (root / "AGENTS.md").write_text("# Payments\n")
    return root


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_named(name: str) -> None:
    result = check_bundle({"evil.tar.gz": HOSTILE[name].data}, schema=schema("manifest"), alone=True)
    assert result.files == ()
    assert any(HOSTILE[name].said in fault.message for fault in result.faults), result.faults
    assert all(fault.message.isprintable() for fault in result.faults)


def test_the_command_reports_a_hostile_archive(tmp_path: Path) -> None:
    path = tmp_path / "evil-1.0.0.tar.gz"
    path.write_bytes(HOSTILE["control"].data)
    (line,) = wrong(path)
    assert r"`a\x1b[2J.md` is refused: the path is not plain ASCII" in line


def with_more(bundle: Path, *more: Artifact) -> bytes:
    return pack([*inside(bundle), *more])


def in_place_of(bundle: Path, path: str, data: bytes) -> bytes:
    return pack(
        [
            Artifact(path=artifact.path, data=data if artifact.path == path else artifact.data)
            for artifact in inside(bundle)
        ]
    )


FORGED: dict[str, Callable[[Path], bytes]] = {
    "a-file-too-many": lambda bundle: with_more(bundle, Artifact(path="skills/acme-data/x.md", data=b"x")),
    "a-script-too-many": lambda bundle: with_more(bundle, Artifact(path="x.sh", data=b"#!/bin/sh\n", mode=0o755)),
    "another-content": lambda bundle: in_place_of(bundle, SKILL, b"evil\n"),
    "a-file-is-gone": lambda bundle: pack([artifact for artifact in inside(bundle) if artifact.path != SKILL]),
    "no-manifest": lambda bundle: pack([artifact for artifact in inside(bundle) if artifact.path != "manifest.json"]),
    "a-manifest-of-nothing": lambda bundle: in_place_of(bundle, "manifest.json", b"{}"),
    "executable": lambda bundle: pack([Artifact(path=a.path, data=a.data, mode=0o755) for a in inside(bundle)]),
    "cut": lambda bundle: (bundle / WHOLE).read_bytes()[:-1],
    "compressed": lambda bundle: gzip.compress(gzip.decompress((bundle / WHOLE).read_bytes()), mtime=0),
    "one-skill": lambda bundle: (bundle / ARCHIVES[0]).read_bytes(),
    "nothing": lambda _: pack([]),
    "bomb": lambda _: bomb(256 * 1024**2, "manifest.json"),
}


def not_installed(where: Path, repository: Path, *options: str) -> None:
    before = listing(repository)
    outside = {path.name for path in repository.parent.iterdir()}
    for more in options or ("--quiet", "--force"):
        run = codexc("install", where, "--into", repository, more)
        assert run.code == 2, run.err
        assert str(where) in run.err
        assert f"`codexc verify {where}` lists all problems" in run.err
        assert listing(repository) == before
    assert {path.name for path in repository.parent.iterdir()} == outside


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_installs_nothing(name: str, repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "evil-1.0.0.tar.gz"
    path.write_bytes(HOSTILE[name].data)
    not_installed(path, repository, "--force")


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_archive_installs_nothing(name: str, bundle: Path, repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "evil-1.0.0.tar.gz"
    path.write_bytes(FORGED[name](bundle))
    not_installed(path, repository)


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_folder_installs_nothing(name: str, bundle: Path, repository: Path) -> None:
    flip(bundle / name, 1000)
    not_installed(bundle, repository)


def test_a_good_bundle_installs_what_the_output_does(
    codex: Codex, bundle: Path, repository: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(repository, plain)
    same = tmp_path / "same"
    shutil.copytree(repository, same)
    for where, into in ((bundle, repository), (bundle / WHOLE, plain), (codex.out, same)):
        run = codexc("install", where, "--into", into)
        assert run.code == 0, run.err
    kept = [
        {path: data for path, data in contents(repository_copy).items() if not path.startswith(".git/")}
        for repository_copy in (repository, plain, same)
    ]
    assert ".agents/skills/acme-services/SKILL.md" in kept[0]
    assert kept[0] == kept[1]
    assert {path: data for path, data in kept[2].items() if "lock" not in path} == {
        path: data for path, data in kept[0].items() if "lock" not in path
    }
