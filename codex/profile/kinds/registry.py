"""The modules that determine the kinds of a package, in the order in which their evidence counts."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.kinds import compiled, javascript, jvm, operations, python, scripted
from codex.profile.model import DetectedKind, RepositoryKind

READERS: Final[tuple[Callable[[EvidenceFolder], Iterator[DetectedKind]], ...]] = (
    python.kinds,
    javascript.kinds,
    compiled.kinds,
    jvm.kinds,
    scripted.kinds,
    operations.kinds,
)
_ORDER: Final = tuple(RepositoryKind)


def unique_kinds(kinds: Iterable[DetectedKind]) -> tuple[DetectedKind, ...]:
    """Return each kind once, with its first evidence, in the order of the type."""
    by_name: dict[RepositoryKind, DetectedKind] = {}
    for kind in kinds:
        by_name.setdefault(kind.name, kind)
    return tuple(sorted(by_name.values(), key=lambda kind: _ORDER.index(kind.name)))
