"""Asks models to shorten the demands of a document, in groups, and keeps only verified results."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from codex.distill.compaction import ANSWER_SCHEMA, INSTRUCTIONS, Compaction, Refusal, verified
from codex.distill.compare import nearest_rules
from codex.distill.sentences import Demand
from codex.gateway.asking import Asking
from codex.gateway.gateway import Gateway
from codex.gateway.question import Question
from skills_build.model.codex import Codex

VERSION: Final = 1
"""The version of the prompt. Responses to earlier versions are not reused."""
BYTES_PER_TOKEN: Final = 4
MAX_EXISTING: Final = 20
"""Maximum number of existing rules that a model is shown with a group of requirements."""
MAX_ROWS: Final = 2000


class Shortening:
    """The questions of a run, and their results. `tokens` is the size of a question."""

    def __init__(self, gateway: Gateway, tokens: int) -> None:
        self._asking = Asking(gateway)
        self._size = tokens * BYTES_PER_TOKEN // 2

    def shorten(
        self, source: str, demands: Sequence[Demand], codex: Codex
    ) -> tuple[Mapping[int, Compaction], tuple[Refusal, ...]]:
        """Return the verified compactions, and what was rejected. Raises `GatewayError` for a missing answer in a
        frozen run.
        """
        found: dict[int, Compaction] = {}
        refused: list[Refusal] = []
        for group in _groups(demands, self._size):
            existing = {rule.id: rule.statement for rule in nearest_rules(codex, _texts(group), most=MAX_EXISTING)}
            rows, _ = self._asking.rows(_question(source, group, existing))
            good, bad = verified(rows, {one.number: one for one in group}, frozenset(existing))
            found |= good
            refused += bad
        return found, tuple(refused)

    def notes(self) -> Iterator[str]:
        """Return which models answered, and what went wrong."""
        return self._asking.notes()


def _texts(demands: Sequence[Demand]) -> list[str]:
    return [demand.quote for demand in demands]


def _question(source: str, demands: Sequence[Demand], existing: Mapping[str, str]) -> Question:
    return Question(
        task="distill",
        version=VERSION,
        instructions=INSTRUCTIONS,
        context={"existing_rules": [{"id": id_, "text": text} for id_, text in existing.items()]},
        data={"document": source, "sentences": [_row(demand) for demand in demands]},
        schema=ANSWER_SCHEMA,
        listed="rules",
        most=MAX_ROWS,
        rules=(),
    )


def _row(demand: Demand) -> Mapping[str, Any]:
    section = " > ".join(demand.section)
    return {"number": demand.number, "section": section, "text": demand.quote, "paragraph": demand.paragraph}


def _groups(demands: Sequence[Demand], size: int) -> Iterator[list[Demand]]:
    group: list[Demand] = []
    left = size
    for demand in demands:
        needed = len(json.dumps(_row(demand)))
        if group and needed > left:
            yield group
            group, left = [], size
        group.append(demand)
        left -= needed
    if group:
        yield group
