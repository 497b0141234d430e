"""Reads a patch: the output of `git diff`, `git show`, `git log -p` or `git format-patch`, or any unified diff.

Hunks are read by their counts, so that no line of a file is taken for a header. What cannot be read is a fault with its
line; a patch is the text of strangers (https://git-scm.com/docs/diff-format).
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import field, replace
from typing import Final

from skills_build.checks.base import ChangedFile, Commit
from skills_build.frozen import dataclass

_HUNK: Final = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(.*)")
_GIT: Final = re.compile(r"diff --git (\"(?:[^\"\\]|\\.)*\"|\S.*?) (\"(?:[^\"\\]|\\.)*\"|\S.*)$")
_COMMIT: Final = re.compile(r"commit ([0-9a-f]{40}|[0-9a-f]{64})\b|From ([0-9a-f]{40}) Mon Sep 17 00:00:00 2001$")
_COMBINED: Final = ("diff --cc ", "diff --combined ")
_DIFFS: Final = ("diff --git ", *_COMBINED)
_DRIVE: Final = re.compile(r"[A-Za-z]:[/\\]")
_SUBMODULE: Final = re.compile(r"(?:new file mode|new mode|index [0-9a-f]+\.\.[0-9a-f]+) 160000$")
"""A header of a submodule, which is the id of a commit in another repository."""
_SUBMODULE_LOG: Final = re.compile(r"Submodule (\S.*?) [0-9a-f]{4,64}\.{2,3}[0-9a-f]{4,64}\b")
"""A submodule in the format `log` (https://git-scm.com/docs/git-diff#Documentation/git-diff.txt---submoduleformat)."""
_HEADER: Final = re.compile(r"[A-Za-z-]+:")
_ESCAPE: Final = re.compile(rb"\\([abfnrtv\"\\]|[0-7]{3})")
_ESCAPES: Final = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchFault:
    """A line of a patch that cannot be read, from 1, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """The changed files of a patch, its commits in order, the paths of binary files and submodules, and its faults."""

    files: tuple[ChangedFile, ...] = ()
    commits: tuple[Commit, ...] = ()
    binary: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()
    faults: tuple[PatchFault, ...] = ()


def parse_patch(text: str) -> Patch:
    """Read a patch."""
    reader = _Reader(text.split("\n"))
    reader.run()
    return reader.result()


@dataclass(slots=True)
class _Rows:
    """The lines of a file from all hunks so far, by number; the removed ones by number in the old file."""

    added: list[tuple[int, str]] = field(default_factory=list)
    removed: list[tuple[int, str]] = field(default_factory=list)
    context: list[tuple[int, str]] = field(default_factory=list)


class _Reader:
    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._at = 0
        self._files: dict[str, ChangedFile] = {}
        self._rows: defaultdict[str, _Rows] = defaultdict(_Rows)
        self._commits: list[Commit] = []
        self._binary: list[str] = []
        self._submodules: list[str] = []
        self._faults: list[PatchFault] = []
        self._old: str | None = None
        self._new: str | None = None

    def run(self) -> None:
        """Read all lines."""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.startswith("diff --git "):
                self._git_header(line)
            elif line.startswith("--- ") and self._next().startswith("+++ "):
                self._old, self._new = _side(line[4:]), _side(self._next()[4:])
                self._at += 2
                self._touch()
            elif line.startswith("@@ "):
                self._hunk(line)
            elif match := _COMMIT.match(line):
                self._message(match[1] or match[2])
            elif line.startswith(_COMBINED):
                why = "the combined diff of a merge commit cannot be read: use `git show --first-parent`"
                self._faults.append(PatchFault(line=self._at + 1, why=why))
                self._at += 1
            elif line.startswith(("Binary files ", "GIT binary patch")):
                self._at += 1
                self._binary.extend([self._path()] if self._path() else [])
            else:
                self._extended(line)
                self._at += 1

    def result(self) -> Patch:
        """Return what was read. A file with lines is neither deleted nor binary, whatever another section says."""
        files = [_with_rows(one, self._rows[path]) for path, one in self._files.items()]
        shown = {one.path for one in files if one.added or one.removed}
        return Patch(
            files=tuple(files),
            commits=tuple(self._commits),
            binary=tuple(path for path in dict.fromkeys(self._binary) if path not in shown),
            submodules=tuple(dict.fromkeys(self._submodules)),
            faults=tuple(self._faults),
        )

    def _next(self) -> str:
        return self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""

    def _git_header(self, line: str) -> None:
        match = _GIT.match(line)
        self._old, self._new = (_side(match[1]), _side(match[2])) if match else (None, None)
        half = line[len("diff --git ") :]
        middle = len(half) // 2
        left, right = half[:middle], half[middle + 1 :]
        if half[middle : middle + 1] == " " and '"' not in half[:1] and _side(left) == _side(right):
            self._old = self._new = _side(left)  # a path with spaces, which git does not quote
        self._at += 1
        self._touch()

    def _extended(self, line: str) -> None:
        """Read an extended header of git."""
        for start, attribute in (("rename from ", "_old"), ("rename to ", "_new"), ("copy to ", "_new")):
            if line.startswith(start) and self._new is not None:
                if attribute == "_new":
                    self._files.pop(self._new, None)
                    self._rows.pop(self._new, None)
                setattr(self, attribute, _unquoted(line[len(start) :]))
                self._touch()
        if _SUBMODULE.match(line) and self._new:
            self._submodules.append(self._new)
        elif match := _SUBMODULE_LOG.match(line):
            self._submodules.append(match[1])
        if line.startswith("new file mode") and self._new:
            self._old = None
            self._set(old=None)
        if line.startswith("deleted file mode") and self._path():
            self._set(deleted=True)

    def _path(self) -> str:
        return self._new or self._old or ""

    def _touch(self) -> None:
        path = self._path()
        if not path:
            return
        if _is_outside(path):
            self._faults.append(PatchFault(line=self._at, why=f"the path `{path[:80]}` is outside the repository"))
            self._old = self._new = None
            return
        if path not in self._files:
            self._files[path] = ChangedFile(path=path, old=self._old)
        if self._new is None:
            self._set(deleted=True)
        if self._old is None:
            self._set(old=None)

    def _set(self, **changes: object) -> None:
        path = self._path()
        if path in self._files:
            self._files[path] = replace(self._files[path], **changes)  # type: ignore[arg-type]

    def _hunk(self, header: str) -> None:
        match, path = _HUNK.match(header), self._path()
        if match is None or path not in self._files:
            self._faults.append(PatchFault(line=self._at + 1, why="a hunk is invalid or does not belong to a file"))
            self._at += 1
            return
        left, right = int(match[2] or 1), int(match[4] or 1)
        number, last, rows = int(match[3]), int(match[1]) + left, self._rows[path]
        if match[5].strip():
            rows.context.append((number - 1, match[5].strip()))
        self._at += 1
        while (left > 0 or right > 0) and self._at < len(self._lines):
            line = self._lines[self._at]
            sign, text = line[:1], line[1:].removesuffix("\r")
            if sign == "+":
                rows.added.append((number, text))
                number, right = number + 1, right - 1
            elif sign == "-":
                rows.removed.append((last - left, text))
                left -= 1
            elif sign in (" ", ""):
                rows.context.append((number, text))
                number, left, right = number + 1, left - 1, right - 1
            elif sign != "\\":
                break
            self._at += 1
        if left > 0 or right > 0:
            self._faults.append(
                PatchFault(line=self._at + 1, why=f"the hunk of `{path[:80]}` is shorter than its header states")
            )

    def _message(self, commit: str) -> None:
        """Read the headers and the message of a commit, up to its diff or the next commit."""
        self._at += 1
        lines: list[str] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.startswith(_DIFFS) or line == "---" or _COMMIT.match(line):
                break
            lines.append(line)
            self._at += 1
        indented = [line[4:] for line in lines if line.startswith("    ")]
        message = _mail(lines) if _is_mail(lines) or not indented else indented
        self._commits.append(Commit(id=commit, message="\n".join(message).strip()))


def _with_rows(changed: ChangedFile, rows: _Rows) -> ChangedFile:
    return replace(
        changed,
        added=tuple(rows.added),
        removed=tuple(text for _, text in rows.removed),
        removed_at=tuple(number for number, _ in rows.removed),
        context=tuple(rows.context),
        deleted=changed.deleted and not rows.added,
    )


def _is_mail(lines: Sequence[str]) -> bool:
    """Return whether the headers of a commit are those of a mail, whose body may also have indented lines."""
    headers = itertools.takewhile(str.strip, lines)
    return any(line.lower().startswith("subject:") for line in headers)


def _mail(lines: Sequence[str]) -> list[str]:
    """Return the message of a mail: its subject without `[PATCH]`, and its body."""
    stop = next((number for number, line in enumerate(lines) if not line.strip()), len(lines))
    subject, reading = "", False
    for line in lines[:stop]:
        reading = line.lower().startswith("subject:") or (reading and line[:1] in (" ", "\t"))
        if reading:
            text = line.partition(":")[2] if _HEADER.match(line) else line
            subject += f" {text.strip()}"
    return [re.sub(r"^\s*\[PATCH[^\]]*\]\s*", "", _decoded(subject)).strip(), "", *lines[stop + 1 :]]


def _decoded(subject: str) -> str:
    """Decode the words of a subject that are not ASCII (RFC 2047); a word that is malformed is kept."""
    if "=?" not in subject:
        return subject
    from email.errors import HeaderParseError
    from email.header import decode_header, make_header

    try:
        return str(make_header(decode_header(subject)))
    except (HeaderParseError, LookupError, ValueError):
        return subject


def _side(text: str) -> str | None:
    """Return the path of a side, without its prefix; None for `/dev/null`."""
    path = _unquoted(text.split("\t", 1)[0].rstrip("\r"))
    if path == "/dev/null":
        return None
    return path[2:] if path[:2] in ("a/", "b/", "i/", "w/", "c/", "o/") else path


def _unquoted(text: str) -> str:
    """Return a path that git may have quoted like a string of C."""
    text = text.strip()
    if len(text) > 1 and text[0] == '"' == text[-1]:
        text = _ESCAPE.sub(_escaped, text[1:-1].encode("utf-8", "replace")).decode("utf-8", "replace")
    return text


def _escaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([_ESCAPES[code] if code in _ESCAPES else int(code, 8) & 255])


def _is_outside(path: str) -> bool:
    """Return whether a path is not one inside a repository."""
    parts = path.replace("\\", "/").split("/")
    return path.startswith(("/", "\\")) or ".." in parts or ".git" in parts or _DRIVE.match(path) is not None
