"""What dialects can say about documents that mark rules in unusual ways: small texts of our own, one for each way."""

import pytest

from skills_build.model.standard import Level, Rule, Standard
from skills_build.source.resolve import resolve
from skills_build.source.rules import technologies_of
from tests.skills_build.source.reading import dialect, reading, shipped, standard

MUST = "[level]\nkeywords = false\ndefault = 'MUST'\n"


def rules(text: str, toml: str) -> tuple[Rule, ...]:
    return standard(text, dialect(toml)).rules


# An id in one block and the sentence in the next.


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("heading", "# A\n\n### V-1.2\n\nInput is decoded *once*.\n\nMore.\n"),
        ("paragraph", "# A\n\n**V-1.2**\n\nInput is decoded *once*.\n\nMore.\n"),
        ("list-item", "# A\n\n- V-1.2\n\n  Input is decoded *once*.\n\n  More.\n"),
    ],
)
def test_an_id_may_be_in_one_block_and_the_sentence_in_the_next(at: str, text: str) -> None:
    by = f"[[rule]]\nat = '{at}'\nwith_next = true\nmatch = '^\\W*(?P<id>V-[\\d.]+)\\W+(?P<statement>.*)$'\n"
    (rule,) = rules(text, by + MUST + "[id]\nmode = 'explicit'\npattern = 'V-[\\d.]+'\n")
    assert (rule.id, rule.statement, rule.body) == ("V-1.2", "Input is decoded *once*.", "More.")


def test_a_block_without_a_paragraph_below_is_read_alone() -> None:
    by = "[[rule]]\nat = 'heading'\nwith_next = true\nmatch = '^R (?P<statement>.*)$'\n"
    assert [r.statement for r in rules("# A\n\n## R one\n\n- x\n\n## R two\n\nthree\n", by + MUST)] == [
        "one",
        "two three",
    ]


# HTML.


def test_a_block_of_html_may_be_a_rule() -> None:
    by = (
        "[[rule]]\nat = 'html'\nmatch = '<div class=\"rule\" id=\"(?P<id>[a-z-]+)\">\\s*(?P<statement>.*?)\\s*</div>'\n"
        "[id]\nmode = 'explicit'\npattern = '[a-z-]+'\n"
    )
    text = '# A\n\n<div class="rule" id="log-json">\n  Logs <b>MUST</b>\n  be JSON.\n</div>\n\n<div class="note">\nNo rule.\n</div>\n'
    (rule,) = rules(text, by)
    assert (rule.id, rule.level) == ("log-json", Level.MUST)
    assert "be JSON." in rule.statement


def test_a_block_of_html_may_hold_several_rules() -> None:
    by = "[[rule]]\nat = 'html'\nstart = '<li>'\nmatch = '^<li>\\s*(?P<statement>[^<]*)'\n"
    text = "# A\n\n<ul>\n<li>Logs MUST be JSON.</li>\n<li>Logs SHOULD be short.</li>\n</ul>\n"
    assert [(r.level, r.statement.rstrip()) for r in rules(text, by)] == [
        (Level.MUST, "Logs MUST be JSON."),
        (Level.SHOULD, "Logs SHOULD be short."),
    ]


# Rows.


def test_a_row_may_be_matched_as_a_whole() -> None:
    by = (
        "[[rule]]\nat = 'row'\nmatch = '^(?P<id>K-\\d+) \\| (?P<level>must|should) \\| (?P<statement>[^|]*?)(?: \\||$)'\n"
        "[level]\nkeywords = false\nignore_case = true\n[id]\nmode = 'explicit'\npattern = 'K-\\d+'\n"
    )
    text = "# A\n\n| a | b | c | d |\n| - | - | - | - |\n| K-1 | must | log | here |\n| x | must | no | rule |\n| K-2 | should | rest | |\n"
    assert [(r.id, r.level, r.statement) for r in rules(text, by)] == [
        ("K-1", Level.MUST, "log"),
        ("K-2", Level.SHOULD, "rest"),
    ]


def test_the_sentence_of_a_row_may_hold_its_id_and_level() -> None:
    by = (
        "[[rule]]\nat = 'row'\ncolumns = { statement = 'Rule' }\n"
        "match = '^(?P<id>K-\\d+) (?P<level>MUST|MAY): (?P<statement>.*)$'\n[id]\nmode = 'explicit'\npattern = 'K-\\d+'\n"
    )
    text = "# A\n\n| Rule | Note |\n| - | - |\n| K-1 MUST: log | always |\n| a legend | |\n"
    (rule,) = rules(text, by)
    assert (rule.id, rule.level, rule.statement) == ("K-1", Level.MUST, "log")
    assert rule.columns[0] == ("Note", "always")


