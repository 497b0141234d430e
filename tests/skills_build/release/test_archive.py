"""Archives: the same bytes everywhere, and nothing taken from one that any program could read differently."""

import contextlib
import gzip
import hashlib
import io
import random
import shutil
import subprocess
import tarfile
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from skills_build.model.paths import path_fault
from skills_build.release.archive import (
    BUNDLE_LIMITS,
    MAX_NAME,
    MAX_PREFIX,
    SKILL_LIMITS,
    ArchiveLimits,
    member,
    pack,
    read_damaged,
    unpack,
)
from tests.support.hostile import archive, bomb, file, hostile, stored, tar

FILES = (
    Artifact(path="SKILL.md", data=b"---\nname: acme-go\n---\n"),
    Artifact(path="references/errors.md", data=b"# Errors\n" * 100),
    Artifact(path="scripts/check.sh", data=b"#!/bin/sh\n", mode=0o755),
    Artifact(path="references/empty.md", data=b""),
)
DIGEST = "a2401061f873018df8aeec70ebe409f102caff3e33607dc8ed0428b4b8e9d6c2"
"""Of the archive of FILES. It never changes: bundles that were published have to be made again with the same bytes."""
HOSTILE = hostile()


def read_by_python(data: bytes) -> list[tuple[str, bytes, int]]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as opened:
        entries = opened.getmembers()
        assert all(
            (entry.uid, entry.gid, entry.mtime, entry.uname, entry.gname) == (0, 0, 0, "", "") for entry in entries
        )
        assert all(entry.isreg() for entry in entries)
        contents = [opened.extractfile(entry) for entry in entries]
        return [
            (entry.name, content.read(), entry.mode)
            for entry, content in zip(entries, contents, strict=True)
            if content
        ]


def test_the_bytes_are_those_that_they_have_always_been() -> None:
    assert hashlib.sha256(pack(FILES)).hexdigest() == DIGEST


def test_the_bytes_are_what_the_formats_say() -> None:
    entries = [
        file(artifact.path, artifact.data, mode=artifact.mode) for artifact in sorted(FILES, key=lambda file: file.path)
    ]
    assert pack(FILES) == archive(*entries)


def test_the_order_and_the_day_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = pack(FILES)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    for seed in range(10):
        assert pack(random.Random(seed).sample(FILES, len(FILES))) == expected


def test_there_are_two_modes_only() -> None:
    modes = {0o600: 0o644, 0o666: 0o644, 0o700: 0o755, 0o777: 0o755, 0o4755: 0o755, 0o100: 0o755, 0: 0o644}
    unpacked = unpack(pack([Artifact(path=f"{mode:04o}", data=b"", mode=mode) for mode in modes]), name="it")
    assert {int(artifact.path, 8): artifact.mode for artifact in unpacked} == modes


def test_the_library_of_python_reads_an_archive_of_ours() -> None:
    expected = sorted((file.path, file.data, file.mode) for file in FILES)
    assert read_by_python(pack(FILES)) == expected
    assert [(artifact.path, artifact.data, artifact.mode) for artifact in unpack(pack(FILES), name="it")] == expected


def test_gnu_tar_and_gzip_read_it(tmp_path: Path) -> None:
    if not shutil.which("tar") or not shutil.which("gzip"):
        pytest.skip("no tar or no gzip on this machine")
    path = tmp_path / "it.tar.gz"
    path.write_bytes(pack(FILES))
    subprocess.run(["gzip", "-t", path], check=True)
    about = subprocess.run(["tar", "--version"], capture_output=True, text=True, check=True).stdout
    if "GNU tar" not in about:
        pytest.skip("the tar of this machine is not GNU's")
    command = ["tar", "--numeric-owner", "--utc", "--full-time", "-tvzf", str(path)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split() for line in listed] == [
        ["-rwxr-xr-x" if one.mode == 0o755 else "-rw-r--r--", "0/0", str(len(one.data)), "1970-01-01", "00:00:00", name]
        for name, one in sorted((file.path, file) for file in FILES)
    ]
    into = tmp_path / "into"
    into.mkdir()
    subprocess.run(["tar", "-xzf", path, "-C", into], check=True)
    extracted = {child.relative_to(into).as_posix(): child.read_bytes() for child in into.rglob("*") if child.is_file()}
    assert extracted == {file.path: file.data for file in FILES}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "not normalised"),
        ("..", "outside its folder"),
        ("a/../b", "outside its folder"),
        ("./a", "not normalised"),
        ("a//b", "not normalised"),
        ("a/", "not normalised"),
        ("/a", "not relative"),
        ("C:\\a", "not relative"),
        ("a\\b", "not relative"),
        ("c:a", "not relative"),
        ("\u00e9.md", "not plain ASCII"),
        ("a\0b", "not plain ASCII"),
        ("a\nb", "not plain ASCII"),
        ("d" * (MAX_NAME + 1), "too long"),
        ("d" * MAX_PREFIX + "d/x", "too long"),
        ("d" * MAX_PREFIX + "/" + "e" * (MAX_NAME + 1), "too long"),
    ],
)
def test_what_not_every_installer_can_hold_is_not_packed(path: str, why: str) -> None:
    with pytest.raises(CodexError, match=why):
        pack([*FILES, Artifact(path=path, data=b"")])


