"""Runs `codexc import` on small documents, for the tests."""

import json
from pathlib import Path

from tests.support.running import Run, codexc

ITEMS = '[[rule]]\nat = "list-item"\nmatch = "MUST|SHOULD|MAY"\n'
BLOCKS = '[[rule]]\nat = "block"\nmatch = "MUST|SHOULD"\n'
HEADINGS = '[[rule]]\nat = "heading"\nmatch = "MUST|SHOULD"\n'


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def run_import(root: Path, dialect: str, out: Path, *options: str) -> Run:
    named = root.parent / "d.toml"
    if "\n" in dialect:
        named.write_text(dialect)
    return codexc("import", "--root", root, "--dialect", named if "\n" in dialect else dialect, "--out", out, *options)


def imported(tmp_path: Path, files: dict[str, str], dialect: str = ITEMS) -> dict[str, dict[str, str]]:
    """Import files; the statements of the new codex by id. A build of a codex stops at any error that a check finds."""
    write(tmp_path / "r", files)
    result = run_import(tmp_path / "r", dialect, tmp_path / "imp")
    assert result.code == 0, result.out + result.err
    return statements(tmp_path / "imp", tmp_path / "out")


def statements(root: Path, out: Path) -> dict[str, dict[str, str]]:
    built = codexc("build", "--root", root, "--out", out)
    assert built.code == 0, built.out + built.err
    documents = json.loads((out / "statements.json").read_text())["documents"]
    return {row["id"]: row for document in documents for row in document["statements"]}


def texts(rows: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    return [(row["level"], row["text"]) for row in rows.values()]
