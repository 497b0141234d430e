"""One module opens files that others may have created: no other one calls what would wait for a pipe."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.data import ROOT
from tests.support.sources import sources_with

THE_MODULES: Final = ("codex/shell/reading.py", "codex/shell/directory.py")
ALLOWED: Final[dict[tuple[str, str], str]] = {
    ("codex/cli/explain.py", "read_text"): "a page of the package",
    ("codex/cli/main.py", "open"): "os.devnull",
    ("codex/cli/schema.py", "read_text"): "a schema of the package",
    ("codex/http/credentials.py", "read_text"): "a token that the user's own settings name, which may be a pipe",
    ("codex/resources.py", "read_text"): "templates of the package",
    ("codex/shell/signing.py", "read_bytes"): "the output of ssh-keygen in a folder of ours",
    ("codex/workflow/ci_jobs.py", "read_bytes"): "templates of the package",
    ("codex/workflow/codex_folder.py", "read_text"): "schemas and limits of the package",
    ("codex/workflow/installation.py", "read_text"): "what pip recorded about the installation",
    ("codex/workflow/named_in_config.py", "read_text"): "the ids of licences of the package",
    ("codex/workflow/scaffold.py", "read_text"): "templates of the package",
    ("codex/forge/git/disk_store.py", "open"): "a pack, which `OpenedRepository` has found to be a regular file",
    ("skills_build/release/archive.py", "open"): "`tarfile.open(fileobj=...)` of bytes in memory",
}
"""Other calls, each with the reason why no one else decides what is there."""
NAMES: Final = frozenset({"read_bytes", "read_text", "open", "fdopen", "from_path"})
OURS: Final = frozenset({"Directory", "writer", "RemoteRepository", "cls"})
"""What has a method `open` that opens no file for reading."""


def calls(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name) and function.id == "open":
            yield "open"
        elif isinstance(function, ast.Attribute) and function.attr in NAMES:
            owner = function.value
            if not (isinstance(owner, ast.Name) and owner.id in OURS):
                yield function.attr


def test_only_one_module_opens_files_of_others() -> None:
    found: set[tuple[str, str]] = set()
    for name, text in sources_with([f"{name}(" for name in NAMES]):
        if name not in THE_MODULES:
            found |= {(name, call) for call in calls(text)}
    assert found - set(ALLOWED) == set(), "read files with a function of codex/shell/reading.py instead"
    assert set(ALLOWED) - found == set(), "an exception that is no longer needed"


@pytest.mark.parametrize(
    "line", ["open('a')", "path.open('rb')", "Path(a).read_text()", "p.read_bytes()", "os.open(p, 0)"]
)
def test_every_kind_of_reading_call_is_noticed(line: str) -> None:
    assert list(calls(line))


def test_the_package_is_the_only_thing_read_by_name() -> None:
    """What is read as text of the package comes from `data_root`, and nothing else does in these modules."""
    for name, call in ALLOWED:
        if "package" in ALLOWED[(name, call)]:
            assert "data_root" in Path(ROOT / name).read_text(encoding="utf-8")
