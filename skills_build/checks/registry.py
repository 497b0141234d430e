"""The kinds of checks: each word of `CheckKind` has a module here, and a field of `CheckSpec`."""

from functools import cache
from importlib import import_module

from skills_build.checks.base import Kind
from skills_build.model.check import CheckKind, field_name


@cache
def kind_of(kind: CheckKind) -> Kind:
    """Return the definition of a kind. Imports its module only when called."""
    found: Kind = import_module(f"skills_build.checks.{field_name(kind)}").KIND
    return found
