"""Names of skills and files: stable, portable, unique. A name does not depend on how many others there are."""

import hashlib
import posixpath
from collections.abc import Iterable, Mapping
from typing import Final

from skills_build.model.standard import Standard
from skills_build.source.slug import slug

REFERENCE_LENGTH: Final = 48
_SKILL_LENGTH: Final = 64
_INDEX_FILES: Final = ("readme", "index")


def suffix(text: str) -> str:
    """Return six hexadecimal digits of a hash, which make names distinct."""
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def portable_name(text: str, *, max_length: int) -> str:
    """Return a slug; text that is too long or has no ASCII letters gets a suffix from a hash of the whole text."""
    whole = slug(text, most=10_000)
    if whole and len(whole) <= max_length:
        return whole
    cut = slug(text, most=max_length - 7)
    return f"{cut}-{suffix(text)}" if cut else f"x-{suffix(text)}"


def skill_name(namespace: str, key: str) -> str:
    """Return `<namespace>-<key>`, short enough to be prefixed with a plugin's name."""
    room = _SKILL_LENGTH - len(namespace) - 1
    name = portable_name(f"{namespace} {key}", max_length=_SKILL_LENGTH)
    return name if len(name) <= room or room < 16 else portable_name(f"{namespace} {key}", max_length=room)


def file_names(standards: Iterable[Standard]) -> Mapping[str, str]:
    """Return a name for each standard (by path): that of its file, prefixed with its folder where two are equal."""
    paths = [standard.path for standard in standards]
    names = {path: portable_name(_stem(path), max_length=REFERENCE_LENGTH) for path in paths}
    for path in _clashing(names):
        names[path] = portable_name(posixpath.splitext(path)[0], max_length=REFERENCE_LENGTH)
    for path in _clashing(names):
        names[path] = f"{slug(_stem(path), most=REFERENCE_LENGTH - 7) or 'x'}-{suffix(path)}"
    return names


def _stem(path: str) -> str:
    folder, name = posixpath.split(posixpath.splitext(path)[0])
    return posixpath.basename(folder) or name if name.lower() in _INDEX_FILES else name


def _clashing(names: Mapping[str, str]) -> list[str]:
    count: dict[str, int] = {}
    for name in names.values():
        count[name] = count.get(name, 0) + 1
    return [path for path, name in names.items() if count[name] > 1]
