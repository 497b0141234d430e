"""The files after a change, as its checks read them."""

from collections.abc import Mapping
from typing import Any

from codex.audit.source_text import OTHERWISE, read_otherwise
from codex.review.change import Change
from codex.review.review import text_of_patch
from codex.workflow.audit import RepositoryFiles
from skills_build.checks.base import Gap


class HeadFiles:
    """The files after a change. Where only a patch is known, a file has the lines that the patch shows."""

    def __init__(self, change: Change, repository: RepositoryFiles, *, patched: bool) -> None:
        self._changed: Mapping[str, Any] = {one.path: one for one in change.files}
        self._repository = repository
        self._patched = patched
        deleted = {path for path, one in self._changed.items() if one.deleted}
        renamed = {one.old for one in change.files if one.old is not None and one.old != one.path}
        gone = deleted if patched else deleted | renamed
        known = dict.fromkeys(path for path in repository.paths if path not in gone)
        self.paths = tuple(known | dict.fromkeys(path for path in self._changed if path not in deleted))

    def read(self, path: str) -> str | Gap:
        """Return the text of a file."""
        changed = self._changed.get(path)
        if changed is None or self._patched:
            return self._repository.read(path)
        whole = self._repository.read(path)
        if isinstance(whole, Gap) and (not changed.added or whole.why.startswith(OTHERWISE)):
            return whole
        if isinstance(whole, str):
            lines = whole.split("\n")
            if all(number <= len(lines) and lines[number - 1] == text for number, text in changed.added):
                return whole
        text = text_of_patch(changed.added)
        why = text.why if isinstance(text, Gap) else read_otherwise(path, text)
        return text if why is None else Gap(path=path, why=why)
