"""Tries checks of the kind `linter` on the examples of their rules, with the linters that are installed here."""

import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence

from codex.audit.results.registry import read_results
from codex.shell.linters import PROGRAMS, program_path, run_linter
from skills_build.checks.example_files import language_of
from skills_build.checks.examples import CheckedRule, Trial
from skills_build.checks.linter import covers
from skills_build.checks.trials import checked_codex
from skills_build.diagnostics import Finding
from skills_build.errors import CodexError
from skills_build.lint.check_findings import trial_finding
from skills_build.model.check import Check, Outcome
from skills_build.model.codex import Codex
from skills_build.model.standard import Example
from skills_build.numbers import whole_number

_CODES = {Outcome.MISSES_BAD: "CX802", Outcome.FLAGS_GOOD: "CX803", Outcome.NOT_TRIED: "CX808"}


def linter_trials(codex: Codex, schema: str) -> Iterator[Finding]:
    """Yield a finding for each linter check that misses its Bad, finds its Good, or was not tried."""
    by_linter: dict[str, list[tuple[CheckedRule, Check]]] = defaultdict(list)
    for one in checked_codex(codex, schema).rules:
        for check in one.checks:
            if check.spec.linter:
                by_linter[check.spec.linter].append((one, check))
    for name, pairs in sorted(by_linter.items()):
        yield from _of_linter(name, pairs)


def _of_linter(name: str, pairs: Sequence[tuple[CheckedRule, Check]]) -> Iterator[Finding]:
    path = program_path(name) if name in PROGRAMS else None
    if path is None:
        why = f"{name} is not installed" if name in PROGRAMS else f"codexc cannot run {name}"
        yield from (_finding(one, Trial(check=c, outcome=Outcome.NOT_TRIED, why=why)) for one, c in pairs)
        return
    rows = [(one, check, example) for one, check in pairs for example in one.rule.examples if _fits(name, example)]
    for one, check in pairs:
        if _is_untried(name, one.rule.examples):
            yield _finding(one, Trial(check=check, outcome=Outcome.NOT_TRIED, why=_unreadable(name)))
    if not rows:
        return
    rules = tuple(dict.fromkeys(rule for _, check in pairs for rule in check.spec.rules or ()))
    try:
        printed = run_linter(name, path, rules, [_start(name, example) + example.code for _, _, example in rows])
        results = read_results(name, printed, name=name)
    except (CodexError, OSError, subprocess.TimeoutExpired) as error:
        why = f"{name} could not be run: {error}"
        yield from (_finding(one, Trial(check=c, outcome=Outcome.NOT_TRIED, why=why)) for one, c in pairs)
        return
    found: dict[int, set[str]] = defaultdict(set)
    lines: dict[tuple[int, str], int] = {}
    for finding in results.findings:
        number = _number(finding.path, len(rows))
        found[number].add(finding.rule)
        lines.setdefault((number, finding.rule), finding.line)
    for number, (one, check, example) in enumerate(rows):
        hit = next((f for f in sorted(found[number]) if any(covers(r, f) for r in check.spec.rules or ())), None)
        if hit is None and not example.good:
            yield _finding(one, Trial(check=check, outcome=Outcome.MISSES_BAD, example=example))
        elif hit is not None and example.good:
            line = example.span.line + lines[number, hit] - _start(name, example).count("\n")
            yield _finding(one, Trial(check=check, outcome=Outcome.FLAGS_GOOD, example=example, found=hit, line=line))


def _number(path: str, count: int) -> int:
    """Return the number of the text that a path means: the folder of `run_linter`, of a relative or absolute path."""
    numbers = (whole_number(part) for part in path.replace("\\", "/").split("/"))
    known = [number for number in numbers if number is not None and number < count]
    return known[-1] if known else -1


def _fits(name: str, example: Example) -> bool:
    row = PROGRAMS[name]
    return language_of(example.language) in row.languages and (bool(row.start) or row.needs in example.code)


def _start(name: str, example: Example) -> str:
    """Return the text that makes a fragment a whole file."""
    row = PROGRAMS[name]
    return "" if row.needs in example.code else row.start


def _is_untried(name: str, examples: Sequence[Example]) -> bool:
    """Return whether a linter can read none of the Bad examples of a rule, or no example at all."""
    bad = [example for example in examples if not example.good]
    return not any(_fits(name, example) for example in bad or examples)


def _unreadable(name: str) -> str:
    row = PROGRAMS[name]
    whole = f" with `{row.needs.strip()}`" if row.needs and not row.start else ""
    return f"the rule has no Bad example in {' or '.join(sorted(row.languages))}{whole} that {name} can read"


def _finding(owner: CheckedRule, trial: Trial) -> Finding:
    return trial_finding(trial, owner, _CODES[trial.outcome])
