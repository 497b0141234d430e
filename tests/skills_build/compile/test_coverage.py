"""Every word of a standard is in the output, left out for a reason, or reported at its place."""

import re
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skills_build.compile.coverage import Coverage, coverage
from skills_build.compile.plan import make_plan
from skills_build.model.codex import Codex
from skills_build.model.config import Config
from skills_build.source.dialect import Dialect
from skills_build.source.parse import parse_standard
from skills_build.source.resolve import disambiguated, resolve
from tests.skills_build.source.reading import corpus, dialect, schema, shipped
from tests.support.compiling import DAY, canonical, standard
from tests.support.data import THOROUGH, shared
from tests.support.effort import at_most_cpu_seconds

RULE = "### Services MUST answer in time (SVC-1)\n\n"
CHOICES = "| If you need | Use | Instead of | Level | Id | {} |\n| - | - | - | - | - | - |\n| an id | x | y | MUST | SVC-1 | {} |\n"


def covered(text: str, by: Dialect | None = None, *, path: str = "a.md") -> Coverage:
    """Account for one file: of the canonical dialect below its front matter, or of another as it is."""
    whole = text if by else standard(text)
    config = Config(namespace="acme", title="Acme codex")
    document = parse_standard(path, whole.encode(), by or canonical(), config, schema=schema("front-matter")).document
    assert document is not None
    codex = disambiguated(resolve([document.standard], files=frozenset({path}), texts={path: whole}))
    return of_codex(codex, config)


def of_codex(codex: Codex, config: Config) -> Coverage:
    result = coverage(codex, make_plan(codex, config, as_of=DAY).pages, DAY)
    for file in result.files:
        assert file.words == file.out + file.lost + sum(file.excluded.values())
    return result


def lost(text: str, by: Dialect | None = None) -> list[tuple[str, int, str]]:
    """What is lost of a text: code, line of the text, message."""
    return [(f.code, f.span.line - (0 if by else 9), f.message) for f in covered(text, by).findings]


@pytest.mark.parametrize(
    "text",
    [
        "<div>\nbefore\n</div>\n\n" + RULE,
        RULE + "<details><summary>one</summary>\n\ntwo *three*\n\n</details>\n",
        RULE + "A note[^1].\n\n[^1]: word\n",
        RULE + "A note[^n].\n\n[^n]: one two\n    three\n",
        RULE + "```\ncode\n``` after the fence\n\ntext\n```\n",
        RULE + '```python title="one two"\ncode\n```\n',
        RULE + "```\nnever closed\n",
        CHOICES.format("Notes", "only in *public*"),
        "- Services MUST answer\n  in time (SVC-1)\n",
        RULE + "one  \ntwo\\\nthree\n",
        "### Services MUST: (SVC-1)\n\n- one\n  - two\n    - three\n\n      four\n",
        RULE + "**Why:** one\n\ntwo three\n\n- four\n\n**Check:** five\n\nsix\n",
        RULE + "> one\n> two\n\n> [!NOTE]\n> three\n",
        "One two\n=======\n\n" + RULE + "Three\n-----\n\nfour\n",
        "## One\n\n## Two\n\n" + RULE + "## Three\n\n#### Four\n",
        RULE + "Term\n: what it means\n",
        "### Services MUST <b>one</b> <sup>two</sup> (SVC-1)\n\n<kbd>three</kbd> <unknown>four</unknown> <x-y a=b>five</x-y>\n",
        RULE + "[one](https://a.example), ![two](x.png), <https://b.example/three>\n",
        RULE + "[one][r], [r]\n\n[r]: https://a.example\n",
        RULE + "[one two](javascript:alert)\n",
        RULE + "&lt;one&gt; AT&amp;T `&amp;two;` &copy; three\n",
        RULE + "\tcode\n\n1.\tone\n\n\ttwo\n",
        RULE + "- # one\n- two\n  ## three\n",
        RULE + "- x\n\n  | one | two |\n  | - | - |\n  | three | four |\n",
        RULE + "<table><caption>one</caption><tr><th>two</th><td>three<br>four</td></tr></table>\n",
        RULE + "<ul><li>one<ul><li>two</li></ul></li></ul> three\n",
        "1. one\n2. Services MUST answer (SVC-1)\n3. two\n",
        "- [ ] one\n- [x] Services MUST answer (SVC-1)\n",
        "### Services MUST ~~one~~ two (SVC-1)\n\n~~three~~\n",
        "### Services MUST o\u200bne (SVC-1)\n\nt\u00adwo\n",
        "### \u670d\u52a1 MUST \u4e2d\u6587 (SVC-1)\n\n\u4e00\u4e8c\u4e09\n\u56db\n",
        RULE + "$one_1 < two$ a<b and c>d\n",
        RULE + "#### One\n\ntwo\n",
        "### Services MUST answer (SVC-1) ###\n\n## One ##\n\ntwo\n",
        "# Another title than the page has\n\n" + RULE,
        RULE + "<h1>one</h1>\n<h2 id=x>two</h2>\n",
        "> - Services MUST answer (SVC-1)\n>\n>   **Why:** one\n> - two\n",
        "- Services MUST answer (SVC-1)\n\n  one\nlazy two\n",
        RULE + "[one] [two][] ![three][x] [a](b c) []( ) [four](<x y>)\n",
        "All.\n\nAll.\n\n- All MUST all (SVC-1)\n\nAll.\n\n- All MUST all (SVC-2)\n\nAll.\n",
        "### Services MUST answer \\(now\\) (SVC-1)\n\none\\_two \\*three\\*\n",
    ],
)
def test_every_word_of_a_page_is_in_the_output(text: str) -> None:
    assert lost(text) == []


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        (RULE + "<!-- one two -->\n", "a comment", 2),
        (RULE + "x <!-- one --> y\n", "a comment", 1),
        (RULE + "[r]: https://one.example 'two'\n", "a link definition", 5),
        (RULE + "### Services MUST stop (SVC-2)\n\n**Status:** draft\n", "status draft", 5),
        (RULE + "## Old\n\n### Services MUST stop (SVC-2)\n\n**Withdrawn:** 2026-08\n", "status withdrawn", 6),
        (
            RULE + "## Old\n\n### Services MUST stop (SVC-2)\n\n**Withdrawn:** 2026-08\n",
            "a section with no shipped rules",
            1,
        ),
    ],
)
def test_what_is_left_out_says_why(text: str, reason: str, words: int) -> None:
    (file,) = covered(text).files
    assert (file.excluded[reason], file.lost) == (words, 0)


