"""What each kind of check finds, what it cannot look at, and what bounds it."""

import tracemalloc
from collections.abc import Mapping
from typing import Any

import pytest

from skills_build.checks import ast_grep
from skills_build.checks.ast_grep import search
from skills_build.checks.base import ChangedFile, Commit, Evaluation, Gap, Subject
from skills_build.checks.predicates import problem
from skills_build.checks.read import check_of
from skills_build.checks.registry import kind_of
from skills_build.model.check import ValueCheck
from tests.support.effort import at_most_cpu_seconds


def evaluated(row: Mapping[str, Any], files: Mapping[str, str] | None = None, **parts: Any) -> Evaluation:
    spec = check_of("A-1", 1, {**row, "digest": ""}).spec
    texts = files or {}
    subject = Subject(paths=tuple(texts) if files is not None else None, read=lambda path: texts[path], **parts)
    return kind_of(spec.kind).evaluate(spec, subject)


def places(result: Evaluation) -> list[tuple[str, int, int, str]]:
    return [(match.path, match.line, match.column, match.text) for match in result.matches]


def test_a_regex_finds_lines_unless_another_matches_the_same_line() -> None:
    row = {
        "regex": {"match": r"^FROM \S+", "unless": r"^FROM (scratch|\S+@sha256:[0-9a-f]{64})"},
        "files": ["**/Dockerfile*"],
    }
    text = f"FROM scratch\nFROM alpine:3\nFROM a@sha256:{'0' * 64}\n"
    result = evaluated(row, {"app/Dockerfile": text, "README.md": "FROM x"})
    assert places(result) == [("app/Dockerfile", 2, 1, "FROM alpine:3")]
    assert result.looked == ("app/Dockerfile",)


def test_a_regex_looks_only_within_what_another_matches() -> None:
    row = {"regex": {"match": "latest", "within": "(?s)services:.*?\n\n"}}
    text = "services:\n  image: a:latest\n\nnotes: latest\n"
    assert places(evaluated(row, {"a.yml": text})) == [("a.yml", 2, 12, "latest")]


def test_a_regex_may_match_several_lines_and_columns_count_code_points() -> None:
    row = {"regex": {"match": "<img[^>]*>", "unless": r"\bwidth="}}
    text = "é <img\n  src=a>\n<img width=1>\n"
    assert places(evaluated(row, {"a.html": text})) == [("a.html", 1, 3, "<img")]


def test_matches_of_one_file_are_bounded_and_the_bound_is_reported() -> None:
    result = evaluated({"regex": {"match": "x"}}, {"a": "x" * 5000})
    assert len(result.matches) == 1000
    assert result.gaps == (Gap(path="a", why="only the first 1,000 matches are reported"),)


def test_a_text_that_is_too_long_is_not_assessed() -> None:
    result = evaluated({"regex": {"match": "x"}}, {"a": "x" * 1_000_001})
    assert (result.matches, result.looked) == ((), ())
    assert "1,000,000" in result.gaps[0].why


_NEEDS_WORDS: Mapping[str, Any] = {
    "kind": "call",
    "all": [
        {"has": {"field": "function", "regex": r"^(requests|httpx)\.get$"}},
        {
            "any": [
                {"pattern": "$A($$$, verify=False)"},
                {"inside": {"kind": "module", "regex": r"(?i)insecure", "stopBy": "end"}},
            ]
        },
        {"not": {"has": {"field": "arguments", "regex": "example"}}},
    ],
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("httpx.get(url, verify=False)\n", 1),
        ("# INSECURE\nrequests.get(url)\n", 1),
        ("requests.get(url)\n", None),
        ("urllib.get(url, verify=False)\n", None),
        ("requests.get('example', verify=False)\n", 0),
    ],
)
def test_ast_grep_parses_only_texts_with_the_words_that_a_rule_needs(
    text: str, found: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    root = ast_grep._root

    def noted(text: str, language: str) -> Any:
        parsed.append(text)
        return root(text, language)

    monkeypatch.setattr(ast_grep, "_root", noted)
    row = {"ast-grep": {"language": "python", "rule": _NEEDS_WORDS}}
    assert len(evaluated(row, {"a.py": text}).matches) == (found or 0)
    assert bool(parsed) == (found is not None)


def test_ast_grep_finds_syntax_and_not_text() -> None:
    row = {"ast-grep": {"language": "python", "rule": {"pattern": "print($$$)"}}, "files": ["**/*.py"]}
    text = 'x = "print(1)"\nprint(\n  2)\n'
    assert places(evaluated(row, {"a.py": text})) == [("a.py", 2, 1, "print(")]


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("rust", "#[cfg(test)]\nmod tests { fn f() { a.unwrap() } }\n"),
        ("rust", "#[test]\nfn f() { a.unwrap() }\n"),
        ("python", "def test_a():\n    a.unwrap()\n"),
        ("go", "func TestA(t *testing.T) {\n\ta.unwrap()\n}\n"),
        ("typescript", "it('a', () => { a.unwrap() })\n"),
    ],
)
def test_a_match_inside_a_test_does_not_count_where_the_check_says_so(language: str, code: str) -> None:
    row: dict[str, Any] = {"language": language, "rule": {"pattern": "$E.unwrap()"}}
    assert len(evaluated({"ast-grep": row}, {"a": code}).matches) == 1
    assert evaluated({"ast-grep": {**row, "not-inside": "tests"}}, {"a": code}).matches == ()


