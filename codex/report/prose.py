"""What the reports of `codexc distill` and `codexc propose --from` have in common."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from codex.distill.sentences import Demand

_SHOWN: Final = 20
Item = TypeVar("Item")


def as_page(lines: Iterable[str], notes: Sequence[str], *, models: bool) -> str:
    """Return the lines of a report, then notes on the models."""
    unused = "note: no model was used, so rules keep the wording of the document; pass --gateway to shorten them"
    last = () if models else (unused,)
    return "".join(f"{line}\n" for line in (*lines, *(f"note: {note}" for note in notes), *last))


def first_of(items: Sequence[Item], what: str, line: Callable[[Item], str]) -> Iterator[str]:
    """Yield a line for each of the first items; `what` says what happened to all of them."""
    for item in items[:_SHOWN]:
        yield f"  {line(item)}"
    if len(items) > _SHOWN:
        yield f"  and {len(items) - _SHOWN:,} more {what}; to list all, use `--format json`"


def without_response(demands: Sequence[Demand]) -> Iterator[str]:
    """Yield a line for each of the first sentences for which no model gave a response."""
    yield from first_of(
        demands,
        "have no response",
        lambda one: f"no response for sentence {one.number} (line {one.span.line}): its wording is unchanged",
    )
