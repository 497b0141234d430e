"""Finds the added lines that only import names, which other lines use.

An import list over several lines counts if the change shows where it begins, or, in JavaScript, where it ends.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """How a list of imported names begins and ends in one language."""

    endings: tuple[str, ...]
    keywords: tuple[str, ...]
    opening: str
    closing: str


SCRIPTS: Final = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte")
"""The endings of files with JavaScript or TypeScript."""
_LANGUAGES: Final = (
    _List(endings=SCRIPTS, keywords=("import ", "import{"), opening="{", closing="}"),
    _List(endings=(".py", ".pyi"), keywords=("from ",), opening="(", closing=")"),
    _List(endings=(".rs",), keywords=("use ", "pub use "), opening="{", closing=";"),
)
_MARKS: Final = frozenset("_$,:*{} \t")
_IMPORTS: Final = (
    (SCRIPTS, re.compile(r"\s*(?:import\b[^(]*\bfrom|\}\s*from)\s*['\"]")),
    ((".py", ".pyi"), re.compile(r"\s*from\s+\S+\s+import\b")),
    ((".java", ".kt", ".scala"), re.compile(r"import\s")),
    ((".rs",), re.compile(r"\s*(?:pub )?use\s+[\w:]+::")),
)
"""The endings of files of a language, and how a line that only imports names begins."""


def is_import(path: str, line: str) -> bool:
    """Return whether a line only imports names, in a language in which other lines use them by these names."""
    return any(begins.match(line) for endings, begins in _IMPORTS if path.endswith(endings))


def imported(path: str, added: Iterable[tuple[int, str]], context: Iterable[tuple[int, str]]) -> frozenset[int]:
    """Return the numbers of the lines that belong to an import list over several lines."""
    language = next((one for one in _LANGUAGES if path.endswith(one.endings)), None)
    if language is None:
        return frozenset()
    rows = sorted((number, text) for number, text in (*added, *context) if number > 0)
    return frozenset(_inside(language, rows))


def _inside(language: _List, rows: Sequence[tuple[int, str]]) -> Iterator[int]:
    """Yield the numbers. A line that is not made of names ends a list: the heading of a hunk may begin an old one."""
    is_open, last, names = False, 0, list[int]()
    for number, text in rows:
        if number != last + 1:
            is_open, names = False, []
        last = number
        inside, closing, rest = text.partition(language.closing)
        is_names = _is_names(inside)
        if is_names and (is_open or _begins(language, text)):
            yield number
            is_open = not closing
            continue
        is_open = False
        if _names_source(language, is_names, rest):
            yield from (*names, number)
        names = [*names, number] if is_names and not closing else []


def _begins(language: _List, text: str) -> bool:
    is_import = text.lstrip().startswith(language.keywords) and language.opening in text
    return is_import and language.closing not in text


def _names_source(language: _List, is_names: bool, rest: str) -> bool:
    """Return whether what follows the end of a list says where its names come from, as in `} from 'x'`."""
    return language.endings is SCRIPTS and is_names and rest.lstrip().startswith(("from ", "from'", 'from"'))


def _is_names(text: str) -> bool:
    code = text.partition("//")[0].partition("#")[0].replace("import (", "")
    return all(character.isalnum() or character in _MARKS for character in code)