def test_deep_nesting_is_refused_before_it_costs_anything() -> None:
    spec = check_of(
        "A-1",
        1,
        {
            "digest": "",
            "ast-grep": {
                "language": "python",
                "rule": {"kind": "parenthesized_expression", "has": {"pattern": "f()", "stopBy": "end"}},
            },
        },
    ).spec
    assert spec.ast_grep is not None
    with at_most_cpu_seconds(5):
        assert (
            search(spec.ast_grep, "(" * 20_000 + "1" + ")" * 20_000)
            == "the syntax of the file is nested too deeply for this rule"
        )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[tool.ruff.lint]\nselect = ["E"]\n'),
        ("ruff.json", '{\n  // comment\n  "tool": {"ruff": {"lint":\n   {"select": ["E"],}}}}\n'),
        ("a.yaml", "tool:\n  ruff:\n    lint:\n      select: [E]\n"),
    ],
)
def test_a_value_of_a_configuration_is_compared_in_every_format(path: str, text: str) -> None:
    config = {"file": path, "at": "tool.ruff.lint.select", "contains": "DTZ"}
    (match,) = evaluated({"config": config}, {path: text}).matches
    assert match.text == "`tool.ruff.lint.select` does not contain `DTZ`"
    assert text.split("\n")[match.line - 1].find("select") >= 0
    assert evaluated({"config": {**config, "contains": "E"}}, {path: text}).matches == ()


def test_a_star_is_each_key_and_what_one_of_them_lacks_is_found() -> None:
    text = "jobs:\n  a:\n    permissions: {}\n  b:\n    steps: []\n"
    config = {"file": ".github/workflows/*.yml", "at": "jobs.*.permissions", "exists": True}
    (match,) = evaluated({"config": config}, {".github/workflows/ci.yml": text}).matches
    assert (match.line, match.text) == (4, "`jobs.b.permissions` is missing")


@pytest.mark.parametrize("text", ["[", "a = 1\na = 2", "\x00", "a" * 1_000_001])
def test_a_configuration_that_cannot_be_read_is_a_gap(text: str) -> None:
    result = evaluated({"config": {"file": "a.toml", "at": "a", "equals": 1}}, {"a.toml": text})
    assert result.matches == () and len(result.gaps) == 1


@pytest.mark.parametrize(
    ("predicate", "value", "wrong"),
    [
        ({"equals": True}, "true", False),
        ({"equals": True}, "1", True),
        ({"equals": 1}, "true", True),
        ({"one-of": ["a", "b"]}, '"b"', False),
        ({"one-of": ["a", "b"]}, '"c"', True),
        ({"at-least": 7}, "6", True),
        ({"at-least": 7}, "7", False),
        ({"at-most": 7}, '"8"', True),
        ({"matches": "^v"}, '"v1"', False),
        ({"matches": "^v"}, "1", True),
        ({"contains": ["a", "b"]}, '["a"]', True),
        ({"exists": False}, "1", True),
    ],
)
def test_each_predicate_matches_only_wrong_values(predicate: dict[str, Any], value: str, wrong: bool) -> None:
    result = evaluated({"config": {"file": "a.json", "at": "x", **predicate}}, {"a.json": f'{{"x": {value}}}'})
    assert bool(result.matches) is wrong


def test_a_file_must_be_next_to_another_or_above_it() -> None:
    row = {"file": {"exists": ["uv.lock", "poetry.lock"]}, "files": ["**/pyproject.toml"]}
    files = dict.fromkeys(("pyproject.toml", "a/pyproject.toml", "a/b/pyproject.toml", "a/uv.lock"), "")
    assert [match.path for match in evaluated(row, files).matches] == ["pyproject.toml"]