def test_a_path_of_a_hundred_bytes_needs_no_prefix() -> None:
    path = "d" * 49 + "/" + "e" * 50
    data = pack([Artifact(path=path, data=b"x")])
    assert gzip.decompress(data)[:100] == path.encode()
    assert gzip.decompress(data)[345:500] == b"\0" * 155
    assert [artifact.path for artifact in unpack(data, name="it")] == [path]


LONG = [
    "d" * MAX_PREFIX + "/" + "e" * MAX_NAME,
    "d" * 50 + "/" + "e" * MAX_NAME,
    "d" * 50 + "/" + "e" * 50,
    "/".join(["d" * 20] * 11),
    f"targets/agents/.agents/skills/{'n' * 64}/references/{'r' * 48}.md",
]


@pytest.mark.parametrize("path", LONG)
def test_a_longer_path_has_a_prefix(path: str, tmp_path: Path) -> None:
    artifact = Artifact(path=path, data=b"x\n")
    data = pack([artifact])
    assert data == archive(file(path))
    assert unpack(data, name="it") == (artifact,)
    assert read_by_python(data) == [(path, b"x\n", 0o644)]
    assert member(data, path, name="it") == b"x\n"
    if shutil.which("tar"):
        listed = subprocess.run(["tar", "-tz"], input=data, capture_output=True, check=True).stdout
        assert listed.decode() == f"{path}\n"


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 0xFFFF - 1024, 0xFFFF, 0xFFFF + 1, 1_000_000])
def test_any_size_is_unpacked(size: int) -> None:
    artifact = Artifact(path="a", data=random.Random(size).randbytes(size))
    data = pack([artifact])
    assert unpack(data, name="it") == (artifact,)
    assert read_by_python(data) == [("a", artifact.data, 0o644)]
    assert len(gzip.decompress(data)) % 10240 == 0


def test_an_empty_archive_is_unpacked() -> None:
    assert unpack(pack([]), name="it") == ()


NAMES = st.text(st.sampled_from("abcXYZ019._- "), min_size=1, max_size=12).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@given(st.dictionaries(PATHS, st.tuples(st.binary(max_size=2000), st.sampled_from([0o644, 0o755])), max_size=8))
def test_an_archive_unpacks_to_what_was_packed_or_is_refused_as_ambiguous(files: dict[str, tuple[bytes, int]]) -> None:
    artifacts = [Artifact(path=path, data=data, mode=mode) for path, (data, mode) in files.items()]
    folded = [path.lower() for path in files]
    clear = len(set(folded)) == len(folded)
    clear = clear and not any(path.startswith(f"{other}/") for path in folded for other in folded)
    clear = clear and not any(map(path_fault, files))
    try:
        assert unpack(pack(artifacts), name="it") == tuple(sorted(artifacts, key=lambda artifact: artifact.path))
        assert clear
    except CodexError:
        assert not clear


@pytest.mark.parametrize("name", HOSTILE)
def test_what_could_be_read_differently_is_refused(name: str) -> None:
    with pytest.raises(CodexError) as caught:
        unpack(HOSTILE[name].data, name="it.tar.gz")
    assert HOSTILE[name].said in caught.value.message
    assert caught.value.message.startswith("it.tar.gz")
    assert caught.value.message.isprintable()
    assert caught.value.hint
    read_damaged(HOSTILE[name].data)


def test_the_reasons_are_not_those_of_the_archive_around() -> None:
    assert unpack(archive(file("a.md")), name="it") == (Artifact(path="a.md", data=b"x\n"),)
    assert unpack(archive(file("a/b.md"), file("ab.md")), name="it")


