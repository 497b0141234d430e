"""A plain folder that holds the unpacked bundle: a share, a web root, a plugin directory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codex.publish.offer import Done, Offer, Step, put
from codex.shell.folder import read_folder
from codex.shell.replace import locked, recover, replace_tree

_MOST = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder that always holds the newest version that was published, replaced as a whole."""

    path: Path

    def publish(self, offer: Offer, *, dry: bool) -> Iterator[Step]:
        """Replace the folder, unless it is as it should be."""
        wanted = tuple(sorted(offer.tree, key=lambda one: one.path))
        size = sum(len(one.data) for one in wanted)
        same = self.path.is_dir() and any(self.path.iterdir()) and read_folder(self.path, most=_MOST) == wanted
        if not same and not dry:
            with locked(self.path):
                recover(self.path)
                replace_tree(self.path, wanted)
        yield Step(what=str(self.path), done=Done.THERE if same else put(dry=dry), bytes=0 if same else size)
