"""Finds files that are not edited by hand: generated and vendored files, submodules, migrations."""

from collections.abc import Iterator, Mapping
from typing import Final

from codex.profile import paths
from codex.profile.attributes import NO_ATTRIBUTES, Attributes
from codex.profile.model import SUBMODULE, Boundary, Listing

_WRAPPERS: Final = frozenset({"gradlew", "gradlew.bat", "mvnw", "mvnw.cmd"})
MAX_PER_KIND: Final = 40
HEADER_BYTES: Final = 2048


def boundaries(
    listing: Listing, contents: Mapping[str, bytes], attributes_by_path: Mapping[str, Attributes]
) -> tuple[Boundary, ...]:
    """Return the boundaries by kind and path, at most forty of a kind; an attribute that is unset removes one."""
    by_key: dict[tuple[str, str], Boundary] = {}
    for path in sorted(listing):
        for boundary in _boundaries_of(path, listing, contents, attributes_by_path):
            by_key.setdefault((boundary.kind, boundary.path), boundary)
    by_kind: dict[str, list[Boundary]] = {}
    for key in sorted(by_key):
        if key[0] == "generated" and ("vendored", key[1]) in by_key:
            continue  # one reason is enough: `**/*.min.js`
        by_kind.setdefault(key[0], []).append(by_key[key])
    return tuple(boundary for same_kind in by_kind.values() for boundary in same_kind[:MAX_PER_KIND])


def _boundaries_of(
    path: str, listing: Listing, contents: Mapping[str, bytes], attributes_by_path: Mapping[str, Attributes]
) -> Iterator[Boundary]:
    entry = listing[path]
    if entry.mode == SUBMODULE:
        evidence = ".gitmodules" if ".gitmodules" in listing else path
        yield Boundary(kind="vendored", path=f"{path}/", evidence=evidence)
        return
    attributes = attributes_by_path.get(path, NO_ATTRIBUTES)
    for kind, path_of in (("generated", paths.generated_path), ("vendored", paths.vendored_path)):
        attribute_set = attributes.is_set(kind)
        matched = path_of(path)
        if attribute_set:
            evidence = attributes.evidence[kind]
            yield Boundary(kind=kind, path=_pattern_from_root(evidence), evidence=evidence)
        elif attribute_set is None and matched and not paths.is_test_data(path):
            yield Boundary(kind=kind, path=_as_glob(matched), evidence=path)
    name = path.rpartition("/")[2]
    if (name in paths.LOCK_FILES and not paths.is_auxiliary(path)) or (
        entry.regular and paths.HEADER.search(contents.get(path, b"")[:HEADER_BYTES])
    ):
        yield Boundary(kind="generated", path=path, evidence=path)
    migrations_folder = paths.migrations_folder(path)
    if migrations_folder and paths.is_migration(path) and not paths.is_auxiliary(path):
        yield Boundary(kind="migrations", path=migrations_folder, evidence=path)


def _pattern_from_root(evidence: str) -> str:
    """Return the pattern of a `.gitattributes` line as a glob from the root."""
    attributes_file, _, pattern = evidence.partition("#")
    folder = attributes_file.rpartition("/")[0]
    anchored = pattern.removeprefix("/") if "/" in pattern else f"**/{pattern}"
    return f"{folder}/{anchored}" if folder else anchored


def _as_glob(path: str) -> str:
    """Return one glob for all files of a generator or a wrapper; folders and other files are returned unchanged."""
    suffix = paths.generator_suffix(path)
    if suffix:
        return f"**/*{suffix}"
    name = path.rpartition("/")[2]
    return f"**/{name}" if name in _WRAPPERS and name != path else path
