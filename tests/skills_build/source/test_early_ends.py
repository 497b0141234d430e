"""Front matter that ends above its last keys."""

import pytest

from tests.skills_build.source.reading import HEAD, reading

RULES = "## Rules\n\n### Services MUST answer (SVC-1)\n"


def found(text: str) -> list[tuple[str, int, str | None]]:
    return [(f.code, f.span.line, f.help) for f in reading(text).findings]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("id: SVC", "---\nid: SVC", 2),
        ("title: Services", "...\ntitle: Services", 3),
        ("title: Services", "---\ntitle: Services", 3),
        ("domain: services", "---\ndomain: services\n# a comment\nstages:\n  - review", 4),
    ],
)
def test_front_matter_that_ends_above_other_keys_is_one_error_at_its_end(old: str, new: str, line: int) -> None:
    assert found(HEAD.replace(old, new) + RULES) == [("CX004", line, "remove the line")]


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace("approved\n---", "approved\n...") + RULES,
        HEAD.replace("approved\n---", "approved\n...\n---") + RULES,
        HEAD + "note: text\n\n---\n\n" + RULES,
        HEAD.replace("\n\n# Services", "\n# Services") + RULES + "\n---\n",
    ],
)
def test_lines_below_whole_front_matter_are_text(text: str) -> None:
    assert found(text) == []
