"""The managed content of a repository, by path. Each source of it returns a `Content`, and they are joined."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import field, replace
from typing import Self

from codex.sync.allowed_paths import AGENTS
from skills_build.emit.projection import ListItems
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The text of the block in each file that has one, and the files that codexc owns. `notes` are for the owners."""

    blocks: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Artifact] = field(default_factory=dict)
    coalesced: frozenset[str] = frozenset()
    """Files that change with any rule of the codex, even one that does not apply here. They get no merge request of
    their own and are updated with the next one (docs/decisions/0011)."""
    items: tuple[ListItems, ...] = ()
    """Items of lists in hand-written files."""
    only_with: Mapping[str, str] = field(default_factory=dict)
    """Files and blocks that are only written if another, hand-written file exists: the path of that file, by theirs."""
    beside: Mapping[str, str] = field(default_factory=dict)
    """Files that belong to the block of a folder: its path, by theirs."""
    notes: tuple[str, ...] = ()

    def without(self, gone: Container[str]) -> Self:
        """Return the content without these paths."""
        return replace(
            self,
            blocks={path: text for path, text in self.blocks.items() if path not in gone},
            files={path: file for path, file in self.files.items() if path not in gone},
            items=tuple(item for item in self.items if item.path not in gone),
        )

    def where_folders_exist(self, exists: Callable[[str], bool]) -> Self:
        """Return the content without files for folders that do not exist."""
        missing = {path for path in self.blocks if path.endswith(f"/{AGENTS}") and not exists(path.rpartition("/")[0])}
        return self.without(missing | {path for path, beside in self.beside.items() if beside in missing})


def joined(parts: Iterable[Content]) -> Content:
    """Join the content of several sources; where two have the same path, the later one counts."""
    parts = tuple(parts)
    return Content(
        blocks={path: text for part in parts for path, text in part.blocks.items()},
        files={path: file for part in parts for path, file in part.files.items()},
        coalesced=frozenset(path for part in parts for path in part.coalesced),
        items=tuple(item for part in parts for item in part.items),
        only_with={path: needed for part in parts for path, needed in part.only_with.items()},
        beside={path: block for part in parts for path, block in part.beside.items()},
        notes=tuple(note for part in parts for note in part.notes),
    )
