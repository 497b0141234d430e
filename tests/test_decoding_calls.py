"""Bytes of others are decoded, and paths and addresses of others are resolved, by functions that raise our errors."""

import ast
from collections.abc import Iterator
from typing import Final

import pytest

from codex.audit.audit import Locator
from tests.support.sources import sources_with

ALLOWED: Final[dict[tuple[str, str], str]] = {
    ("codex/resources.py", "resolve"): "the package's own folder",
    ("codex/cli/build.py", "resolve"): "a method that resolves conflicts of a merge",
    ("codex/workflow/fmt.py", "decode"): "in `try`: what is not UTF-8 is left alone",
    ("codex/workflow/propose.py", "decode"): "in `try`: what is not UTF-8 is reported",
    ("codex/workflow/preview.py", "decode"): "output of the compiler",
    ("codex/shell/tree.py", "resolve"): "strict: a loop is an error that is caught",
    ("codex/http/urls.py", "urlsplit"): "the function that raises `HttpError`",
    ("codex/shell/repository.py", "urlsplit"): "in `try`: an address that is none has no public form",
    ("codex/workflow/installation.py", "urlsplit"): "in `try`: what pip recorded may be anything",
    ("codex/audit/audit.py", "urlsplit"): "in `try`: what is no address names no file",
    ("skills_build/inert.py", "urlsplit"): "in `try`: what is no address is shown as it is",
}

NAMES: Final = ("urlsplit", "urlparse", "resolve", "decode")
DECODING: Final = ("codex/workflow/", "codex/cli/", "codex/rollout/", "codex/catalog/")
"""What reads files of people; other modules decode what a format allows to be ASCII only."""


def calls(source: str) -> Iterator[str]:
    """Yield each call that raises an error of Python for hostile input: a loop of links, an address that is none."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        raises = {
            "urlsplit": True,
            "urlparse": True,
            "resolve": not node.args,  # of a path; what resolves something else takes it as an argument
            "decode": len(node.args) < 2 and not node.keywords and _encoding(node).startswith("utf-8"),
        }
        if raises.get(name):
            yield name


def _encoding(node: ast.Call) -> str:
    return (
        str(node.args[0].value)
        if node.args and isinstance(node.args[0], ast.Constant)
        else ""
        if node.args
        else "utf-8"
    )


def test_paths_and_addresses_of_others_are_resolved_in_one_place() -> None:
    found = {
        (name, call)
        for name, text in sources_with([f"{name}(" for name in NAMES])
        for call in calls(text)
        if call != "decode" or name.startswith(DECODING)
    }
    assert found - set(ALLOWED) == set()
    assert set(ALLOWED) - found == set(), "an exception that is no longer needed"


@pytest.mark.parametrize(
    "line",
    [
        "Path(a).resolve()",
        "urlsplit(a)",
        "parse.urlparse(a)",
        "a.resolve(strict=True)",
        "d.decode()",
        "d.decode('utf-8-sig')",
    ],
)
def test_every_kind_of_call_is_noticed(line: str) -> None:
    assert list(calls(line))


@pytest.mark.parametrize("address", ["file://[x", "file://[::1/a.py", "file:///a.py", "file:"])
def test_an_invalid_address_in_linter_results_names_no_file(address: str) -> None:
    locator = Locator(["b.py"], "/work")
    assert locator.located(address) is None
    assert locator.unknown == {address}
