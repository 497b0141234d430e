"""Turns the trials of checks into findings. One lint per outcome reports them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from skills_build.diagnostics import Finding, Note, Span
from skills_build.lint.base import Context
from skills_build.model.check import Outcome
from skills_build.model.codex import Codex
from skills_build.model.standard import CheckBlock

if TYPE_CHECKING:
    from skills_build.checks.examples import CheckedRule, Trial


def trial_findings(codex: Codex, context: Context, code: str, outcome: Outcome) -> Iterator[Finding]:
    """Yield a finding with this code for each trial with this outcome, at the block of the check."""
    if not any(rule.checks for standard in codex.standards for rule in standard.rules):
        return
    from skills_build.checks.trials import checked_codex

    checked = checked_codex(codex, context.check_schema, context.only)
    by_id = {one.rule.id: one for one in checked.rules}
    for trial in checked.trials:
        if trial.outcome is outcome:
            yield trial_finding(trial, by_id[trial.check.id], code)


def trial_finding(trial: "Trial", owner: "CheckedRule", code: str) -> Finding:
    """Return the finding of a trial."""
    block = owner.rule.checks[trial.check.number - 1]
    message, help_ = _words(trial)
    return Finding(
        code=code,
        message=message,
        path=owner.standard.path,
        span=_first_line(block),
        notes=tuple(_notes(trial, owner)),
        help=help_,
    )


def _first_line(block: CheckBlock) -> Span:
    line = block.span.line + 1
    text = block.text.split("\n", 1)[0]
    return Span(line, block.column, line, block.column + max(len(text.rstrip()), 1))


def _words(trial: "Trial") -> tuple[str, str]:
    name = f"the {trial.check.name} of `{trial.check.id}`"
    if trial.outcome is Outcome.MISSES_BAD:
        from skills_build.checks.ast_grep import broken_pattern

        grep = trial.check.spec.ast_grep
        if grep is not None and broken_pattern(grep):
            return (
                f"{name} finds nothing in its Bad example",
                f"`pattern` is not valid {grep.language}, so it matches nothing",
            )
        return f"{name} finds nothing in its Bad example", "correct the check or the example"
    if trial.outcome is Outcome.FLAGS_GOOD:
        return f"{name} finds `{trial.found}` in its Good example", "narrow the check, or correct the example"
    if trial.outcome is Outcome.FLAGS_OTHER and trial.other:
        message = f"{name} finds `{trial.found}` in the Good example of `{trial.other.id}`"
        return message, "narrow the check with `unless`, `files` or `ignore`, or correct the example"
    if trial.outcome is Outcome.NO_EXAMPLE:
        return f"{name} has {trial.why.strip()}, so it never blocks", "add the example below `**Bad:**` or `**Good:**`"
    return f"{name} was not tested: {trial.why}", "fix the cause, or accept that the check is not tested"


def _notes(trial: "Trial", owner: "CheckedRule") -> Iterator[Note]:
    if trial.example is None:
        return
    line = trial.line or trial.example.span.line
    words = {Outcome.MISSES_BAD: "no match is found here", Outcome.NOT_TRIED: "the example"}
    path = trial.other_path or owner.standard.path
    yield Note(message=words.get(trial.outcome, "found here"), path=path, span=Span(line, 1, line, 1))
