"""Asks a model which further rules a change is about, so that the models which review are asked about them.

A model can only add rules: those that the changed lines select were reviewed before, whatever it answers.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import field
from typing import Any, Final

from codex.gateway.asking import Asking
from codex.gateway.question import Question
from codex.review.packet import BYTES_PER_TOKEN, MAX_LINE, file_row, short_rows
from codex.review.parts import chunks
from codex.review.ranking import ranked
from codex.review.review import Selection, is_judged
from codex.review.select import Relevant
from codex.workflow.model_review import Asked
from skills_build.checks.base import ChangedFile
from skills_build.counts import counted
from skills_build.frozen import dataclass

VERSION: Final = 1
"""The version of the prompt. Responses to earlier versions are not reused."""
MOST: Final = 20
"""Maximum number of rules that one response may select."""
MAX_QUESTIONS: Final = 4
"""Maximum number of questions about one change."""
_INSTRUCTIONS: Final = (
    "You prepare the review of a change. Each row of `rules` is the id and the sentence of a rule. Give the ids of"
    " those rules that a careful reviewer must have at hand for this change: an added line contains something that the"
    " rule is about, and either keeps or breaks the rule. Leave out a rule if only the language, the kind of file or"
    " the code around the lines fits it, and one that these lines cannot show. Most changes need 0 to 8 of these rules;"
    f" give at most {MOST}."
)
_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["rules"],
    "properties": {"rules": {"type": "array", "items": {"type": "string"}}},
}
_MAX_ENTRIES: Final = 20_000
_FORM: Final = 2500
"""Bytes of a question that are reserved for instructions and the response schema."""
_SHARE_OF_RULES: Final = 0.6
_SHARE_OF_LINES: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherRules:
    """The rules that models selected, by id, with the reason."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def ask_for_rules(asking: Asking, selected: Selection, asked: Asked) -> FurtherRules:
    """Ask which of the rules that are passed over a change is about; nothing without a model for `select`.

    Raises `GatewayError` only if an earlier answer is required and missing.
    """
    if not asking.may_ask("select"):
        return FurtherRules()
    others = ranked([one for one in selected.others if is_judged(one)], selected.rules, asked.change)
    room = max(asked.tokens * BYTES_PER_TOKEN - _FORM, 1000)
    selecting = _Selecting(asking, asked, int(room * _SHARE_OF_RULES))
    paths = {path for one in others for path in one.files}
    files = [one for one in asked.change.files if one.path in paths and one.added]
    for number, chunk in enumerate(chunks(files, int(room * _SHARE_OF_LINES))):
        if number == MAX_QUESTIONS:
            selecting.notes.append(f"no rules were selected for {chunk[0].path} and later lines")
            break
        selecting.add(chunk, others)
    return selecting.result()


class _Selecting:
    def __init__(self, asking: Asking, asked: Asked, room: int) -> None:
        self._asking, self._about, self._room = asking, asked, room
        self._reasons: dict[str, str] = {}
        self.notes: list[str] = []

    def add(self, chunk: Sequence[ChangedFile], others: Sequence[Relevant]) -> None:
        """Ask about the lines of some files."""
        paths = {one.path for one in chunk}
        about = [one for one in others if not paths.isdisjoint(one.files)]
        rows = short_rows(about, self._room)
        if not rows or not self._asking.may_ask("select"):
            return
        self._note_cuts(chunk, len(about) - len(rows))
        question = Question(
            task="select",
            version=VERSION,
            instructions=_INSTRUCTIONS,
            context={"codex": self._about.title, "rules": rows},
            data={"files": self._about.masking.rows([file_row(one) for one in chunk])},
            schema=_SCHEMA,
            listed="rules",
            most=_MAX_ENTRIES,
            rules=tuple(id_ for id_, _ in rows),
        )
        ids, model = self._asking.rows(question)
        self._read(ids, frozenset(question.rules), model)

    def result(self) -> FurtherRules:
        """Return what was selected."""
        return FurtherRules(reasons=self._reasons, notes=tuple(dict.fromkeys(self.notes)))

    def _note_cuts(self, chunk: Sequence[ChangedFile], unlisted: int) -> None:
        """Note the lines and the number of rules that a question does not show."""
        if unlisted:
            self.notes.append(f"{counted(unlisted, 'unlikely rule')} did not fit into the request for rule selection")
        for one in chunk:
            if any(len(text) > MAX_LINE for _, text in one.added):
                self.notes.append(f"{one.path}: for rule selection, lines were truncated after {MAX_LINE} characters")

    def _read(self, ids: Sequence[Any], offered: Set[str], model: str) -> None:
        known = list(dict.fromkeys(id_ for id_ in ids if isinstance(id_, str) and id_ in offered))
        wrong = len(ids) - len(known)
        if wrong:
            what = counted(wrong, "rule")
            self.notes.append(f"ignored {what} returned by model {model}: not offered, or returned twice")
        if len(known) > MOST:
            self.notes.append(f"model {model} selected {len(known):,} rules; only {MOST} were used")
        for id_ in known[:MOST]:
            self._reasons.setdefault(id_, f"model {model} selected it")
