"""The outcome of a sync for one repository."""

from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """All outcomes; code that handles one handles all."""

    SKIPPED = "skipped"
    OPTED_OUT = "opted-out"
    IN_SYNC = "in-sync"
    MERGED = "merged"
    OPENED = "opened"
    UPDATED = "updated"
    OPEN = "open"
    CLOSED = "closed-obsolete"
    DRIFT = "drift"
    DECLINED = "declined"
    HELD = "held"
    HUMAN_EDITED = "human-edited"
    NEEDS_HUMAN = "needs-human"
    QUEUED = "queued"
    CONFLICT = "conflict"
    RACED = "raced"
    FAILED = "failed"


FAILURES: Final = frozenset({Outcome.CONFLICT, Outcome.RACED, Outcome.FAILED})
"""Outcomes that make a run end with exit code 1."""
WAITING: Final = frozenset({Outcome.OPENED, Outcome.UPDATED, Outcome.OPEN})
"""Outcomes of a merge request that waits to be merged."""
