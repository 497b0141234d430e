"""Formats standards. Only invisible characters change: line ends, spaces, the byte-order mark."""

from codex.shell.atomic import write_file
from codex.shell.reading import read_file
from codex.shell.tree import UNNAMEABLE
from codex.workflow.codex_folder import CodexFolder, read_lock
from codex.workflow.parsing import parse_all
from skills_build.source.idlock import dump_id_lock
from skills_build.source.preprocess import fenced_lines
from skills_build.source.text import normalised_text


def formatted(place: CodexFolder) -> dict[str, bytes]:
    """The files that formatting changes, by path.

    Files whose text or name is not UTF-8 are left alone, and so are links: their targets are formatted in place.
    """
    changed: dict[str, bytes] = {}
    for path, data in sorted(place.tree.files.items()):
        if len(data) > place.config.budgets.file or UNNAMEABLE in path or (place.root / path).is_symlink():
            continue
        try:
            new = tidy(data.decode("utf-8")).encode()
        except UnicodeDecodeError:
            continue
        if new != data:
            changed[path] = new
    return changed


def tidy(text: str) -> str:
    """Format one text. Two spaces at the end of a line are a line break in Markdown and stay:
    https://spec.commonmark.org/0.31.2/#hard-line-breaks."""
    lines = normalised_text(text).split("\n")
    codes = fenced_lines(lines)
    kept = [line if code else _stripped(line) for line, code in zip(lines, codes, strict=True)]
    body = "\n".join(kept).strip("\n")
    return f"{body}\n" if body else ""


def _stripped(line: str) -> str:
    bare = line.rstrip(" \t")
    return f"{bare}  " if bare and line[len(bare) :].startswith("  ") else bare


def write_formatted(place: CodexFolder, changed: dict[str, bytes]) -> None:
    """Write the changed files and the lock of ids.

    Raises `CodexError`, before anything is written, if the lock cannot be read: a new one would lose its ids.
    """
    if place.config.declared:
        read_lock(place.lock_path)
    for path, data in changed.items():
        write_file(place.root / path, data, root=place.root)
    if place.config.declared:
        codex = parse_all(place).codex
        text = dump_id_lock(codex.ids).encode()
        if not place.lock_path.is_file() or read_file(place.lock_path) != text:
            write_file(place.lock_path, text, root=place.lock_path.parent)
