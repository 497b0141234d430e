"""The kind `forge`: a setting that a repository must have on its forge."""

from collections.abc import Iterator
from typing import Final

from skills_build.checks.base import Evaluation, Fault, Gap, Kind, Match, Subject
from skills_build.checks.predicates import predicate_faults, problem
from skills_build.model.check import CheckKind, CheckSpec


def validate(spec: CheckSpec) -> Iterator[Fault]:
    """Yield what is wrong with the predicate."""
    assert spec.forge is not None
    yield from predicate_faults(spec.forge, "forge")


def evaluate(spec: CheckSpec, subject: Subject) -> Evaluation:
    """Compare a setting."""
    check = spec.forge
    assert check is not None
    if subject.settings is None:
        return Evaluation(gaps=(Gap(path="", why="the settings on the forge were not read"),))
    wrong = problem(check, check.setting, subject.settings)
    found = (Match(path="", text=wrong[1]),) if wrong else ()
    return Evaluation(matches=found, looked=(check.setting,))


KIND: Final = Kind(
    kind=CheckKind.FORGE,
    summary="a setting that a repository must have on its forge",
    validate=validate,
    evaluate=evaluate,
)
