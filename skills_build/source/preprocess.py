"""Steps that convert the markup of a corpus to plain Markdown before it is parsed.

Every step keeps the number of lines, and a step that only removes something keeps the columns too, so that a finding
points at the text as written. Fences are not changed.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from skills_build.source.dialect import PreprocessStep
from skills_build.source.patterns import compile_pattern, replaced

GROWTH: Final = 4
"""Maximum factor by which the steps of a dialect may lengthen a file."""
LEAST: Final = 100_000
"""Length up to which they may lengthen any file, in characters."""
_FENCE: Final = re.compile(r"^[ \t>]*(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})(.*)$")
_HIGHLIGHT: Final = re.compile(r"^(\s*+)\{%-?\s*+highlight\s++([\w+#-]++)[^%]*+%\}\s*+$")
_ENDHIGHLIGHT: Final = re.compile(r"^(\s*)\{%-?\s*endhighlight\s*-?%\}\s*$")
LIQUID: Final = r"\{%[^\n{%]*+(?:(?:%(?!\})|\{(?!%))[^\n{%]*+)*%\}|\{\{[^\n{}]*+(?:(?:\}(?!\})|\{(?!\{))[^\n{}]*+)*\}\}"
_LIQUID: Final = re.compile(LIQUID)
_ERB: Final = re.compile(r"<%[^\n<%]*+(?:(?:%(?!>)|<(?!%))[^\n<%]*+)*%>")
_CONTAINER: Final = re.compile(r"^(\s*):{3,}\s*(?:\{?[.#]?([\w-]+)\}?)?\s*(.*?)\s*$")
_BLOCK_MARKER: Final = re.compile(r" {0,3}<!-- codex:(?:begin|end)\b")
_BLOCK_END: Final = "<!-- codex:end -->"
_INCLUDE: Final = re.compile(
    r"^\s*(?:\{%-?\s*include\b.*%\}|--8<--.*|\{\{#include.*\}\}|!INCLUDE.*|\[!INCLUDE.*\])\s*$"
)


def preprocess(lines: Sequence[str], steps: Iterable[PreprocessStep]) -> tuple[str, ...]:
    """Run the steps of a dialect on the lines of a file, in order."""
    result = list(lines)
    most = max(GROWTH * sum(map(len, lines)), LEAST)
    for step in steps:
        result = _BUILT_IN[step.step](result) if step.step else _replace(result, step, most)
    return tuple(result)


def fenced_lines(lines: Sequence[str]) -> list[bool]:
    """Return for each line whether it belongs to a fenced code block, markers included."""
    return [bool(first) for first in fences_of(lines)]


def fences_of(lines: Sequence[str]) -> list[int]:
    """Return for each line the first line of its fenced code block (from 1), markers included; 0 outside of them."""
    first, fence, result = 0, "", list[int]()
    for number, line in enumerate(lines, 1):
        match = _FENCE.match(line)
        if first:
            result.append(first)
            closes = match and match[1][0] == fence[0] and len(match[1]) >= len(fence) and not match[2].strip()
            first = 0 if closes else first
        elif match and not (match[1][0] == "`" and "`" in match[2]):
            first, fence = number, match[1]
            result.append(first)
        else:
            result.append(0)
    return result


def _outside(lines: Sequence[str], change: Callable[[str], str]) -> list[str]:
    return [line if code else change(line) for line, code in zip(lines, fenced_lines(lines), strict=True)]


def _replace(lines: Sequence[str], step: PreprocessStep, most: int) -> list[str]:
    """Replace the matches of a step. Raises `CodexError` before all lines together have more than `most` characters."""
    pattern, room = compile_pattern(step.find), most - sum(map(len, lines))

    def change(line: str) -> str:
        nonlocal room
        new = replaced(pattern, step.put, line, most=len(line) + room).replace("\n", " ")
        room -= len(new) - len(line)
        return new

    return _outside(lines, change)


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _highlight(lines: Sequence[str]) -> list[str]:
    """`{% highlight c %}` ... `{% endhighlight %}` becomes a fence, or every `#define` in it would be a heading."""
    result, inside = [], False
    for line, code in zip(lines, fenced_lines(lines), strict=True):
        if not inside and not code and (match := _HIGHLIGHT.match(line)):
            result.append(f"{match[1]}```{match[2]}")
            inside = True
        elif inside and (match := _ENDHIGHLIGHT.match(line)):
            result.append(f"{match[1]}```")
            inside = False
        else:
            result.append(line)
    return result


def _comments(lines: Sequence[str]) -> list[str]:
    """Replace HTML comments by spaces, including those over several lines."""
    result, inside = [], False
    for line, code in zip(lines, fenced_lines(lines), strict=True):
        if code and not inside:
            result.append(line)
            continue
        parts, at = list[str](), 0
        while at < len(line):
            end = line.find("-->" if inside else "<!--", at)
            stop = len(line) if end < 0 else end + 3 if inside else end
            parts.append(" " * (stop - at) if inside else line[at:stop])
            at, inside = stop, inside if end < 0 else not inside
        result.append("".join(parts))
    return result


def _containers(lines: Sequence[str]) -> list[str]:
    """`::: warning Title` becomes a bold line; the closing marker becomes an empty line."""
    result = []
    for line, code in zip(lines, fenced_lines(lines), strict=True):
        match = None if code else _CONTAINER.match(line)
        if match is None:
            result.append(line)
        elif match[3]:
            result.append(f"{match[1]}**{match[3]}**")
        else:
            result.append(f"{match[1]}**{match[2].capitalize()}**" if match[2] and len(line.strip()) < 40 else "")
    return _spaced(lines, result)


def _spaced(before: Sequence[str], after: list[str]) -> list[str]:
    """Separate the title of a container from the paragraph below with a hard break, since no line can be added."""
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        follows = index + 1 < len(after) and after[index + 1].strip()
        if old != new and new and follows:
            after[index] = new + "\\"
    return after


def _managed(lines: Sequence[str]) -> list[str]:
    """Leave out the blocks that codexc itself keeps in a file, which are its output.

    A marker in code, or without its other half, hides no text.
    """
    result, begin = list(lines), -1
    for index, (line, code) in enumerate(zip(lines, fenced_lines(lines), strict=True)):
        if code or not _BLOCK_MARKER.match(line):
            continue
        if line.strip() == _BLOCK_END:
            first, begin = (begin, -1) if begin >= 0 else (index, -1)
            result[first : index + 1] = [""] * (index + 1 - first)
        else:
            begin, result[index] = index, ""
    return result


def _review_instructions(lines: Sequence[str]) -> list[str]:
    """Turn the review instructions of GitLab Duo, which are YAML, into Markdown: a heading, its files, and the text."""
    result, width = [], 0
    for line in lines:
        name = re.match(r"\s*+-?\s*+name:\s*+(.*)$", line)
        entry = re.match(r"(\s*+)(?:-\s++)?(fileFilters|instructions):\s*+(.*)$", line)
        indent = len(line) - len(line.lstrip())
        if width and line.strip() and indent < width:
            width = 0
        if width:
            result.append(line[width:])
        elif name:
            result.append(f"## {_unquoted(name[1])}")
        elif entry:
            block = re.fullmatch(r"[|>][+-]?\d*", entry[3].strip())
            width = len(entry[1]) + 1 if entry[2] == "instructions" and block else 0
            inline = "" if block or not entry[3].strip() else _unquoted(entry[3])
            result.append(f"Files: {inline}".rstrip() if entry[2] == "fileFilters" else inline)
        else:
            item = re.match(r"\s*-\s+(.*)$", line)
            result.append(f"`{_unquoted(item[1])}`" if item else "")
        if width and result[-1] is not line[width:]:
            width = _content_width(lines, len(result), width)
    return result


def _content_width(lines: Sequence[str], start: int, least: int) -> int:
    """Return the indentation of the first line with text from `start` on; 0 if it is less than `least`."""
    text = next((line for line in lines[start:] if line.strip()), "")
    width = len(text) - len(text.lstrip())
    return width if width >= least else 0


def _unquoted(text: str) -> str:
    return text.strip().strip("\"'")


_BUILT_IN: Final[Mapping[str, Callable[[Sequence[str]], list[str]]]] = {
    "liquid-highlight": _highlight,
    "liquid-drop": lambda lines: _outside(lines, lambda line: _LIQUID.sub(_spaces, line)),
    "erb-drop": lambda lines: _outside(lines, lambda line: _ERB.sub(_spaces, line)),
    "html-comments": _comments,
    "containers": _containers,
    "managed-blocks": _managed,
    "review-instructions": _review_instructions,
    "includes": lambda lines: _outside(lines, lambda line: "" if _INCLUDE.match(line) else line),
}
