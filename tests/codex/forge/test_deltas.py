"""Deltas of packs to send, as git reads them."""

import subprocess
from pathlib import Path

import pytest
from dulwich.objects import Blob, Tree
from dulwich.pack import apply_delta
from hypothesis import given
from hypothesis import strategies as st

from codex.forge.git.delta import base_of, delta
from codex.forge.git.packfile import PackWriter
from tests.support.fleet import git

SENTENCES = [f"- ABC-{number}: Things of kind {number * 7919} MUST be kept apart ({number})\n" for number in range(900)]
RULES = "".join(SENTENCES).encode()
SKILL = "".join(["# Skill\n\n", *SENTENCES[40:120], "Ends.\n"]).encode()


def restored(base: bytes, target: bytes) -> bytes:
    return b"".join(apply_delta(base, delta(base_of(base), target)))


@given(st.lists(st.sampled_from([*SENTENCES[:30], "x", "", "\0", "\u540d" * 9]), max_size=60), st.binary(max_size=400))
def test_a_delta_restores_its_target(pieces: list[str], other: bytes) -> None:
    target = "".join(pieces).encode() + other
    assert restored(RULES[:2400], target) == target
    assert restored(target, RULES[:600]) == RULES[:600]


@pytest.mark.parametrize(
    ("base", "target"),
    [
        (b"", b"text"),
        (b"text", b""),
        (b"a" * 15, b"a" * 15),
        (b"\0" * 300_000, b"\0" * 200_001),
        (bytes(range(256)) * 300, bytes(range(256)) * 300),
        (b"x" * 0x1000000 + RULES, RULES[:500]),
        (RULES, b"\x7f" * 128 + RULES[-100:]),
    ],
)
def test_a_delta_of_any_length_restores_its_target(base: bytes, target: bytes) -> None:
    assert restored(base, target) == target


def test_a_text_that_repeats_the_base_takes_a_fraction() -> None:
    assert len(delta(base_of(RULES), SKILL)) < len(SKILL) / 50


def test_git_reads_a_pack_with_deltas_and_it_is_smaller(tmp_path: Path) -> None:
    blobs = [Blob.from_string(data) for data in (RULES, SKILL, SKILL[:3000], b"short\n", b"\0\1" * 200)]
    tree = Tree()
    for number, blob in enumerate(blobs):
        tree.add(b"%d" % number, 0o100644, blob.id)
    packer = PackWriter()
    sent = packer.pack([*blobs, tree])
    assert sent == packer.pack([*blobs, tree])
    git(tmp_path, "init", "-q", "--bare", ".")
    subprocess.run(["git", "unpack-objects", "-q", "--strict"], cwd=tmp_path, input=sent, check=True)
    for blob in blobs:
        read = subprocess.run(["git", "cat-file", "blob", blob.id], cwd=tmp_path, capture_output=True, check=True)
        assert read.stdout == blob.data
    packer.write(tmp_path, [*blobs, tree])
    (stored,) = tmp_path.glob("pack-*.pack")
    assert len(sent) < 0.9 * stored.stat().st_size


@pytest.mark.parametrize("objects", [[], [Tree()], [Blob.from_string(b"x")], [Blob.from_string(RULES)] * 2])
def test_a_pack_without_a_base_has_no_deltas(objects: list[Blob | Tree], tmp_path: Path) -> None:
    packer = PackWriter()
    packer.write(tmp_path, objects)
    (stored,) = tmp_path.glob("pack-*.pack")
    assert packer.pack(objects) == stored.read_bytes()
