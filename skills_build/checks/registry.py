"""Every kind of check, one row each. A new kind is a module here, a row, and a field of `CheckSpec`."""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from skills_build.checks.base import Kind
from skills_build.model.check import CheckKind

_MODULES: Final[Mapping[CheckKind, str]] = {
    CheckKind.LINTER: "linter",
    CheckKind.AST_GREP: "ast_grep",
    CheckKind.REGEX: "regex",
    CheckKind.FILE: "file",
    CheckKind.CONFIG: "config",
    CheckKind.FORGE: "forge",
    CheckKind.COMMIT: "commit",
    CheckKind.DIFF: "diff",
    CheckKind.JUDGEMENT: "judgement",
}


def kind_of(kind: CheckKind) -> Kind:
    """Return the row of a kind. Imports its module only when called."""
    found: Kind = import_module(f"skills_build.checks.{_MODULES[kind]}").KIND
    return found
