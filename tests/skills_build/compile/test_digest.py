"""Which digest changes with what."""

from dataclasses import fields

import pytest

from skills_build.compile.digest import Digests, digests, normalised
from skills_build.compile.select import shipping_rules
from skills_build.model.config import Config
from tests.support.compiling import DAY, codex_of, standard

TEXT = "### Names MUST be short (SVC-1)\n\n**Why:** they are read.\n\n**Applies to:** languages: go\n"


def of(text: str, *, status: str = "approved", as_of: str = DAY) -> Digests:
    codex = codex_of({"a.md": standard(text, status=status)}, Config())
    return digests(next(shipping_rules(codex.standards[0], as_of)))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (TEXT, set()),
        (TEXT.replace("they are read", "people read them"), {"text"}),
        (TEXT.replace("Names MUST be short", "Names  **MUST** be `short`."), {"text"}),
        (TEXT.replace("MUST", "SHOULD"), {"norm", "contract", "text"}),
        (TEXT.replace("short", "tiny"), {"norm", "contract", "text"}),
        (TEXT.replace("languages: go", "languages: rust"), {"norm", "text"}),
        (TEXT.replace("SVC-1", "SVC-2"), {"contract"}),
    ],
)
def test_a_change_shows_in_the_digests_it_concerns(changed: str, expected: set[str]) -> None:
    before, after = of(TEXT), of(changed)
    assert {
        field.name for field in fields(Digests) if getattr(before, field.name) != getattr(after, field.name)
    } == expected


def test_a_status_is_part_of_the_contract_on_its_day() -> None:
    dated = "approved, enforced from 2027-01-01"
    assert of(TEXT, status=dated) == of(TEXT)
    assert of(TEXT, status=dated, as_of="2027-01-01") == of(TEXT, status="enforced")
    assert of(TEXT).contract != of(TEXT, status="enforced").contract


def test_the_parts_of_a_rule_are_part_of_what_it_demands() -> None:
    text = "### A service MUST: (SVC-1)\n\n- start\n- stop\n"
    assert of(text).norm != of(text.replace("stop", "go on")).norm


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Names MUST be short.", "names must be short"),
        ("**Names** MUST  be _short_", "names must be short"),
        ("Use [the tool](https://example.com)", "use the tool"),
        ("Use `Self` and self", "use Self and self"),
        ("\ufb01les MUST close", "files must close"),
        ("snake_case_names stay", "snake_case_names stay"),
    ],
)
def test_a_sentence_is_normalised(text: str, same: str) -> None:
    assert normalised(text) == same
