"""Packs pieces into files of a bounded size, in source order; a new piece moves as few others as possible.

A list that is too long is cut in two before the piece whose name has the smallest hash, among those that leave at least
a quarter on each side. A new piece seldom changes which one that is, so other files keep their content and name.
"""

import hashlib
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Final, Protocol, TypeVar

from skills_build.compile.pieces import Piece, split_piece
from skills_build.frozen import dataclass
from skills_build.model.standard import Standard

MAX_SEPARATE_FILES: Final = 12
"""Maximum number of standards in a skill for which each has its own file; beyond that, small ones share files by
folder.
"""


class Sized(Protocol):
    """An item that can be packed."""

    @property
    def size(self) -> int:
        """Size in bytes."""

    @property
    def slug(self) -> str:
        """A name that does not depend on other pieces."""

    @property
    def weight(self) -> int:
        """The cost of a cut before this item: lower is better."""


Item = TypeVar("Item", bound=Sized)


def pack_items(items: Sequence[Item], limit: int) -> Iterator[Sequence[Item]]:
    """Yield runs of `items` of at most `limit` bytes each; an item that is longer is a run of its own."""
    total = sum(item.size for item in items)
    if total <= limit or len(items) < 2:
        yield items
        return
    at = _cut(items, total)
    yield from pack_items(items[:at], limit)
    yield from pack_items(items[at:], limit)


def _cut(items: Sequence[Item], total: int) -> int:
    """Return where to divide items: at the lowest weight, then hash, that leaves a quarter on each side."""
    before = 0
    best: tuple[bool, int, str, int] | None = None
    for at in range(1, len(items)):
        before += items[at - 1].size
        uneven = min(before, total - before) * 4 < total
        key = (uneven, items[at].weight if not uneven else abs(2 * before - total), _hash(items[at].slug), at)
        best = key if best is None else min(best, key)
    return best[3] if best else 1


@lru_cache(maxsize=8192)
def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Volume:
    """All pieces of one standard."""

    standard: Standard
    pieces: tuple[Piece, ...]
    slug: str
    weight: int = 0

    @cached_property
    def size(self) -> int:
        """Size in bytes, with the heading that is added where standards share a file."""
        return sum(piece.size for piece in self.pieces) + len(self.standard.title.encode()) + 8


@dataclass(frozen=True, kw_only=True)
class FileChunk:
    """The content of one file: `whole` standards that share it, or a run of one standard's pieces."""

    name: str
    folder: str = ""
    volumes: tuple[Volume, ...] = ()
    pieces: tuple[Piece, ...] = ()
    whole: bool = True

    @property
    def shared(self) -> bool:
        """Whether several standards share the file."""
        return len(self.volumes) > 1


def chunks(volumes: Sequence[Volume], limit: int) -> Iterator[FileChunk]:
    """Yield the files of one skill, in source order."""
    if len(volumes) <= MAX_SEPARATE_FILES:
        for volume in volumes:
            yield from split_volume(volume, limit)
        return
    folders = [posixpath.dirname(volume.standard.path) for volume in volumes]
    yield from _folder_chunks(posixpath.commonpath(folders) if all(folders) else "", volumes, limit)


def split_volume(volume: Volume, limit: int) -> Iterator[FileChunk]:
    """Yield the files of one standard: the first is named after it, later ones also after their first section."""
    parts = [part for piece in volume.pieces for part in (split_piece(piece) if piece.size > limit else (piece,))]
    runs = list(pack_items(parts, limit))
    for number, run in enumerate(runs):
        name = volume.slug if number == 0 else f"{volume.slug}-{run[0].slug}"
        yield FileChunk(name=name, volumes=(volume,), pieces=tuple(run), whole=len(runs) == 1)


def _folder_chunks(folder: str, volumes: Sequence[Volume], limit: int) -> Iterator[FileChunk]:
    """Yield the files for the standards of a folder: one if they fit, otherwise by standard and subfolder."""
    if sum(volume.size for volume in volumes) <= limit and len(volumes) > 1:
        yield _shared_chunk(_folder_name(folder), folder, volumes)
        return
    here = [volume for volume in volumes if posixpath.dirname(volume.standard.path) == folder]
    small = [volume for volume in here if volume.size * 2 <= limit]
    for volume in here:
        if volume.size * 2 > limit:
            yield from split_volume(volume, limit)
    for run in pack_items(small, limit) if small else ():
        if len(run) == 1:
            yield from split_volume(run[0], limit)
        else:
            yield _shared_chunk(_folder_name(folder) if run == small == here else run[0].slug, folder, run)
    for name, inside in _by_subfolder(folder, volumes).items():
        yield from _folder_chunks(posixpath.join(folder, name), inside, limit)


def _by_subfolder(folder: str, volumes: Sequence[Volume]) -> Mapping[str, list[Volume]]:
    by_name: dict[str, list[Volume]] = {}
    start = f"{folder}/" if folder else ""
    for volume in volumes:
        rest = volume.standard.path.removeprefix(start)
        if "/" in rest:
            by_name.setdefault(rest.split("/")[0], []).append(volume)
    return by_name


def _folder_name(folder: str) -> str:
    """Return the last three folders of a path as words."""
    return " ".join(folder.split("/")[-3:]) or "standards"


def _shared_chunk(name: str, folder: str, volumes: Sequence[Volume]) -> FileChunk:
    pieces = tuple(piece for volume in volumes for piece in volume.pieces)
    return FileChunk(name=name, folder=folder, volumes=tuple(volumes), pieces=pieces)
