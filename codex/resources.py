"""Finds the data files that ship with the program, in a checkout or a wheel."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal


def data_root(name: Literal["templates", "validators", "standards"]) -> Path:
    """Return the directory of the shipped data `name`: in the package in a wheel, at the top level in a checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "_data" / name
    return shipped if shipped.is_dir() else package.parent / name


@cache
def templates() -> Mapping[str, str]:
    """Return all shipped templates, by their path in `templates/`."""
    root = data_root("templates")
    return {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in sorted(root.rglob("*.j2"))}
