"""One module creates, renames and deletes files: no other one calls what could."""

import ast
from collections.abc import Iterator
from typing import Final

import pytest

from tests.support.sources import sources_with

THE_MODULE: Final = "codex/shell/directory.py"
ALLOWED: Final[dict[tuple[str, str], str]] = {
    ("codex/cli/main.py", "os.open"): "opens os.devnull, so that a closed pipe gets no traceback at exit",
    ("codex/shell/reading.py", "os.open"): "opens for reading only",
    ("skills_build/release/archive.py", ".open"): "packs an archive into memory: `tarfile.open(fileobj=...)`",
}
"""Calls outside of it, each with the reason why it creates and replaces no file."""
METHODS: Final = frozenset(
    {
        "chmod",
        "hardlink_to",
        "lchmod",
        "link_to",
        "mkdir",
        "mkfifo",
        "mknod",
        "rename",
        "renames",
        "removedirs",
        "rmdir",
        "rmtree",
        "symlink_to",
        "touch",
        "unlink",
        "write_bytes",
        "write_text",
        "extractall",
        "extract",
        "makedirs",
        "truncate",
        "ftruncate",
        "mkstemp",
        "mkdtemp",
        "TemporaryDirectory",
        "TemporaryFile",
        "NamedTemporaryFile",
        "SpooledTemporaryFile",
    }
)
"""Names that write whatever they are called on: of `os`, `shutil`, `pathlib.Path`, `tarfile`, `zipfile`, `tempfile`."""
OF_MODULES: Final = {
    "os": METHODS | {"open", "replace", "remove", "link", "symlink", "fchmod", "chown", "fchown", "mkfifo", "utime"},
    "shutil": METHODS
    | {"copy", "copy2", "copyfile", "copyfileobj", "copymode", "copystat", "copytree", "move", "chown"},
    "tempfile": METHODS,
    "io": frozenset({"open", "FileIO"}),
    "codecs": frozenset({"open"}),
}
PARTS: Final = (
    "open(",
    *(f".{name}(" for name in sorted(METHODS.union(*OF_MODULES.values()))),
    *(f"from {module} import " for module in OF_MODULES),
)
"""A module with a call that may write has one of these."""
OWN: Final = frozenset({"Directory", "Writer", "folder", "stage", "parent", "top", "writer", "self", "child", "other"})
OWNERS: Final = ("codex/shell/atomic.py", "codex/shell/locking.py")
"""What holds an open directory of ours in these modules: its methods have the names of the calls that they stand for."""


def calls(source: str, path: str) -> Iterator[tuple[str, int]]:
    """Yield each call that may write, with its line."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in OF_MODULES
        for alias in node.names
    }
    modules = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _writing(node, names, modules, path)
            if name:
                yield name, node.lineno


def _writing(node: ast.Call, names: dict[str, str], modules: dict[str, str], path: str) -> str | None:
    function = node.func
    if isinstance(function, ast.Name):
        whole = names.get(function.id, function.id)
        module, _, name = whole.rpartition(".")
        if module and name in OF_MODULES[module]:
            return whole
        return whole if whole == "open" and _writes(node, 1) else None
    if not isinstance(function, ast.Attribute):
        return None
    owner, name = function.value, function.attr
    if isinstance(owner, ast.Name) and modules.get(owner.id) in OF_MODULES:
        module = modules[owner.id]
        return f"{module}.{name}" if name in OF_MODULES[module] else None
    if isinstance(owner, ast.Name) and owner.id in OWN and path in OWNERS:
        return None
    if name == "open":
        return f".{name}" if _writes(node, 0) else None
    if name == "replace":  # of `Path` it has one argument, of `str` two, of a dataclass keywords
        return f".{name}" if len(node.args) == 1 and not node.keywords else None
    return f".{name}" if name in METHODS else None


def _writes(node: ast.Call, place: int) -> bool:
    """Whether a call of `open` has a mode that writes, or one that cannot be read here."""
    modes = [keyword.value for keyword in node.keywords if keyword.arg == "mode"] + list(node.args[place : place + 1])
    if not modes:
        return False
    mode = modes[0]
    if not isinstance(mode, ast.Constant):
        return place == 1 or isinstance(mode, ast.JoinedStr)
    return isinstance(mode.value, str) and bool(set("wax+") & set(mode.value)) and len(mode.value) < 5


def test_only_one_module_writes_files() -> None:
    found: dict[tuple[str, str], list[int]] = {}
    for name, text in sources_with(PARTS):
        if name != THE_MODULE:
            for call, line in calls(text, name):
                found.setdefault((name, call), []).append(line)
    assert {key: lines for key, lines in found.items() if key not in ALLOWED} == {}
    assert set(ALLOWED) <= set(found), "an exception that is no longer needed"


@pytest.mark.parametrize(
    "line",
    [
        "open('a', 'w')",
        "open('a', mode='r+')",
        "open(path, how)",
        "path.open('ab')",
        "path.write_text('x')",
        "Path(a).replace(b)",
        "import os; os.replace(a, b)",
        "import os as o; o.open(a, o.O_RDONLY)",
        "from os import rename as r; r(a, b)",
        "from shutil import copyfile; copyfile(a, b)",
        "import tempfile; tempfile.mkstemp()",
        "archive.extractall(a)",
        "(a / b).mkdir()",
        "a.symlink_to(b)",
        "import io; io.FileIO(a, 'w')",
    ],
)
def test_every_kind_of_writing_call_is_noticed(line: str) -> None:
    assert list(calls(line, "x.py"))


@pytest.mark.parametrize(
    "line", ["open('a')", "open('a', 'rb')", "'a'.replace('b', 'c')", "replace(x, a=1)", "path.open('rb')", "x.open(1)"]
)
def test_reading_is_not_taken_for_writing(line: str) -> None:
    assert not list(calls(line, "x.py"))