def test_what_no_output_has_is_reported_at_its_place() -> None:
    assert lost(RULE + "Words <template>never seen</template> here.\n\n<p hidden>one</p>\n") == [
        ("CX050", 3, "`never seen` is not in the output"),
        ("CX050", 5, "`one` is not in the output"),
    ]
    (finding,) = covered(RULE + "one\ntwo <template>three</template>\n").findings
    assert (finding.span.line, finding.span.column, finding.span.end_column) == (13, 15, 20)


def test_surplus_cells_of_a_table_in_a_body_are_reported() -> None:
    text = "| cmd | meaning |\n|---|---|\n| `ps | grep x` | find, not kill |\n| a | b |\n"
    assert lost(f"{RULE}\n{text}") == [("CX051", 6, "no block on the page contains `find not kill`")]


@pytest.mark.parametrize(
    "text", ["H<sub>2</sub>O", "non<wbr>sense", "<u>under</u>ground", "a<span class='x'>b</span>c"]
)
def test_tags_within_a_word_leave_it_one_word(text: str) -> None:
    assert lost(f"{RULE}\nWords: {text} here.\n\n<div>\n{text}\n</div>\n") == []


BLOCKS = dialect('[[rule]]\nat = "block"\nmatch = "MUST|SHOULD"\n')


@pytest.mark.parametrize(
    "text",
    [
        "All [widget](#nope)s and un[break](nofile.md)able.",
        "\u8bf7[\u6539\u7528](#\u63a5\u7f1d)\u6d4b\u8bd5\u3002",
        "a[b](#nope)c[d](#nope)e",
        "a[b](https://example.com/x)c[d](#nope)e `f`g **h**i",
        "a![b](#nope)c",
    ],
)
def test_a_link_inside_a_word_that_becomes_plain_text_leaves_it_one_word(text: str) -> None:
    assert lost(f"{text}\n\n- Services MUST log {text}\n\n> {text}\n", BLOCKS) == []


def test_parts_of_a_word_are_lost_if_one_of_them_is() -> None:
    assert lost(f"{RULE}\nA [word](#nope)s.\n\n<p hidden>one[two](#nope)three</p>\n")[0][0] == "CX050"


