"""Checks a bundle against what its manifest and its provenance say of it, and names every file that is wrong.

Works on bytes that somebody read; needs no network. Signatures are checked by whoever has the keys.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skills_build.emit.registry import bundle_fault
from skills_build.emit.tree import sha256, tree_digest
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from skills_build.release.archive import read_damaged, unpack
from skills_build.release.bundle import MANIFEST, PROVENANCE, SIGNATURES, folder_name
from skills_build.release.provenance import PREDICATE, STATEMENT, Origin, provenance
from skills_build.schema import violations


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one file. Both texts quote what others wrote: what is not printable in them is escaped."""

    path: str
    message: str

    def __post_init__(self) -> None:
        for key in ("path", "message"):
            object.__setattr__(self, key, _printable(getattr(self, key)))


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleCheck:
    """A bundle that was checked: what is wrong, and what it holds. Without a manifest nothing else is known."""

    faults: tuple[Fault, ...]
    manifest: Mapping[str, Any] | None = None
    files: tuple[Artifact, ...] = ()
    archives: int = 0
    provenance: bool = False


def check_bundle(files: Mapping[str, bytes], *, schema: str, alone: bool = False) -> BundleCheck:
    """Check the files of a bundle's folder by name. `schema` is the text of the manifest's.

    `alone` says that there is only the archive of everything: then its own manifest vouches for it.
    """
    if alone:
        return _check_archive(next(iter(files)), next(iter(files.values())), schema)
    manifest, faults = read_manifest(files.get(MANIFEST), schema)
    if manifest is None:
        return BundleCheck(faults=faults)
    if "release" not in manifest:
        return BundleCheck(faults=(Fault(path=MANIFEST, message="is that of a build, not of a release"),))
    return _check_folder(files, manifest)


def _check_archive(name: str, data: bytes, schema: str) -> BundleCheck:
    """Check an archive by the manifest that is in it."""
    damage: tuple[Fault, ...] = ()
    try:
        inside = unpack(data, name=name)
    except CodexError as error:
        inside, damage = read_damaged(data), (Fault(path=name, message=error.message),)
    manifest, faults = read_manifest(next((one.data for one in inside if one.path == MANIFEST), None), schema)
    if manifest is None:
        return BundleCheck(faults=damage or faults)
    found = check_files(inside, manifest)
    return BundleCheck(faults=(*damage, *found), manifest=manifest, files=() if damage else inside)


def read_manifest(data: bytes | None, schema: str) -> tuple[dict[str, Any] | None, tuple[Fault, ...]]:
    """A manifest that keeps its schema, or what is wrong with it."""
    if data is None:
        return None, (Fault(path=MANIFEST, message="is missing"),)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        return None, (Fault(path=MANIFEST, message=f"is no JSON: {error}"),)
    wrong = violations(schema, found)
    if wrong:
        place = ".".join(str(part) for part in wrong[0].key) or "its top"
        return None, (Fault(path=MANIFEST, message=f"breaks its schema at {place}: {wrong[0].message}"),)
    return found, ()


