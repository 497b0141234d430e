"""Corpora of every kind described by configuration alone: small texts of our own reproduce how each marks its rules."""

from pathlib import Path

import pytest

from skills_build.errors import CodexError
from skills_build.lint.base import Context
from skills_build.lint.rules import cx302_compound_rule
from skills_build.model.config import Config
from skills_build.model.standard import Level
from tests.skills_build.source.reading import dialect, reading, shipped, standard
from tests.support.data import ROOT

AZURE = """
[[preprocess]]
step = "liquid-highlight"

[document]
id = "path"

[[rule]]
at = "block"
start = '\\{% include requirement/'
match = '^\\{% include requirement/(?P<level>\\w+)(?: id="(?P<id>[^"]+)")? %\\}\\s*(?P<statement>.*)$'

[level.map]
MUSTNOT = "MUST NOT"
SHOULDNOT = "SHOULD NOT"
DO = "MUST"

[id]
mode = "optional"
pattern = '[a-z][a-z0-9-]*'
"""


@pytest.mark.parametrize("path", sorted((ROOT / "templates" / "dialects").glob("*.toml")), ids=lambda path: path.stem)
def test_a_dialect_is_documented_and_can_be_read(path: Path) -> None:
    assert shipped(path.stem).name == path.stem
    table = (ROOT / "docs" / "dialects.md").read_text().partition("## Built-in dialects")[2].partition("\n## ")[0]
    assert f"\n| `{path.stem}` |" in table, f"add `{path.stem}` to the table of dialects in docs/dialects.md"


def test_liquid_markers_are_rules_even_several_in_one_paragraph() -> None:
    text = (
        '# Guide\n\n{% include requirement/MUST id="net-call" %} call\nback in time.\n'
        '{% include requirement/SHOULDNOT id="net-wait" %} wait.\n\n'
        "```c\nint x;\n```\n\n{% highlight c %}\n#define A 1\n{% endhighlight %}\n\n## Next\n\n"
        '- {% include requirement/MAY id="net-log" %} log.\n'
    )
    rules = standard(text, dialect(AZURE)).rules
    assert [(r.id, r.level, r.statement) for r in rules] == [
        ("net-call", Level.MUST, "call back in time."),
        ("net-wait", Level.SHOULD_NOT, "wait."),
        ("net-log", Level.MAY, "log."),
    ]
    assert rules[1].body == "```c\nint x;\n```\n\n```c\n#define A 1\n```"


def test_the_text_of_a_rule_may_be_on_the_line_after_its_marker() -> None:
    text = '# G\n\n{% include requirement/MUST id="a-b" %}\nanswer.\n'
    assert standard(text, dialect(AZURE)).rules[0].statement == "answer."


def test_table_rows_are_rules_by_their_column_titles() -> None:
    asvs = dialect(
        "[document]\nid = 'heading:^(V\\d+)'\n\n[[rule]]\nat = 'row'\nskip = 'DELETED'\n"
        "columns = { id = '#', statement = 'Description', see = 'Level' }\n"
        "\n[level]\nkeywords = false\ndefault = 'MUST'\n\n[id]\nmode = 'explicit'\npattern = '\\d+(\\.\\d+)+'\nprefix = 'V'\n"
    )
    text = (
        "# V1 Encoding\n\n## V1.1 Order\n\n| # | Description | Level |\n| :---: | :--- | :---: |\n"
        "| **1.1.1** | Verify that input is decoded once. | 1 |\n| **1.1.2** | [DELETED] | |\n"
        "| **1.1.3** | Verify that `a\\|b` is escaped. | 2 |\n\n| Term | Meaning |\n| - | - |\n| x | y |\n"
    )
    rules = standard(text, asvs).rules
    assert [(r.id, r.statement, r.label("see")) for r in rules] == [
        ("V1.1.1", "Verify that input is decoded once.", "1"),
        ("V1.1.3", "Verify that `a|b` is escaped.", "2"),
    ]


