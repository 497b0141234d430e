r"""Finds a text that every match of a pattern of RE2 contains, so that most texts need not be searched at all.

`\bcall_12\(` needs `call_12(`. Nothing is guessed: where a pattern is not plainly a sequence of characters, there is no
such text. Syntax: https://github.com/google/re2/wiki/Syntax.
"""

import re
from typing import Final

MIN_LENGTH: Final = 2
"""Shorter texts are in nearly every file."""
_TOKEN: Final = re.compile(
    r"\\(?P<mark>[^A-Za-z0-9\s])"  # an escaped mark is itself
    r"|(?P<set>\\[dDwWsSbBAzntrfv]|\.|\^|\$)"
    r"|(?P<repeat>[*+?]|\{\d{1,4}(?:,\d{0,4})?\})"
    r"|(?P<class>\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\])"
    r"|(?P<open>\((?:\?:|\?P?<\w+>)?(?!\?))"
    r"|(?P<close>\))"
    r"|(?P<or>\|)"
    r"|(?P<plain>[^\\\[\](){}|*+?.^$])",
    re.DOTALL,
)
_OPTIONAL: Final = re.compile(r"[*?]|\{0")


def required_literal(pattern: str) -> str | None:
    """Return the longest text that every match of a valid pattern contains; None if none is known."""
    runs, depth, at, before = [""], 0, 0, ""
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            return None
        at, kind = token.end(), token.lastgroup or ""
        if kind == "or" and depth == 0:
            return None
        depth += (kind == "open") - (kind == "close")
        if depth == 0 and kind == "repeat":
            if before == "repeat" and token[0] != "?":
                return None
            if before != "repeat" and _OPTIONAL.match(token[0]):
                runs[-1] = runs[-1][:-1]
        runs = _extended(runs, token, kind) if depth == 0 else [*runs, ""]
        before = kind
    longest = max(runs, key=len)
    return longest if len(longest) >= MIN_LENGTH else None


def _extended(runs: list[str], token: re.Match[str], kind: str) -> list[str]:
    """Add a character to the last run, or begin another one."""
    text = token["mark"] or token["plain"] if kind in ("mark", "plain") else ""
    if text and text.isascii():
        return [*runs[:-1], runs[-1] + text]
    return runs if runs[-1] == "" else [*runs, ""]
