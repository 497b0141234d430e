"""A plain folder that holds the unpacked bundle: a share, a web root, a plugin directory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codex.publish.publication import Publication, PublishStep, StepStatus, differs_error, newer, put_status
from codex.shell.atomic import MARK, locked, recover_interrupted, replace_tree
from codex.shell.folder import read_folder

_MOST = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPublisher:
    """A folder that holds the newest version that was published, replaced as a whole; an older one is not put."""

    path: Path

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Replace the folder, unless it is as it should be."""
        wanted = tuple(sorted(offer.tree, key=lambda one: one.path))
        size = sum(len(one.data) for one in wanted)
        held = self._version()
        if newer(held, offer.version):
            yield PublishStep(what=f"{self.path}, which holds {held}", done=StepStatus.KEPT)
            return
        if held == offer.version and (self.path / MARK).read_bytes() != _manifest(offer):
            raise differs_error(f"bundle {held}", str(self.path))
        same = self.path.is_dir() and any(self.path.iterdir()) and read_folder(self.path, most=_MOST) == wanted
        if not same and not dry:
            with locked(self.path):
                recover_interrupted(self.path)
                replace_tree(self.path, wanted)
        yield PublishStep(
            what=str(self.path), done=StepStatus.THERE if same else put_status(dry=dry), bytes=0 if same else size
        )

    def _version(self) -> object:
        """The version that the folder holds; None where nobody can tell."""
        try:
            found = json.loads((self.path / MARK).read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        return found.get("version") if isinstance(found, dict) else None


def _manifest(offer: Publication) -> bytes:
    return next((one.data for one in offer.tree if one.path == MARK), b"")