def test_headings_with_an_id_in_brackets_and_no_level_take_the_default() -> None:
    rust = dialect(
        "[[rule]]\nat = 'heading'\ndepth = 2\nmatch = '^(?P<statement>.*) \\((?P<id>C-[A-Z0-9-]+)\\)$'\n"
        "[level]\nkeywords = false\ndefault = 'SHOULD'\n[id]\nmode = 'explicit'\npattern = 'C-[A-Z0-9-]+'\n"
    )
    text = '# Naming\n\n<a id="c-case"></a>\n## Casing follows the table (C-CASE)\n\nMUST is only text here.\n'
    result = standard(text, rust)
    assert [(r.id, r.level, r.statement) for r in result.rules] == [
        ("C-CASE", Level.SHOULD, "Casing follows the table")
    ]
    assert "c-case" in result.anchors


def test_emoji_markers_at_the_start_of_lines_are_rules() -> None:
    rest = dialect(
        "[[rule]]\nat = 'paragraph'\nstart = '(?:<a [^>]*>)?:\\w+:'\n"
        'match = \'^(?:<a [^>]*name="(?P<id>[^"]+)">)?:\\w+:(?:</a>)?\\s*\\*\\*(?P<level>[A-Z ]+)\\*\\*\\s*(?P<statement>.*)$\'\n'
        "[level.map]\nDO = 'MUST'\n'DO NOT' = 'MUST NOT'\n'YOU SHOULD' = 'SHOULD'\n'YOU MAY' = 'MAY'\n'YOU SHOULD NOT' = 'SHOULD NOT'\n"
        "[id]\nmode = 'optional'\npattern = '[a-z0-9-]+'\n"
    )
    text = (
        '# REST\n\n<a href="#url-case" name="url-case">:white_check_mark:</a> **DO** treat case as given.\n\n'
        ":no_entry: **DO NOT** guess.\n:heavy_check_mark: **YOU MAY** log.\n"
    )
    rules = standard(text, rest).rules
    assert [(r.id, r.level, r.statement) for r in rules] == [
        ("url-case", Level.MUST, "treat case as given."),
        ("", Level.MUST_NOT, "guess."),
        ("", Level.MAY, "log."),
    ]


def test_html_tables_of_bad_and_good_are_examples() -> None:
    uber = dialect(
        "[[rule]]\nat = 'heading'\ndepth = 3\nwithin = '^(Guidelines|Style)$'\n"
        "[level]\nkeywords = false\ndefault = 'SHOULD'\n[parts.tables]\nBad = 'bad'\nGood = 'good'\n"
    )
    text = (
        "# Go\n\n## Guidelines\n\n### Check the error\n\nAlways.\n\n<table>\n<thead><tr><th>Bad</th><th>Good</th></tr></thead>\n"
        "<tbody>\n<tr><td>\n\n```go\nf()\n```\n\n</td><td>\n\n```go\nerr := f()\n```\n\n</td></tr>\n</tbody></table>\n\n"
        "## Linting\n\n### Not a rule\n"
    )
    (rule,) = standard(text, uber).rules
    assert [(e.good, e.code) for e in rule.examples] == [(False, "f()\n"), (True, "err := f()\n")]


def test_moscow_lists_take_their_level_from_the_heading_above() -> None:
    moscow = dialect(
        "[[rule]]\nat = 'list-item'\ndepth = 1\n[level]\nkeywords = false\n"
        "[level.headings]\n'^Must' = 'MUST'\n'^Should' = 'SHOULD'\n'^Could' = 'MAY'\n\"^Won't\" = 'MUST NOT'\n"
    )
    text = "# Web\n\n## Must have\n\n- tests\n  - nested\n\n## Could have\n\n1. colours\n\n## Won't have\n\n- popups\n\n## Links\n\n- a link\n"
    rules = standard(text, moscow).rules
    assert [(r.level, r.statement) for r in rules] == [
        (Level.MUST, "tests"),
        (Level.MAY, "colours"),
        (Level.MUST_NOT, "popups"),
    ]


