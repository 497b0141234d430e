"""Manifests, provenance and skills that were forged together are exposed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from skills_build.model.bundle import Artifact
from skills_build.release.archive import pack
from tests.support.verifying import SKILL, WHOLE, checked, inside, sha256, wrong


def forged(bundle: Path, change: Callable[[dict[str, Any]], None], content: bytes | None = None) -> None:
    """Change the manifest, inside the archive too, and everything in the manifest that follows from it."""
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    change(manifest)
    data = json.dumps(manifest, indent=2).encode()
    (bundle / "manifest.json").write_bytes(data)
    kept = [artifact for artifact in inside(bundle) if artifact.path != "manifest.json"]
    (bundle / WHOLE).write_bytes(pack([*kept, Artifact(path="manifest.json", data=data)]))


def test_the_provenance_exposes_a_manifest_forged_with_its_archive(bundle: Path) -> None:
    def change(manifest: dict[str, Any]) -> None:
        manifest["title"] = "Evil codex"

    forged(bundle, change)
    assert wrong(bundle) == [
        f"{WHOLE}: the file does not match its checksum in the provenance",
        "manifest.json: the file does not match its checksum in the provenance",
    ]


def test_a_manifest_next_to_the_archive_has_to_be_the_one_in_it(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    manifest["title"] = "Evil codex"
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    assert f"{WHOLE}: manifest.json: this manifest differs from the manifest next to the archive" in wrong(bundle)


def test_the_digests_of_skills_expose_a_forged_one(bundle: Path) -> None:
    """A file was changed, and its digest and those of the archives with it, but not those of the trees."""

    def change(manifest: dict[str, Any]) -> None:
        manifest["release"]["files"][SKILL]["sha256"] = sha256(b"evil\n")

    kept = [artifact for artifact in inside(bundle) if artifact.path != SKILL]
    (bundle / WHOLE).write_bytes(pack([*kept, Artifact(path=SKILL, data=b"evil\n")]))
    forged(bundle, change)
    lines = wrong(bundle)
    assert any("tree digest mismatch" in line for line in lines), lines


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            ("_type",),
            "https://in-toto.io/Statement/v0.1",
            "the provenance is not an in-toto statement with a SLSA v1 predicate",
        ),
        (
            ("predicateType",),
            "https://slsa.dev/provenance/v0.2",
            "the provenance is not an in-toto statement with a SLSA v1 predicate",
        ),
        (("subject",), [], "does not list"),
        (("subject",), None, "is not an in-toto statement"),
        (("subject",), [1], "is not an in-toto statement"),
        (("predicate", "buildDefinition", "externalParameters", "version"), "2.0.0", "has a different version"),
        (("predicate", "buildDefinition", "externalParameters", "namespace"), "x", "has a different namespace"),
        (("predicate", "buildDefinition", "externalParameters", "as_of"), "x", "has a different as_of"),
        (("predicate", "buildDefinition", "externalParameters"), [], "is not an in-toto statement"),
        (("predicate", "buildDefinition", "resolvedDependencies"), [], "has a different commit"),
        (("predicate", "buildDefinition", "resolvedDependencies"), [{}], "is not an in-toto statement"),
        (("predicate", "buildDefinition", "resolvedDependencies"), "git", "is not an in-toto statement"),
        (("predicate", "buildDefinition", "internalParameters", "tree"), "0" * 64, "has a different tree"),
        (("predicate", "buildDefinition", "buildType"), "urn:other", "is not in canonical form"),
        (("predicate", "buildDefinition"), "x", "is not an in-toto statement"),
        (("predicate", "runDetails", "builder", "id"), 1, "is not an in-toto statement"),
        (("predicate", "runDetails", "metadata"), {"startedOn": "2026-11-23T00:00:00Z"}, "is not in canonical form"),
        (("more",), "x", "is not in canonical form"),
        ((), [], "is not an in-toto statement"),
        ((), None, "is not an in-toto statement"),
    ],
)
def test_a_provenance_of_something_else_is_named(path: tuple[str, ...], value: Any, message: str, bundle: Path) -> None:
    statement: Any = json.loads((bundle / "provenance.json").read_bytes())
    place: Any = statement
    for key in path[:-1]:
        place = place[key]
    if path:
        place[path[-1]] = value
    else:
        statement = value
    (bundle / "provenance.json").write_text(json.dumps(statement))
    faults = checked(bundle).faults
    assert faults
    assert all(fault.path == "provenance.json" and message in fault.message for fault in faults), faults


def test_a_provenance_of_more_than_there_is_names_what_is_missing(bundle: Path) -> None:
    statement = json.loads((bundle / "provenance.json").read_bytes())
    statement["subject"].append({"name": "other.tar.gz", "digest": {"sha256": "0" * 64}})
    (bundle / "provenance.json").write_text(json.dumps(statement))
    assert "other.tar.gz: the file is missing, but listed in the provenance" in wrong(bundle)


@pytest.mark.parametrize(
    "hurt",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"$schema": "urn:codexc:schema:manifest:2"}',
    ],
)
@pytest.mark.parametrize("name", ["manifest.json", "provenance.json"])
def test_an_invalid_manifest_or_provenance_is_named(name: str, hurt: bytes, bundle: Path) -> None:
    (bundle / name).write_bytes(hurt)
    (line,) = wrong(bundle)
    assert line.startswith(f"{name}: ")
