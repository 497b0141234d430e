"""Finds values that YAML cuts at ` #`, where a comment starts: `title: Services #1 of all`."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix, Span
from skills_build.source.yaml import Key, YamlValue
from skills_build.source.yaml_keys import has_pattern

_COMMENT: Final = re.compile(r"[ \t]+#(?!\s*codexc:)(?P<text>.*)$")
_EMPTY: Final = re.compile(r"[ \t]*(?:-[ \t]+)?(?:[\w.-]+[ \t]*:[ \t]+)?(?P<value>#(?!\s*codexc:)\S.*)$")
_QUOTES: Final = ('"', "'")


def cut_values(
    root: YamlValue, lines: Sequence[str], prose: Collection[Key], *, path: str, first_line: int = 1
) -> Iterator[Finding]:
    """Yield a finding for each value without quotes that a comment follows which may be a part of it.

    In the text at one of the keys in `prose`, it may be any comment; in other values one without a space after `#`.
    `*` in a key is any key. `lines` are those of the YAML; `first_line` is the line of the file on which they start.
    """
    for key, span in root.values.items():
        value = root.at(key)
        if isinstance(value, dict | list) or span.line != span.end_line or not 0 <= span.line - first_line < len(lines):
            continue
        line = lines[span.line - first_line]
        if value is None or value == "":
            yield from _empty(root, key, lines, first_line, path)
        elif line[span.column - 1 : span.column] not in _QUOTES:
            match = _COMMENT.match(line, span.end_column - 1)
            if match and (has_pattern(key, prose) or match["text"][:1].strip()):
                yield _finding(key, line, Span(span.line, span.column, span.line, len(line.rstrip()) + 1), path)


def _empty(root: YamlValue, key: Key, lines: Sequence[str], first_line: int, path: str) -> Iterator[Finding]:
    """Yield a finding for a key whose whole value is a comment: `owner: #team`."""
    place = root.keys.get(key)
    match = _EMPTY.match(lines[place.line - first_line]) if place else None
    if place and match:
        line = lines[place.line - first_line]
        yield _finding(key, line, Span(place.line, match.start("value") + 1, place.line, len(line.rstrip()) + 1), path)


def _finding(key: Key, line: str, span: Span, path: str) -> Finding:
    name = ".".join(str(part) for part in key)
    written = line[span.column - 1 : span.end_column - 1]
    quoted = json.dumps(written, ensure_ascii=False)
    comment = written[written.find("#") :]
    return Finding(
        code="CX056",
        message=f"`{comment[:60]}` is a YAML comment, not part of `{name}`",
        path=path,
        span=span,
        help=f"write `{quoted[:120]}`, or move the comment to its own line",
        fix=Fix(title=f"write `{quoted[:120]}`", edits=(Edit(span=span, text=quoted),), unsafe=True),
    )
