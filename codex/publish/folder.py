"""A plain folder with the unpacked bundle: a network share, a web root, a plugin directory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from codex.publish.publication import Publication, PublishStep, StepStatus, differs_error, newer, upload_status
from codex.shell.atomic import recover_interrupted, replace_tree
from codex.shell.folder import read_folder
from codex.shell.locking import locked
from codex.shell.reading import read_file
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.release.bundle import MANIFEST

_MAX_BYTES: Final = 512 * 1024 * 1024
"""Maximum total size of the folder's files for a comparison, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPublisher:
    """A folder with the newest published version, replaced atomically; an older version is not published to it."""

    path: Path

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Replace the folder unless it is up to date."""
        tree = tuple(sorted(offer.tree, key=lambda artifact: artifact.path))
        size = sum(len(artifact.data) for artifact in tree)
        current = self._version()
        if newer(current, offer.version):
            yield PublishStep(what=f"{self.path}, which has {current}", status=StepStatus.KEPT)
            return
        if current == offer.version and read_file(self.path / MANIFEST) != _manifest(offer):
            raise differs_error(f"bundle {current}", str(self.path))
        is_same = self.path.is_dir() and any(self.path.iterdir()) and read_folder(self.path, most=_MAX_BYTES) == tree
        if not is_same and not dry:
            with locked(self.path):
                recover_interrupted(self.path)
                replace_tree(self.path, tree)
        yield PublishStep(
            what=str(self.path),
            status=StepStatus.THERE if is_same else upload_status(dry=dry),
            bytes=0 if is_same else size,
        )

    def _version(self) -> object:
        """Return the version in the folder's manifest; None if there is none."""
        try:
            manifest = parse_json(read_file(self.path / MANIFEST))
        except (OSError, ValueError, RecursionError):
            return None
        return manifest.get("version") if isinstance(manifest, dict) else None


def _manifest(offer: Publication) -> bytes:
    return next((artifact.data for artifact in offer.tree if artifact.path == MANIFEST), b"")