@pytest.mark.parametrize("attributes", ["{#cyclic-rc}", "{: #cyclic-rc .wide }", "{#cyclic-rc data-x=3}"])
@pytest.mark.parametrize("title", ["Count", "Count ([`Rc`](#nope) and [Arc](#x))", "Guides MUST count [x](#y)s"])
def test_the_attribute_list_of_a_heading_is_left_out(title: str, attributes: str) -> None:
    result = covered(f"# A\n\n- Services MUST log.\n\n## {title} {attributes}\n\nText.\n", BLOCKS)
    assert result.findings == ()
    assert result.files[0].excluded["an attribute list"] >= 2


def test_the_words_of_a_pattern_above_its_sentence_are_a_marker() -> None:
    by = dialect(
        '[[rule]]\nat = "heading"\nmatch = "^Decision (?P<statement>.*)$"\nwith_next = true\n[level]\ndefault = "MUST"\n'
    )
    result = covered("# A\n\n## Decision\n\nDeploy it.\n", by)
    assert result.findings == ()
    assert result.files[0].excluded == {"rule id or level": 1}


@pytest.mark.parametrize("row", ["| `406` | map | Servers MUST stop. |", "| MUST | map | Servers SHOULD stop |"])
def test_the_other_cells_of_a_row_stay_with_the_rule_in_one_cell(row: str) -> None:
    table = "| Code | Type | Meaning |\n| --- | --- | --- |\n"
    assert lost(f"# A\n\n{table}{row}\n", BLOCKS) == []
    assert lost(f"# A\n\n{table}{row}\n| `407` | list | a note |\n", BLOCKS) == []


def test_the_title_of_a_page_with_one_rule_is_shown() -> None:
    files = {f"x/{n}.md": f"# Title {n} of it\n\n- Services MUST log {n}.\n" for n in range(20)}
    readings = [
        parse_standard(p, t.encode(), BLOCKS, Config(), schema=schema("front-matter")) for p, t in files.items()
    ]
    standards = [reading.document.standard for reading in readings if reading.document]
    codex = disambiguated(resolve(standards, files=frozenset(files), texts=files))
    assert of_codex(codex, Config(namespace="acme", title="Acme codex")).findings == ()


def test_a_cell_without_a_column_is_reported() -> None:
    table = CHOICES.replace(" | {} |\n", " |\n", 1).replace(" - |\n", "\n", 1)
    assert lost(table.format("one two")) == [("CX051", 3, "no block on the page contains `one two`")]


def test_a_word_of_the_output_counts_once() -> None:
    text = RULE + "again <template>again</template>\n"
    assert [message for _, _, message in lost(text)] == ["`again` is not in the output"]


def test_a_file_without_a_rule_in_its_skill_is_reported_once() -> None:
    assert [code for code, _, _ in lost("Only text.\n")] == ["CX053"]


SITE = dialect(
    '[[rule]]\nat = "list-item"\nmatch = "MUST"\n[context]\nskip = ["contributors", "(?:Change )?History"]\n'
    'front_matter = ["layout"]\n'
)


def test_sections_are_left_out_by_name_with_all_below_them() -> None:
    text = (
        "# Guide\n\n- Tools MUST build.\n\n## Contributors\n\n- Ann\n\n### Past\n\nBob MUST rest.\n\n- Bob MUST go.\n\n"
        "## Next\n\nText.\n\n## History\n\nOld.\n"
    )
    result = covered(text, SITE)
    assert result.findings == ()
    assert (result.files[0].excluded, result.files[0].lost) == ({"context.skip": 11}, 0)
    assert result.files[0].out == 6


def test_keys_of_the_front_matter_are_read_left_out_or_reported_together() -> None:
    head = "---\ntitle: Guide\nlayout: page\nsummary: In batch jobs\nextra:\n  - one\n---\n\n"
    result = covered(head + "# Guide\n\n- Tools MUST build.\n", SITE)
    assert [(f.code, f.span.line, f.message) for f in result.findings] == [
        ("CX052", 4, "unread front matter keys: `summary`, `extra`, in 1 file")
    ]
    assert result.files[0].excluded["front matter that is not read"] == 6


def test_preprocessing_is_a_reason() -> None:
    by = dialect('[[preprocess]]\nstep = "liquid-drop"\n[[rule]]\nat = "list-item"\nmatch = "MUST"\n')
    result = covered("# Guide\n\n{% include one two %}\n\n- Tools MUST build.\n", by)
    assert result.files[0].excluded == {"text removed by the dialect's preprocessing": 3}


