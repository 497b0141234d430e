"""Tries each check on the examples of its rule: every Bad must be found, no Good may be, and no Good of another rule.

What an example is depends on the kind of the check (`Kind.examples`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from skills_build.checks.base import Evaluation, ExampleForm, Gap, Kind
from skills_build.checks.example_files import language_of
from skills_build.checks.registry import kind_of
from skills_build.frozen import dataclass
from skills_build.model.check import Check, Outcome
from skills_build.model.standard import Example, Rule, Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A problem of one check with one example. `other` is the rule whose example it is, if it is not its own."""

    check: Check
    outcome: Outcome
    example: Example | None = None
    other: Rule | None = None
    other_path: str = ""
    found: str = ""
    line: int = 0
    """The line of the page on which it was found."""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRule:
    """A rule with its valid checks and its standard."""

    rule: Rule
    standard: Standard
    checks: tuple[Check, ...]


def tried(rules: Sequence[CheckedRule]) -> Iterator[Trial]:
    """Try every check that a program decides without results of others."""
    examples = [(one.rule, one.standard, example) for one in rules for example in one.rule.examples]
    for one in rules:
        for check in one.checks:
            kind = kind_of(check.kind)
            form = kind.examples
            if form is None:
                continue
            missing = kind.missing()
            if missing:
                yield Trial(check=check, outcome=Outcome.NOT_TRIED, why=missing)
                continue
            yield from own_trials(check, one.rule.examples)
            if form.of_others:
                others = [(rule, standard, e) for rule, standard, e in examples if e.good and rule is not one.rule]
                yield from _other_trials(check, kind, form, one.rule, others)


def own_trials(check: Check, examples: Sequence[Example]) -> Iterator[Trial]:
    """Try a check on the examples of its rule. Without a trial, it has both kinds of example and is right on each."""
    kind = kind_of(check.kind)
    form = kind.examples
    if form is None:
        yield Trial(check=check, outcome=Outcome.NOT_TRIED, why=f"`{check.kind}` checks cannot be tested on examples")
        return
    fitting = [example for example in examples if form.fits(check.spec, example, True)]
    for good in (False, True):
        side = [example for example in fitting if example.good is good]
        if not side:
            name = "Good" if good else "Bad"
            yield Trial(check=check, outcome=Outcome.NO_EXAMPLE, why=f"no `{name}` example {form.expected(check.spec)}")
        for example in side[:1] if form.together else side:
            result = _evaluated(check, kind, form, side if form.together else [example])
            if result.gaps:
                yield Trial(check=check, outcome=Outcome.NOT_TRIED, example=example, why=result.gaps[0].why)
            elif not good and not result.matches:
                yield Trial(check=check, outcome=Outcome.MISSES_BAD, example=example)
            elif good and result.matches:
                yield _flagged(check, Outcome.FLAGS_GOOD, example, result)


def _other_trials(
    check: Check,
    kind: Kind,
    form: ExampleForm,
    own: Rule,
    examples: Sequence[tuple[Rule, Standard, Example]],
) -> Iterator[Trial]:
    languages = {language_of(example.language) for example in own.examples}
    for rule, standard, example in examples:
        if not example.path and language_of(example.language) not in languages:
            continue
        if not form.fits(check.spec, example, False):
            continue
        result = _evaluated(check, kind, form, [example])
        if result.matches:
            yield _flagged(check, Outcome.FLAGS_OTHER, example, result, rule=rule, path=standard.path)


def _flagged(
    check: Check, outcome: Outcome, example: Example, result: Evaluation, *, rule: Rule | None = None, path: str = ""
) -> Trial:
    match = result.matches[0]
    line = example.span.line + match.line if match.line else example.span.line
    return Trial(
        check=check, outcome=outcome, example=example, other=rule, other_path=path, found=match.text, line=line
    )


def _evaluated(check: Check, kind: Kind, form: ExampleForm, examples: Sequence[Example]) -> Evaluation:
    try:
        subject = form.subject(examples)
    except ValueError as error:
        return Evaluation(gaps=(Gap(path="", why=f"the example cannot be read: {error}"),))
    spec = replace(check.spec, files=None, ignore=None) if form.any_file else check.spec
    return kind.evaluate(spec, subject)
