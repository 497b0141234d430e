"""What a file contains besides rules: mentions of ids, suppressions of lints, and texts that look like rules."""

from skills_build.diagnostics import Span
from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An id in the prose of a file that is not the mark of a rule there."""

    id: str
    span: Span
    written: str = ""
    """The text itself if it is spelled in another way: `SVC_1`, `svc-1`."""
    last: str = ""
    """The last id, if the text stands for several: `SVC-1..SVC-4`."""
    listed: bool = False
    """Whether only the first and the last are meant: `SVC-1/2`."""
    past: bool = False
    """Whether the text around it says what was in force or was replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """`<!-- codexc: allow NAME: reason -->`: silences the named lints on lines `first` to `last`."""

    lints: tuple[str, ...]
    reason: str
    span: Span
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A text that looks like a rule but is not read as one.

    `id` is the id that it gives itself, as written; `{id}` in `help` stands for the id to type. If it `cites`, it is
    none where a rule has that id, unless it also looks like a rule without an id: `without_id` is the message for that.
    If it is `set_apart`, the id marks the text even where no standard has its prefix: `REQ-1: Services MUST ...`.
    """

    code: str
    message: str
    span: Span
    help: str
    id: str = ""
    cites: bool = False
    set_apart: bool = False
    without_id: str = ""
