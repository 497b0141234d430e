"""Counts languages: by bytes, or by files where a size is unknown; `.gitattributes` first, then the names of paths."""

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from codex.profile import paths
from codex.profile.attributes import NO_ATTRIBUTES, Attributes
from codex.profile.language_table import (
    ALIASES,
    CANONICAL,
    COMPANIONS,
    DETECTABLE,
    EXTENSIONS,
    FILENAMES,
    INTERPRETERS,
    NOT_COUNTED,
)
from codex.profile.model import EXECUTABLE, Language, Listing, ListingEntry

SHEBANG_BYTES: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedFile:
    """One file of a language that counts; `fixture` is True for tests' data and examples."""

    path: str
    language: str
    size: int | None
    fixture: bool


def counted_files(
    listing: Listing, contents: Mapping[str, bytes], attributed: Mapping[str, Attributes]
) -> tuple[CountedFile, ...]:
    """The files that count, in order of their paths; `attributed` is what `.gitattributes` says by path."""
    endings = frozenset(_ending(path) for path in listing)
    found = []
    for path in sorted(listing):
        entry = listing[path]
        if not entry.regular:
            continue
        said = attributed.get(path, NO_ATTRIBUTES)
        name = _language(path, entry, endings, contents.get(path), said)
        if name and not _left_out(path, said):
            found.append(CountedFile(path=path, language=name, size=entry.size, fixture=_fixture(path, said)))
    return tuple(found)


def count_languages(files: Iterable[CountedFile]) -> tuple[Language, ...]:
    """Languages with their shares, largest first. Tests' data and examples count only where there is nothing else."""
    given = tuple(files)
    own = tuple(one for one in given if not one.fixture) or given
    sized = all(one.size is not None for one in own)
    by_name: dict[str, list[int]] = defaultdict(list)
    for one in own:
        by_name[one.language].append(one.size or 0)
    weigh = sum if sized and any(one.size for one in own) else len
    total = sum(weigh(sizes) for sizes in by_name.values())
    counted = [
        Language(name=name, bytes=sum(s) if sized else None, files=len(s), share=round(weigh(s) / total, 4))
        for name, s in by_name.items()
    ]
    return tuple(sorted(counted, key=lambda one: (-one.share, -one.files, one.name)))


def _fixture(path: str, said: Attributes) -> bool:
    return said.says("vendored") is None and said.says("detectable") is not True and paths.fixture(path)


def _left_out(path: str, said: Attributes) -> bool:
    """Whether a file does not count; an attribute that is set or unset decides before a name does."""
    if said.says("detectable") is False:
        return True
    return any(
        said.says(name) if said.says(name) is not None else by_name(path)
        for name, by_name in (
            ("vendored", paths.vendored),
            ("generated", paths.generated),
            ("documentation", paths.documentation),
        )
    )


def _language(
    path: str, entry: ListingEntry, endings: frozenset[str], data: bytes | None, said: Attributes
) -> str | None:
    named = said.values.get("language")
    if named:
        return ALIASES.get(named.lower()) or CANONICAL.get(named.lower()) or named.replace("-", " ")
    name = path.rpartition("/")[2]
    known = FILENAMES.get(name) or _by_ending(_ending(path), endings) or _by_shebang(name, entry, data)
    if known is None and said.says("detectable"):
        known = DETECTABLE.get(_ending(path))
    return None if known in NOT_COUNTED else known


def _ending(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name[1:] else ""


def _by_ending(ending: str, endings: frozenset[str]) -> str | None:
    for language, companions in COMPANIONS.get(ending, ()):
        if not companions or not endings.isdisjoint(companions):
            return language
    return EXTENSIONS.get(ending)


def _by_shebang(name: str, entry: ListingEntry, data: bytes | None) -> str | None:
    """The language of an executable without an ending, by its first line."""
    if entry.mode != EXECUTABLE or "." in name or not data or not data.startswith(b"#!"):
        return None
    from identify import identify

    try:
        words = identify.parse_shebang(io.BytesIO(data[:SHEBANG_BYTES].split(b"\n")[0] + b"\n"))
    except Exception:  # whatever the first line is, it names no interpreter
        return None
    return _of_interpreter(words[0].rpartition("/")[2]) if words else None


def _of_interpreter(name: str) -> str | None:
    """The language of an interpreter; `python3.12` is `python3`, and that is `python`, if it has no row of its own."""
    return (
        INTERPRETERS.get(name)
        or INTERPRETERS.get(name.partition(".")[0])
        or INTERPRETERS.get(name.rstrip("0123456789.-"))
    )
