"""Edits of lists in files of people: what is added can be taken out again, and nothing else changes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex.sync.keys import json_text, yaml_text
from codex.sync.keys.base import UnsafeEditError, at, with_items
from codex.sync.keys.edits import insert, is_as_created, is_empty, new_file, present, remove

JSON, YAML = "settings.json", "instructions.yaml"
FILE_NAME = ("context", "fileName")
NAMES = ("AGENTS.md",)
BOTH = ("AGENTS.md", "GEMINI.md")
GROUPS = ("instructions",)
ITEMS = ({"name": "Eng", "fileFilters": ["**/*"], "instructions": "- A-1: x\n- B-1: `y`: z\n"}, {"name": "Py"})

JSON_FILES = (
    "{}",
    '{"a": 1}',
    '{\n  "a": 1\n}\n',
    '{\n  // first\n  "a": 1, // note\n  "b": [1, 2,], /* x */\n}\n',
    '{\n  "a": "} // no comment" // note\n}\n',
    '{"context": {"fileName": ["X.md"]}}',
    '{\n  "context": {\n    "fileName": [\n      "X.md", // mine\n      "Y.md"\n    ]\n  }\n}',
    '{"context": {}}',
    '{\r\n\t"a": {"b": 1}\r\n}\r\n',
    '\ufeff{\n    "a": [],\n    "context": {\n        "discoveryMaxDirs": 5\n    }\n}\n',
)
UNSAFE_JSON = (
    '{"context": 1}',
    '{"context": {"fileName": "X.md"}}',
    "[1]",
    '{"a": 1, "a": 2}',
    "{\n  // only a comment\n}",
    "{ }",
    "{",
    "",
    '{"a": 1} x',
    "\x00",
    '{"a": ' + "[" * 200 + "]" * 200 + "}",
)
YAML_FILES = (
    "",
    "# a comment\n",
    "a: 1\nb:\n  c: 2\n",
    "instructions:\n  - name: a\n    x: 1\n# end\n",
    "instructions:\n- name: a\n  x: |\n    - t\n\n    y\n\n# end\nother: 1\n",
    "instructions:\n  - name: 'a' # k\n\n  - name: b\n",
    "a: 1\r\ninstructions:\r\n  - name: a\r\n",
)
UNSAFE_YAML = (
    "instructions: []\n",
    "instructions: [1]\n",
    "instructions: 1\n",
    "a: 1",
    "---\na: 1\n",
    "a: [\n",
    "- 1\n",
    "a: 1\na: 2\n",
)


@pytest.mark.parametrize("text", JSON_FILES)
def test_json_gets_the_items_and_gives_back_every_byte(text: str) -> None:
    data, added = insert(JSON, text.encode(), FILE_NAME, NAMES, BOTH)
    assert "AGENTS.md" in present(JSON, data, FILE_NAME)
    assert remove(JSON, data, added) == text.encode()


@pytest.mark.parametrize("text", YAML_FILES)
def test_yaml_gets_the_items_and_gives_back_every_byte(text: str) -> None:
    data, added = insert(YAML, text.encode(), GROUPS, ITEMS, ITEMS)
    assert [item for item in ITEMS if item not in present(YAML, data, GROUPS)] == []
    assert all(line in data.decode() for line in text.splitlines())
    assert remove(YAML, data, added) == text.encode()


@pytest.mark.parametrize(
    ("path", "text"), [*((JSON, text) for text in UNSAFE_JSON), *((YAML, text) for text in UNSAFE_YAML)]
)
def test_what_cannot_be_edited_safely_is_refused(path: str, text: str) -> None:
    key = FILE_NAME if path == JSON else GROUPS
    with pytest.raises(UnsafeEditError):
        insert(path, text.encode(), key, ITEMS, ITEMS)


@pytest.mark.parametrize(("path", "key", "items"), [(JSON, FILE_NAME, BOTH), (YAML, GROUPS, ITEMS)])
def test_a_new_file_is_known_as_one_that_codexc_created(path: str, key: tuple[str, ...], items: Any) -> None:
    data, added = new_file(path, key, items)
    assert present(path, data, key) == items
    assert is_as_created(path, data)
    assert is_as_created(path, data.replace(b"\n", b"\r\n"))
    assert is_empty(path, remove(path, data, added))
    assert not is_as_created(path, data + (b"// ours\n" if path == JSON else b"# ours\n"))


def test_items_between_those_of_people_are_found_by_their_digest() -> None:
    data, added = insert(YAML, b"instructions:\n  - name: a\n", GROUPS, ITEMS, ITEMS)
    more = data.replace(b'  - name: "Py"\n', b'  - name: ours\n  - name: "Py"\n') + b"  - name: last\n"
    assert remove(YAML, more, added) == b"instructions:\n  - name: a\n  - name: ours\n  - name: last\n"
    with pytest.raises(UnsafeEditError, match="changed or removed by hand"):
        remove(YAML, more.replace(b"A-1", b"A-9"), added)


_SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab:#-'\"{}[],/*\\ é\n", max_size=6)
_DOCUMENTS = st.dictionaries(
    st.text("abc", min_size=1, max_size=3),
    st.recursive(
        _SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("xy", min_size=1, max_size=2), inner, max_size=3)
        ),
        max_leaves=6,
    ),
    max_size=4,
)


@given(
    document=_DOCUMENTS, indent=st.sampled_from([None, 2, 4]), key=st.sampled_from([("a", "b"), ("c",), ("ab", "x")])
)
def test_any_json_is_edited_and_restored_or_refused(
    document: dict[str, Any], indent: int | None, key: tuple[str, ...]
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    try:
        data, added = insert(JSON, text.encode(), key, NAMES, BOTH)
    except UnsafeEditError:
        return
    assert json_text.parse(data.decode()) == with_items(document, key, NAMES if at(document, key) is not None else BOTH)
    assert remove(JSON, data, added) == text.encode()


@given(document=_DOCUMENTS, key=st.sampled_from([("a", "b"), ("c",), ("ab", "x")]))
def test_any_yaml_is_edited_and_restored_or_refused(document: dict[str, Any], key: tuple[str, ...]) -> None:
    try:
        text = yaml_text.create(document) if document else ""
        data, added = insert(YAML, text.encode(), key, ITEMS, ITEMS)
    except (UnsafeEditError, IndexError):
        return
    assert [item for item in ITEMS if item not in present(YAML, data, key)] == []
    assert remove(YAML, data, added) == text.encode()