# Tiers.

TIERS = "[tiers]\norder = ['1', '2', '3']\ntechnology = 'asvs-l{tier}'\n"


def test_the_tier_of_a_row_selects_it_for_that_tier_and_the_higher_ones() -> None:
    by = f"[[rule]]\nat = 'row'\ncolumns = {{ statement = 'Rule', tier = 'Level' }}\n{MUST}{TIERS}"
    text = "# A\n\n| Rule | Level |\n| - | - |\n| one | 1 |\n| two | **2** |\n| three | 3 |\n| none | |\n"
    found = rules(text, by)
    assert [r.scope.technologies for r in found] == [
        ("asvs-l1", "asvs-l2", "asvs-l3"),
        ("asvs-l2", "asvs-l3"),
        ("asvs-l3",),
        (),
    ]
    assert ("Level", "1") in found[0].columns


def test_a_tier_may_be_a_group_of_the_pattern() -> None:
    by = f"[[rule]]\nat = 'list-item'\nmatch = '^\\[L(?P<tier>\\d)\\] (?P<statement>.*)$'\n{MUST}{TIERS}"
    (rule,) = rules("# A\n\n- [L2] log\n", by)
    assert (rule.statement, rule.scope.technologies) == ("log", ("asvs-l2", "asvs-l3"))


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("Basic", ("tier-basic", "tier-high-end")),
        ("high end", ("tier-high-end",)),
        ("basic", ("tier-basic", "tier-high-end")),
        ("other", ()),
        ("", ()),
    ],
)
def test_tiers_are_read_in_any_case(tier: str, expected: tuple[str, ...]) -> None:
    by = dialect("[[rule]]\nat = 'heading'\n[tiers]\norder = ['Basic', 'High end']\n")
    assert technologies_of(tier, by.tiers) == expected


@pytest.mark.parametrize("written", ["L1, L3", "L1/L3", "L1 L3"])
def test_a_rule_that_names_several_tiers_applies_to_these(written: str) -> None:
    by = dialect("[[rule]]\nat = 'heading'\n[tiers]\norder = ['L1', 'L2', 'L3']\ntechnology = '{tier}'\n")
    assert technologies_of(written, by.tiers) == ("l1", "l3")


# Parts.


@pytest.mark.parametrize(
    "label",
    [
        "*Why?*: tools read it.",
        "**Why?** tools read it.",
        "_Why?_: tools read it.",
        "Why? tools read it.",
        "*Why?:* tools read it.",
    ],
)
@pytest.mark.parametrize("wrap", ["  {}\n", "  - {}\n", "  > {}\n", "  1. {}\n"])
def test_a_label_may_have_any_emphasis_and_be_in_a_list_or_quote(label: str, wrap: str) -> None:
    by = f"[[rule]]\nat = 'list-item'\ndepth = 1\n{MUST}[parts.labels]\n'Why?' = 'why'\n"
    (rule,) = rules(f"# A\n\n- Log in JSON.\n\n{wrap.format(label)}", by)
    assert rule.label("why") == "tools read it."


def test_items_behind_a_labelled_item_belong_to_the_rule_and_not_to_the_label() -> None:
    by = f"[[rule]]\nat = 'heading'\ndepth = 2\n{MUST}[parts.labels]\n'Why?' = 'why'\nExample = 'good'\n"
    text = "# A\n\n## Log in JSON\n\n- *Why?*: tools read it.\n- Other text.\n- *Example*:\n\n  ```js\n  log()\n  ```\n"
    (rule,) = rules(text, by)
    assert rule.label("why") == "tools read it."
    assert [e.code for e in rule.examples] == ["log()\n"]


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("// bad", "// good"),
        ("# Bad:", "# Good:"),
        ("-- BAD", "-- GOOD"),
        ("/* bad */", "/* good */"),
        ("<!-- bad -->", "<!-- good -->"),
    ],
)
def test_comments_divide_a_code_block_into_examples(bad: str, good: str) -> None:
    by = f"[[rule]]\nat = 'heading'\ndepth = 2\n{MUST}[parts.code]\nbad = 'bad'\ngood = 'good'\n"
    text = f"# A\n\n## Use const\n\n```js\n{bad}\nvar a;\n\n{good}\nconst a;\n{good}\nconst b;\n```\n\n```js\n// no example\n```\n"
    (rule,) = rules(text, by)
    assert [(e.good, e.code) for e in rule.examples] == [
        (False, "var a;\n"),
        (True, "const a;\n"),
        (True, "const b;\n"),
    ]


