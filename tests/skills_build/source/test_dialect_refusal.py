"""A dialect with a wrong key or value is refused with the line, the reason and what to write."""

import pytest

from skills_build.errors import CodexError
from skills_build.source.toml_places import with_places
from skills_build.toml_input import parse_toml
from tests.skills_build.source.reading import dialect

START = "description = 'x'\n\n[[rule]]\nat = 'list-item'\n"


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("not_retry = 'x'\n", 5, "unknown key `not_retry`", "known keys: `at`"),
        ("notwithin = 'x'\n", 5, "unknown key `notwithin`", "did you mean `not_within`?"),
        ("Depth = 2\n", 5, "unknown key `Depth`", "did you mean `depth`?"),
        ("depth = '2'\n", 5, "`rule.0.depth`: `2` is text, not a whole number or a list", "write a list"),
        ("depth = ['2']\n", 5, "`rule.0.depth.0`: `2` is text, not a whole number", "write `2` without quotes"),
        ("nested = 'yes'\n", 5, "`rule.0.nested`: `yes` is text, not `true` or `false`", "write `true` or `false`"),
        ("with_next = 1\n", 5, "`rule.0.with_next`: `1` is a number, not `true`", "write `true` or `false`"),
        ("level = 'must'\n", 5, "`rule.0.level`: `must` is not one of", "did you mean `MUST`?"),
        ("match = '^(?<id>R)'\n", 5, "not a regular expression", None),
        ("match = '^(?P<ID>R)'\n", 5, "`ID` is not a supported group; did you mean `id`?", None),
        ("match = '^(?P<statment>R)'\n", 5, "`statment` is not a supported group; did you mean `statement`?", None),
        ("\n[[rule]]\nat = 'row'\nclumns = 1\n", 8, "unknown key `clumns`", "did you mean `columns`?"),
        ("\n[level]\ndefualt = 'MAY'\n", 7, "unknown key `defualt`", "did you mean `default`?"),
        ("\n[level.map]\n'DO it' = 'DO'\n", 7, "`level.map.DO it`: `DO` is not one of", "use one of `MUST`"),
        ("\n[parts.label]\nWhy = 'why'\n", 6, "unknown key `label`", "did you mean `labels`?"),
        ("\n[files]\ninclude = 'a'\n", 7, "`files.include`: `a` is text, not a list", 'write a list: `["a"]`'),
        ("\n[document]\ntitle = 'first line'\n", 7, "`document.title`: `first line` is not a source", "`front-matter:"),
        ("\n[[preprocess]]\nfind = 'x'\n", 6, "`preprocess.0`: `step` or `put` is missing", "add `step` or `put`"),
        ("\n[applies]\nfiles = 'x'\n", 6, "`applies`: the value is a mapping, not a list", "write `[[applies]]`"),
        ("\n[license]\nspdx = 'MIT'\n", 6, "unknown key `license`", "did you mean `licence`?"),
    ],
)
def test_a_wrong_key_or_value_is_reported_at_its_line(text: str, line: int, message: str, hint: str | None) -> None:
    with pytest.raises(CodexError) as caught:
        dialect(START + text)
    assert caught.value.message.startswith(f"dialect `own`, line {line}: ")
    assert message in caught.value.message
    assert (hint or "docs/dialects.md") in str(caught.value.hint)


def test_several_problems_are_listed_in_the_order_of_their_lines() -> None:
    with pytest.raises(CodexError) as caught:
        dialect(f"{START}nested = 1\n\n[level]\ndefualt = 'MAY'\n")
    assert caught.value.message == (
        "dialect `own`: line 5: `rule.0.nested`: `1` is a number, not `true` or `false` (write `true` or `false`); "
        "line 8: unknown key `defualt` (did you mean `default`?)"
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('[[rule]]\nat = "row"\nmatch = "\\d"\n', "put it in single quotes"),
        ("[[rule]]\nat = row\n", "put it in single quotes"),
        ("[level]\n[level]\n", "write each table once"),
        ("namespace = 'a'\nnamespace = 'b'\n", "write each key once"),
    ],
)
def test_a_fault_of_the_toml_has_a_hint(text: str, hint: str) -> None:
    with pytest.raises(CodexError) as caught:
        dialect(text)
    assert hint in str(caught.value.hint)


def test_groups_that_a_pattern_only_uses_itself_are_allowed() -> None:
    assert dialect(f"{START}match = '(?P<quote>.)x(?P=quote)'\n").rule[0].at == "list-item"


def test_places_in_toml_survive_long_strings_quoted_keys_and_lists_of_tables() -> None:
    text = "a = '''\n[b]\nc = 1\n'''\n[x.\"y.z\"]\n'k v' = 2\n[[x.list]]\n[[x.list]]\nm.n = 3\n[x.list.deep]\no = 4\n"
    value = with_places(text, parse_toml(text))
    lines = {key: span.line for key, span in value.keys.items()}
    assert lines == {
        ("a",): 1,
        ("x", "y.z"): 5,
        ("x", "y.z", "k v"): 6,
        ("x", "list", 0): 7,
        ("x", "list", 1): 8,
        ("x", "list", 1, "m", "n"): 9,
        ("x", "list", 1, "deep"): 10,
        ("x", "list", 1, "deep", "o"): 11,
    }
    assert value.place(("x", "list", 1, "deep", "missing")).line == 10
