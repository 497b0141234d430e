"""The trials of all checks of a codex, computed once for all lints of a run."""

from functools import lru_cache

from skills_build.checks.examples import CheckedRule, Trial, tried
from skills_build.checks.read import read_checks
from skills_build.frozen import dataclass
from skills_build.model.check import Check
from skills_build.model.codex import Codex
from skills_build.model.standard import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCodex:
    """The rules of a codex that have a `check` block, with their valid checks, and the trials of those."""

    rules: tuple[CheckedRule, ...]
    trials: tuple[Trial, ...]


@lru_cache(maxsize=2)
def checked_codex(codex: Codex, schema: str, only: frozenset[str] = frozenset()) -> CheckedCodex:
    """Read and try the checks of a codex, or of the standards in these files, on the examples of all rules.

    Drafts are tried too: their authors are at work on them.
    """
    if not any(rule.checks for standard in codex.standards for rule in standard.rules):
        return CheckedCodex(rules=(), trials=())
    rules = [
        CheckedRule(rule=rule, standard=standard, checks=_checks(rule, schema, standard.path, only))
        for standard in codex.standards
        for rule in standard.rules
    ]
    return CheckedCodex(rules=tuple(one for one in rules if one.rule.checks), trials=tuple(tried(rules)))


def _checks(rule: Rule, schema: str, path: str, only: frozenset[str]) -> tuple[Check, ...]:
    return () if only and path not in only else read_checks(rule, schema, path).checks