# Documents.


def test_a_document_may_state_its_review_prefix_globs_and_permalink() -> None:
    by = dialect(
        "namespace = 'api'\n[document]\nid = 'front-matter:number'\nid_prefix = 'AIP-'\nreview_every = 'value:6 months'\n"
        f"paths = 'front-matter:globs'\n[[rule]]\nat = 'list-item'\n{MUST}"
    )
    text = "---\nnumber: 122\nglobs: **/*.ts, src/{a,b}/*.go\npermalink: /names/\n---\n\n# A\n\n- Names end in s.\n"
    read = reading(text, by)
    assert read.document is not None
    assert not [f for f in read.findings if f.code == "CX004"]
    one = read.document.standard
    assert (one.id, one.review_every, one.permalink) == ("AIP-122", "6 months", "/names/")
    assert one.scope.paths == ("**/*.ts", "src/{a,b}/*.go")


@pytest.mark.parametrize("globs", ["'**'", "'**/*'", "[]", ""])
def test_globs_of_all_files_are_no_limit(globs: str) -> None:
    by = dialect(f"[document]\npaths = 'front-matter:globs'\n[[rule]]\nat = 'list-item'\n{MUST}")
    assert standard(f"---\nglobs: {globs}\n---\n\n- Names.\n", by).scope.paths == ()


def test_links_to_a_permalink_lead_to_the_file_of_the_page() -> None:
    by = dialect("[[rule]]\nat = 'list-item'\nmatch = 'MUST'\n")
    one = standard("---\npermalink: /names/one\n---\n\n# A\n\n- Names MUST end in s.\n", by, path="x/1.md")
    two = standard("# B\n\n- See MUST [a](/names/one/#a), [b](/names/two).\n", by, path="2.md")
    codex = resolve([one, two])
    links = {s.path: [link.goal for link in s.links] for s in codex.standards}
    assert links == {"2.md": ["/x/1.md#a", "/names/two"], "x/1.md": []}
    assert [link.goal for link in codex.standards[0].rules[0].links] == ["/x/1.md#a", "/names/two"]


# Dialects for what teams have already.


def of(name: str, text: str, *, level: str = "", path: str = "AGENTS.md") -> tuple[Standard, list[str]]:
    by = shipped(name)
    if level:
        own = f"\n[level]\nkeywords = false\ncontext = true\nignore_case = true\ndefault = '{level}'\n"
        toml = (
            (shipped_text(name))
            .replace("\n[level]\nkeywords = false\ncontext = true\n", own)
            .replace("ignore_case = true\nignore_case", "ignore_case")
        )
        by = dialect(toml.replace("default = 'SHOULD'\nignore_case = true\n", "default = 'SHOULD'\n"), name=name)
    read = reading(text, by, path=path)
    assert read.document is not None
    return read.document.standard, [f.code for f in read.findings]


def shipped_text(name: str) -> str:
    from codex.resources import data_root

    return (data_root("templates") / "dialects" / f"{name}.toml").read_text(encoding="utf-8")


AGENTS = (
    "# Agents\n\nIntroduction.\n\n## Style\n\n- You MUST use tabs.\n- Never push to main.\n- `make test`\n- [docs](x.md)\n\n"
    "<!-- codex:begin version=1.0.0 sha256=x -->\n- Managed MUST stay out.\n<!-- codex:end -->\n\n- Last.\n"
)


def test_agents_md_takes_its_level_from_the_settings_and_never_from_prose() -> None:
    one, codes = of("agents-md", AGENTS)
    assert one.rules == ()
    assert codes.count("CX063") == 1
    one, codes = of("agents-md", AGENTS, level="SHOULD")
    assert [(r.level, r.statement) for r in one.rules] == [
        (Level.SHOULD, "You MUST use tabs."),
        (Level.SHOULD, "Never push to main."),
        (Level.SHOULD, "Last."),
    ]
    assert "CX063" not in codes


@pytest.mark.parametrize(
    ("name", "key", "path"),
    [
        ("cursor-rules", "globs", ".cursor/rules/a.mdc"),
        ("copilot-instructions", "applyTo", ".github/instructions/a.instructions.md"),
    ],
)
def test_rules_of_editors_apply_to_their_globs(name: str, key: str, path: str) -> None:
    text = f"---\ndescription: Style\n{key}: **/*.ts,**/*.tsx\n---\n\n- Use tabs.\n"
    one, _ = of(name, text, level="SHOULD", path=path)
    assert (one.title, one.scope.paths) == ("Style", ("**/*.ts", "**/*.tsx"))
    assert [(r.level, r.statement) for r in one.rules] == [(Level.SHOULD, "Use tabs.")]
    assert of(name, text, path=path)[1].count("CX063") == 1


