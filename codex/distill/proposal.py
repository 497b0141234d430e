"""The rules that are drafted from the review of an incident, and what was left out."""

from codex.distill.compaction import Refusal
from codex.distill.compare import Relation
from codex.distill.page import DraftRule
from codex.distill.sentences import Demand, Reading
from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedRule:
    """A draft rule for the standard at `path`. `words` are those for which this standard was chosen.

    `others` are the ids of other standards that fit.
    """

    rule: DraftRule
    path: str
    standard: str
    words: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    """Existing rules with the most words in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedStandard:
    """A standard before and after, as bytes; `path` is relative to the codex."""

    path: str
    old: bytes
    new: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The result for a document. `source` is how it is cited, `origin` the origin that the rules state.

    `covered` has the number of each demand that already exists, `contradictions` of each that may contradict a rule;
    neither is drafted. No standard fits the `unplaced` ones.
    """

    source: str
    origin: str
    reading: Reading
    rules: tuple[ProposedRule, ...]
    covered: tuple[Relation, ...]
    contradictions: tuple[Relation, ...]
    unplaced: tuple[DraftRule, ...]
    refused: tuple[Refusal, ...]
    unanswered: tuple[Demand, ...] = ()
    """The demands for which a model was asked, and gave no response."""
    changes: tuple[ChangedStandard, ...]
    notes: tuple[str, ...] = ()