@pytest.mark.slow
def test_accounting_for_words_takes_linear_time() -> None:
    text = RULE + "\n".join(f"same words {n} again\n\n- one\n" for n in range(6000))
    with at_most_cpu_seconds(20):
        assert covered(text).findings == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["otto", "home-office", "thoughtbot"])
def test_no_word_of_a_real_corpus_is_lost(name: str) -> None:
    config = Config(namespace="acme", title="Acme")
    readings = corpus(shared(f"corpora/open/{name}"), shipped(name))
    documents = [reading.document for reading in readings if reading.document]
    texts = {document.path: document.raw for document in documents}
    codex = disambiguated(resolve([d.standard for d in documents], files=frozenset(texts), texts=texts))
    result = of_codex(codex, config)
    assert sum(file.words for file in result.files) > 10_000
    assert sum(file.lost for file in result.files) == 0
    assert [f.code for f in result.findings if f.code != "CX053"] == []


WORDS = st.sampled_from(
    ["zebra", "lion", "fox", "the", "a", "of", "wolf", "bear", "owl", "7", "\u4e2d\u6587", "\u00e9t\u00e9"]
)
TEXT = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
MARKED = st.builds(
    lambda form, text: form.format(text),
    st.sampled_from(
        [
            "{}",
            "*{}*",
            "**{}**",
            "`{}`",
            "~~{}~~",
            "[{}](https://x.example/y)",
            "![{}](x.png)",
            "<b>{}</b>",
            "&lt;{}&gt;",
            *[
                "<kbd>{}</kbd>",
                "[{}][ref]",
                "{} <!-- no -->",
                "\\*{}\\*",
                "list<of> {}",
                "{}  \nmore",
                "{}\\\nmore",
                "{}[^1]",
            ],
        ]
    ),
    TEXT,
)
INLINE = st.lists(MARKED, min_size=1, max_size=3).map(" ".join)
LINE = INLINE.map(lambda text: text.replace("  \n", " ").replace("\\\n", " "))


def _indented(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(rest + line if line else rest.rstrip() for line in lines[1:])])


def _list(items: list[str], numbered: bool) -> str:
    marks = [f"{n}. " if numbered else "- " for n in range(1, len(items) + 1)]
    return "\n".join(_indented(item, mark, " " * len(mark)) for mark, item in zip(marks, items, strict=True))


def _table(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]])


LEAF = st.one_of(
    INLINE,
    INLINE.map(lambda text: f"{text.split(chr(10))[0]}:"),
    TEXT.map(lambda text: f"```go\n{text}\n```"),
    TEXT.map(lambda text: f"~~~ {text}\n{text}\n~~~"),
    TEXT.map(lambda text: f"    {text}"),
    TEXT.map(lambda text: f"<div>\n{text}\n</div>"),
    TEXT.map(lambda text: f"<details><summary>{text}</summary>\n\n{text}\n\n</details>"),
    TEXT.map(lambda text: f"<!-- {text} -->"),
    TEXT.map(lambda text: f"[^1]: {text}"),
    st.just("[ref]: https://x.example 'a title'"),
    st.just("***"),
    st.lists(st.lists(LINE, min_size=2, max_size=2), min_size=1, max_size=3).map(_table),
)
BLOCK = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.builds(_list, st.lists(inner, min_size=1, max_size=3), st.booleans()),
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: _indented("\n\n".join(parts), "> ", "> ")),
        st.lists(inner, min_size=2, max_size=2).map(lambda parts: _list(["\n\n".join(parts)], numbered=False)),
    ),
    max_leaves=6,
)
RULED = st.one_of(
    LINE.map(lambda text: f"### Services MUST {text} (SVC-{{}})"),
    LINE.map(lambda text: f"- Services SHOULD {text} (SVC-{{}})"),
    st.builds(lambda a, b: f"- {a}\n  - Services MAY {b} (SVC-{{}})", LINE, LINE),
    st.builds(lambda a, b: f"- Services MUST: (SVC-{{}})\n\n  - {a}\n  - {b}", LINE, LINE),
    st.builds(lambda a, b: f"**Why:** {a}\n\n{b}", LINE, INLINE),
    LINE.map(lambda text: f"## {text}"),
    LINE.map(lambda text: f"{text}\n---"),
)
DOCUMENT = st.lists(st.one_of(BLOCK, RULED), min_size=1, max_size=10)


