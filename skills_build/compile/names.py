"""Names of skills and files: stable, portable, unique. A name depends on what it names, never on how many there are."""

import hashlib
import posixpath
from collections.abc import Iterable, Mapping
from typing import Final

from skills_build.model.standard import Standard
from skills_build.source.slug import slug

REFERENCE_LENGTH: Final = 48
_SKILL_LENGTH: Final = 64
_INDEX_FILES: Final = ("readme", "index")


def mark(text: str) -> str:
    """Six hexadecimal digits that tell names apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def named(text: str, *, most: int) -> str:
    """A slug of at most `most` characters; text without ASCII letters or that is cut gets a mark of its whole."""
    whole = slug(text, most=10_000)
    if whole and len(whole) <= most:
        return whole
    cut = slug(text, most=most - 7)
    return f"{cut}-{mark(text)}" if cut else f"x-{mark(text)}"


def skill_name(namespace: str, key: str) -> str:
    """`<namespace>-<key>`, short enough that a plugin's name still fits before it."""
    room = _SKILL_LENGTH - len(namespace) - 1
    name = named(f"{namespace} {key}", most=_SKILL_LENGTH)
    return name if len(name) <= room or room < 16 else named(f"{namespace} {key}", most=room)


def file_names(standards: Iterable[Standard]) -> Mapping[str, str]:
    """A name for each standard (by path): its file's, with its folder's before it where two are the same."""
    paths = [standard.path for standard in standards]
    names = {path: named(_stem(path), most=REFERENCE_LENGTH) for path in paths}
    for path in _clashing(names):
        names[path] = named(posixpath.splitext(path)[0], most=REFERENCE_LENGTH)
    for path in _clashing(names):
        names[path] = f"{slug(_stem(path), most=REFERENCE_LENGTH - 7) or 'x'}-{mark(path)}"
    return names


def _stem(path: str) -> str:
    folder, name = posixpath.split(posixpath.splitext(path)[0])
    return posixpath.basename(folder) or name if name.lower() in _INDEX_FILES else name


def _clashing(names: Mapping[str, str]) -> list[str]:
    count: dict[str, int] = {}
    for name in names.values():
        count[name] = count.get(name, 0) + 1
    return [path for path, name in names.items() if count[name] > 1]
