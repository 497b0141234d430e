"""Verifies a bundle against its manifest and its provenance, and reports every file that does not match.

Works on bytes and needs no network. Signatures are verified by the caller, who has the keys.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from skills_build.emit.committed import DERIVED, is_committed
from skills_build.emit.registry import bundle_fault
from skills_build.emit.tree import sha256, tree_digest
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import OversizeError, parse_limited_json
from skills_build.model.bundle import Artifact
from skills_build.release.archive import read_damaged, unpack
from skills_build.release.bundle import MANIFEST, PROVENANCE, SIGNATURES, folder_name
from skills_build.release.provenance import PREDICATE, STATEMENT, Origin, provenance
from skills_build.schema import violations

_CHECKED: Final[Mapping[str, tuple[str, ...]]] = {"": ("tree",), "skills": ("tree", "files"), "fragments": ("sha256",)}
"""The reference for verifying the files of a build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A problem of one file. Both texts may quote untrusted input, so characters that are not printable are escaped."""

    path: str
    message: str

    def __post_init__(self) -> None:
        for key in ("path", "message"):
            object.__setattr__(self, key, _printable(getattr(self, key)))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleCheck:
    """The result of a verification: the problems and the content. Without a manifest, there is no content."""

    faults: tuple[Fault, ...]
    manifest: Mapping[str, Any] | None = None
    files: tuple[Artifact, ...] = ()
    archives: int = 0
    provenance: bool = False


def check_bundle(files: Mapping[str, bytes], *, schema: str, alone: bool = False) -> BundleCheck:
    """Verify the files of a bundle's folder, given by name. `schema` is the text of the manifest's JSON Schema.

    With `alone`, the only file is the archive of everything, which is verified against the manifest in it.
    """
    if alone:
        return _check_archive(next(iter(files)), next(iter(files.values())), schema)
    manifest, faults = read_manifest(files.get(MANIFEST), schema)
    if manifest is None:
        return BundleCheck(faults=faults)
    if "release" not in manifest:
        return BundleCheck(
            faults=(Fault(path=MANIFEST, message="the manifest was written by a build, not by a release"),)
        )
    return _check_folder(files, manifest)


def _check_archive(name: str, data: bytes, schema: str) -> BundleCheck:
    """Verify an archive against the manifest in it."""
    damage: tuple[Fault, ...] = ()
    try:
        inside = unpack(data, name=name)
    except CodexError as error:
        inside, damage = read_damaged(data), (Fault(path=name, message=error.message),)
    manifest, faults = read_manifest(next((file.data for file in inside if file.path == MANIFEST), None), schema)
    if manifest is None:
        return BundleCheck(faults=damage or faults)
    mismatches = check_files(inside, manifest)
    return BundleCheck(faults=(*damage, *mismatches), manifest=manifest, files=() if damage else inside)


def read_manifest(data: bytes | None, schema: str) -> tuple[dict[str, Any] | None, tuple[Fault, ...]]:
    """Read a manifest and validate it by its schema; None and the problems if it is invalid."""
    if data is None:
        return None, (Fault(path=MANIFEST, message="the file is missing"),)
    try:
        manifest = parse_limited_json(data)
    except OversizeError as error:
        return None, (Fault(path=MANIFEST, message=f"the manifest is too large: {error}"),)
    except (ValueError, RecursionError) as error:
        return None, (Fault(path=MANIFEST, message=f"the manifest is not JSON: {error}"),)
    errors = violations(schema, manifest)
    if errors:
        place = ".".join(str(part) for part in errors[0].key) or "the top level"
        return None, (
            Fault(path=MANIFEST, message=f"the manifest violates its schema at {place}: {errors[0].message}"),
        )
    if is_committed(manifest):
        return None, (Fault(path=MANIFEST, message="the manifest was written by a build, not by a release"),)
    missing = next(_missing(manifest), None)
    if missing:
        return None, (Fault(path=MANIFEST, message=f"the manifest has no {missing}"),)
    return manifest, ()


def _missing(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a manifest leaves out that a release has; that of a build is completed before it is read."""
    released = "release" in manifest
    for name, needed in (DERIVED if released else _CHECKED).items():
        for row in manifest[name] if name else (manifest,):
            yield from (f"`{key}` in `{name}`" if name else f"`{key}`" for key in needed if key not in row)
    if released and "as_of" not in manifest:
        yield "`as_of`"


