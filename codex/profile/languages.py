"""Counts languages: by bytes, or by files where a size is unknown; `.gitattributes` first, then the names of paths."""

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
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
from skills_build.frozen import dataclass

SHEBANG_BYTES: Final = 256
MAX_WEIGHT: Final = 64 * 1024
"""Maximum number of bytes of one file that count towards its language's share: larger files are mostly reports, dumps
and bundles.
"""
NO_MANIFESTS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedFile:
    """One file of a language that counts; `fixture` is True for test data and examples."""

    path: str
    language: str
    size: int | None
    fixture: bool


def counted_files(
    listing: Listing, contents: Mapping[str, bytes], attributes_by_path: Mapping[str, Attributes]
) -> tuple[CountedFile, ...]:
    """Return the files that count, in order of their paths; `attributes_by_path` comes from `.gitattributes`."""
    extensions = frozenset(_extension(path) for path in listing)
    counted = []
    for path in sorted(listing):
        entry = listing[path]
        if not entry.regular:
            continue
        attributes = attributes_by_path.get(path, NO_ATTRIBUTES)
        language = _language_of(path, entry, extensions, contents.get(path), attributes)
        if language and not _is_excluded(path, attributes):
            counted.append(
                CountedFile(path=path, language=language, size=entry.size, fixture=_is_fixture(path, attributes))
            )
    return tuple(counted)


def count_languages(files: Iterable[CountedFile], manifests: Mapping[str, str] = NO_MANIFESTS) -> tuple[Language, ...]:
    """Return languages with their shares, largest first. Test data and examples count only if there is nothing else.

    `manifests` maps languages to the files that declare them.
    """
    all_files = tuple(files)
    own_files = tuple(file for file in all_files if not file.fixture) or all_files
    has_sizes = all(file.size is not None for file in own_files)
    by_name: dict[str, list[int]] = defaultdict(list)
    for file in own_files:
        by_name[file.language].append(file.size or 0)
    weight_of = _capped_sum if has_sizes and any(file.size for file in own_files) else len
    total = sum(weight_of(sizes) for sizes in by_name.values())
    counted = [
        Language(
            name=name,
            bytes=sum(sizes) if has_sizes else None,
            files=len(sizes),
            share=round(weight_of(sizes) / total, 4),
            manifest=manifests.get(name),
        )
        for name, sizes in by_name.items()
    ]
    return tuple(sorted(counted, key=lambda file: (-file.share, -file.files, file.name)))


def _capped_sum(sizes: list[int]) -> int:
    return sum(min(size, MAX_WEIGHT) for size in sizes)


def _is_fixture(path: str, attributes: Attributes) -> bool:
    return (
        attributes.is_set("vendored") is None and attributes.is_set("detectable") is not True and paths.is_fixture(path)
    )


def _is_excluded(path: str, attributes: Attributes) -> bool:
    """Return whether a file does not count; an attribute that is set or unset takes precedence over its name."""
    if attributes.is_set("detectable") is False:
        return True
    return any(
        attributes.is_set(name) if attributes.is_set(name) is not None else matches_name(path)
        for name, matches_name in (
            ("vendored", paths.vendored_path),
            ("generated", paths.generated_path),
            ("documentation", paths.is_documentation),
        )
    )


def _language_of(
    path: str, entry: ListingEntry, extensions: frozenset[str], data: bytes | None, attributes: Attributes
) -> str | None:
    override = attributes.values.get("language")
    if override:
        return ALIASES.get(override.lower()) or CANONICAL.get(override.lower()) or override.replace("-", " ")
    name = path.rpartition("/")[2]
    language = FILENAMES.get(name) or _by_extension(_extension(path), extensions) or _by_shebang(name, entry, data)
    if language is None and attributes.is_set("detectable"):
        language = DETECTABLE.get(_extension(path))
    return None if language in NOT_COUNTED else language


def language_of_name(path: str) -> str | None:
    """Return the language of a file by its name alone; None if it has no language that counts."""
    name = path.rpartition("/")[2]
    extension = _extension(path)
    companions = frozenset({extension})
    language = FILENAMES.get(name) or _by_extension(extension, companions)
    return None if language in NOT_COUNTED else language


def _extension(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name[1:] else ""


def _by_extension(extension: str, extensions: frozenset[str]) -> str | None:
    for language, companions in COMPANIONS.get(extension, ()):
        if not companions or not extensions.isdisjoint(companions):
            return language
    return EXTENSIONS.get(extension)


def _by_shebang(name: str, entry: ListingEntry, data: bytes | None) -> str | None:
    """Return the language of an executable without an extension, by its first line."""
    return language_of_first_line(data) if entry.mode == EXECUTABLE and "." not in name and data else None


def language_of_first_line(data: bytes) -> str | None:
    """Return the language of the interpreter that the first line of a script names; None without one."""
    if not data.startswith(b"#!"):
        return None
    from identify import identify

    try:
        words = identify.parse_shebang(io.BytesIO(data[:SHEBANG_BYTES].split(b"\n")[0] + b"\n"))
    except Exception:  # an invalid first line names no interpreter
        return None
    return _by_interpreter(words[0].rpartition("/")[2]) if words else None


def _by_interpreter(name: str) -> str | None:
    """Return the language of an interpreter; `python3.12` counts as `python3` or `python` if it has no own row."""
    return (
        INTERPRETERS.get(name)
        or INTERPRETERS.get(name.partition(".")[0])
        or INTERPRETERS.get(name.rstrip("0123456789.-"))
    )
