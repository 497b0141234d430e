"""The YAML door: plain data with places, and no input that grows when it is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build.diagnostics import Diagnostic, Severity, Span
from skills_build.lint.fix import apply_fixes
from skills_build.source.yaml import load_yaml
from skills_build.source.yaml_edit import set_value


def test_values_and_keys_have_their_places() -> None:
    value, findings = load_yaml("a: 1\nb:\n  - x\n  - 'yes'\nc: {d: no}\n", path="f", first_line=2)
    assert value is not None and findings == ()
    assert value.data == {"a": 1, "b": ["x", "yes"], "c": {"d": "no"}}
    assert value.values[("b", 1)] == Span(5, 5, 5, 10)
    assert value.keys[("c", "d")] == Span(6, 5, 6, 6)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: 2026-01-01", "2026-01-01"),
        ("a: no", "no"),
        ("a: 0o7", "0o7"),
        ("a: 1e3", 1000.0),
        ("a: true", True),
        ("a: ~", None),
        ("a: '1'", "1"),
        ("a: 99999999999999999999999", 1e23),
    ],
)
def test_plain_scalars_follow_the_core_schema(text: str, data: object) -> None:
    value, _ = load_yaml(text, path="f")
    assert value is not None
    assert value.data == {"a": data}


BOMB = "a: &a [x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    "text",
    [BOMB, "a: !!python/object:os.system x", "a: !x y", "a: &b c", "<<: *a", "a: 1\n---\nb: 2", "%TAG ! x\n---\na: 1"],
)
def test_unsupported_yaml_features_are_findings(text: str) -> None:
    value, findings = load_yaml(text, path="f")
    assert value is None
    assert {f.code for f in findings} == {"CX004"}


@pytest.mark.parametrize(
    ("text", "lines"), [("a: 1\n---\nb: 2\n", [2]), ("a: 1\n...\n", [2]), ("a: 1\n...\n---\nb: 2\n", [2, 3])]
)
def test_a_further_document_says_what_to_remove(text: str, lines: list[int]) -> None:
    _, findings = load_yaml(text, path="f")
    help_ = "remove the line, so that all keys are in one document"
    assert [(f.span.line, f.help) for f in findings] == [(line, help_) for line in lines]


def test_what_follows_a_directive_is_no_second_fault() -> None:
    _, findings = load_yaml("%YAML 1.2\na: 1\n", path="f")
    assert [(f.span.line, f.help) for f in findings] == [(1, "remove the line")]


@pytest.mark.parametrize("text", ["---\na: 1\n", "# words\n---\na: 1\n", "\n--- {a: 1}\n"])
def test_a_mark_before_the_first_document_is_none_of_another(text: str) -> None:
    value, findings = load_yaml(text, path="x.yaml")
    assert (value and value.data, findings) == ({"a": 1}, ())


@given(
    st.lists(st.sampled_from([*"ab*&!%:,?-'\"[]{}|> \n\r\u2028", "---", "...", ": ", "- ", "a: "]), max_size=14).map(
        "".join
    )
)
def test_text_is_read_alike_whether_or_not_it_looks_like_unsupported_yaml(text: str) -> None:
    plain, plain_findings = load_yaml(text, path="f", first_line=2)
    checked, findings = load_yaml(f"# &\n{text}", path="f")
    assert plain == checked
    assert plain is None or plain_findings == findings


def test_deep_nesting_is_a_finding() -> None:
    for text in ("[" * 5000, "".join(" " * n + "a:\n" for n in range(400)), "{a: " * 3000):
        value, findings = load_yaml(text, path="f")
        assert value is None
        assert [f.code for f in findings] == ["CX004"]


def test_a_duplicate_key_keeps_the_first_value_and_names_both_places() -> None:
    value, (finding,) = load_yaml("a: 1\nb: 2\na: 3\n", path="f")
    assert value is not None and value.data == {"a": 1, "b": 2}
    assert (finding.code, finding.span, finding.notes[0].span) == ("CX005", Span(3, 1, 3, 2), Span(1, 1, 1, 2))


@given(st.text(max_size=200) | st.text(alphabet="ab:-[]{}#&*!|>'\"%@`,\n \t?~\\", max_size=120))
def test_no_text_makes_an_exception(text: str) -> None:
    value, findings = load_yaml(text, path="f")
    assert value is not None or findings


KEY = ("trust", "namespaces", "acme", "file")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: 1",
        "a: 1  # why\n# the end\n",
        "a: {b: [x, 'y'], c: \"z\"}\ntrust:\n  required: true  # always\n",
        "list:\n  - one\n  - two\ntrust:\n  namespaces:\n    acme:\n    # first\n    other: {minimum_version: '1.0.0'}\n",
        "list:\n- one\n- two\ntrust:\n  namespaces: {acme: {file: old}}\n",
        "trust: {}\n",
        "trust:\n",
    ],
)
def test_a_value_is_set_and_everything_else_stays(text: str) -> None:
    edited = set_value(text, KEY, "new")
    before, after = (load_yaml(document, path="x.yaml")[0] for document in (text, edited))
    assert after is not None
    assert isinstance(after.data, dict)
    trust = after.data["trust"]
    assert isinstance(trust, dict)
    assert trust["namespaces"]["acme"]["file"] == "new"  # type: ignore[index, call-overload]
    old = before.data if before is not None and isinstance(before.data, dict) else {}
    assert {key: value for key, value in after.data.items() if key != "trust"} == {
        key: value for key, value in old.items() if key != "trust"
    }
    comments = [line.partition("#")[2] for line in text.split("\n") if "#" in line]
    assert [line.partition("#")[2] for line in edited.split("\n") if "#" in line] == comments
    kept = [line for line in text.split("\n") if line and not line.startswith("trust") and "acme" not in line]
    assert set(kept) <= set(edited.split("\n"))


@pytest.mark.parametrize(
    ("text", "line", "help_"),
    [
        ("id: X\nowner: @team\n", 2, 'quote it: `"@team"`'),
        ("title: Foo: bar  # a note\n", 1, 'quote it: `"Foo: bar"`'),
        ("a:\n  paths: [**/*.sql, src]\n", 2, 'quote it: `["**/*.sql", src]`'),
        ("paths:\n  - **/*.sql\n", 2, 'quote it: `"**/*.sql"`'),
        ("when: !important\n", 1, 'quote it: `"!important"`'),
        ("title: `code` here\n", 1, 'quote it: `"`code` here"`'),
        ("paths: {a,b}/**\n", 1, 'quote it: `"{a,b}/**"`'),
        ("a:\n\tb: 1\n", 2, "indent with spaces"),
        ("a: 1\n\tb: 1\n", 2, "indent with spaces"),
        ("a:\n  b:\n\tc: [x]\n", 3, "indent with spaces"),
        ("paths: [**/{a,b}/*.go, src]\n", 1, 'quote it: `["**/{a,b}/*.go", src]`'),
        ("id: X\nstatus:draft\n", 2, "write `status: draft`"),
        ("title:Foo\nid: X\n", 1, "write `title: Foo`"),
        ("words: [a, b\n", 1, "close it: `[a, b]`"),
        ('title: "Foo\nid: X\n', 1, 'close it: `"Foo"`'),
    ],
)
def test_a_fault_that_quotes_or_spaces_cure_says_so_with_a_fix(text: str, line: int, help_: str) -> None:
    _, (finding,) = load_yaml(text, path="f")
    assert (finding.code, finding.span.line, finding.help) == ("CX004", line, help_)
    cured, count = apply_fixes(text, [Diagnostic(finding=finding, name="n", severity=Severity.ERROR)])
    assert count == 1
    assert load_yaml(cured, path="f")[1] == ()


def test_a_key_that_is_indented_below_a_value_is_moved_by_an_unsafe_fix() -> None:
    _, (finding,) = load_yaml("id: X\n  status: draft\nowner: a\n", path="f")
    assert (finding.span.line, finding.help) == (2, "align the key with the one above")
    assert finding.fix is not None and finding.fix.unsafe


def test_a_tab_is_replaced_by_the_indentation_that_keeps_the_key_where_it_is() -> None:
    text = "profiles:\n  go:\n\tlanguages: [go]\n"
    _, (finding,) = load_yaml(text, path="f")
    cured, _ = apply_fixes(text, [Diagnostic(finding=finding, name="n", severity=Severity.ERROR)])
    value, _ = load_yaml(cured, path="f")
    assert value is not None and value.data == {"profiles": {"go": {"languages": ["go"]}}}


@pytest.mark.parametrize("text", ["a:\nb: 1\n", "b: 1\na:\n", "b: 1\na: # none\n\nc: 2\n", "x:\n  a:\n"])
def test_a_key_without_a_value_has_its_place_on_its_own_line(text: str) -> None:
    value, _ = load_yaml(text, path="f")
    assert value is not None
    (key,) = [key for key in value.keys if key[-1] == "a"]
    assert value.place(key).line == value.keys[key].line


def test_each_line_that_needs_quotes_is_a_finding() -> None:
    _, findings = load_yaml("a: @x\nb: 1\nc: *.go\nd: %y\n", path="f")
    assert [(f.span.line, f.help) for f in findings] == [
        (1, 'quote it: `"@x"`'),
        (3, 'quote it: `"*.go"`'),
        (4, 'quote it: `"%y"`'),
    ]


@given(st.text(alphabet="ab:-[]{}\"'*&!@`#\n\t ,", max_size=60))
def test_a_suggested_fix_moves_a_fault_to_a_later_line(text: str) -> None:
    _, findings = load_yaml(text, path="f")
    for finding in findings[:1]:
        if finding.fix:
            cured, _ = apply_fixes(text, [Diagnostic(finding=finding, name="n", severity=Severity.ERROR)])
            after = load_yaml(cured, path="f")[1]
            assert not after or after[0].span.line > finding.span.line or after[0].code == "CX005"


@pytest.mark.parametrize(
    ("text", "key"),
    [("skills: api: {title: x}\n", "api"), ("a: 1\nb:\n  c: d: [x]\n", "d"), ("skills: api: {t: {u: v}}\n", "api")],
)
def test_a_key_on_the_line_of_another_is_told_from_a_value_without_quotes(text: str, key: str) -> None:
    _, findings = load_yaml(text, path="a.yaml")
    assert [f.help for f in findings] == [f"write `{key}:` on its own line, indented"]
    (edit,) = findings[0].fix.edits if findings[0].fix else ()
    line = text.split("\n")[edit.span.line - 1]
    fixed = text.replace(line, line[: edit.span.column - 1] + edit.text + line[edit.span.end_column - 1 :])
    assert load_yaml(fixed, path="a.yaml")[1] == ()


@pytest.mark.parametrize(
    ("text", "line", "message", "help_"),
    [
        ('a: "x\nb: 1\nc: "@y"\n', 1, '`"x` is not closed', 'close it: `"x"`'),
        ("a: 'x\nb:\n  c: 'y'\n", 1, "`'x` is not closed", "close it: `'x'`"),
        ("a: 'it's'\n", 1, "`'it's'` needs quotes", 'quote it: `"it\'s"`'),
        ("a:\n- b\nc\n", 3, "`c` is not a key", "write `c: ` and a value, or `- c` for a list item"),
        ("a:\n  - b\n  c: 1\n", 3, "this line does not continue the block above it", "align the line with its block"),
        ("a:\n  b: 1\n  - c\n", 3, "this line does not continue the block above it", "align the line with its block"),
        ("{\n", 2, "a bracket is not closed", "close the bracket"),
        ("a: 1\n----\n", 2, "`----` is not a key", "remove the line"),
        (
            "```yaml\na: 1\n```\n",
            1,
            "a value cannot start with a backtick",
            "put the value in quotes, or remove the code",
        ),
    ],
)
def test_a_fault_of_the_syntax_says_what_to_write(text: str, line: int, message: str, help_: str) -> None:
    value, findings = load_yaml(text, path="f")
    assert value is None
    assert (findings[0].span.line, findings[0].message) == (line, f"invalid YAML: {message}")
    assert str(findings[0].help).startswith(help_)


@pytest.mark.parametrize(
    "text",
    ["owner: &team a\n", "owners: &team [a, b]\n", "owner: *team\n", "owners:\n  - *team\n", "a: &x {b: 1}\nc: *x\n"],
)
def test_an_anchor_or_an_alias_is_not_put_in_quotes(text: str) -> None:
    """As text, it would mean something else."""
    value, findings = load_yaml(text, path="f")
    assert value is None and findings and all(finding.fix is None for finding in findings)
    assert findings[0].help in (
        "remove the anchor, and write the value in each place",
        "write the value instead of the alias",
    )
