"""Compares the words of standards with the output: every word is in the output, left out for a reason, or lost.

The ledger of a standard records the owner of each word. The words of an owner must occur in its text, in order; each
word of the output counts for one word of the source.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from skills_build.compile.word_pool import HeadingPool, WordPool
from skills_build.counts import counted
from skills_build.diagnostics import Finding, Span
from skills_build.frozen import dataclass
from skills_build.model.accounting import EXCLUDED, HEADING, STRAY, Leaf, unpacked
from skills_build.model.bundle import Reference
from skills_build.model.codex import Codex
from skills_build.model.standard import Standard, status_on
from skills_build.source.accounting import UNREAD
from skills_build.source.words import plain_words

NOT_SHIPPED: Final = "a skill with no shipped rules"
NO_OUTPUT: Final = "CX053"
"""The lint for a file of which nothing ships. The errors that keep its rules from being read say why."""
_MAX_LOST: Final = 50
"""Maximum number of lost pieces that are searched for in one file."""
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


def coverage(codex: Codex, pages: Iterable[Reference], as_of: str) -> Coverage:
    """Compare all standards with the pages of a plan: the references of its skills, and the rules for people."""
    written = _Written(pages)
    files: list[FileCoverage] = []
    findings: list[Finding] = []
    unread: list[tuple[str, Finding]] = []
    unshipped: list[Standard] = []
    for standard in codex.standards:
        account = _Account(standard, written, as_of)
        account.run()
        files.append(account.result())
        lines = codex.texts.get(standard.path, "").split("\n")
        findings += account.findings(lines)
        unshipped += [standard] if account.unshipped else []
        unread += account.unread(lines)
    return Coverage(files=tuple(files), findings=(*findings, *_not_shipped(unshipped), *_unread(unread)))


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
        self._ships: dict[int, bool] = {}
        """Whether any rule of a section ships, for the sections with rules."""

    def run(self) -> None:
        """Account for every leaf."""
        owned: dict[object, list[Leaf]] = {}
        strays: list[Leaf] = []
        for leaf in unpacked(self._standard.ledger):
            self._words += leaf.count
            reason = self._reason(leaf)
            if reason:
                self._excluded[reason] = self._excluded.get(reason, 0) + leaf.count
            elif leaf.owner == STRAY:
                strays.append(leaf)
            else:
                owned.setdefault(self._key(leaf), []).append(leaf)
        for owner, leaves in owned.items():
            self._settle(self._matched(owner, leaves))
        self._settle((leaf, self._missing_stray(leaf)) for leaf in strays)

    def _settle(self, results: Iterable[tuple[Leaf, list[str]]]) -> None:
        for leaf, missing in results:
            self._out += leaf.count - len(missing)
            if missing:
                self._lost.append((leaf, missing))

    def _key(self, leaf: Leaf) -> object:
        if leaf.owner == HEADING:
            return "heading"
        return self._standard.rules[leaf.owner].id if leaf.owner >= 0 else leaf.section

    def _matched(self, owner: object, leaves: Sequence[Leaf]) -> Sequence[tuple[Leaf, list[str]]]:
        """Find the leaves of one owner in their order; if words are missing, also from the longest to the shortest.

        Where the output has another order than the file, as in HTML tables, a short leaf may take the words of another.
        """
        results = self._taken(owner, leaves)
        if len(leaves) > 1 and any(missing for _, missing in results):
            pool = self._pools.pop(owner)
            others = self._taken(owner, sorted(leaves, key=lambda leaf: -leaf.count))
            if sum(len(missing) for _, missing in others) < sum(len(missing) for _, missing in results):
                return others
            self._pools[owner] = pool
        return results

    def _taken(self, owner: object, leaves: Iterable[Leaf]) -> list[tuple[Leaf, list[str]]]:
        """Find the words of leaves in the output of one owner. After `_MAX_LOST` leaves, all words count as missing."""
        pool, results, lost = self._pool(owner), list[tuple[Leaf, list[str]]](), 0
        for leaf in leaves:
            missing = pool.take(leaf) if lost < _MAX_LOST else leaf.words.split()
            lost += bool(missing)
            results.append((leaf, missing))
        return results

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
            return "a section with no shipped rules"
        return "" if self._shipped else NOT_SHIPPED

    def _only_withheld(self, section: int) -> bool:
        if not self._ships:
            for rule in self._standard.rules:
                ships = status_on(self._standard, rule, self._as_of).ships
                self._ships[rule.section] = ships or self._ships.get(rule.section, False)
        return not self._ships.get(section, True)

    def _missing_stray(self, leaf: Leaf) -> list[str]:
        """Find words that no leaf holds: in the rule of their line, otherwise in the text around it."""
        if len(self._lost) > _MAX_LOST:
            return leaf.words.split()
        if leaf.by and not (missing := self._pool(self._standard.rules[int(leaf.by)].id).take(leaf)):
            return missing
        return self._pool(leaf.section).take(leaf)

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

    @property
    def unshipped(self) -> bool:
        """Whether words are left out because no rule of the skill ships."""
        return bool(self._excluded.get(NOT_SHIPPED))

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
        yield replace(
            keys[0][1],
            message=f"unread front matter keys: {', '.join(names[:_KEYS])}{more}, in {counted(files, 'file')}",
            help="map these keys in `[document]` of the dialect, or exclude them with `[context] front_matter`",
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
        message=f"no block on the page contains `{shown}`" if stray else f"`{shown}` is not in the output",
        path=path,
        span=Span(line, column, line, column + len(missing[0])),
        help=_STRAY_HELP if stray else _LOST_HELP,
    )


_LOST_HELP: Final = "write the text as plain Markdown, or leave out its section with `[context] skip` in the dialect"
_STRAY_HELP: Final = "give the table row the same number of cells as the header, or write the text as a paragraph"


def _not_shipped(standards: Sequence[Standard]) -> Iterator[Finding]:
    """Yield one finding for each skill of which no rule ships, at the first of its files."""
    by_skill: dict[str, list[Standard]] = {}
    for standard in standards:
        by_skill.setdefault(standard.skill or standard.domain, []).append(standard)
    for skill, files in by_skill.items():
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        yield Finding(
            code=NO_OUTPUT,
            message=f"nothing from this file{more} is in the output: the skill `{skill}` does not contain any rules",
            path=files[0].path,
            help="add a rule to the file, move the file to a domain with rules, or add it to `exclude` in codex.yaml",
        )
