"""One module walks directories: what calls itself for each level ends the program in a directory with many levels."""

import ast
from collections.abc import Iterator
from typing import Final

import pytest

from tests.support.data import ROOT
from tests.support.sources import sources_with

THE_MODULE: Final = "codex/shell/walking.py"
ALLOWED: Final[dict[tuple[str, str], str]] = {
    ("codex/catalog/kinds/folder.py", "scandir"): "one folder, to a few levels",
    ("codex/resources.py", "rglob"): "templates of the package",
    ("codex/shell/cache.py", "rglob"): "modules of the package",
    ("codex/shell/directory.py", "scandir"): "one folder",
    ("codex/shell/git_folder.py", "scandir"): "one folder for each turn of a loop",
    ("codex/shell/git_wait.py", "scandir"): "one folder",
    ("codex/shell/tree.py", "scandir"): "folders to a maximum depth",
    ("codex/workflow/build_stamp.py", "rglob"): "templates of the package",
}
"""Other calls, each with the reason why no one else decides how deep it is."""
NAMES: Final = frozenset({"rglob", "scandir", "walk", "fwalk"})


def calls(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            is_of_os = isinstance(owner, ast.Name) and owner.id == "os"
            if node.func.attr in NAMES and (is_of_os or node.func.attr not in ("walk", "fwalk")):
                yield node.func.attr


def test_only_one_module_walks_directories() -> None:
    found: set[tuple[str, str]] = set()
    assert list(calls((ROOT / THE_MODULE).read_text(encoding="utf-8"))) == ["scandir"]
    for name, text in sources_with([f".{name}(" for name in NAMES]):
        if name != THE_MODULE:
            found |= {(name, call) for call in calls(text)}
    assert found - set(ALLOWED) == set(), f"use `walk` or `files_below` of {THE_MODULE} instead"
    assert set(ALLOWED) - found == set(), "an exception that is no longer needed"


@pytest.mark.parametrize("line", ["os.walk('a')", "Path(a).rglob('*')", "os.fwalk('.')", "os.scandir(a)"])
def test_every_kind_of_walking_call_is_noticed(line: str) -> None:
    assert list(calls(line))
