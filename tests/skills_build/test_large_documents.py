"""Large documents of others: the number of violations does not determine what a schema costs."""

import pytest

from codex.workflow.codex_folder import schema
from skills_build.schema import MAX_VALUES, violations

LARGE = {
    "blocks": {"blocks": {str(number): 1 for number in range(MAX_VALUES)}},
    "files": {"files": {str(number): {} for number in range(MAX_VALUES)}},
    "a list": [{}] * MAX_VALUES,
    "nested": {"files": {str(number): {"a": [1] * 100} for number in range(MAX_VALUES // 100)}},
}


@pytest.mark.parametrize("name", LARGE)
def test_only_the_first_violation_of_a_large_document_is_listed(name: str) -> None:
    assert len(violations(schema("lock"), LARGE[name])) == 1


def test_all_violations_of_a_document_of_usual_size_are_listed() -> None:
    found = violations(schema("lock"), {"blocks": {str(number): 1 for number in range(1000)}})
    assert len([one for one in found if one.key[:1] == ("blocks",)]) >= 1000


def test_a_large_document_without_violations_has_none() -> None:
    assert violations("{}", [1] * (MAX_VALUES + 1)) == ()
