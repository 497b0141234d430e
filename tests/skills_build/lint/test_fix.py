"""Fixes change what they name and nothing else; what overlaps waits for the next run."""

from hypothesis import given
from hypothesis import strategies as st

from skills_build.diagnostics import Diagnostic, Edit, Finding, Fix, Severity, Span
from skills_build.lint.fix import apply_fixes

TEXT = "one two\nthree\n"


def fixing(*edits: Edit, code: str = "CX313") -> Diagnostic:
    finding = Finding(code=code, message="m", path="a.md", fix=Fix(title="t", edits=edits))
    return Diagnostic(finding=finding, name="n", severity=Severity.WARNING)


def edit(line: int, column: int, end_line: int, end_column: int, text: str) -> Edit:
    return Edit(span=Span(line, column, end_line, end_column), text=text)


def test_edits_in_any_order_keep_each_other_in_place() -> None:
    edits = [fixing(edit(1, 1, 1, 4, "1")), fixing(edit(2, 1, 2, 6, "3 and more")), fixing(edit(1, 5, 1, 8, ""))]
    assert apply_fixes(TEXT, edits) == ("1 \n3 and more\n", 3)
    assert apply_fixes(TEXT, reversed(edits)) == apply_fixes(TEXT, edits)


def test_the_first_of_overlapping_fixes_is_applied() -> None:
    assert apply_fixes(TEXT, [fixing(edit(1, 1, 1, 8, "x")), fixing(edit(1, 5, 2, 2, "y"))]) == ("x\nthree\n", 1)
    same = fixing(edit(1, 4, 1, 4, "!"))
    assert apply_fixes(TEXT, [same, same]) == ("one! two\nthree\n", 1)


def test_a_fix_with_two_edits_is_applied_whole_or_not_at_all() -> None:
    both = fixing(edit(1, 1, 1, 4, "1"), edit(2, 1, 2, 6, "3"))
    assert apply_fixes(TEXT, [both]) == ("1 two\n3\n", 1)
    assert apply_fixes(TEXT, [fixing(edit(2, 1, 2, 2, "T")), both]) == ("one two\nThree\n", 1)


def test_fixes_side_by_side_do_not_overlap() -> None:
    assert apply_fixes(TEXT, [fixing(edit(1, 1, 1, 4, "1")), fixing(edit(1, 4, 1, 5, "-"))]) == ("1-two\nthree\n", 2)


def test_byte_order_mark_and_line_endings_are_fixed_and_columns_stay_valid() -> None:
    raw = "\ufeffone two\r\nthree\r"
    whole = [fixing(code="CX002"), fixing(code="CX003"), fixing(edit(2, 1, 2, 6, "3"))]
    assert apply_fixes(raw, whole) == ("one two\n3\n", 3)


def test_a_diagnostic_without_a_fix_changes_nothing() -> None:
    plain = Diagnostic(finding=Finding(code="CX301", message="m", path="a.md"), name="n", severity=Severity.WARNING)
    assert apply_fixes(TEXT, [plain]) == (TEXT, 0)


@given(st.text(alphabet="ab\né👩", max_size=30), st.data())
def test_removing_what_a_fix_inserted_gives_the_text_back(text: str, data: st.DataObject) -> None:
    lines = text.split("\n")
    places = data.draw(
        st.sets(st.integers(0, len(lines) - 1).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, len(lines[n])))))
    )
    fixes = [fixing(edit(n + 1, c + 1, n + 1, c + 1, "#")) for n, c in places]
    fixed, count = apply_fixes(text, fixes)
    assert (fixed.replace("#", ""), count, fixed.count("#")) == (text, len(places), len(places))