def test_a_file_must_exist_be_absent_or_have_a_name() -> None:
    assert [m.text for m in evaluated({"file": {"exists": ["AGENTS.md"]}}, {"a": ""}).matches] == ["no `AGENTS.md`"]
    row = {"file": {"absent": ["**/.env*"]}, "ignore": ["**/.env.example"]}
    found = evaluated(row, {"x/.env": "", ".env.example": ""}).matches
    assert [m.path for m in found] == ["x/.env"]
    named = {"file": {"name": "[0-9]+_[a-z_]+[.]sql"}, "files": ["db/*"]}
    assert [m.path for m in evaluated(named, {"db/1_a.sql": "", "db/x.sql": ""}).matches] == ["db/x.sql"]


def test_a_setting_of_the_forge_is_compared_and_without_settings_nothing_is_known() -> None:
    row = {"forge": {"setting": "default_branch.protected", "equals": True}}
    assert evaluated(row, settings={"default_branch": {"protected": True}}).matches == ()
    (match,) = evaluated(row, settings={"default_branch": {}}).matches
    assert match.text == "`default_branch.protected` is missing"
    assert evaluated(row).gaps and not evaluated(row).looked


@pytest.mark.parametrize(
    ("check", "message", "wrong"),
    [
        ({"message": "^(feat|fix): "}, "feat: a", False),
        ({"message": "^(feat|fix): "}, "wip", True),
        ({"trailer": "Assisted-by"}, "fix: a\n\nbody\n\nassisted-by: x", False),
        ({"trailer": "Assisted-by"}, "fix: a\n\nAssisted-by: x\n\nthe last paragraph", True),
        ({"without": "(?i)wip"}, "WIP", True),
        ({"trailer": "Fixes", "when": "^fix"}, "feat: a", False),
    ],
)
def test_a_message_is_checked(check: dict[str, str], message: str, wrong: bool) -> None:
    result = evaluated({"commit": check}, commits=(Commit(id="a" * 40, message=message),))
    assert bool(result.matches) is wrong


def changed(path: str, *, old: str | None = "", added: int = 0, removed: tuple[str, ...] = ()) -> ChangedFile:
    lines = tuple((number + 1, f"line {number}") for number in range(added))
    return ChangedFile(path=path, old=old, added=lines, removed=removed)


@pytest.mark.parametrize(
    ("row", "change", "wrong"),
    [
        ({"diff": {"with": ["tests/**"]}, "files": ["src/**"]}, [changed("src/a")], True),
        ({"diff": {"with": ["tests/**"]}, "files": ["src/**"]}, [changed("src/a"), changed("tests/a")], False),
        ({"diff": {"with": ["tests/**"]}, "files": ["src/**"]}, [changed("docs/a")], False),
        ({"diff": {"without": ["src/**"]}, "files": ["db/**"]}, [changed("db/a"), changed("src/a")], True),
        ({"diff": {"fewer": "assert"}, "files": ["tests/**"]}, [changed("tests/a", removed=("assert a",))], True),
        ({"diff": {"unchanged": True}, "files": ["db/**"]}, [changed("db/a", old=None)], False),
        ({"diff": {"unchanged": True}, "files": ["db/**"]}, [changed("db/a", old="db/a")], True),
        ({"diff": {"lines": 10}, "files": ["**"]}, [changed("a", added=6), changed("b", added=5)], True),
        (
            {"diff": {"lines": 10}, "files": ["**"], "ignore": ["b"]},
            [changed("a", added=6), changed("b", added=5)],
            False,
        ),
        ({"diff": {"lines": 1, "when": "^fix"}, "files": ["**"]}, [changed("a", added=6)], False),
    ],
)
def test_a_change_is_checked_as_a_whole(row: dict[str, Any], change: list[ChangedFile], wrong: bool) -> None:
    result = evaluated(row, change=change, commits=(Commit(id="", message="feat: a"),))
    assert bool(result.matches) is wrong


@pytest.mark.parametrize("check", [pytest.param({}, marks=pytest.mark.slow), {"within": "<img>"}])
def test_an_exception_on_a_long_line_is_searched_once_for_all_its_matches(check: dict[str, str]) -> None:
    regex = {"match": "<img[^>]*>", "unless": r"\bwidth=", **check}
    with at_most_cpu_seconds(10):
        assert evaluated({"regex": regex}, {"a.html": "<img>" * 150_000 + " width=1"}).matches == ()
        assert len(evaluated({"regex": regex}, {"a.html": "<img>" * 900 + "\nwidth="}).matches) == 900


