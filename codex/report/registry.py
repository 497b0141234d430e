"""The formats diagnostics can be printed in, by the name that `--format` takes."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Final, TypeAlias

from skills_build.diagnostics import Diagnostic

Render: TypeAlias = Callable[[Sequence[Diagnostic], Mapping[str, str]], str]

FORMATS: Final = ("text", "json", "sarif", "gitlab", "github")


def renderer(name: str) -> Render:
    """The printer of a format; its module is imported only now."""
    module = import_module(f"codex.report.{'as_json' if name == 'json' else name}")
    render: Render = module.render
    return render