def test_a_dialect_may_drop_comments_containers_includes_and_templates() -> None:
    by = dialect(
        "[[preprocess]]\nstep = 'html-comments'\n[[preprocess]]\nstep = 'containers'\n[[preprocess]]\nstep = 'includes'\n"
        "[[preprocess]]\nstep = 'liquid-drop'\n[[preprocess]]\nstep = 'erb-drop'\n"
        "[[preprocess]]\nfind = '^!!! (\\w+)'\nput = '**\\1**'\n[[rule]]\nat = 'heading'\n"
    )
    text = (
        "<!-- one\n# MUST not be read -->\n# A {{ page.x }} MUST b\n\n::: warning Mind this\nthe gap\n:::\n\n{% include x.md %}\n"
        "<%= erb %> text\n\n!!! note\n\n```\n{{ kept }} <!-- kept -->\n```\n"
    )
    rule = standard(text, by).rules[0]
    assert rule.statement == "A MUST b"
    assert (
        rule.body == "**Mind this**\\\nthe gap\n\n\n\n           text\n\n**note**\n\n```\n{{ kept }} <!-- kept -->\n```"
    )


def test_labels_headings_and_comments_of_a_corpus_become_canonical_labels() -> None:
    by = dialect(
        "[[rule]]\nat = 'heading'\ndepth = 2\n[parts.labels]\nRationale = 'why'\n[parts.headings]\nExamples = 'good'\n"
        "[parts.comments]\nwrong = 'bad'\n"
    )
    text = "# T\n\n## A MUST b\n\n**Rationale:** it is.\n\n### Examples\n\n```sh\nx\n```\n\n<!-- wrong -->\n\n```sh\ny\n```\n"
    (rule,) = standard(text, by).rules
    assert rule.label("why") == "it is."
    assert [(e.good, e.code) for e in rule.examples] == [(True, "x\n"), (False, "y\n")]


def test_rules_apply_where_the_dialect_says_for_their_files() -> None:
    by = dialect("[[rule]]\nat = 'heading'\n[[applies]]\nfiles = 'go/**'\nlanguages = ['go']\ndomain = 'languages'\n")
    result = standard("# A MUST b\n", by, path="go/style.md")
    assert (result.scope.languages, result.domain, result.id) == (("go",), "languages", "GO-STYLE")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rule = 3\n", "`rule`: `3` is a number, not a list"),
        ("[[rule]]\nat = 'heading'\nmatch = '('\n", "`rule.0.match`: not a regular expression"),
        (
            f"[[rule]]\nat = 'heading'\nmatch = '{'(' * 9_000}{')' * 9_000}'\n",
            "`rule.0.match`: not a regular expression",
        ),
        ("[[rule]]\nat = 'heading'\nmach = 'x'\n", "unknown key `mach`"),
        ("[[rule]\n", "is not valid TOML"),
        ("[id]\nmode = 'explicit'\n", "`rule` is missing"),
    ],
)
def test_a_wrong_dialect_is_refused_with_the_key_and_the_reason(text: str, message: str) -> None:
    with pytest.raises(CodexError) as caught:
        dialect(text)
    assert message in caught.value.message


def test_a_step_that_is_a_word_is_one_fault() -> None:
    with pytest.raises(CodexError) as caught:
        dialect("preprocess = ['html-comments']\n[[rule]]\nat = 'heading'\n")
    assert caught.value.message.endswith("`preprocess.0`: `html-comments` is text, not a mapping of keys to values")
    assert ";" not in caught.value.message


def test_a_missing_id_is_an_error_where_the_dialect_says_explicit() -> None:
    result = reading("# MUST answer\n", shipped("otto"), path="api/rules/must-answer.md")
    assert result.document is not None
    assert [miss.code for miss in result.document.standard.near_misses] == ["CX101"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("**Use OIDC**: Prefer it over keys", []),
        ("**Use mocks**: Avoid real resources", ["CX302"]),
        ("Use OIDC, and it MUST be new", ["CX302"]),
    ],
)
def test_a_word_of_the_dialect_that_repeats_the_level_is_no_second_level(text: str, codes: list[str]) -> None:
    by = dialect(
        '[[rule]]\nat = "list-item"\nmatch = "(?P<level>Use|Prefer|Avoid)"\n'
        '[level.map]\nUse = "SHOULD"\nPrefer = "SHOULD"\nAvoid = "SHOULD NOT"\n'
    )
    document = reading(f"# A\n\n- {text}\n", by).document
    assert document is not None
    found = cx302_compound_rule.check(document, Context(config=Config(), as_of="2026-11-29"))
    assert [finding.code for finding in found] == codes
