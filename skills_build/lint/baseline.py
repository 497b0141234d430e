"""A baseline lets an existing corpus start clean: it records the current findings, so that only new ones are reported.

An entry is a file, a code and a digest of the message and the line's text, so it stays valid when lines or files move.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from skills_build.diagnostics import Diagnostic
from skills_build.errors import CodexError
from skills_build.json_input import parse_limited_json
from skills_build.lint.registry import LINTS

VERSION = 1

Key: TypeAlias = tuple[str, str, str]
"""The path, the code, and the digest of message and line."""
Entries: TypeAlias = Counter[Key]


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


def load_baseline(text: str, *, path: str) -> Entries:
    """Read a baseline. Raises `CodexError` if the text is not one."""
    try:
        data = parse_limited_json(text.encode())
        if data["version"] != VERSION:
            raise CodexError(
                f"baseline `{path}` has version {data['version']}",
                hint="re-create the baseline with `--write-baseline`",
            )
        return Counter({(e["path"], e["code"], e["digest"]): int(e["count"]) for e in data["entries"]})
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise CodexError(f"`{path}` is not a baseline", hint="create a baseline with `--write-baseline`") from error


def not_in_baseline(
    diagnostics: Sequence[Diagnostic], baseline: Entries, sources: Mapping[str, str], is_file: Callable[[str], bool]
) -> tuple[tuple[Diagnostic, ...], int]:
    """Return the diagnostics that are not in the baseline, and the number of entries that match no diagnostic.

    An entry of a path that `is_file` does not have matches the same line in another file: the file was moved.
    """
    left, keyed = Counter(baseline), _Keys(sources)
    new = []
    for diagnostic in diagnostics:
        key = keyed.key(diagnostic)
        if left[key] > 0 and _recordable(diagnostic):
            left[key] -= 1
        else:
            new.append((key, diagnostic))
    moved = _Moved(left, is_file)
    kept = tuple(diagnostic for key, diagnostic in new if not (_recordable(diagnostic) and moved.take(key, 1)))
    return kept, sum((+left).values()) - (len(new) - len(kept))


def grown(baseline: Entries, before: Entries, is_file: Callable[[str], bool]) -> Entries:
    """Return the entries that an earlier baseline does not have, apart from those whose file was moved."""
    moved = _Moved(before - baseline, is_file)
    return +Counter({key: count - moved.take(key, count) for key, count in sorted((baseline - before).items())})


class _Moved:
    """The entries whose file no longer exists. Each can be used once, for the same code and line in another file."""

    def __init__(self, entries: Entries, is_file: Callable[[str], bool]) -> None:
        self._left: Counter[tuple[str, str]] = Counter()
        for (path, code, digest), count in (+entries).items():
            if not is_file(path):
                self._left[code, digest] += count

    def take(self, key: Key, most: int) -> int:
        """Use up to `most` entries; returns their number."""
        count = min(most, self._left[key[1:]])
        self._left[key[1:]] -= count
        return count


def _recordable(diagnostic: Diagnostic) -> bool:
    """Return whether a baseline may hide a diagnostic and all that follows from it. A rule of a codex is no lint."""
    lints = (LINTS.get(d.code) for d in (diagnostic, *diagnostic.consequences))
    return all(lint is None or lint.suppressible for lint in lints)


class _Keys:
    """Computes the key of a diagnostic in a baseline. Splits each file into lines once."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._lines: dict[str, list[str]] = {}

    def key(self, diagnostic: Diagnostic) -> Key:
        """Return the file, the code and the digest of message and line."""
        finding = diagnostic.finding
        if finding.path not in self._lines:
            self._lines[finding.path] = self._sources.get(finding.path, "").split("\n")
        lines = self._lines[finding.path]
        line = lines[finding.span.line - 1].strip() if finding.span.line <= len(lines) else ""
        digest = hashlib.sha256(f"{finding.message}\0{line}".encode("utf-8", "replace")).hexdigest()[:16]
        return finding.path, finding.code, digest
