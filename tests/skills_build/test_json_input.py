"""Lone surrogates, which JSON can name and UTF-8 cannot hold: none comes in, and none ends what is written."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build.emit.json import dumps, encoded, formatted
from skills_build.json_input import OversizeError, parse_json, require_values

JSON = st.recursive(
    st.text() | st.integers() | st.booleans() | st.none(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=8,
)
LONE = st.text(st.characters() | st.characters(categories=["Cs"]) | st.sampled_from('\\u"d'))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'["\ud800"]', ["\ufffd"]),
        (r'["\uDFFFx"]', ["\ufffdx"]),
        (r'{"\udc00": "a\ud83d"}', {"\ufffd": "a\ufffd"}),
        (r'["\ud83d\ude00"]', ["\U0001f600"]),
        (r'["\ud83d\ud83d\ude00\ude00"]', ["\ufffd\U0001f600\ufffd"]),
        (r'["\\ud800"]', ["\\ud800"]),
        (r'["\\\ud800"]', ["\\\ufffd"]),
        ('["\ud800"]', ["\ufffd"]),
    ],
)
def test_a_lone_surrogate_is_replaced_and_nothing_else_is(text: str, value: object) -> None:
    assert parse_json(text) == value


@given(JSON)
def test_other_json_is_read_as_it_is(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert parse_json(text) == parse_json(text.encode()) == parse_json(b"\xef\xbb\xbf" + text.encode()) == value


@given(LONE)
def test_what_is_read_can_be_written(text: str) -> None:
    read = parse_json(json.dumps({text: [text]}))
    assert msgspec.json.decode(msgspec.json.encode(read)) == read


@pytest.mark.parametrize("data", [b'["\xed\xa0\x80"]', b'["\xff"]', b"", b'["\\ud8'])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_json(data)


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", f"-1{'0' * 400}.0"])
def test_a_number_that_is_not_finite_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a number|is too large"):
        parse_json(f'{{"a": [{text}]}}')


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (b"[1,2]", 2),
        (b'{"a":[{}]}', 3),
        (b'["a,b[{"]', 1),
        (rb'["\",[",1]', 2),
        (rb'["\\",1,2]', 3),
        (b'[1,"not, the [end', 2),
        (b'[1,"not, the [end\\', 2),
        (b"x" * 99, 0),
    ],
)
def test_values_are_counted_outside_of_strings(data: bytes, count: int) -> None:
    require_values(data, count)
    if count:
        with pytest.raises(OversizeError):
            require_values(data, count - 1)


@given(LONE)
def test_every_text_can_be_written(text: str) -> None:
    value = {"a": [text, {text: (text,)}], "b": 1}
    for data in (encoded(value), dumps(value, depth=2), dumps(value, depth=0), formatted({"a": [text]}).encode()):
        assert parse_json(data)
