"""The trials of all checks of a codex, computed once for all lints of a run."""

from functools import lru_cache

from skills_build.checks.examples import CheckedRule, Trial, tried
from skills_build.checks.read import read_checks
from skills_build.frozen import dataclass
from skills_build.model.codex import Codex


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCodex:
    """The rules of a codex that have a `check` block, with their valid checks, and the trials of those."""

    rules: tuple[CheckedRule, ...]
    trials: tuple[Trial, ...]


@lru_cache(maxsize=2)
def checked_codex(codex: Codex, schema: str) -> CheckedCodex:
    """Read and try the checks of a codex. Drafts are tried too: their authors are at work on them."""
    if not any(rule.checks for standard in codex.standards for rule in standard.rules):
        return CheckedCodex(rules=(), trials=())
    rules = [
        CheckedRule(rule=rule, standard=standard, checks=read_checks(rule, schema, standard.path).checks)
        for standard in codex.standards
        for rule in standard.rules
    ]
    return CheckedCodex(rules=tuple(one for one in rules if one.rule.checks), trials=tuple(tried(rules)))
