"""The only reader of TOML that others wrote: its cost is bounded, and all that cannot be read is a `ValueError`.

`tomllib` reads a key of many parts in quadratic time, and nested values recursively.
"""

import tomllib
from typing import Any, Final

MAX_DOTS_PER_LINE: Final = 300
"""The dots of one line; the keys of a real file have fewer than ten."""


def parse_toml(text: str) -> dict[str, Any]:
    """Parse TOML. Raises `ValueError` for anything else, deep nesting, and a line with too many dots."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MAX_DOTS_PER_LINE:
            raise ValueError(f"line {number} has more than {MAX_DOTS_PER_LINE} dots, too many for TOML")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("the values are nested too deeply") from error
