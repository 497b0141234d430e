"""Words that a reader takes for a label are reported with the label that codexc reads."""

import pytest

from skills_build.diagnostics import Finding
from tests.skills_build.source.reading import HEAD, reading

RULE = "### Services MUST answer in time (SVC-1)\n\n"


def found(body: str) -> tuple[Finding, ...]:
    return reading(HEAD + body).findings


@pytest.mark.parametrize("word", ["Kind", "Kinds"])
def test_the_kinds_of_repositories_after_another_word_are_reported(word: str) -> None:
    (finding,) = found(f"{RULE}**{word}:** library, cli\n")
    assert (finding.code, finding.help) == ("CX017", "did you mean `**Applies to:** kinds:`?")
    assert found(f"{RULE}**{word}:** of failure\n") == ()


def test_a_name_in_code_is_no_word_for_a_scope() -> None:
    assert found(f"{RULE}`repository:write` and `profile:read` are the scopes of the token.\n") == ()


@pytest.mark.parametrize("word", ["Until", "Valid until", "Expires", "Sunset"])
def test_the_last_day_of_a_rule_is_reported(word: str) -> None:
    (finding,) = found(f"{RULE}**{word}:** 2027-01-01\n")
    assert finding.code == "CX040" and "`**Withdrawn:**`" in str(finding.help)
    assert found(f"{RULE}**{word}:** the token is renewed\n") == ()


@pytest.mark.parametrize("line", ["**Enforcement:** advisory", "**Blocking:** no", "**Mandatory:** never"])
def test_a_word_for_enforced_that_is_denied_is_never_corrected_to_enforced(line: str) -> None:
    (finding,) = found(f"{RULE}{line}\n")
    assert finding.code == "CX040" and finding.fix is None
    assert finding.help == "write `**Status:** approved`: a rule that is approved is advisory"
