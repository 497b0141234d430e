"""A release bundle: an archive of everything, one per skill, the manifest with their digests, and provenance."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from skills_build.emit.json import dumps
from skills_build.emit.tree import sha256
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.model.bundle import Artifact
from skills_build.release.archive import BUNDLE_LIMITS, SKILL_LIMITS, ArchiveLimits, pack
from skills_build.release.provenance import Origin, provenance

MANIFEST: Final = "manifest.json"
PROVENANCE: Final = "provenance.json"
SIGNATURE: Final = ".sig"
"""The suffix of a detached signature."""
SIGNATURES: Final = (SIGNATURE, ".sigstore.json")
"""All suffixes of signatures that a bundle may contain; sigstore bundles are made by other tools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The files of a bundle by name, all in one folder. `whole` is the name of the archive of everything."""

    namespace: str
    version: str
    whole: str
    files: Mapping[str, bytes]

    @property
    def folder(self) -> str:
        """The name of the bundle's folder."""
        return folder_name(self.namespace, self.version)


def folder_name(namespace: str, version: str) -> str:
    """Return the name of a bundle's folder; the archive of everything has the same name."""
    return f"{namespace}-{version}"


def bundle(artifacts: Sequence[Artifact], *, previous: str | None, bump: str, origin: Origin) -> Bundle:
    """Make a bundle of emitted files. Raises `CodexError` if it exceeds the limits of installers."""
    manifest: dict[str, Any] = parse_json(next(artifact.data for artifact in artifacts if artifact.path == MANIFEST))
    others = [artifact for artifact in artifacts if artifact.path != MANIFEST]
    skills = {skill["name"]: f"{skill['name']}-{skill['version']}.tar.gz" for skill in manifest["skills"]}
    archives = {file: _skill_archive(name, others) for name, file in skills.items()}
    manifest["release"] = {
        "commit": origin.commit,
        "previous": previous,
        "bump": bump,
        "files": {
            file.path: {"mode": f"{file.mode:04o}", "sha256": sha256(file.data)}
            for file in sorted(others, key=lambda file: file.path)
        },
        "archives": {name: _archive_row(file, archives[file]) for name, file in skills.items()},
    }
    manifest_data = dumps(manifest, depth=3)
    name = folder_name(manifest["namespace"], manifest["version"])
    whole = f"{name}.tar.gz"
    packed = _packed([*others, Artifact(path=MANIFEST, data=manifest_data)], whole, BUNDLE_LIMITS)
    files = {MANIFEST: manifest_data, whole: packed, **archives}
    files[PROVENANCE] = provenance(manifest, {file: sha256(data) for file, data in files.items()}, origin)
    return Bundle(
        namespace=manifest["namespace"], version=manifest["version"], whole=whole, files=dict(sorted(files.items()))
    )


def _archive_row(file: str, data: bytes) -> dict[str, object]:
    return {"file": file, "sha256": sha256(data), "bytes": len(data)}


def _skill_archive(name: str, artifacts: Sequence[Artifact]) -> bytes:
    start = f"skills/{name}/"
    inside = [
        Artifact(path=artifact.path.removeprefix(start), data=artifact.data, mode=artifact.mode)
        for artifact in artifacts
        if artifact.path.startswith(start)
    ]
    return _packed(inside, name, SKILL_LIMITS)


def _packed(files: Sequence[Artifact], name: str, limits: ArchiveLimits) -> bytes:
    hint = "split large skills, or leave out targets"
    if len(files) > limits.files:
        message = f"{name} would contain {len(files):,} files; installers accept at most {limits.files:,}"
        raise CodexError(message, hint=hint)
    data = pack(files)
    if len(data) > limits.packed:
        raise CodexError(f"{name} would be {len(data):,} bytes; installers accept at most {limits.packed:,}", hint=hint)
    return data