def _page(blocks: list[str]) -> str:
    """Join blocks, and number the rules in them, and most words, so that none stands for another."""
    numbered = (part.replace("(SVC-{})", f"(SVC-{n})") for n, part in enumerate(blocks, 2))
    number = count()
    text = re.sub(r"zebra|lion|fox|the|wolf|bear|owl", lambda match: f"{match[0]}{next(number)}", "\n\n".join(numbered))
    return f"{RULE}{text}\n\n[ref]: https://x.example"


@settings(max_examples=1500 if THOROUGH else 60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENT)
def test_no_word_of_a_generated_page_is_lost(blocks: list[str]) -> None:
    assert [(f.code, f.message, f.span) for f in covered(_page(blocks)).findings] == []


@settings(max_examples=1000 if THOROUGH else 40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENT, st.sampled_from(["otto", "home-office", "thoughtbot"]))
def test_no_word_of_a_generated_page_is_lost_in_other_dialects(blocks: list[str], name: str) -> None:
    result = covered("# MUST be a page\n\n- Use it.\n\n" + _page(blocks), shipped(name))
    assert [(f.code, f.message, f.span) for f in result.findings if f.code != "CX053"] == []


@settings(max_examples=1500 if THOROUGH else 60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="ab \n\t`*_[]()<>|-#:>!\\&;~^1.{}'\"=/", max_size=200))
def test_the_sums_agree_for_any_text(text: str) -> None:
    covered(RULE + text)


@pytest.mark.parametrize("lead", ["- ", "> ", "1. ", "> - ", "- - "])
def test_cells_of_a_table_in_a_list_or_quote_are_held(lead: str) -> None:
    below = "".join(character if character == ">" else " " for character in lead)
    assert lost(f"{RULE}- x\n\n{lead}| one | two |\n{below}| --- | --- |\n") == []


def test_a_heading_in_a_quote_at_the_start_of_a_page_is_text() -> None:
    assert lost("> # NOTICE\n>\n> Old.\n\n- Tools MUST build.\n", LEVELS) == []


LEVELS = dialect('[[rule]]\nat = "list-item"\nmatch = "MUST"\n')


def test_words_that_the_output_moves_are_found() -> None:
    text = (
        "### Services MUST stop (SVC-1)\n\n#### Wait for it\n\n<table><tr><td>\n\n```go\na\n```\n\n</td></tr>\n<tr><td>\n\n"
        "One.\nSee [Wait for it](#wait-for-it).\n\n</td></tr></table>\n"
    )
    assert lost(text) == []


def test_files_without_rules_are_one_finding_for_each_skill() -> None:
    config = Config(namespace="acme", title="Acme codex")
    pages = {f"{n}.md": standard("Text.", identity=f"T{n}") for n in range(3)}
    documents = [
        parse_standard(path, text.encode(), canonical(), config, schema=schema("front-matter")).document
        for path, text in pages.items()
    ]
    codex = resolve([d.standard for d in documents if d], files=frozenset(pages), texts=pages)
    assert [f.message for f in of_codex(codex, config).findings] == [
        "nothing from this file and 2 more is in the output: the skill `services` does not contain any rules"
    ]


def test_a_rule_read_from_two_blocks_has_the_words_of_both() -> None:
    by = dialect(
        "[[rule]]\nat = 'heading'\ndepth = 3\nwith_next = true\nmatch = '^(?P<id>R-[0-9]+)\\s*(?P<statement>.*)$'\n"
        "[id]\nmode = 'explicit'\npattern = 'R-[0-9]+'\n"
    )
    assert lost("# P\n\n### R-1 Builds\n\nTools MUST build\nfast.\n\nText.\n", by) == []


def test_a_rule_with_a_label_on_its_next_line_has_all_words() -> None:
    assert lost("- Services MUST answer (SVC-1)\n  **Why:** callers give up.\n") == []


@pytest.mark.parametrize("target", ["jobs", "Jobs.", "   jobs"])
def test_a_definition_that_is_meant_as_text_is_reported(target: str) -> None:
    assert lost(f"{RULE}\n[Exception]: {target}\n") == [("CX051", 4, "no block on the page contains `exception jobs`")]
    assert lost(f"{RULE}\nSee [exception].\n\n[Exception]: {target}\n") == []


@pytest.mark.parametrize("target", ["# (jobs)", "./jobs", "jobs.md", "https://example.com", "<jobs> 'x'"])
def test_a_definition_of_a_link_is_syntax(target: str) -> None:
    assert lost(f"{RULE}\n[Exception]: {target}\n") == []
