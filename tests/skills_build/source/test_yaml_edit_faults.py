"""A text that the editor of YAML cannot convert is an error that says so."""

import pytest

from skills_build.errors import CodexError
from skills_build.source.yaml_edit import edited_yaml, set_value

FAULTS = (
    "x: 2026-99-99",
    "x: " + "9" * 5_000,
    "x: 0b_",
    "x: +_",
    "x: 2026-01-01 25:61:61",
    "x: !!int abc",
    "x: [",
    "x: 1\nx: 2",
    "a: &a\n  <<: *a",
    "x: " + "[" * 3_000 + "]" * 3_000,
    "- a",
)


@pytest.mark.parametrize("text", FAULTS)
def test_yaml_that_cannot_be_edited_is_an_error(text: str) -> None:
    with pytest.raises(CodexError, match="the YAML cannot be edited: "):
        edited_yaml(text, lambda document: document.update(y=1))
    if text != "- a":
        with pytest.raises(CodexError, match="the YAML cannot be edited: "):
            set_value(text, ("trust", "required"), "true")


@pytest.mark.parametrize("value", ["text", "1", "[a]"])
def test_a_setting_below_one_that_is_no_mapping_is_an_error(value: str) -> None:
    with pytest.raises(CodexError, match="the YAML cannot be edited: "):
        set_value(f"trust: {value}", ("trust", "required"), "true")
