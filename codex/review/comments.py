"""Divides the changed lines of a file into code and comments, as far as the lines themselves show it.

A comment is a line of its own, the end of a line, or a block over several lines, which includes a docstring of Python.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from codex.profile.paths import has_hash_comments, is_comment, is_executed
from codex.review.imports import SCRIPTS
from skills_build.frozen import dataclass

_BLOCKS: Final[tuple[tuple[str, str], ...]] = (("/*", "*/"), ("{/*", "*/"), ("<!--", "-->"))
_DOCSTRINGS: Final[tuple[tuple[str, str], ...]] = (('"""', '"""'), ("'''", "'''"), ('r"""', '"""'))
_TEXTS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    ((*SCRIPTS, ".go"), "`"),
    ((".java", ".kt", ".kts", ".scala", ".swift", ".cs", ".groovy", ".dart", ".py", ".pyi"), '"""'),
)
"""The endings of files, and what begins and ends a string of several lines in them."""
_PAGES: Final = (".vue", ".svelte")
"""The endings of scripts that are pages as well."""
_QUOTES: Final = "\"'`"
_STRINGS: Final = (
    re.compile(r""""[^"\\]*+(?:\\.[^"\\]*+)*("?)|'[^'\\]*+(?:\\.[^'\\]*+)*('?)|`[^`\\]*+(?:\\.[^`\\]*+)*(`?)"""),
    re.compile(r""""[^"]*+("?)|'[^']*+('?)|`[^`]*+(`?)"""),
)
"""A string with or without escapes, which languages have in some of their strings; its last group is its end."""
_OTHER_STRINGS: Final = re.compile(r"""\"\"\"|\'\'\'|[rR@#]\"|/""")
"""What may begin a string in which quotes mean something else, or a regular expression."""
_MARKS: Final = 5
"""Maximum number of positions in a line that are examined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DividedLine:
    """The code and the comment of a line, which may be empty, and its number in the file: 0 for a removed line."""

    number: int
    code: str
    comment: str


def divided(path: str, rows: Iterable[tuple[int, str]]) -> Iterator[DividedLine]:
    """Yield the code and the comment of each line. A block of comments ends at its mark, or where lines are missing.

    What follows the mark is code, also if it is another comment, and so is a string of several lines.
    """
    begin, end, last, before, in_text, text_mark = "", "", 0, "", False, _text_mark(path)
    for number, text in rows:
        if number and number != last + 1:
            end, before, in_text = "", "", False
        start = 0
        if not end and not in_text:
            begin, end = _block(path, text.lstrip(), may_document=number == 1 or before.endswith(":"))
            start = len(text) - len(text.lstrip()) + (2 if begin == "<!--" else len(begin))  # `<!-->` ends itself
        is_block, at = bool(end), text.find(end, start) if end else -1
        if at >= 0:
            comment, code = text[: at + len(end)], text[at + len(end) :]
            end = ""
            code = code.lstrip().removeprefix("}") if begin == "{/*" and code.lstrip().startswith("}") else code
            code, comment = (code, comment) if code.strip() and not is_comment(path, code) else ("", text)
        elif in_text:
            code, comment = text, ""
        else:
            code, comment = ("", text) if is_block or is_comment(path, text) else _parts(path, text)
        yield DividedLine(number=number, code=code, comment=comment)
        in_text ^= bool(code.count(text_mark) % 2)
        last, before = number, text.strip() or before


def _text_mark(path: str) -> str:
    """Return what begins and ends a string of several lines; a mark that no line has if there are none."""
    return next((mark for endings, mark in _TEXTS if path.endswith(endings)), "\n")


def _block(path: str, start: str, *, may_document: bool) -> tuple[str, str]:
    """Return what begins and what ends the block of comments that a line starts; empty if it starts none.

    A line that starts with an asterisk may be the end of a block whose start the change does not show.
    """
    is_python = path.endswith((".py", ".pyi"))
    marks = _DOCSTRINGS if is_python else _BLOCKS
    counts = may_document if is_python else not has_hash_comments(path)
    if counts and not is_python and start.startswith("*") and "*/" in start:
        return "", "*/"
    found = next((one for one in marks if counts and start.startswith(one[0])), ("", ""))
    is_code = found[0] == "<!--" and path.endswith(SCRIPTS) and not path.endswith(_PAGES)  # it has no end there
    return ("", "") if is_code or is_executed(path, start) else found


def _parts(path: str, text: str) -> tuple[str, str]:
    """Return the code of a line and the comment at its end. A mark that may be in a string is none."""
    mark = "# " if has_hash_comments(path) else "// "
    at = -1 if is_executed(path, text) else text.find(mark)
    for _ in range(_MARKS):
        if at < 0:
            break
        before = text[:at]
        if before[-1:].isspace() and not _may_be_in_string(before, text[at:]):
            return before.rstrip(), text[at:]
        at = text.find(mark, at + 1)
    return text, ""


def _may_be_in_string(before: str, rest: str) -> bool:
    """Return whether what is between two parts of a line may be inside of a string.

    Where strings of several kinds may begin, a quote on both sides is enough.
    """
    if any(before.count(3 * quote) % 2 for quote in _QUOTES):
        return True
    if _OTHER_STRINGS.search(before) and any(quote in before and quote in rest for quote in _QUOTES):
        return True
    return any(not found[found.lastindex or 0] for strings in _STRINGS for found in strings.finditer(before))
