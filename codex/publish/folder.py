"""A plain folder that holds the unpacked bundle: a share, a web root, a plugin directory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codex.publish.offer import Done, Offer, Step, differs, newer, put
from codex.shell.atomic import MARK, locked, recover, replace_tree
from codex.shell.folder import read_folder

_MOST = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder that holds the newest version that was published, replaced as a whole; an older one is not put."""

    path: Path

    def publish(self, offer: Offer, *, dry: bool) -> Iterator[Step]:
        """Replace the folder, unless it is as it should be."""
        wanted = tuple(sorted(offer.tree, key=lambda one: one.path))
        size = sum(len(one.data) for one in wanted)
        held = self._version()
        if newer(held, offer.version):
            yield Step(what=f"{self.path}, which holds {held}", done=Done.KEPT)
            return
        if held == offer.version and (self.path / MARK).read_bytes() != _manifest(offer):
            raise differs(f"bundle {held}", str(self.path))
        same = self.path.is_dir() and any(self.path.iterdir()) and read_folder(self.path, most=_MOST) == wanted
        if not same and not dry:
            with locked(self.path):
                recover(self.path)
                replace_tree(self.path, wanted)
        yield Step(what=str(self.path), done=Done.THERE if same else put(dry=dry), bytes=0 if same else size)

    def _version(self) -> object:
        """The version that the folder holds; None where nobody can tell."""
        try:
            found = json.loads((self.path / MARK).read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        return found.get("version") if isinstance(found, dict) else None


def _manifest(offer: Offer) -> bytes:
    return next((one.data for one in offer.tree if one.path == MARK), b"")
