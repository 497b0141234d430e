"""The kind `judgement`: no program decides, a reviewer does."""

from collections.abc import Iterator
from typing import Final

from skills_build.checks.base import Evaluation, Fault, Gap, Kind, Subject
from skills_build.model.check import CheckKind, CheckSpec


def validate(spec: CheckSpec) -> Iterator[Fault]:
    """Yield a fault for `judgement: false`, and for one without a value."""
    if spec.judgement is False:
        message = "`judgement` must be `true` or a question"
        yield Fault(key=("judgement",), message=message, help="write `judgement: true`, or a question for the reviewer")


def evaluate(spec: CheckSpec, subject: Subject) -> Evaluation:
    """Report that a reviewer decides."""
    return Evaluation(gaps=(Gap(path="", why="a reviewer decides"),))


KIND: Final = Kind(
    kind=CheckKind.JUDGEMENT,
    summary="no automated check: a reviewer decides",
    validate=validate,
    evaluate=evaluate,
    examples=None,
)
