"""Flipped bytes, missing, extra and truncated files are named."""

import shutil
from pathlib import Path

import pytest

from codex.workflow.codex_folder import schema
from skills_build.release.verify import check_bundle
from tests.support.releasing import Codex, contents
from tests.support.verifying import ARCHIVES, NAMES, SKILL, WHOLE, checked, flip, inside, unsigned, verify, wrong


@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_byte_is_found_in_every_file(name: str, bundle: Path) -> None:
    path = bundle / name
    data = path.read_bytes()
    flip(path, len(data) // 2)
    lines = wrong(bundle)
    assert any(line.startswith(name) for line in lines), lines
    compared = {WHOLE} if name == "manifest.json" else set()  # the archive has a copy of it
    assert {line.partition(":")[0] for line in lines} - compared == {name}, lines


def test_a_flipped_byte_is_found_anywhere(bundle: Path) -> None:
    """In every file of the bundle, at places all over it; the file is named each time."""
    files = contents(bundle)
    for name, data in contents(bundle).items():
        for at in (0, *range(1, len(data), max(1, len(data) // 30)), len(data) - 1):
            for bit in (1, 0x20, 0x80):
                files[name] = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
                faults = check_bundle(files, schema=schema("manifest")).faults
                named = [fault.path.startswith(name) for fault in faults]
                if name == "provenance.json":  # where it gives the digest of another file, both may be wrong
                    named += ["its checksum in the provenance" in fault.message for fault in faults]
                    named += ["but listed in the provenance" in fault.message for fault in faults]
                    named += [unsigned(data, at)]
                assert any(named), (name, at, bit, faults)
        files[name] = data


def test_a_flipped_byte_in_an_archive_names_the_file_in_it(bundle: Path) -> None:
    data = (bundle / WHOLE).read_bytes()
    for artifact in inside(bundle):
        at = data.index(artifact.path.encode().ljust(100, b"\0")) + 512 + len(artifact.data) // 2
        damaged = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        (bundle / WHOLE).write_bytes(damaged)
        faults = checked(bundle).faults
        names = [fault.path for fault in faults]
        if artifact.path == "manifest.json":
            assert names == [WHOLE], faults
        else:
            assert names == [f"{WHOLE}: {artifact.path}"], faults
    (bundle / WHOLE).write_bytes(data)


def test_the_program_names_the_file_in_a_damaged_archive(bundle: Path) -> None:
    data = (bundle / WHOLE).read_bytes()
    content = next(artifact.data for artifact in inside(bundle) if artifact.path == SKILL)
    flip(bundle / WHOLE, data.index(content) + 10)
    (line,) = wrong(bundle)
    assert line.startswith(f"{WHOLE}: {SKILL}: checksum mismatch (got ")
    alone = wrong(bundle / WHOLE)
    assert alone[0].startswith(f"{WHOLE}: ")
    assert any(line.startswith(f"{SKILL}: checksum mismatch (got ") for line in alone)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(name: str, bundle: Path) -> None:
    (bundle / name).unlink()
    if name == "manifest.json":
        run = verify(bundle)
        assert run.code == 2
        assert f"`{bundle}` holds no manifest.json" in run.err
    else:
        assert wrong(bundle) == [f"{name}: the file is missing"]


@pytest.mark.parametrize("name", ["acme-extra-1.0.0.tar.gz", "notes.txt", "folder/notes.txt", ".hidden", "x.sig"])
def test_an_extra_file_is_named(name: str, bundle: Path) -> None:
    path = bundle / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((bundle / ARCHIVES[0]).read_bytes())
    assert f"{name}: the file does not belong to the bundle" in wrong(bundle)


def test_swapped_archives_are_named(bundle: Path) -> None:
    first, second = (bundle / name for name in ARCHIVES[:2])
    first.rename(bundle / "x")
    second.rename(first)
    (bundle / "x").rename(second)
    lines = wrong(bundle)
    assert [line.partition(":")[0] for line in lines] == list(ARCHIVES[:2])
    assert all("checksum mismatch" in line for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_a_truncated_file_is_named(name: str, bundle: Path) -> None:
    data = (bundle / name).read_bytes()
    for end in (0, 1, 100, len(data) // 2, len(data) - 1):
        (bundle / name).write_bytes(data[:end])
        faults = checked(bundle).faults
        assert any(fault.path.startswith(name) for fault in faults), (end, faults)
    lines = wrong(bundle)
    assert any(line.startswith(name) for line in lines)


def test_the_manifest_of_a_build_makes_no_bundle(codex: Codex, bundle: Path) -> None:
    shutil.copy(codex.out / "manifest.json", bundle / "manifest.json")
    assert wrong(bundle) == ["manifest.json: the manifest was written by a build, not by a release"]