def test_review_instructions_of_gitlab_are_lists_in_yaml() -> None:
    text = (
        "instructions:\n  - name: Ruby style\n    fileFilters:\n      - '*.rb'\n      - \"lib/**/*.rb\"\n    instructions: |\n"
        "      1. Methods have documentation.\n      2. Errors are raised early.\n\n      Some words.\n  - name: All\n"
        "    instructions: |\n      1. Be kind.\n"
    )
    one, codes = of("mr-review-instructions", text, level="MUST", path=".gitlab/duo/mr-review-instructions.yaml")
    assert [(r.level, r.statement) for r in one.rules] == [
        (Level.MUST, "Methods have documentation."),
        (Level.MUST, "Errors are raised early."),
        (Level.MUST, "Be kind."),
    ]
    assert [s.title for s in one.sections if s.depth == 2] == ["Ruby style", "All"]
    assert "`*.rb`" in "".join(s.text for s in one.sections)
    assert "CX004" not in codes


@pytest.mark.parametrize(
    ("decision", "consequences"),
    [
        ("## Decision", "## Consequences"),
        ("## Decision Outcome", "### Consequences"),
        ("## Our Decision", "## Consequences"),
    ],
)
def test_the_decision_of_a_record_is_a_rule_with_its_consequences(decision: str, consequences: str) -> None:
    text = (
        f"# 7. Use one database\n\n## Status\n\nAccepted\n\n## Context\n\nWe have five.\n\n{decision}\n\nWe will use one database.\n\n"
        f"It is the one we know.\n\n{consequences}\n\nFewer people on call.\n\n- Less choice.\n"
    )
    one, _ = of("adr", text, level="SHOULD", path="docs/adr/0007-one-database.md")
    (rule,) = one.rules
    assert (rule.level, rule.statement) == (Level.SHOULD, "We will use one database.")
    assert rule.label("why") == "Fewer people on call.\n\n- Less choice."
    assert one.status.status.value == "approved"
    assert of("adr", text, path="docs/adr/0007.md")[1].count("CX063") == 1


@pytest.mark.parametrize(
    ("word", "status"), [("Proposed", "draft"), ("Superseded", "deprecated"), ("Rejected", "withdrawn")]
)
def test_the_status_of_a_record_is_its_status(word: str, status: str) -> None:
    one, _ = of("adr", f"# A\n\n## Status\n\n{word} by 8\n\n## Decision\n\nWe will.\n", path="docs/adr/1.md")
    assert one.status.status.value == status


def test_a_tier_that_the_dialect_does_not_have_is_reported() -> None:
    tiers = dialect(
        '[[rule]]\nat = "row"\ncolumns = { id = "Nr", statement = "Rule", tier = "L" }\n'
        '[level]\nkeywords = false\ndefault = "MUST"\n[id]\nmode = "explicit"\n[tiers]\norder = ["1", "2", "3"]\n'
    )
    rows = "| A-1 | one | 1 |\n| A-2 | two | L2 |\n| A-3 | three | 4 |\n| A-4 | four | |\n| A-5 | five | 1, 3 |\n"
    read = reading(f"# A guide\n\n| Nr | Rule | L |\n| --- | --- | --- |\n{rows}", tiers)
    found = [(f.code, f.span.line) for f in read.findings]
    assert found == [("CX041", 6), ("CX041", 7), ("CX041", 8)]


def test_a_second_word_of_the_map_in_the_same_emphasis_is_a_level() -> None:
    own = dialect(
        '[[rule]]\nat = "list-item"\nmatch = "^\\\\*\\\\*(?P<level>DO|DO NOT)\\\\*\\\\*:? (?P<statement>.*)$"\n'
        '[level.map]\nDO = "MUST"\n"DO NOT" = "MUST NOT"\n'
    )
    (rule,) = standard("# A guide\n\n- **DO** eat and **DO NOT** drink, DO as I say\n", own).rules
    assert [(keyword.word, keyword.level) for keyword in rule.keywords] == [("DO", "MUST"), ("DO NOT", "MUST NOT")]


# Blocks that nearly match.

