"""Sums up a ledger of usage: by team, task, model or rule."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from codex.gateway.ledger import UsageRow
from skills_build.frozen import dataclass

NONE: Final = "(none)"


@dataclass(slots=True, kw_only=True)
class Cost:
    """The usage of a team, task, model or rule. `cost` is in millionths of `currency`.

    `unpriced` are the requests to models without a price. What a question about several rules used is divided among
    them; `requests` counts it for each.
    """

    name: str
    currency: str
    requests: int = 0
    answered: int = 0
    refused: int = 0
    failed: int = 0
    cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    unpriced: int = 0


_KEYS: Final[Mapping[str, Callable[[UsageRow], Sequence[str]]]] = {
    "team": lambda row: (row.team or NONE,),
    "task": lambda row: (row.task,),
    "model": lambda row: (row.model,),
    "rule": lambda row: row.rules or (NONE,),
}
KEYS: Final = tuple(_KEYS)


def costs(rows: Iterable[UsageRow], by: str) -> tuple[Cost, ...]:
    """Return the usage by one of `KEYS`, the most expensive first."""
    found: dict[tuple[str, str], Cost] = {}
    for row in rows:
        names = _KEYS[by](row)
        for name, (first, last, cost) in zip(names, _shares(row, len(names)), strict=True):
            total = found.setdefault((name, row.currency), Cost(name=name, currency=row.currency))
            _add(total, row)
            total.input_tokens += first
            total.output_tokens += last
            total.cost += cost
    return tuple(sorted(found.values(), key=lambda one: (-one.cost, -one.input_tokens, one.name, one.currency)))


def _add(total: Cost, row: UsageRow) -> None:
    total.requests += row.outcome != "cached"
    total.answered += row.outcome == "answered"
    total.refused += row.outcome == "refused"
    total.failed += row.outcome == "failed"
    total.cached += row.outcome == "cached"
    total.unpriced += row.cost is None and row.outcome != "cached"


def _shares(row: UsageRow, count: int) -> Iterator[tuple[int, int, int]]:
    """Divide the usage of a row into whole numbers whose sum is the usage."""
    amounts = (row.input_tokens, row.output_tokens, row.cost or 0)
    for number in range(count):
        first, last, cost = (amount // count + (number < amount % count) for amount in amounts)
        yield first, last, cost
