"""Each word of `CheckKind` has what a kind of check needs."""

import re
from dataclasses import fields
from importlib.util import find_spec

import pytest

from skills_build.checks.registry import kind_of
from skills_build.model.check import CheckKind, CheckSpec, field_name
from tests.support.data import ROOT

DOCUMENTED = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")


def rows(heading: str) -> set[str]:
    """The names in the first column of the first table below a heading of docs/checks.md."""
    table = DOCUMENTED.partition(f"\n## {heading}\n")[2].partition("\n| --- |")[2].partition("\n\n")[0]
    return {name for row in table.split("\n")[1:] for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


@pytest.mark.parametrize("kind", CheckKind)
def test_a_kind_has_a_module_and_a_field(kind: CheckKind) -> None:
    module = f"skills_build.checks.{field_name(kind)}"
    assert find_spec(module), f"write {module.replace('.', '/')}.py with `KIND`, for the word `{kind}` of `CheckKind`"
    assert kind_of(kind).kind is kind, f"`KIND` in {module} has the kind `{kind_of(kind).kind}`"
    names = {one.name for one in fields(CheckSpec)}
    assert field_name(kind) in names, (
        f"add the field `{field_name(kind)}` to `CheckSpec` in skills_build/model/check.py"
    )


def test_the_page_has_every_kind() -> None:
    assert rows("Kinds") == set(CheckKind), "update the table below `## Kinds` in docs/checks.md"


def test_the_page_has_the_examples_of_every_kind_that_is_tried_on_them() -> None:
    tried = {kind for kind in CheckKind if kind_of(kind).examples}
    assert rows("Testing checks on examples") == tried, "update the table of examples in docs/checks.md"