ITEMS = (
    "[[rule]]\nat = 'list-item'\nmatch = '^\\*\\*(?P<id>R-\\d+)\\*\\*: (?P<statement>.*)$'\n"
    "[id]\nmode = 'explicit'\npattern = 'R-\\d+'\n[level]\ndefault = 'SHOULD'\n"
)
WORDS = (
    "[[rule]]\nat = 'list-item'\nmatch = '^\\*\\*(?P<level>[^a-z*]+)\\*\\* (?P<statement>.*)$'\n"
    "[level.map]\n'DO' = 'MUST'\n\"DON'T\" = 'MUST NOT'\n"
)


def misses(text: str, toml: str) -> list[str]:
    return [miss.message for miss in standard(f"# A\n\n{text}\n", dialect(toml)).near_misses]


@pytest.mark.parametrize(
    "item",
    [
        "**R-2** log",
        "R-2: log",
        "*R-2*: log",
        "**R2**: log",
        "**R-2**:log",
        "**r-2**: log",
        "**R-2:** log",
        "(R-2) log",
        "__R-2__: log",
    ],
)
def test_a_block_that_starts_with_an_id_of_the_dialect_in_another_form_is_reported(item: str) -> None:
    (message,) = misses(f"- **R-1**: Services log.\n- {item}", ITEMS)
    assert message.startswith("list item starts with the id `")


@pytest.mark.parametrize("item", ["see R-2", "log", "**Note**: log", "UTF-8 is used", "**R-3**: log", "2 logs"])
def test_other_blocks_are_context_or_rules(item: str) -> None:
    assert misses(f"- **R-1**: Services log.\n- {item}", ITEMS) == []


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("DO log", "list item starts with `DO`, but does not match any rule pattern of its dialect"),
        ("**Do** log", "list item starts with `Do`, but does not match any rule pattern of its dialect"),
        ("**DO**: log", "list item starts with `DO`, but does not match any rule pattern of its dialect"),
        ("**AVOID** logs", "`AVOID` is not a level of this dialect, so the list item is not a rule"),
    ],
)
def test_a_block_that_starts_with_a_level_in_another_form_is_reported(item: str, message: str) -> None:
    assert misses(f"- **DO** trace.\n- {item}", WORDS) == [message]


def test_a_level_with_a_curly_apostrophe_is_the_one_with_a_straight_one() -> None:
    (rule,) = rules("# A\n\n- **DON\u2019T** log.\n", WORDS)
    assert rule.level is Level.MUST_NOT
    assert misses("- **DO** trace.\n- Do it.\n- Done", WORDS) == []


@pytest.mark.parametrize(
    "below", ["- Input is decoded.", "> Input is decoded.", "| A |\n| --- |\n| b |", "```sh\nx\n```", ""]
)
def test_an_id_above_a_block_that_is_no_paragraph_is_reported(below: str) -> None:
    by = "[[rule]]\nat = 'heading'\nwith_next = true\nmatch = '^(?P<id>V-\\d+) (?P<statement>.*)$'\n"
    found = standard(
        f"# A\n\n### V-1\n\n{below}\n", dialect(by + MUST + "[id]\nmode = 'explicit'\npattern = 'V-\\d+'\n")
    )
    (miss,) = found.near_misses
    assert (miss.id, miss.help) == ("V-1", "write the rule's sentence as a paragraph directly below the id")


def test_a_heading_that_is_read_with_the_paragraph_below_has_one_line() -> None:
    by = "[[rule]]\nat = 'heading'\nwith_next = true\nmatch = '^(?P<id>V-\\d+) (?P<statement>.*)$'\n"
    found = standard(
        "# A\n\n### V-1\n\nInput is decoded.\n", dialect(by + MUST + "[id]\nmode = 'explicit'\npattern = 'V-\\d+'\n")
    )
    assert (len(found.rules), found.near_misses) == (1, ())


def test_the_blocks_below_a_rule_in_html_are_its_body() -> None:
    by = (
        "[[rule]]\nat = 'html'\nmatch = '<div id=\"(?P<id>V-\\d+)\">(?P<statement>.*?)</div>'\n"
        "[id]\nmode = 'explicit'\npattern = 'V-\\d+'\n[parts.labels]\nRationale = 'why'\n"
    )
    text = '# A\n\n<div id="V-1">Logs MUST be <b>JSON</b>.</div>\n\n**Rationale:** tools.\n\n<div id="V-2">It MAY x.</div>\n\n## B\n\nText.\n'
    found = standard(text, dialect(by))
    assert [(r.label("why"), r.body) for r in found.rules] == [("tools.", "**Rationale:** tools."), (None, "")]
    assert found.near_misses == ()
