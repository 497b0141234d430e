"""A baseline lets an existing corpus start clean: it records the current findings, so that only new ones are reported.

An entry is a file, a code and a digest of the message and the line's text, so it stays valid when lines move.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from skills_build.diagnostics import Diagnostic
from skills_build.errors import CodexError
from skills_build.json_input import parse_json
from skills_build.lint.registry import LINTS

VERSION = 1


def dump_baseline(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> str:
    """Write a baseline of these diagnostics, sorted, one line per entry."""
    keyed = _Keys(sources)
    entries = sorted(Counter(keyed.key(d) for d in diagnostics if _recordable(d)).items())
    rows = ",\n".join(
        f"    {json.dumps({'path': path, 'code': code, 'digest': digest, 'count': count})}"
        for (path, code, digest), count in entries
    )
    listed = f"[\n{rows}\n  ]" if rows else "[]"
    return f'{{\n  "version": {VERSION},\n  "entries": {listed}\n}}\n'


def load_baseline(text: str, *, path: str) -> Counter[tuple[str, str, str]]:
    """Read a baseline. Raises `CodexError` if the text is not one."""
    try:
        data = parse_json(text)
        if data["version"] != VERSION:
            raise CodexError(
                f"baseline `{path}` has version {data['version']}",
                hint="re-create it with `--write-baseline`",
            )
        return Counter({(e["path"], e["code"], e["digest"]): int(e["count"]) for e in data["entries"]})
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise CodexError(f"`{path}` is not a baseline", hint="create one with `--write-baseline`") from error


def not_in_baseline(
    diagnostics: Sequence[Diagnostic], baseline: Counter[tuple[str, str, str]], sources: Mapping[str, str]
) -> tuple[tuple[Diagnostic, ...], int]:
    """Return the diagnostics that are not in the baseline, and the number of entries that match no diagnostic."""
    left, keyed = Counter(baseline), _Keys(sources)
    new = []
    for diagnostic in diagnostics:
        key = keyed.key(diagnostic)
        if left[key] > 0 and _recordable(diagnostic):
            left[key] -= 1
        else:
            new.append(diagnostic)
    return tuple(new), sum((+left).values())


def _recordable(diagnostic: Diagnostic) -> bool:
    """Return whether a baseline may hide a diagnostic and all that follows from it. A rule of a codex is no lint."""
    lints = (LINTS.get(d.code) for d in (diagnostic, *diagnostic.consequences))
    return all(lint is None or lint.suppressible for lint in lints)


class _Keys:
    """Computes the key of a diagnostic in a baseline. Splits each file into lines once."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._lines: dict[str, list[str]] = {}

    def key(self, diagnostic: Diagnostic) -> tuple[str, str, str]:
        """Return the file, the code and the digest of message and line."""
        finding = diagnostic.finding
        if finding.path not in self._lines:
            self._lines[finding.path] = self._sources.get(finding.path, "").split("\n")
        lines = self._lines[finding.path]
        line = lines[finding.span.line - 1].strip() if finding.span.line <= len(lines) else ""
        digest = hashlib.sha256(f"{finding.message}\0{line}".encode("utf-8", "replace")).hexdigest()[:16]
        return finding.path, finding.code, digest
