"""The outcomes of a sync, grouped for readers. Each group has a symbol, so that no colour is needed."""

from typing import Final

from codex.sync.outcome import FAILURES, WAITING, Outcome
from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Outcomes that mean the same to a reader."""

    key: str
    title: str
    symbol: str
    outcomes: frozenset[str] = frozenset()


CURRENT: Final = Group(
    key="current",
    title="up to date",
    symbol="\N{CHECK MARK}",
    outcomes=frozenset({Outcome.IN_SYNC, Outcome.MERGED, Outcome.CLOSED}),
)
OPEN: Final = Group(key="open", title="open merge request", symbol="\N{BLACK CIRCLE}", outcomes=frozenset(WAITING))
ATTENTION: Final = Group(
    key="attention",
    title="needs a person",
    symbol="\N{BLACK UP-POINTING TRIANGLE}",
    outcomes=frozenset({Outcome.HELD, Outcome.HUMAN_EDITED, Outcome.NEEDS_HUMAN, Outcome.DRIFT}),
)
DECLINED: Final = Group(
    key="declined", title="declined", symbol="\N{MULTIPLICATION SIGN}", outcomes=frozenset({Outcome.DECLINED})
)
FAILED: Final = Group(key="failed", title="failed", symbol="!", outcomes=frozenset(FAILURES))
QUEUED: Final = Group(
    key="queued", title="queued", symbol="\N{HORIZONTAL ELLIPSIS}", outcomes=frozenset({Outcome.QUEUED})
)
ASIDE: Final = Group(
    key="aside",
    title="not taking part",
    symbol="\N{EN DASH}",
    outcomes=frozenset({Outcome.SKIPPED, Outcome.OPTED_OUT}),
)
UNKNOWN: Final = Group(key="unknown", title="not evaluated yet", symbol="?")
GROUPS: Final = (CURRENT, OPEN, ATTENTION, DECLINED, FAILED, QUEUED, ASIDE, UNKNOWN)
"""All groups, in the order in which a page shows them."""
_OF: Final = {outcome: group for group in GROUPS for outcome in group.outcomes}


def group_of(outcome: str) -> Group:
    """Return the group of an outcome; an empty one is not evaluated yet."""
    return _OF.get(outcome, UNKNOWN)
