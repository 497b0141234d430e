"""Anchors that authors write behind headings, reasons below headings of their own, and ids made from paths."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build.model.standard import Level, Standard
from skills_build.source.attributes import anchor_ids, without_attributes
from skills_build.source.resolve import resolve
from tests.skills_build.source.reading import dialect, standard

ITEMS = "[[rule]]\nat = 'list-item'\nmatch = 'MUST|SHOULD'\n"
HEADINGS = "[[rule]]\nat = 'heading'\ndepth = 3\n[level]\ndefault = 'SHOULD'\n"


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("## Heading {#my-id}", "my-id"),
        ("## Heading {: #my-id .wide }", "my-id"),
        ("## Heading {.wide #my-id data-x=1}", "my-id"),
        ('## Heading {: .wide title="a b" #my_id:2 }', "my_id:2"),
        ("Heading {#my-id}\n---", "my-id"),
        ("## Heading\n{: #my-id}", "my-id"),
        ('## Heading <a id="my-id"></a>', "my-id"),
    ],
)
@pytest.mark.parametrize("slugger", ["github", "kramdown", "mkdocs", "mdbook"])
def test_an_anchor_written_behind_a_heading_is_one_that_links_may_name(heading: str, anchor: str, slugger: str) -> None:
    result = standard(f"# A\n\n{heading}\n\nText.\n", dialect(f"{ITEMS}[links]\nslugger = '{slugger}'\n"))
    assert anchor in result.anchors


def test_an_anchor_is_no_part_of_the_title_or_the_sentence() -> None:
    result = standard("# A {#top}\n\n### Log in JSON {#log}\n\n## Notes {: #notes .x}\n\nText.\n", dialect(HEADINGS))
    assert [(r.statement, r.anchor) for r in result.rules] == [("Log in JSON", "log")]
    assert [(s.title, s.anchor) for s in result.sections] == [("A", "top"), ("Notes", "notes")]


def test_a_dialect_may_take_ids_from_the_anchors_of_headings() -> None:
    by = dialect(
        "[[rule]]\nat = 'heading'\ndepth = 2\nmatch = '^(?P<statement>.*?) \\{#(?P<id>[a-z-]+)\\}$'\n"
        "[level]\ndefault = 'MUST'\n[id]\nmode = 'explicit'\npattern = '[a-z-]+'\n"
    )
    (rule,) = standard("# A\n\n## Log in JSON {#log-json}\n", by).rules
    assert (rule.id, rule.statement) == ("log-json", "Log in JSON")


@pytest.mark.parametrize(
    "text", ["", "{}", "{# comment #}", "{#comment#}", "{{ page.x }}", "{% x %}", "a {b} c", "{# }", "{#a} end"]
)
def test_braces_that_are_no_attribute_list_at_the_end_stay(text: str) -> None:
    assert without_attributes(text) == text


@given(st.text(alphabet="{}#.:=ab \"'\\", max_size=60))
def test_attribute_lists_are_only_ever_cut_from_the_end(text: str) -> None:
    assert text.startswith(without_attributes(text))
    assert all(f"#{id_}" in text for id_ in anchor_ids(text))


def test_the_blocks_below_the_heading_of_a_part_are_the_part() -> None:
    text = (
        "# R\n\n### Say it in code\n\nIntroduction.\n\n##### Reason\n\nTools read no comments.\n\n- Really.\n\n"
        "###### Further\n\nAnd more.\n\n##### Exception\n\nNone yet.\n\n##### Status\n\napproved\n\nLater text.\n\n"
        "##### Other\n\nNot a part.\n"
    )
    parts = "[parts.headings]\nReason = 'why'\nException = 'except'\nStatus = 'status'\n"
    (rule,) = standard(text, dialect(HEADINGS + parts)).rules
    assert rule.label("why") == "Tools read no comments.\n\n- Really.\n\n###### Further\n\nAnd more."
    assert rule.label("except") == "None yet."
    assert rule.label("status") == "approved"
    assert "Not a part." in rule.body


def test_the_blocks_below_the_comment_of_a_part_are_the_part() -> None:
    text = "# R\n\n### Say it in code\n\n<!-- reason -->\n\nTools read no comments.\n\n```c\nint x;\n```\n\n#### Next\n\nText.\n"
    (rule,) = standard(text, dialect(HEADINGS + "[parts.comments]\nreason = 'why'\n")).rules
    assert rule.label("why") == "Tools read no comments.\n\n```c\nint x;\n```"


def test_a_label_below_the_heading_of_a_part_starts_its_own_part() -> None:
    text = "# R\n\n### Say it in code\n\n##### Reason\n\nTools.\n\n**Except:** never.\n\nText.\n"
    (rule,) = standard(text, dialect(HEADINGS + "[parts.headings]\nReason = 'why'\n")).rules
    assert (rule.label("why"), rule.label("except")) == ("Tools.", "never.")


DEEP = "asynchronous-interfaces-of-services/event-driven-communication-guidelines/guides"


@pytest.mark.parametrize(
    "paths",
    [
        (f"{DEEP}/topic-number-one.md", f"{DEEP}/topic-number-two.md"),
        (f"{DEEP}/one/README.md", f"{DEEP}/two/README.md", f"{DEEP}/one.md"),
        ("a/b.md", "a-b.md", "a_b.md", "A/B.md"),
        ("2024/a.md", "2024-a.md", "doc/2024/a.md", "2024.md", "2024/README.md"),
        ("guides/日本.md", "guides/中国.md", "guides.md", "日本/a.md", "中国/a.md"),
        ("x" * 200 + ".md", "y/" + "x" * 200 + ".md", "1" * 100 + ".md"),
    ],
)
def test_ids_made_from_paths_are_valid_and_never_shared(paths: tuple[str, ...]) -> None:
    assert_valid(*ids_of(paths))


PATHS = st.lists(
    st.text(alphabet="abAB12-_ é日/", min_size=1, max_size=90).map(lambda t: "/".join(p or "_" for p in t.split("/"))),
    min_size=2,
    max_size=6,
    unique=True,
)


@given(PATHS)
def test_any_paths_give_ids_that_are_valid_and_never_shared(paths: list[str]) -> None:
    assert_valid(*ids_of([f"{path}.md" for path in paths]))


def ids_of(paths: tuple[str, ...] | list[str]) -> tuple[list[str], list[str]]:
    by = dialect(ITEMS)
    read: list[Standard] = [standard("# A\n\n- Tools MUST build.\n", by, path=path) for path in paths]
    codex = resolve(read)
    assert [r.level for s in codex.standards for r in s.rules] == [Level.MUST] * len(paths)
    return [s.id for s in codex.standards], [r.id for s in codex.standards for r in s.rules]


def assert_valid(standards: list[str], rules: list[str]) -> None:
    for ids in (standards, rules):
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*", id_) for id_ in ids), ids
    assert all(len(id_) <= 64 for id_ in standards), standards


def test_an_id_that_two_documents_set_is_an_error_in_both() -> None:
    by = dialect(ITEMS)
    text = "---\nid: NET\n---\n\n# A\n\n- Tools MUST build.\n"
    assert [s.id for s in resolve([standard(text, by, path=p) for p in ("a.md", "b.md")]).standards] == ["NET", "NET"]


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("map<string, AnyValue>", "mapstring-anyvalue"),
        ("map<string,int>", "mapstringint"),
        ("List<T>", "list"),
        ("The <b>bold</b> one", "the-bold-one"),
        ('An <a id="x"></a>anchor', "an-anchor"),
        ("A <br/> break", "a-break"),
    ],
)
def test_what_is_no_tag_in_a_heading_is_part_of_its_anchor(title: str, anchor: str) -> None:
    assert anchor in standard(f"# A\n\n## {title}\n\nText.\n", dialect(ITEMS)).anchors
