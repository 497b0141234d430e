"""Compares what authors wrote with what the output says: every word is in it, or left out for a reason, or lost.

The ledger of a standard says who owns each of its words. The words of an owner must occur in its text, in order; each
word of the output counts for one word of the source.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from skills_build.compile.select import status_on
from skills_build.compile.word_pool import HeadingPool, WordPool
from skills_build.diagnostics import Finding, Span
from skills_build.frozen import dataclass
from skills_build.model.accounting import EXCLUDED, HEADING, STRAY, Leaf, unpacked
from skills_build.model.bundle import Reference, Skill
from skills_build.model.standard import Codex, Standard
from skills_build.source.accounting import UNREAD
from skills_build.source.words import plain_words

NOT_SHIPPED: Final = "no rule of its skill ships"
NO_OUTPUT: Final = "CX053"
"""The lint for a file of which nothing ships. The errors that keep its rules from being read say why."""
_MAX_LOST: Final = 50
"""Lost pieces of one file after which no others are searched for."""
_SHOWN: Final = 60
_KEYS: Final = 8
_KEY: Final = re.compile(r"([A-Za-z_][\w.-]*)[ \t]*:")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCoverage:
    """The words of one file: read, in the output, left out (by reason), lost."""

    path: str
    words: int
    out: int
    excluded: Mapping[str, int]
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The words of all files, and a finding for each piece that is lost."""

    files: tuple[FileCoverage, ...]
    findings: tuple[Finding, ...]


def coverage(codex: Codex, skills: Sequence[Skill], as_of: str) -> Coverage:
    """Compare all standards with the references of the skills."""
    written = _Written(reference for skill in skills for reference in skill.references)
    files: list[FileCoverage] = []
    findings: list[Finding] = []
    unread: list[tuple[str, Finding]] = []
    for standard in codex.standards:
        account = _Account(standard, written, as_of)
        account.run()
        files.append(account.result())
        lines = codex.texts.get(standard.path, "").split("\n")
        findings += account.findings(lines)
        unread += account.unread(lines)
    return Coverage(files=tuple(files), findings=(*findings, *_unread(unread)))


class _Written:
    """The words of all references by their owners."""

    def __init__(self, references: Iterable[Reference]) -> None:
        self._texts: dict[tuple[str, object], list[str]] = {}
        for reference in references:
            lines = reference.body.split("\n")
            stops = [*(run.line for run in reference.runs[1:]), len(lines)]
            for run, stop in zip(reference.runs, stops, strict=False):
                owner = run.id or ("heading" if run.heading else run.section)
                self._texts.setdefault((run.path, owner), []).append("\n".join(lines[run.line : stop]))
            for path in {run.path for run in reference.runs}:
                self._texts.setdefault((path, "heading"), []).append(reference.title)

    def has(self, path: str) -> bool:
        """Whether any text of a file is in a reference."""
        return (path, "heading") in self._texts

    def pool(self, path: str, owner: object) -> WordPool | HeadingPool:
        """Return the words of one owner."""
        text = "\n".join(self._texts.get((path, owner), ()))
        if owner == "heading":
            return HeadingPool([" ".join(plain_words(line)) for line in text.split("\n")])
        return WordPool(" ".join(plain_words(text)))


