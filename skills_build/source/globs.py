"""Globs as `.gitignore`, codex.yaml and dialects write them: `*` and `?` stay within a folder, `**` crosses folders."""

import re
from collections.abc import Iterable
from functools import lru_cache


def matches(path: str, patterns: Iterable[str]) -> bool:
    """True if any pattern matches the whole of `path` (forward slashes, no leading one)."""
    return any(_compiled(pattern).fullmatch(path) for pattern in patterns)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    pattern = pattern.removeprefix("/").removeprefix("./")
    if pattern.endswith("/"):
        pattern += "**"
    result, at = "", 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            result, at = result + "(?:.*/)?", at + 3
        elif pattern.startswith("**", at):
            result, at = result + ".*", at + 2
        else:
            result += {"*": "[^/]*", "?": "[^/]"}.get(pattern[at], re.escape(pattern[at]))
            at += 1
    return re.compile(_braces(result), re.DOTALL)


def _braces(pattern: str) -> str:
    """Turn the escaped `\\{a,b\\}` into alternatives."""
    return re.sub(r"\\\{([^{}]*)\\\}", lambda m: "(?:" + "|".join(m[1].split(",")) + ")", pattern)
