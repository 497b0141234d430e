"""Curly quotes around a value: neither YAML nor a label reads them as quotes, so they become part of the value."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix, Span
from skills_build.source.yaml import YamlValue

_CURLY: Final = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb"
_QUOTED: Final = re.compile(rf"[{_CURLY}](?P<value>[^{_CURLY}]*)[{_CURLY}]|[\u201c\u201e\u2018](?P<open>[^{_CURLY}]*)")


def curly_quoted(text: str) -> bool:
    """Return whether curly quotes are around a whole text, or one is at its start alone."""
    return bool(_QUOTED.fullmatch(text))


def curly_finding(written: str, plain: str, path: str, span: Span) -> Finding:
    """Return the finding for a value in curly quotes, with the text to put in its place."""
    return Finding(
        code="CX045",
        message=f"`{written}` is in curly quotes, which become part of the value",
        path=path,
        span=span,
        help=f"write `{plain}`",
        fix=Fix(title=f"write `{plain}`", edits=(Edit(span=span, text=plain),), unsafe=True),
    )


def curly_in_yaml(value: YamlValue, *, path: str) -> Iterator[Finding]:
    """Yield a finding for each text of a YAML document that is in curly quotes."""
    for key, span in value.values.items():
        text = value.at(key)
        match = _QUOTED.fullmatch(text) if isinstance(text, str) else None
        if match and span.line == span.end_line:
            plain = (match["value"] if match["value"] is not None else match["open"]).replace('"', '\\"')
            yield curly_finding(match[0], f'"{plain}"', path, span)