class _Account:
    """The account of one standard."""

    def __init__(self, standard: Standard, written: _Written, as_of: str) -> None:
        self._standard = standard
        self._written = written
        self._as_of = as_of
        self._pools: dict[object, WordPool | HeadingPool] = {}
        self._words = self._out = 0
        self._excluded: dict[str, int] = {}
        self._lost: list[tuple[Leaf, list[str]]] = []
        self._unread: list[Leaf] = []
        self._shipped = written.has(standard.path)

    def run(self) -> None:
        """Account for every leaf."""
        leaves = unpacked(self._standard.ledger)
        for leaf in sorted(leaves, key=lambda leaf: leaf.owner == STRAY):
            count = leaf.count
            self._words += count
            reason = self._reason(leaf)
            if reason:
                self._excluded[reason] = self._excluded.get(reason, 0) + count
                continue
            missing = self._missing(leaf)
            self._out += count - len(missing)
            if missing:
                self._lost.append((leaf, missing))

    def _reason(self, leaf: Leaf) -> str:
        """Return why a leaf is not in the output; the empty string if it must be."""
        if leaf.owner == EXCLUDED:
            self._unread += [leaf] if leaf.by == UNREAD else []
            return leaf.by
        if leaf.owner >= 0:
            rule = self._standard.rules[leaf.owner]
            status = status_on(self._standard, rule, self._as_of)
            return "" if status.ships else f"status {status}"
        status = self._standard.status.at(self._as_of)
        if not status.ships:
            return f"status {status}"
        if leaf.owner == HEADING and self._only_withheld(leaf.section):
            return "a section whose rules do not ship"
        return "" if self._shipped else NOT_SHIPPED

    def _only_withheld(self, section: int) -> bool:
        inside = [rule for rule in self._standard.rules if rule.section == section]
        return bool(inside) and not any(status_on(self._standard, r, self._as_of).ships for r in inside)

    def _missing(self, leaf: Leaf) -> list[str]:
        if len(self._lost) > _MAX_LOST:
            return leaf.words.split()
        owner: object = leaf.section
        if leaf.owner == HEADING:
            owner = "heading"
        elif leaf.owner >= 0:
            owner = self._standard.rules[leaf.owner].id
        missing = self._pool(owner).take(leaf)
        if missing and leaf.owner == STRAY:
            missing = min((pool.take(leaf) for pool in self._near(leaf)), key=len, default=missing)
        return missing

    def _near(self, leaf: Leaf) -> Iterator[WordPool | HeadingPool]:
        """Yield the words of the rules around a line, which may have what no leaf holds."""
        for rule in self._standard.rules:
            if rule.cut_line <= leaf.line <= rule.end_line or rule.span.line == leaf.line:
                yield self._pool(rule.id)

    def _pool(self, owner: object) -> WordPool | HeadingPool:
        if owner not in self._pools:
            self._pools[owner] = self._written.pool(self._standard.path, owner)
        return self._pools[owner]

    def result(self) -> FileCoverage:
        """Return the totals."""
        return FileCoverage(
            path=self._standard.path,
            words=self._words,
            out=self._out,
            excluded=dict(sorted(self._excluded.items())),
            lost=sum(len(missing) for _, missing in self._lost),
        )

    def findings(self, lines: Sequence[str]) -> Iterator[Finding]:
        """Yield what is lost, with its place in the `lines` of the file."""
        for leaf, missing in self._lost:
            yield _lost(self._standard.path, leaf, missing, lines)
        if self._excluded.get(NOT_SHIPPED):
            yield _not_shipped(self._standard)

    def unread(self, lines: Sequence[str]) -> Iterator[tuple[str, Finding]]:
        """Yield each key of the front matter that is not read, with a finding at its place."""
        for leaf in self._unread:
            match = _KEY.match(lines[leaf.line - 1])
            if match:
                span = Span(leaf.line, 1, leaf.line, len(match[1]) + 1)
                yield match[1], Finding(code="CX052", message="", path=self._standard.path, span=span)


def _unread(keys: Sequence[tuple[str, Finding]]) -> Iterator[Finding]:
    """Yield one finding for all keys that are not read, at the first of them."""
    names = [f"`{name}`" for name, _ in Counter(name for name, _ in keys).most_common()]
    if names:
        more = f" and {len(names) - _KEYS} more" if len(names) > _KEYS else ""
        files = len({finding.path for _, finding in keys})
        count = "1 file" if files == 1 else f"{files} files"
        yield replace(
            keys[0][1],
            message=f"front matter is not read: {', '.join(names[:_KEYS])}{more}, in {count}",
            help="read its keys in `[document]` of the dialect, or leave them out with `[context] front_matter`",
        )


def _lost(path: str, leaf: Leaf, missing: Sequence[str], lines: Sequence[str]) -> Finding:
    """Return the finding for words that are in no output, at the first of them."""
    line = leaf.line
    for offset, words in enumerate(leaf.words.split("\n")):
        if missing[0] in words.split():
            line = leaf.line + offset
            break
    source = lines[line - 1] if line <= len(lines) else ""
    start = source.lower().find(missing[0], leaf.column - 1 if line == leaf.line else 0)
    column = start + 1 if start >= 0 else leaf.column
    shown = " ".join(missing)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN].rsplit(' ', 1)[0]} ..."
    stray = leaf.owner == STRAY
    return Finding(
        code="CX051" if stray else "CX050",
        message=f"no block of the page contains `{shown}`" if stray else f"`{shown}` is in no output",
        path=path,
        span=Span(line, column, line, column + len(missing[0])),
        help=_STRAY_HELP if stray else _LOST_HELP,
    )


_LOST_HELP: Final = "write it as plain Markdown, or leave its section out with `[context] skip` in the dialect"
_STRAY_HELP: Final = "give a table row as many cells as its header has, or write the text as a paragraph"


def _not_shipped(standard: Standard) -> Finding:
    skill = standard.skill or standard.domain
    return Finding(
        code=NO_OUTPUT,
        message=f"nothing of this file is in the output: no rule of the skill `{skill}` ships",
        path=standard.path,
        help="give it a rule, move it to a domain with rules, or add it to `exclude` in codex.yaml",
    )
