"""Selects the rules that a change is about.

A rule that says what its lines contain (`Selected by`) is selected by the changed lines of the files that it applies
to. Another rule with globs, languages or technologies is selected if a changed file is one of them; a technology that
the name of a file does not prove counts if the change adds a line that names it. One that applies everywhere is
selected if it can be decided from a change. What only an organisation, a running system, a commit or the text of a
request decides is not selected, because a review shows none of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from codex.audit.applied_rule import AppliedRule, provable_technologies
from codex.audit.assess import applies
from codex.review.signals import ChangedText, changed_texts, matching
from skills_build.checks.base import ChangedFile, Commit, is_in
from skills_build.frozen import dataclass
from skills_build.model.check import Check, CheckKind
from skills_build.model.rules_file import Applicability
from skills_build.model.standard import Decider

_SHOWN: Final = frozenset({Decider.DIFF, Decider.REPOSITORY})
"""The sources for deciding a rule that a review shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevant:
    """A rule that applies to a change: the files, and the reason.

    `matched` is False if the rule does not match any changed line; it is then selected only if its checks find
    something. `further` are other changed files that it applies to: a reviewer is not asked about them, but may find
    a violation there.
    """

    applied: AppliedRule
    files: tuple[str, ...]
    because: str
    specificity: int
    """0 for a path, 1 for a technology, 2 for a language, 3 for everything."""
    matched: bool = True
    further: tuple[str, ...] = ()


def relevant_rules(
    rules: Iterable[AppliedRule],
    files: Sequence[ChangedFile],
    commits: Sequence[Commit] = (),
    left_out: Sequence[str] = (),
) -> tuple[Relevant, ...]:
    """Return the rules that apply to a change: blocking ones first, then the most specific, then by id.

    `left_out` are the paths of changed files that are not reviewed.
    """
    lines = _ChangedLines(
        files=tuple(text for one in files for text in changed_texts(one)),
        messages=tuple(one.message for one in commits),
        paths=(*(one.path for one in files), *left_out),
    )
    found = [one for rule in rules if (one := _relevant(rule, files, lines)) is not None]
    return tuple(sorted(found, key=order))


def order(relevant: Relevant) -> tuple[bool, int, str, int]:
    """Return the key of the order of rules: blocking ones first, then the most specific, then by id."""
    id_ = relevant.applied.rule.id
    match = re.fullmatch(r"(.*\D|)(\d+)", id_)
    return not relevant.applied.rule.blocking, relevant.specificity, *((match[1], int(match[2])) if match else (id_, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChangedLines:
    """What signals are compared with."""

    files: tuple[ChangedText, ...]
    messages: tuple[str, ...]
    paths: tuple[str, ...]


def _relevant(applied: AppliedRule, files: Sequence[ChangedFile], lines: _ChangedLines) -> Relevant | None:
    """Return why a rule is relevant to a change; None if it is not."""
    if any(check.kind is CheckKind.COMMIT for check in applied.checks):
        return Relevant(applied=applied, files=(), because="a check applies to commit messages", specificity=3)
    deciders = frozenset(applied.rule.decided_by or ())
    if deciders and deciders.isdisjoint(_SHOWN):
        return None
    return _by_scope(applied, files, deciders) if applied.signals is None else _by_lines(applied, lines)


def _by_lines(applied: AppliedRule, lines: _ChangedLines) -> Relevant | None:
    """Select a rule by what the changed lines contain."""
    assert applied.signals is not None
    scope = applied.rule.applies_to or Applicability()
    about = [one for one in lines.files if one.is_subject_of(applied)]
    if not about:
        return None
    prose = bool(scope.paths or scope.languages)
    found = tuple(matching(applied.signals, about, lines.messages, lines.paths, prose=prose))
    _, specificity = _reason(scope)
    left = tuple(dict.fromkeys(one.path for one in about if not one.changed.deleted))
    if not found and not left:
        return None
    if not found:
        because = "no changed line is relevant to the rule"
        return Relevant(applied=applied, files=left, because=because, specificity=specificity, matched=False)
    paths = tuple(dict.fromkeys(one.path for one in found))
    further = tuple(path for path in left if path not in paths)
    return Relevant(applied=applied, files=paths, because=str(found[0]), specificity=specificity, further=further)


def _by_scope(applied: AppliedRule, files: Sequence[ChangedFile], deciders: frozenset[str]) -> Relevant | None:
    """Select a rule by the names of the changed files and by its checks."""
    scope = applied.rule.applies_to or Applicability()
    by_check = tuple(dict.fromkeys(path for check in applied.checks for path in checked_files(applied, check, files)))
    if by_check:
        because = "a check applies to these files"
        further = tuple(
            one.path for one in files if one.path not in by_check and not one.deleted and applied.applies_to(one.path)
        )
        return Relevant(applied=applied, files=by_check, because=because, specificity=0, further=further)
    if applied.checks and not any(check.kind is CheckKind.JUDGEMENT for check in applied.checks):
        return None
    scoped = scope.paths or scope.languages or scope.technologies
    about = [one for one in files if not one.deleted and applied.applies_to(one.path)]
    if scope.technologies and not provable_technologies(scope.technologies):
        about = [one for one in about if _names(one, tuple(scope.technologies))]
    if not about or not (scoped or Decider.DIFF in deciders):
        return None
    because, specificity = _reason(scope)
    return Relevant(applied=applied, files=tuple(one.path for one in about), because=because, specificity=specificity)


def _reason(scope: Applicability) -> tuple[str, int]:
    """Return what limits a rule, and its rank: 0 is the narrowest scope."""
    if scope.paths:
        return f"paths: {', '.join(scope.paths[:3])}", 0
    if scope.technologies:
        return f"technologies: {', '.join(scope.technologies[:3])}", 1
    if scope.languages:
        return f"languages: {', '.join(scope.languages[:3])}", 2
    return "the rule applies to every change", 3


def checked_files(applied: AppliedRule, check: Check, files: Sequence[ChangedFile]) -> Iterator[str]:
    """Yield the changed files that a check is about. A reviewer's judgement is about those of the rule."""
    spec = check.spec
    if check.kind in (CheckKind.JUDGEMENT, CheckKind.FORGE, CheckKind.COMMIT):
        return
    wanted = (spec.config.file,) if spec.config else spec.files
    if check.kind is CheckKind.FILE and spec.file:
        wanted = (*(spec.files or ()), *(spec.file.absent or ())) or spec.file.exists
    is_about = applies(applied, check)
    narrow = bool(wanted) or _is_narrow(applied, check)
    for one in files if narrow else ():
        if one.deleted and check.kind not in (CheckKind.DIFF, CheckKind.FILE):
            continue
        inside = is_in(one.path, tuple(wanted)) if wanted else is_about(one.path)
        if inside and not (spec.ignore and is_in(one.path, tuple(spec.ignore))):
            yield one.path


def _is_narrow(applied: AppliedRule, check: Check) -> bool:
    """Return whether a check without `files` is about some files only."""
    scope = applied.rule.applies_to or Applicability()
    return bool(check.spec.ast_grep or scope.paths or scope.languages or scope.technologies)


@lru_cache(maxsize=256)
def _word(technologies: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<!\w){re.escape(one)}" for one in technologies), re.IGNORECASE)


def _names(changed: ChangedFile, technologies: tuple[str, ...]) -> bool:
    pattern = _word(technologies)
    return bool(pattern.search(changed.path)) or any(pattern.search(text[:1000]) for _, text in changed.added)
