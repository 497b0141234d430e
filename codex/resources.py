"""Finds the data files that ship with the program, in a checkout or a wheel."""

from pathlib import Path
from typing import Literal


def data_root(name: Literal["templates", "validators", "standards"]) -> Path:
    """Return the directory of the shipped data `name`: in the package in a wheel, at the top level in a checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "_data" / name
    return shipped if shipped.is_dir() else package.parent / name