def _check_folder(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> BundleCheck:
    whole = f"{folder_name(manifest['namespace'], manifest['version'])}.tar.gz"
    archives = {one["file"]: one["sha256"] for one in manifest["release"]["archives"].values()}
    faults = [*_archives(files, archives)]
    inside: tuple[Artifact, ...] = ()
    if whole not in files:
        faults.append(Fault(path=whole, message="is missing"))
    else:
        try:
            inside = unpack(files[whole], name=whole)
        except CodexError as error:
            faults += _within(whole, read_damaged(files[whole]), manifest) or [Fault(path=whole, message=error.message)]
        else:
            faults += _within(whole, inside, manifest)
            if next((artifact.data for artifact in inside if artifact.path == MANIFEST), None) != files[MANIFEST]:
                faults.append(Fault(path=f"{whole}: {MANIFEST}", message="is not the manifest beside the archive"))
    wrong = {fault.path.partition(": ")[0] for fault in faults}
    faults += [one for one in _provenance(files, manifest) if one.path not in wrong]
    known = {MANIFEST, PROVENANCE, whole, *archives}
    known |= {name + ending for name in (MANIFEST, PROVENANCE) for ending in SIGNATURES}
    faults += [Fault(path=name, message="does not belong to the bundle") for name in sorted(set(files) - known)]
    return BundleCheck(
        faults=tuple(faults),
        manifest=manifest,
        files=inside,
        archives=len(archives),
        provenance=PROVENANCE in files,
    )


def _within(whole: str, inside: Sequence[Artifact], manifest: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with the files of the archive `whole`."""
    return [Fault(path=f"{whole}: {file.path}", message=file.message) for file in check_files(inside, manifest)]


def _archives(files: Mapping[str, bytes], archives: Mapping[str, str]) -> Iterator[Fault]:
    for name, digest in sorted(archives.items()):
        if name not in files:
            yield Fault(path=name, message="is missing")
        elif sha256(files[name]) != digest:
            yield Fault(path=name, message=f"has another digest than the manifest says: {sha256(files[name])}")


def check_files(inside: Sequence[Artifact], manifest: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Check unpacked files, the manifest among them or not, against a manifest: of a release, or of a build."""
    present = {artifact.path: artifact for artifact in inside if artifact.path != MANIFEST}
    faults = [Fault(path=path, message=f"is refused: {wrong}") for path in present if (wrong := bundle_fault(path))]
    faults += _listed(present, manifest["release"]["files"]) if "release" in manifest else _built(present, manifest)
    if not faults and tree_digest(present.values()) != manifest["tree"]:
        faults.append(Fault(path=MANIFEST, message="gives another digest for the whole tree than its files have"))
    if not faults:
        faults += _skills(present, manifest)
    return tuple(faults)


def _listed(present: Mapping[str, Artifact], listed: Mapping[str, Mapping[str, str]]) -> Iterator[Fault]:
    for path in sorted({*present, *listed}):
        if path not in present:
            yield Fault(path=path, message="is missing")
        elif path not in listed:
            yield Fault(path=path, message="is not in the manifest")
        elif sha256(present[path].data) != listed[path]["sha256"]:
            yield Fault(path=path, message=f"has another digest: {sha256(present[path].data)}")
        elif f"{present[path].mode:04o}" != listed[path]["mode"]:
            yield Fault(path=path, message=f"has mode {present[path].mode:04o}, not {listed[path]['mode']}")


def _built(present: Mapping[str, Artifact], manifest: Mapping[str, Any]) -> Iterator[Fault]:
    """Check what the manifest of a mere build lists: skills and fragments. Other files count in the tree's digest."""
    listed = {
        f"skills/{one['name']}/{path}": digest for one in manifest["skills"] for path, digest in one["files"].items()
    }
    listed |= {one["path"]: one["sha256"] for one in manifest["fragments"]}
    for path, digest in sorted(listed.items()):
        if path not in present:
            yield Fault(path=path, message="is missing")
        elif sha256(present[path].data) != digest:
            yield Fault(path=path, message=f"has another digest: {sha256(present[path].data)}")


def _skills(present: Mapping[str, Artifact], manifest: Mapping[str, Any]) -> Iterator[Fault]:
    for skill in manifest["skills"]:
        if tree_digest(present.values(), under=f"skills/{skill['name']}") != skill["tree"]:
            message = f"gives another digest for the skill {skill['name']} than its files have"
            yield Fault(path=MANIFEST, message=message)


def _provenance(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[Fault]:
    data = files.get(PROVENANCE)
    if data is None:
        yield Fault(path=PROVENANCE, message="is missing")
        return
    try:
        statement = json.loads(data)
        subjects = {str(one["name"]): one["digest"]["sha256"] for one in statement["subject"]}
        definition = statement["predicate"]["buildDefinition"]
        parameters, sources = {**definition["externalParameters"]}, definition["resolvedDependencies"]
        commit = sources[0]["digest"]["gitCommit"] if sources else None
        kinds = (statement["_type"], statement["predicateType"])
        form = provenance(manifest, subjects, _origin(statement, commit))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        yield Fault(path=PROVENANCE, message="is no in-toto statement with a SLSA v1 predicate")
        return
    faults = [] if kinds == (STATEMENT, PREDICATE) else ["is no in-toto statement with a SLSA v1 predicate"]
    for name, digest in sorted(subjects.items()):
        if name not in files:
            yield Fault(path=name, message="is missing, the provenance names it")
        elif sha256(files[name]) != digest:
            yield Fault(path=name, message="has another digest than the provenance says")
    strangers = sorted(name for name in set(files) - set(subjects) if name.endswith(".tar.gz") or name == MANIFEST)
    faults += [f"does not vouch for {name}" for name in strangers]
    for key in ("namespace", "version", "as_of"):
        if parameters.get(key) != manifest[key]:
            faults.append(f"speaks of another {key} than the manifest")
    if commit != manifest["release"]["commit"]:
        faults.append("speaks of another commit than the manifest")
    if not faults and data != form:
        faults.append("is not in the one form that a provenance has, or speaks of another tree than the manifest")
    yield from (Fault(path=PROVENANCE, message=message) for message in faults)


def _origin(statement: Mapping[str, Any], commit: str | None) -> Origin:
    """Where a statement says that the bundle is from, for which only its signature vouches."""
    sources = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    builder = statement["predicate"]["runDetails"]["builder"]
    start, _, repository = (sources[0]["uri"] if sources else "").partition("git+")
    texts = {
        "repository": "" if start else repository,
        "builder": builder["id"],
        "generator": builder["version"]["codexc"],
    }
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("the origin is no text")
    return Origin(commit=commit, **texts)
