"""The examples of an installed rule, and whether its checks are correct for them.

What reads Markdown is imported when the first rule is assessed: the audit of an unchanged fleet does not need it.
"""

from functools import lru_cache

from codex.audit.applied_rule import AppliedRule
from skills_build.model.check import Check


def good_example(applied: AppliedRule) -> str | None:
    """Return the code of the first Good example of a rule."""
    return _good_example(applied.rule.body or "")


@lru_cache(maxsize=4096)
def _good_example(body: str) -> str | None:
    from skills_build.checks.body_examples import examples_of

    return next((one.code.rstrip("\n") for one in examples_of(body) if one.good), None)


@lru_cache(maxsize=4096)
def _is_green(check: Check, body: str) -> bool:
    from skills_build.checks.body_examples import examples_of
    from skills_build.checks.examples import own_trials

    return not any(own_trials(check, examples_of(body)))


def is_green(applied: AppliedRule, check: Check) -> bool:
    """Return whether a rule has Bad and Good examples and a check finds only the Bad ones; only then may it block."""
    return _is_green(check, applied.rule.body or "")
