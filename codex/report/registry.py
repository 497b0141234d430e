"""The report formats of diagnostics, by their name for `--format`."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Final, TypeAlias

from skills_build.diagnostics import Diagnostic

Render: TypeAlias = Callable[[Sequence[Diagnostic], Mapping[str, str]], str]

FORMATS: Final = ("text", "json", "sarif", "gitlab", "github")
FROM_REPOSITORY: Final = frozenset({"sarif", "gitlab", "github"})
"""Formats for forges, whose paths are from the root of the repository. In JSON they are from that of codex.yaml."""


def renderer(name: str) -> Render:
    """Return the render function of a format. Imports its module only when called."""
    module = import_module(f"codex.report.{'as_json' if name == 'json' else name}")
    render: Render = module.render
    return render
