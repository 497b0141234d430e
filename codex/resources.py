"""Where the data that ships with the program lies. Only this code knows checkout from wheel."""

from pathlib import Path
from typing import Literal


def data_root(name: Literal["templates", "validators", "standards"]) -> Path:
    """The folder of shipped data called `name`: inside the package in a wheel, at the top of the tree in a checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "_data" / name
    return shipped if shipped.is_dir() else package.parent / name
