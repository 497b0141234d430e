"""Bundles of a small codex, and what `codexc verify` finds in them."""

import hashlib
import json
from pathlib import Path

from codex.workflow.codex_folder import schema
from skills_build.model.bundle import Artifact
from skills_build.release.archive import unpack
from skills_build.release.verify import BundleCheck, check_bundle
from tests.support.releasing import contents
from tests.support.running import Run, codexc

WHOLE = "acme-1.0.0.tar.gz"
ARCHIVES = ("acme-data-1.0.0.tar.gz", "acme-index-1.0.0.tar.gz", "acme-services-1.0.0.tar.gz")
NAMES = (WHOLE, *ARCHIVES, "manifest.json", "provenance.json")
SKILL = "skills/acme-services/references/services.md"


def verify(where: Path, *options: str | Path) -> Run:
    return codexc("verify", where, *options)


def wrong(where: Path, *options: str | Path) -> list[str]:
    """What is wrong with a bundle, of which something has to be wrong."""
    run = verify(where, *options)
    lines = run.out.splitlines()
    assert run.code == 1, run.err
    assert lines
    count = f"{len(lines)} problems" if len(lines) > 1 else "1 problem"
    assert run.err == f"{where}: {count} found\n"
    return lines


def checked(folder: Path) -> BundleCheck:
    return check_bundle(contents(folder), schema=schema("manifest"))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def inside(bundle: Path) -> tuple[Artifact, ...]:
    return unpack((bundle / WHOLE).read_bytes(), name=WHOLE)


def unsigned(data: bytes, at: int) -> bool:
    """Whether a place in a provenance is in one of the texts that nothing but a signature vouches for."""
    texts = (
        b"urn:codexc:builder:local",
        json.loads(data)["predicate"]["runDetails"]["builder"]["version"]["codexc"].encode(),
    )
    return any(data.index(text) <= at < data.index(text) + len(text) for text in texts)
