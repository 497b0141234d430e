"""Diagnostics as text, in the form of rustc: code and message, position, the marked line, notes, help."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from skills_build import inert
from skills_build.characters import visible
from skills_build.counts import counted
from skills_build.diagnostics import Diagnostic, Finding, Note, Severity, Span

WIDTH = 120
"""Maximum width of the excerpt of a line, in terminal columns."""
_LONG = 4 * WIDTH
"""Lines with more characters are cut without counting columns, which would be repeated for each finding in the line."""
_SHOWN: Final = 10
"""Number of consequences of a finding that are listed."""
_COLORS = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "note": "1;32",
    "help": "1;36",
    "dim": "1;34",
    "bold": "1",
}


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], *, color: bool = False) -> str:
    """Return all diagnostics, each followed by an empty line. `sources` maps paths to texts for the excerpts."""
    printer = _Printer(sources, color=color)
    return inert.commandless("".join("\n".join(printer.lines(d)) + "\n\n" for d in diagnostics))


def findings_summary(diagnostics: Sequence[Diagnostic], *, files: int, color: bool = False) -> str:
    """Return a summary: `2 errors, 1 warning in 26 files; 1 fixable with codexc check --fix`."""
    parts = []
    for severity, name in ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "info")):
        count = sum(1 for d in diagnostics if d.severity is severity)
        if count:
            text = counted(count, name, name if name == "info" else "")
            parts.append(_painted(text, name, color=color))
    counts = ", ".join(parts) or "no problems found"
    fixable = sum(1 for d in diagnostics if d.finding.fix and not d.finding.fix.unsafe)
    unsafe = sum(1 for d in diagnostics if d.finding.fix and d.finding.fix.unsafe)
    fixes = f"; {fixable:,} fixable with `codexc check --fix`" if fixable else ""
    fixes += f"; {unsafe:,} with `codexc check --fix --unsafe-fixes`" if unsafe else ""
    return f"{counts} in {counted(files, 'file')}{fixes}\n"


class _Printer:
    """Formats diagnostics with excerpts of the sources."""

    def __init__(self, sources: Mapping[str, str], *, color: bool) -> None:
        self._sources = sources
        self._color = color
        self._split: dict[str, list[str]] = {}

    def lines(self, diagnostic: Diagnostic) -> Iterator[str]:
        """Yield the lines of one diagnostic."""
        finding = diagnostic.finding
        kind = str(diagnostic.severity)
        title = self._paint(f"{kind}[{finding.code}]", kind)
        yield f"{title}{self._paint(f': {printable(finding.message)}', 'bold')}"
        width = len(str(max([finding.span.line, *(n.span.line for n in finding.notes if n.span)])))
        yield from self._place(finding.path, finding.span, width)
        yield from self._excerpt(finding, width)
        for note in finding.notes:
            yield from self._note(note, width)
        yield from self._consequences(diagnostic)
        if finding.help:
            label = f"{self._paint('=', 'dim')} {self._paint('help', 'help')}"
            yield f"{' ' * (width + 1)}{label}: {printable(finding.help)}"

    def _consequences(self, diagnostic: Diagnostic) -> Iterator[str]:
        """Yield what follows from a finding, with its place if it is in another file."""
        findings = [one.finding for one in diagnostic.consequences]
        for finding in findings[:_SHOWN]:
            other = finding.path != diagnostic.finding.path
            place = f"{printable(finding.path)}:{finding.span.line}: " if other else ""
            yield f"{self._paint('note', 'note')}: because of this, {place}{printable(finding.message)}"
        if len(findings) > _SHOWN:
            more = counted(len(findings) - _SHOWN, "more finding")
            yield f"{self._paint('note', 'note')}: because of this, {more}"

    def _place(self, path: str, span: Span, width: int) -> Iterator[str]:
        yield f"{' ' * width}{self._paint('-->', 'dim')} {printable(path)}:{span.line}:{span.column}"

    def _note(self, note: Note, width: int) -> Iterator[str]:
        yield f"{self._paint('note', 'note')}: {printable(note.message)}"
        if note.path and note.span:
            yield from self._place(note.path, note.span, width)

    def _excerpt(self, finding: Finding, width: int) -> Iterator[str]:
        lines = self._lines(finding.path)
        number = finding.span.line
        line = lines[number - 1].rstrip("\r") if number <= len(lines) else ""
        if not line or line.isspace():
            return
        start = finding.span.column - 1
        end = finding.span.end_column - 1 if finding.span.end_line == number else len(line.rstrip())
        excerpt, before, marked = _window(line, start, max(end, start + 1))
        bar = self._paint("|", "dim")
        yield f"{' ' * width} {bar}"
        yield f"{self._paint(str(number).rjust(width), 'dim')} {bar} {excerpt}"
        yield f"{' ' * width} {bar} {' ' * before}{self._paint('^' * marked, 'error')}"

    def _lines(self, path: str) -> list[str]:
        if path not in self._split:
            self._split[path] = self._sources.get(path, "").split("\n")
        return self._split[path]

    def _paint(self, text: str, kind: str) -> str:
        return _painted(text, kind, color=self._color)


def _painted(text: str, kind: str, *, color: bool) -> str:
    return f"\x1b[{_COLORS[kind]}m{text}\x1b[0m" if color else text


def printable(text: str) -> str:
    """Return text with invisible and control characters shown as code points."""
    return visible(text, strict=True)


def printable_line(text: str) -> str:
    """Return untrusted text, such as a name or a message of a host, as a single safe line."""
    return inert.terminal_line(text)


def _columns(text: str) -> int:
    """Return the width of text in a terminal: East Asian wide characters take two columns, combining marks none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1 for c in text
    )


def _window(line: str, start: int, end: int) -> tuple[str, int, int]:
    """Return the part of a line to show, the columns before the mark and the width of the mark."""
    first, prefix = 0, ""
    if len(line) > _LONG or _columns(line) > WIDTH:
        first = max(min(start - 20, len(line) - WIDTH + 10), 0)
        prefix = "..." if first else ""
    last = min(first + WIDTH, len(line))
    suffix = "..." if last < len(line) else ""
    before = prefix + _expanded(line[first:start])
    marked = _expanded(line[start : min(end, last)])
    after = _expanded(line[min(end, last) : last])
    return f"{before}{marked}{after}{suffix}".rstrip(), _columns(before), max(_columns(marked), 1)


def _expanded(text: str) -> str:
    return printable(text.replace("\t", "    "))
