"""Finds what is not for editing by hand: generated and vendored files, submodules, migrations."""

from collections.abc import Iterator, Mapping
from typing import Final

from codex.profile import paths
from codex.profile.attributes import NO_ATTRIBUTES, Attributes
from codex.profile.model import SUBMODULE, Boundary, Listing

_WRAPPERS: Final = frozenset({"gradlew", "gradlew.bat", "mvnw", "mvnw.cmd"})
MAX_EACH: Final = 40
HEADER_BYTES: Final = 2048


def boundaries(
    listing: Listing, contents: Mapping[str, bytes], attributed: Mapping[str, Attributes]
) -> tuple[Boundary, ...]:
    """The boundaries by kind and path, at most forty a kind; what `.gitattributes` denies is none."""
    found: dict[tuple[str, str], Boundary] = {}
    for path in sorted(listing):
        for one in _of(path, listing, contents, attributed):
            found.setdefault((one.kind, one.path), one)
    kinds: dict[str, list[Boundary]] = {}
    for key in sorted(found):
        kinds.setdefault(key[0], []).append(found[key])
    return tuple(one for several in kinds.values() for one in several[:MAX_EACH])


def _of(
    path: str, listing: Listing, contents: Mapping[str, bytes], attributed: Mapping[str, Attributes]
) -> Iterator[Boundary]:
    entry = listing[path]
    if entry.mode == SUBMODULE:
        evidence = ".gitmodules" if ".gitmodules" in listing else path
        yield Boundary(kind="vendored", path=f"{path}/", evidence=evidence)
        return
    said = attributed.get(path, NO_ATTRIBUTES)
    for kind, by_name in (("generated", paths.generated), ("vendored", paths.vendored)):
        told = said.says(kind)
        named = by_name(path)
        if told:
            evidence = said.evidence[kind]
            yield Boundary(kind=kind, path=_rooted(evidence), evidence=evidence)
        elif told is None and named and not paths.data_of_tests(path):
            yield Boundary(kind=kind, path=_glob(named), evidence=path)
    name = path.rpartition("/")[2]
    if (name in paths.LOCK_FILES and not paths.aside(path)) or (
        entry.regular and paths.HEADER.search(contents.get(path, b"")[:HEADER_BYTES])
    ):
        yield Boundary(kind="generated", path=path, evidence=path)
    migrations = paths.migration(path)
    if migrations and not paths.aside(path):
        yield Boundary(kind="migrations", path=migrations, evidence=path)


def _rooted(evidence: str) -> str:
    """The pattern of a `.gitattributes` line as a glob from the root."""
    file, _, pattern = evidence.partition("#")
    folder = file.rpartition("/")[0]
    anchored = pattern.removeprefix("/") if "/" in pattern else f"**/{pattern}"
    return f"{folder}/{anchored}" if folder else anchored


def _glob(path: str) -> str:
    """One glob for the many files that a generator makes or a wrapper brings; folders and other files stay."""
    ending = paths.generated_ending(path)
    if ending:
        return f"**/*{ending}"
    name = path.rpartition("/")[2]
    return f"**/{name}" if name in _WRAPPERS and name != path else path
