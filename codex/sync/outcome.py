"""What happened to one repository in a sync."""

from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """All that can happen; whoever handles one handles all."""

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
"""What makes a run end with exit code 1: something that should have been done was not."""
WAITING: Final = frozenset({Outcome.OPENED, Outcome.UPDATED, Outcome.OPEN})
"""What a request that waits to be merged went through last."""
