r"""Finds texts, one of which every match of a pattern contains, so that most texts need not be searched at all.

`\bcall_12\(` needs `call_12(`, and `(foo|bar)\d` needs `foo` or `bar`. Nothing is guessed: where a pattern is not
plainly a sequence of characters, there are no such texts. The patterns are those of RE2
(https://github.com/google/re2/wiki/Syntax) or of Rust (https://docs.rs/regex/latest/regex/#syntax); what these read
differently needs no text.
"""

import re
from functools import lru_cache
from typing import Final

from skills_build.frozen import dataclass

MIN_LENGTH: Final = 2
"""Shorter texts are in nearly every file."""
MAX_TEXTS: Final = 50
"""Maximum number of alternatives: with more, a search is as quick."""
_TOKEN: Final = re.compile(
    r"\\(?P<mark>[^A-Za-z0-9\s<>])"  # an escaped mark is itself
    r"|(?P<set>\\[dDwWsSbBAzntrfv<>]|\.|\^|\$)"
    r"|(?P<repeat>[*+?]|\{\d{1,4}(?:,\d{0,4})?\})"
    r"|(?P<class>\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\])"
    r"|(?P<open>\((?:\?:|\?P?<\w+>)?(?!\?))"
    r"|(?P<close>\))"
    r"|(?P<or>\|)"
    r"|(?P<plain>[^\\\[\](){}|*+?.^$])",
    re.DOTALL,
)
_OPTIONAL: Final = re.compile(r"[*?]|\{0")
_IGNORE_CASE: Final = "(?i)"


@dataclass(frozen=True, slots=True)
class Literals:
    """Texts, one of which every match of a pattern contains; without texts, none is known."""

    texts: tuple[str, ...] = ()
    ignore_case: bool = False

    def may_match(self, text: str) -> bool:
        """Return False if a text lacks what every match contains."""
        if not self.texts:
            return True
        searched = text.casefold() if self.ignore_case else text
        return any(one in searched for one in self.texts)


@lru_cache(maxsize=4096)
def required_literals(pattern: str) -> Literals:
    """Return the longest texts, one of which every match of a valid pattern contains."""
    if pattern.startswith(_IGNORE_CASE):
        texts = _texts(pattern.removeprefix(_IGNORE_CASE))
        return Literals(tuple(text.casefold() for text in texts), ignore_case=True)
    return Literals(_texts(pattern))


def _texts(pattern: str) -> tuple[str, ...]:
    open_groups, at, before = [_Group()], 0, ""
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            return ()
        at, kind = token.end(), token.lastgroup or ""
        if kind == "repeat" and before in ("repeat", "lazy"):
            if before == "lazy" or token[0] != "?":
                return ()
            kind = "lazy"
        elif kind == "open":
            open_groups.append(_Group())
        elif kind == "close":
            texts = open_groups.pop().texts()
            if not open_groups:
                return ()
            open_groups[-1].add_group(texts)
        else:
            open_groups[-1].add(token, kind)
        before = kind
    return open_groups[0].texts() if len(open_groups) == 1 else ()


class _Group:
    """The inside of a group, or a whole pattern, as far as it was read."""

    def __init__(self) -> None:
        self._branches: list[tuple[str, ...]] = []
        self._best: tuple[str, ...] = ()
        self._run = ""
        self._inner: tuple[str, ...] = ()
        """The texts of a group that was just closed and may be optional."""

    def add(self, token: re.Match[str], kind: str) -> None:
        """Add a token that is no bracket."""
        if kind == "repeat" and _OPTIONAL.match(token[0]):
            self._run, self._inner = self._run[:-1], ()
        text = token["mark"] or token["plain"] if kind in ("mark", "plain") else ""
        if text and text.isascii() and not self._inner:
            self._run += text
            return
        self._end_run()
        self._run = text if text and text.isascii() else ""
        if kind == "or":
            self._end_branch()

    def add_group(self, texts: tuple[str, ...]) -> None:
        """Add a group that is closed now."""
        self._end_run()
        self._inner = texts

    def texts(self) -> tuple[str, ...]:
        """Return the texts, one of which every match contains."""
        self._end_run()
        self._end_branch()
        found = tuple(dict.fromkeys(text for branch in self._branches for text in branch))
        return found if all(self._branches) and len(found) <= MAX_TEXTS else ()

    def _end_branch(self) -> None:
        self._branches.append(self._best)
        self._best = ()

    def _end_run(self) -> None:
        run = (self._run,) if len(self._run) >= MIN_LENGTH else ()
        self._best = max(self._best, run, self._inner, key=_shortest)
        self._run, self._inner = "", ()


def _shortest(texts: tuple[str, ...]) -> int:
    return min(map(len, texts), default=0)
