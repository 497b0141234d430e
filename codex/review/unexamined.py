"""Finds out which findings a review cannot have found, because it did not ask what finds them.

The thread of such a finding must not be closed as fixed: the line may still be there as it was.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from codex.audit.applied_rule import AppliedRule
from codex.audit.model import Evidence
from codex.review.change import Change, earlier_names
from codex.review.findings import AddedLines
from codex.review.model import Review
from codex.review.verdicts import REVIEWER, judged_fingerprint, spaced
from skills_build import inert
from skills_build.model.check import CheckKind

_REPEATED: Final = 3
"""Maximum number of findings of one linter check on one line that are recognised."""


def unexamined(review: Review, rules: Sequence[AppliedRule], change: Change, texts: Iterable[str]) -> frozenset[str]:
    """Return the fingerprints that findings on added lines have if no one asked in a review would find them.

    Only the rules that are named in `texts`, which are those of threads, are considered.
    """
    named = "\n".join(texts)
    about = [one for one in rules if inert.code(one.rule.id) in named]
    return frozenset(
        print_ for one in about for print_ in (*_judged(review, one, change), *_linted(review, one, change))
    )


def _judged(review: Review, applied: AppliedRule, change: Change) -> Iterator[str]:
    """Yield the fingerprints of what a reviewer may find in files that none was asked about."""
    asked = {path for one in review.rules if one.id == applied.rule.id for path in one.files}
    seen = asked if REVIEWER in review.asked else frozenset[str]()
    names = earlier_names(change)
    for file in change.files:
        if file.path not in seen:
            name = names.get(file.path, file.path)
            yield from (judged_fingerprint(applied, name, spaced(text)) for _, text in file.added)


def _linted(review: Review, applied: AppliedRule, change: Change) -> Iterator[str]:
    """Yield the fingerprints of what linters may find whose results were not read."""
    linters = (check for check in applied.checks if check.kind is CheckKind.LINTER)
    for check in (one for one in linters if one.spec.linter not in review.asked):
        lines = AddedLines(change)
        for file in change.files:
            for number, _ in file.added:
                place = Evidence(path=file.path, line=number, by=check.name)
                yield from (lines.fingerprint(applied, check.name, place) for _ in range(_REPEATED))
