"""The kind `linter`: rules of a linter that the repository runs itself. Its results are read, it is never run."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.checks.base import Evaluation, Fault, Gap, Kind, Subject
from skills_build.checks.linters import LINTERS, Linter
from skills_build.model.check import CheckKind, CheckSpec
from skills_build.source.similar import nearest


def validate(spec: CheckSpec) -> Iterator[Fault]:
    """Yield a fault for a linter without rules."""
    if not spec.rules:
        yield Fault(
            key=("linter",), message="`rules` is missing", help="list the linter's rules, such as `rules: [B006]`"
        )


def unknown_rules(spec: CheckSpec) -> Iterator[Fault]:
    """Yield a fault for a linter without a table, and for each rule that is not in the table of its linter."""
    linter = LINTERS.get(spec.linter or "")
    if linter is None:
        near = nearest(spec.linter or "", tuple(LINTERS))
        known = f"did you mean `{near}`?" if near else f"known linters: {', '.join(LINTERS)}"
        yield Fault(key=("linter",), message=f"unknown linter `{spec.linter}`", help=known)
        return
    for number, rule in enumerate(spec.rules or ()):
        if not has_rule(linter, rule):
            near = nearest(rule, linter.rules) if linter.rules else None
            version = f" {linter.version}" if linter.version else ""
            yield Fault(
                key=("rules", number),
                message=f"{linter.name}{version} has no rule `{rule}`",
                help=f"did you mean `{near}`?" if near else linter.url,
            )


def has_rule(linter: Linter, rule: str) -> bool:
    """Return whether a linter has a rule, or rules with this prefix if it selects by prefix."""
    if not linter.rules:
        return re.fullmatch(linter.form, rule) is not None
    if rule in linter.rules:
        return True
    return linter.prefixes and any(one.startswith(rule) and not one[len(rule) :].isalpha() for one in linter.rules)


def covers(selector: str, rule: str) -> bool:
    """Return whether a rule in a check is this rule of its linter, or a prefix of it such as `DTZ`."""
    return rule == selector or (rule.startswith(selector) and rule[len(selector) :].isdigit())


def evaluate(spec: CheckSpec, subject: Subject) -> Evaluation:
    """Report that nothing is known: the results of a linter come from `--results`."""
    return Evaluation(gaps=(Gap(path="", why=f"no results from {spec.linter} were passed"),))


KIND: Final = Kind(
    kind=CheckKind.LINTER,
    summary="linter rules, checked from the linter's results",
    validate=validate,
    evaluate=evaluate,
    examples=None,
)
