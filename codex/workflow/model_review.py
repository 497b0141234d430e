"""Asks models about the rules that no program decides, part by part, and verifies every answer.

A verdict that the change does not support is rejected and counted. Missing answers are reported; they make the review
inconclusive only if the rule lets a reviewer block.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from codex.gateway.asking import Asking
from codex.gateway.question import Question
from codex.review.change import Change
from codex.review.findings import reason_not_to_block
from codex.review.masking import Masking
from codex.review.model import ReviewFinding
from codex.review.packet import packet
from codex.review.parts import Part, parts
from codex.review.select import Relevant
from codex.review.verdicts import ANSWER_SCHEMA, MAX_VERDICTS, MODEL, Verified, notes_on, verified
from skills_build.counts import counted
from skills_build.frozen import dataclass
from skills_build.model.check import CheckKind

VERSION: Final = 1
"""The version of the prompt. Responses to earlier versions are not reused."""
_INSTRUCTIONS: Final = (
    "You review a change against rules. The rules below are the only ones. For each rule and each of its `files`, give"
    " one verdict: `violated` with the number of an added line and a quote of that line, copied exactly; `followed`; or"
    " `not-applicable`. Report a violation only if the added lines show it. Give one verdict for each place of a"
    " violation, and a reason in one sentence."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What models are asked about: a change, by a codex, as of a day, in questions of at most this many tokens."""

    change: Change
    masking: Masking
    """The lines of the change, as models are shown them."""
    title: str
    day: str
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVerdicts:
    """What the models found. `complete`: nothing is missing that could block. `whole`: nothing is missing at all."""

    findings: tuple[ReviewFinding, ...]
    complete: bool
    whole: bool
    notes: tuple[str, ...]


class ModelReview:
    """Asks for verdicts on a change, and verifies them."""

    def __init__(self, asking: Asking, asked: Asked) -> None:
        self._asking = asking
        self._about = asked
        self._by_id: dict[str, Relevant] = {}
        self._results: list[Verified] = []
        self._cuts: list[str] = []

    def ask(self, relevant: Sequence[Relevant]) -> None:
        """Ask about some rules. Raises `GatewayError` only if an earlier answer is required and missing."""
        self._by_id |= {one.applied.rule.id: one for one in relevant}
        for part in parts(relevant, self._about.change, tokens=self._about.tokens):
            self._add(part)

    def result(self) -> ModelVerdicts:
        """Return what counts, and what does not."""
        findings = {one.fingerprint: one for result in self._results for one in result.findings}
        refused = tuple(one for result in self._results for one in result.refused)
        whole = Verified(
            findings=tuple(findings.values()),
            refused=refused,
            missing=tuple(dict.fromkeys(pair for result in self._results for pair in result.missing)),
        )
        complete = not any(_may_block(self._by_id[rule], self._about.day) for rule, _ in whole.missing)
        total = (f"{counted(len(refused), 'verdict')} refused",) if refused else ()
        return ModelVerdicts(
            findings=whole.findings,
            complete=complete,
            whole=not whole.missing,
            notes=(*self._cuts, *total, *notes_on(whole)),
        )

    def _add(self, part: Part) -> None:
        verdicts, model = self._asking.rows(self._question(part))
        result = verified(verdicts, part.relevant, part.change, self._about.day)
        findings = tuple(replace(finding, by=f"{MODEL}{model}") for finding in result.findings)
        self._results.append(replace(result, findings=findings))

    def _question(self, part: Part) -> Question:
        title = self._about.title
        data = packet(part.relevant, part.change, title=title, tokens=self._about.tokens)
        cuts = (f"not shown to the model: {cut}" for cut in data["cuts"] if not cut.startswith("examples"))
        self._cuts += [cut for cut in cuts if cut not in self._cuts]
        return Question(
            task="review",
            version=VERSION,
            instructions=_INSTRUCTIONS,
            context={"codex": title, "rules": data["rules"]},
            data={"files": self._about.masking.rows(data["files"]), "cuts": data["cuts"]},
            schema=ANSWER_SCHEMA,
            listed="verdicts",
            most=MAX_VERDICTS,
            rules=tuple(row["id"] for row in data["rules"]),
        )


def _may_block(relevant: Relevant, day: str) -> bool:
    checks = (one for one in relevant.applied.checks if one.kind is CheckKind.JUDGEMENT)
    return any(not reason_not_to_block(relevant.applied, check, day) for check in checks)
