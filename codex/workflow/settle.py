"""Settles merge conflicts in generated files: both sides of the lock of ids are united, and the output is built again.

Standards are never edited: which side is right there is a question of content.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from codex.limits import BYTES_PER_BLOB
from codex.shell.atomic import write_file
from codex.shell.reading import real_path
from codex.shell.repository import GitRepository
from codex.shell.tree import read_inside, read_tree
from codex.workflow.codex_folder import CONFIG, ID_LOCK, SourceOptions, codex_root, schema
from skills_build.errors import CodexError
from skills_build.json_input import parse_json
from skills_build.model.codex import LockedId
from skills_build.source.conflicts import conflict_findings, conflict_marks
from skills_build.source.idlock import SCHEMA_ID, dump_id_lock, load_id_lock

_SOURCES: Final = (".md", ".toml", ".json", CONFIG)


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
    if not conflict_marks(text.splitlines()):
        return False
    write_file(path, dump_id_lock(_united(text)).encode(), root=path.parent)
    return True


def holds_only_files_of_git(folder: Path) -> bool:
    """Return whether Git has each file in a folder: in its index, as after a merge, also with conflicts."""
    repository = GitRepository.around(folder) if folder.is_dir() else None
    return repository is not None and not repository.untracked(folder)


def _refuse_conflicts(root: Path) -> None:
    repository = GitRepository.around(root)
    unmerged = {real_path(repository.root) / path for path in repository.unmerged()} if repository else set()
    tree = read_tree(root, lambda path: path.endswith(_SOURCES), limit=BYTES_PER_BLOB)
    for path, data in sorted(tree.files.items()):
        lines = data.decode("utf-8", "replace").splitlines()
        line = _first_conflict(lines, path, is_unmerged=real_path(root / path) in unmerged)
        if line:
            hint = "`--resolve` never edits hand-written text: resolve the conflict, then run the command again"
            raise CodexError(f"`{root / path}:{line}` has conflict markers", hint=hint)


def _first_conflict(lines: Sequence[str], path: str, *, is_unmerged: bool) -> int | None:
    """Return the first line of a conflict. In a file that git has not merged, marks in code blocks are no examples."""
    if is_unmerged:
        return next((number + 1 for number in conflict_marks(lines)), None)
    return next((finding.span.line for finding in conflict_findings(lines, path=path)), None)


def _united(text: str) -> tuple[LockedId, ...]:
    """Return the ids of all sides. Of two lines for one id, the one with its withdrawal counts, or else the first."""
    by_id: dict[str, LockedId] = {}
    for entry in _entries(text.splitlines()):
        if entry.id not in by_id or (entry.withdrawn and not by_id[entry.id].withdrawn):
            by_id[entry.id] = entry
    return tuple(by_id.values())


def _entries(lines: Iterable[str]) -> Iterator[LockedId]:
    lock_schema = schema("ids-lock")
    for line in lines:
        row = line.strip().removesuffix(",")
        if not row.startswith('{"id"'):
            continue
        try:
            parse_json(row)
        except (ValueError, RecursionError) as error:
            hint = "restore the lock from one of the branches, then run `codexc build`"
            raise CodexError(f"a line in the lock is invalid: {row[:80]}", hint=hint) from error
        whole = f'{{"$schema": "{SCHEMA_ID}", "ids": [{row}]}}'
        ids, findings = load_id_lock(whole, path=ID_LOCK, schema=lock_schema)
        if findings:
            raise CodexError(
                f"a line in the lock is invalid: {row[:80]}", hint="restore the lock from one of the branches"
            )
        yield from ids