USES = {"config": {"file": "*.yml", "at": "jobs.*.steps.*.uses", "matches": "@v[0-9]+$"}}


def test_every_document_of_a_file_is_compared_and_its_line_is_that_of_the_document() -> None:
    good, bad = "jobs: {a: {steps: [{uses: a@v1}]}}\n", "jobs: {a: {steps: [{uses: a@main}]}}\n"
    (match,) = evaluated(USES, {"a.yml": f"---\n{good}---\n{good}---\n\n{bad}"}).matches
    assert (match.line, match.text) == (7, "`jobs.a.steps.0.uses` is `a@main`, which does not match `@v[0-9]+$`")
    (match,) = evaluated(USES, {"a.yml": f"{good}---\njobs: {{b: {{steps: [{{run: x}}]}}}}\n"}).matches
    assert (match.line, match.text) == (3, "`jobs.b.steps.0.uses` is missing")
    result = evaluated(USES, {"a.yml": f"---\n# empty\n---\n{good}---\n"})
    assert (result.matches, result.looked, result.gaps) == ((), ("a.yml",), ())
    result = evaluated(USES, {"a.yml": f"---\n{good}" * 101})
    assert (result.looked, [gap.why for gap in result.gaps]) == (
        (),
        ["the file cannot be read: files with more than 100 documents are not supported"],
    )


def test_no_value_is_passed_over_however_many_there_are() -> None:
    config = {"config": {**USES["config"], "file": "*.json"}}
    jobs = ",\n".join(f'"a{number}": {{"steps": [{{"uses": "a@v1"}}]}}' for number in range(12_000))
    assert evaluated(config, {"a.json": f'{{"jobs": {{{jobs}}}}}'}).looked == ("a.json",)
    (match,) = evaluated(config, {"a.json": f'{{"jobs": {{{jobs},\n"z": {{"steps": [{{"uses": "a"}}]}}}}}}'}).matches
    assert match.line == 12_001
    deep = {"config": {"file": "a.json", "at": ".".join("a" * 25), "equals": 1}}
    (match,) = evaluated(deep, {"a.json": '{"a": ' * 25 + "2" + "}" * 25}).matches
    assert match.text.endswith("is `2`, not `1`")


@pytest.mark.parametrize(
    "text",
    [
        "x: &s [{aliases}]\njobs: {{{jobs}}}".format(
            aliases=", ".join(["&u {uses: a@v1}", *["*u"] * 1000]),
            jobs=", ".join(f"j{n}: {{steps: *s}}" for n in range(1000)),
        ),
        "a: &a {{{keys}}}\njobs: [{merges}]".format(
            keys=", ".join(f"k{n}: 1" for n in range(1000)), merges=", ".join(["{<<: *a}"] * 1000)
        ),
        "a: &a [{maps}]\njobs: [{merges}]".format(maps=", ".join(["{}"] * 1000), merges=", ".join(["{<<: *a}"] * 1000)),
    ],
    ids=["aliases", "merged keys", "merged lists"],
)
def test_values_that_aliases_repeat_are_a_gap_at_little_cost(text: str) -> None:
    tracemalloc.start()
    try:
        with at_most_cpu_seconds(20):
            result = evaluated(USES, {"a.yml": text})
        assert tracemalloc.get_traced_memory()[1] < 64_000_000
    finally:
        tracemalloc.stop()
    assert (result.matches, result.looked) == ((), ())
    assert "more than" in result.gaps[0].why


@pytest.mark.parametrize(
    ("condition", "value", "wrong"),
    [
        ({"equals": "true"}, True, "`a` is `true`, not the text `true`"),
        ({"equals": True}, "true", "`a` is the text `true`, not `true`"),
        ({"equals": 3}, "3", "`a` is the text `3`, not `3`"),
        ({"equals": "no"}, "yes", "`a` is `yes`, not `no`"),
        ({"at_least": 2}, True, "`a` is `true`, not a number"),
        ({"at_most": 2}, "many", "`a` is `many`, not a number"),
        ({"at_most": 2}, 3, "`a` is `3`, more than 2"),
    ],
)
def test_a_wrong_value_is_described_with_its_type_where_the_type_is_wrong(
    condition: dict[str, Any], value: object, wrong: str
) -> None:
    assert problem(ValueCheck(**condition), "a", {"a": value}) == (("a",), wrong)
