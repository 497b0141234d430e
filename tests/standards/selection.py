"""Changes whose wanted rules were marked by hand, and what the starter codex selects for them.

The changes are written for this purpose, after the kinds of change that are common in public repositories. Two
reviewers marked them without knowing what is selected: a rule that both marked is wanted, and one that only one of
them marked is useful, which is no mistake either way.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from codex.audit.applied_rule import AppliedRule, applied_rules
from codex.review.change import Change, reviewed
from codex.review.select import Relevant, relevant_rules
from codex.shell.folder import read_folder
from skills_build.checks.base import ChangedFile
from skills_build.checks.patch import parse_patch
from skills_build.emit.committed import completed
from skills_build.frozen import dataclass
from skills_build.release.loaded_bundle import load_bundle
from skills_build.release.rules_file import installed_standards
from tests.support.data import ROOT

CHANGES: Final = ROOT / "tests" / "standards" / "changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The rules of one change: wanted and selected, selected though no reviewer marked them, and only wanted."""

    part: str
    name: str
    both: tuple[str, ...]
    more: tuple[str, ...]
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What both reviewers marked, and what one of them did."""

    wanted: frozenset[str]
    useful: frozenset[str]


@cache
def rules() -> tuple[AppliedRule, ...]:
    """Return all rules of the starter codex, as they are installed."""
    return tuple(applied_rules(installed_standards(load_bundle(completed(read_folder(ROOT / "dist", most=10**9))))))


@cache
def wanted() -> dict[str, dict[str, Marks]]:
    """Return the marked rules of each change, by part of the set."""
    parts = json.loads((CHANGES / "wanted.json").read_text())
    return {
        part: {
            name: Marks(wanted=frozenset(row["wanted"]), useful=frozenset(row["useful"])) for name, row in rows.items()
        }
        for part, rows in parts.items()
    }


def change(*names: str) -> Change:
    """Return these changes as one."""
    patch = parse_patch("".join((CHANGES / f"{name}.patch").read_text() for name in names))
    assert not patch.faults
    return reviewed(patch.files, patch.commits, patch.binary, ())


def selected(*names: str) -> tuple[Relevant, ...]:
    """Return the rules that these changes select."""
    one = change(*names)
    return tuple(row for row in relevant_rules(rules(), one.files, one.commits, one.left_out) if row.matched)


def is_selected(id_: str, path: str, *, added: Sequence[str], removed: Sequence[str]) -> bool:
    """Return whether a change of these lines of a file selects a rule."""
    applied = next(one for one in rules() if one.rule.id == id_)
    file = ChangedFile(path=path, old=path, added=tuple(enumerate(added, start=7)), removed=tuple(removed))
    return any(one.matched for one in relevant_rules([applied], [file]))


def scores() -> Iterator[Score]:
    """Yield the score of each change."""
    for part, marks in wanted().items():
        for name, row in marks.items():
            found = [relevant.applied.rule.id for relevant in selected(name)]
            yield Score(
                part=part,
                name=name,
                both=tuple(id_ for id_ in found if id_ in row.wanted),
                more=tuple(id_ for id_ in found if id_ not in row.wanted | row.useful),
                missed=tuple(sorted(row.wanted - set(found))),
            )
