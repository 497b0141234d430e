"""Settles merge conflicts in generated files: both sides of the lock of ids are united, and the output is built again.

Standards are never edited: who is right there is a question of content.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from codex.shell.atomic import write_file
from codex.shell.reading import read_file
from codex.shell.repository import GitRepository
from codex.shell.tree import read_inside
from codex.workflow.codex_folder import ID_LOCK, SourceOptions, codex_root, schema
from skills_build.errors import CodexError
from skills_build.model.standard import LockedId
from skills_build.source.idlock import dump_id_lock, load_id_lock
from skills_build.source.preprocess import fenced_lines

MARKER: Final = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)
"""A line that git writes around a conflict."""
_SOURCES: Final = ("*.md", "codex.yaml", "*.toml", "*.json")


def settle_lock(options: SourceOptions) -> bool:
    """Unite both sides of a lock with conflict markers, and write it; return whether there were any.

    Raises `CodexError` if a standard or another file that people write has conflict markers.
    """
    root = codex_root(options)
    _refuse_conflicts(root)
    path = options.lock or root / ID_LOCK
    data = read_inside(path.parent, path.name)
    if data is None:
        return False
    text = data.decode("utf-8", "replace")
    if not MARKER.search(text):
        return False
    write_file(path, dump_id_lock(_united(text)).encode(), root=path.parent)
    return True


def _refuse_conflicts(root: Path) -> None:
    repository = GitRepository.around(root)
    unmerged = {repository.root.resolve() / path for path in repository.unmerged()} if repository else set()
    for pattern in _SOURCES:
        for path in sorted(root.rglob(pattern)):
            text = read_file(path).decode("utf-8", "replace") if path.is_file() else ""
            line = next(_markers(text, in_code=path.resolve() in unmerged), None)
            if line:
                hint = "`--resolve` never edits what people wrote: choose what counts, then run it again"
                raise CodexError(f"`{path}:{line}` has conflict markers", hint=hint)


def _markers(text: str, *, in_code: bool) -> Iterator[int]:
    """Yield the lines with markers; an example in a code block may show some, unless git has not merged the file."""
    if not MARKER.search(text):
        return
    lines = text.split("\n")
    for number, (line, code) in enumerate(zip(lines, fenced_lines(lines), strict=True), 1):
        if MARKER.match(line) and (in_code or not code):
            yield number


def _united(text: str) -> tuple[LockedId, ...]:
    """Return the ids of all sides. Of two lines for one id, the one with its withdrawal counts, or else the first."""
    by_id: dict[str, LockedId] = {}
    for entry in _entries(text.splitlines()):
        if entry.id not in by_id or (entry.withdrawn and not by_id[entry.id].withdrawn):
            by_id[entry.id] = entry
    return tuple(by_id.values())


def _entries(lines: Iterable[str]) -> Iterator[LockedId]:
    for line in lines:
        row = line.strip().removesuffix(",")
        if not row.startswith('{"id"'):
            continue
        try:
            json.loads(row)
        except (ValueError, RecursionError) as error:
            hint = "restore it from one of the branches, then run `codexc build`"
            raise CodexError(f"a line of the lock is damaged: {row[:80]}", hint=hint) from error
        whole = f'{{"$schema": "urn:codexc:schema:ids-lock:1", "ids": [{row}]}}'
        ids, findings = load_id_lock(whole, path=ID_LOCK, schema=schema("ids-lock"))
        if findings:
            raise CodexError(f"a line of the lock is damaged: {row[:80]}", hint="restore it from one of the branches")
        yield from ids