def _check_folder(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> BundleCheck:
    whole = f"{folder_name(manifest['namespace'], manifest['version'])}.tar.gz"
    archives = {archive["file"]: archive["sha256"] for archive in manifest["release"]["archives"].values()}
    faults = [*_archive_faults(files, archives)]
    inside: tuple[Artifact, ...] = ()
    if whole not in files:
        faults.append(Fault(path=whole, message="the file is missing"))
    else:
        try:
            inside = unpack(files[whole], name=whole)
        except CodexError as error:
            faults += _content_faults(whole, read_damaged(files[whole]), manifest) or [
                Fault(path=whole, message=error.message)
            ]
        else:
            faults += _content_faults(whole, inside, manifest)
            if next((artifact.data for artifact in inside if artifact.path == MANIFEST), None) != files[MANIFEST]:
                faults.append(
                    Fault(
                        path=f"{whole}: {MANIFEST}",
                        message="this manifest differs from the manifest next to the archive",
                    )
                )
    reported = {fault.path.partition(": ")[0] for fault in faults}
    faults += [fault for fault in _provenance_faults(files, manifest) if fault.path not in reported]
    expected = {MANIFEST, PROVENANCE, whole, *archives}
    expected |= {name + suffix for name in (MANIFEST, PROVENANCE) for suffix in SIGNATURES}
    faults += [
        Fault(path=name, message="the file does not belong to the bundle") for name in sorted(set(files) - expected)
    ]
    return BundleCheck(
        faults=tuple(faults),
        manifest=manifest,
        files=inside,
        archives=len(archives),
        provenance=PROVENANCE in files,
    )


def _content_faults(whole: str, inside: Sequence[Artifact], manifest: Mapping[str, Any]) -> list[Fault]:
    """Return the problems of the files in the archive `whole`."""
    return [Fault(path=f"{whole}: {fault.path}", message=fault.message) for fault in check_files(inside, manifest)]


def _archive_faults(files: Mapping[str, bytes], archives: Mapping[str, str]) -> Iterator[Fault]:
    for name, digest in sorted(archives.items()):
        if name not in files:
            yield Fault(path=name, message="the file is missing")
        elif sha256(files[name]) != digest:
            yield Fault(path=name, message=_mismatch(files[name], digest))


def _mismatch(data: bytes, expected: str) -> str:
    return f"checksum mismatch (got {sha256(data)}, expected {expected})"


def check_files(inside: Sequence[Artifact], manifest: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Verify unpacked files against the manifest of a release or of a build."""
    present = {artifact.path: artifact for artifact in inside if artifact.path != MANIFEST}
    faults = [
        Fault(path=path, message=f"the path is not allowed: {reason}")
        for path in present
        if (reason := bundle_fault(path))
    ]
    faults += (
        _release_faults(present, manifest["release"]["files"])
        if "release" in manifest
        else _build_faults(present, manifest)
    )
    if not faults and tree_digest(present.values()) != manifest["tree"]:
        faults.append(
            Fault(
                path=MANIFEST,
                message="tree digest mismatch: the digest of the files differs from the one in the manifest",
            )
        )
    if not faults:
        faults += _skill_faults(present, manifest)
    return tuple(faults)


def _release_faults(present: Mapping[str, Artifact], listed: Mapping[str, Mapping[str, str]]) -> Iterator[Fault]:
    for path in sorted({*present, *listed}):
        if path not in present:
            yield Fault(path=path, message="the file is missing")
        elif path not in listed:
            yield Fault(path=path, message="the file is not in the manifest")
        elif sha256(present[path].data) != listed[path]["sha256"]:
            yield Fault(path=path, message=_mismatch(present[path].data, listed[path]["sha256"]))
        elif f"{present[path].mode:04o}" != listed[path]["mode"]:
            yield Fault(path=path, message=f"the file has mode {present[path].mode:04o}, not {listed[path]['mode']}")


def _build_faults(present: Mapping[str, Artifact], manifest: Mapping[str, Any]) -> Iterator[Fault]:
    """Verify what the manifest of a build lists: all files by name, or skills and fragments with digests.

    The tree digest covers other files.
    """
    listed = {
        f"skills/{skill['name']}/{path}": digest
        for skill in manifest["skills"]
        for path, digest in skill["files"].items()
    }
    listed |= {fragment["path"]: fragment["sha256"] for fragment in manifest["fragments"]}
    names = manifest.get("files", present)
    yield from (Fault(path=path, message="the file is missing") for path in sorted({*names, *listed} - set(present)))
    yield from (
        Fault(path=path, message="the file is not in the manifest") for path in sorted(set(present) - set(names))
    )
    for path, digest in sorted(listed.items()):
        if path in present and sha256(present[path].data) != digest:
            yield Fault(path=path, message=_mismatch(present[path].data, digest))


def _skill_faults(present: Mapping[str, Artifact], manifest: Mapping[str, Any]) -> Iterator[Fault]:
    for skill in manifest["skills"]:
        if tree_digest(present.values(), under=f"skills/{skill['name']}") != skill["tree"]:
            message = f"tree digest mismatch for the skill {skill['name']}"
            yield Fault(path=MANIFEST, message=message)


def _provenance_faults(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[Fault]:
    data = files.get(PROVENANCE)
    if data is None:
        yield Fault(path=PROVENANCE, message="the file is missing")
        return
    try:
        statement = parse_limited_json(data)
        subjects = {str(subject["name"]): subject["digest"]["sha256"] for subject in statement["subject"]}
        definition = statement["predicate"]["buildDefinition"]
        parameters, sources = {**definition["externalParameters"]}, definition["resolvedDependencies"]
        commit = sources[0]["digest"]["gitCommit"] if sources else None
        kinds = (statement["_type"], statement["predicateType"])
        canonical = provenance(manifest, subjects, _origin(statement, commit))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        yield Fault(path=PROVENANCE, message="the provenance is not an in-toto statement with a SLSA v1 predicate")
        return
    faults = (
        []
        if kinds == (STATEMENT, PREDICATE)
        else ["the provenance is not an in-toto statement with a SLSA v1 predicate"]
    )
    for name, digest in sorted(subjects.items()):
        if name not in files:
            yield Fault(path=name, message="the file is missing, but listed in the provenance")
        elif sha256(files[name]) != digest:
            yield Fault(path=name, message="the file does not match its checksum in the provenance")
    unlisted = sorted(name for name in set(files) - set(subjects) if name.endswith(".tar.gz") or name == MANIFEST)
    faults += [f"the provenance does not list {name}" for name in unlisted]
    for key in ("namespace", "version", "as_of"):
        if parameters.get(key) != manifest[key]:
            faults.append(f"the provenance has a different {key} than the manifest")
    if commit != manifest["release"]["commit"]:
        faults.append("the provenance has a different commit than the manifest")
    if not faults and data != canonical:
        faults.append("the provenance is not in canonical form, or has a different tree than the manifest")
    yield from (Fault(path=PROVENANCE, message=message) for message in faults)


def _origin(statement: Mapping[str, Any], commit: str | None) -> Origin:
    """Read the origin from a statement; only its signature proves it."""
    sources = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    builder = statement["predicate"]["runDetails"]["builder"]
    start, _, repository = (sources[0]["uri"] if sources else "").partition("git+")
    texts = {
        "repository": "" if start else repository,
        "builder": builder["id"],
        "generator": builder["version"]["codexc"],
    }
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("the origin is not text")
    return Origin(commit=commit, **texts)