def test_an_archive_cut_anywhere_is_refused() -> None:
    data = pack(FILES)
    for end in (*range(0, len(data), 512), *range(len(data) - 40, len(data))):
        with pytest.raises(CodexError, match=r"is truncated"):
            unpack(data[:end], name="it")


def test_a_tar_cut_anywhere_is_refused() -> None:
    whole = gzip.decompress(pack(FILES))
    for end in range(0, len(whole), 512):
        with pytest.raises(CodexError):
            unpack(stored(whole[:end]), name="it")


def test_bytes_after_the_end_are_refused_whatever_they_are() -> None:
    data = pack(FILES)
    for more in (b"\0", b"\0" * 512, b"x", data, data[:20]):
        with pytest.raises(CodexError, match="has trailing data"):
            unpack(data + more, name="it")


@pytest.mark.parametrize("limits", [SKILL_LIMITS, BUNDLE_LIMITS])
def test_a_bomb_costs_no_more_than_what_is_allowed(limits: ArchiveLimits) -> None:
    data = bomb(1024**3)
    assert len(data) < 2 * 1024**2
    assert len(gzip.decompress(bomb(1024**2))) == 1024**2 + 3 * 512
    tracemalloc.start()
    try:
        with pytest.raises(CodexError, match=f"unpacks to more than {limits.unpacked:,} bytes"):
            unpack(data, name="it", limits=limits)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        read_damaged(data, limits=limits)
        salvage = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * limits.unpacked
    assert salvage < 3 * limits.unpacked


def test_a_packed_file_that_is_too_large_is_not_even_read() -> None:
    limits = ArchiveLimits(files=10, packed=1000, unpacked=100_000)
    with pytest.raises(CodexError, match="is larger than 1,000 bytes"):
        unpack(pack(FILES), name="it", limits=limits)


def test_too_many_files_are_refused_before_they_are_read() -> None:
    limits = ArchiveLimits(files=3, packed=100_000, unpacked=100_000)
    with pytest.raises(CodexError, match="contains more than 3 files"):
        unpack(pack(FILES), name="it", limits=limits)
    assert len(unpack(pack(FILES[:3]), name="it", limits=limits)) == 3
    many = archive(*(file(f"{number:05}", b"") for number in range(SKILL_LIMITS.files + 1)))
    with pytest.raises(CodexError, match="contains more than 1,000 files"):
        unpack(many, name="it", limits=SKILL_LIMITS)


def test_the_readable_part_of_a_damaged_archive_is_reported() -> None:
    data = pack(FILES)
    at = data.index(b"# Errors")
    hurt = data[:at] + b"!" + data[at + 1 :]
    with pytest.raises(CodexError, match="is not a gzip file, or is corrupt"):
        unpack(hurt, name="it")
    assert {artifact.path for artifact in read_damaged(hurt)} == {file.path for file in FILES}


GOOD = pack(FILES)


def same_or_refused(data: bytes) -> None:
    try:
        files = unpack(data, name="it")
    except CodexError:
        read_damaged(data)
        return
    assert data == GOOD
    assert files == unpack(GOOD, name="it")


@settings(max_examples=400)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(1, 255)), min_size=1, max_size=4))
@example([(3, 2)])
@example([(9, 252)])
def test_no_flipped_bytes_give_other_content(flips: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for at, bits in flips:
        data[at] ^= bits
    same_or_refused(bytes(data))


@settings(max_examples=400)
@given(st.lists(st.tuples(st.integers(0, 8 * 512), st.integers(0, 255)), min_size=1, max_size=6))
def test_no_flipped_bytes_behind_a_right_checksum_are_taken_unseen(flips: list[tuple[int, int]]) -> None:
    """The gzip stream is made anew around the damage: what is read has to be what these bytes are the archive of."""
    whole = bytearray(gzip.decompress(GOOD))
    for at, byte in flips:
        whole[at] = byte
    data = stored(bytes(whole))
    try:
        files = unpack(data, name="it")
    except CodexError:
        read_damaged(data)
        return
    assert pack(files) == data
    assert read_by_python(data) == [(file.path, file.data, file.mode) for file in files]


@settings(max_examples=300)
@given(st.binary(max_size=3000))
def test_no_bytes_at_all_are_a_crash(data: bytes) -> None:
    for made in (data, stored(data), stored(tar(data)), gzip.compress(data)):
        with contextlib.suppress(CodexError):
            assert unpack(made, name="it") == ()
