"""Front matter that every client reads alike, whatever an author wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build.emit.front_matter import front_matter, plain_scalar, quoted_scalar
from skills_build.source.yaml import load_yaml


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Use when: x", "Use when: x"),
        ("a\n  b\tc", "a b c"),
        ("names of <service> and <b>bold</b>", "names of service and bold"),
        ("n < 5 and m > 3, a <= b >= c", "n less than 5 and m more than 3, a at most b at least c"),
        ("a -> b => c", "a to b to c"),
        ("before --- after ----", "before \N{EM DASH} after \N{EM DASH}"),
        ("hid\u200bden \u202eback\u202c tag\U000e0041 soft\u00ad nul\x00", "hidden back tag soft nul"),
        ("e\u0301", "é"),
        ("line\u2028separator", "lineseparator"),
        ("--\x08-", "\N{EM DASH}"),
        ("names of <ser\u200bvice>, a -\u00ad> b, a <\x00= b", "names of service, a to b, a at most b"),
    ],
)
def test_a_value_is_made_plain(text: str, expected: str) -> None:
    assert plain_scalar(text) == expected


def test_front_matter_has_its_keys_in_order_and_leaves_out_what_is_missing() -> None:
    fields = {"name": "acme-x", "description": 'Say "hi" \\ now', "license": None, "metadata": {"version": "1.0"}}
    assert front_matter(fields) == (
        '---\nname: "acme-x"\ndescription: "Say \\"hi\\" \\\\ now"\nmetadata:\n  version: "1.0"\n---\n'
    )


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_read_back_as_it_was_written(name: str, inner: str) -> None:
    text = front_matter({"name": name, "metadata": {"version": inner}})
    assert text.count("---") == 2
    value, findings = load_yaml(text.removeprefix("---\n").removesuffix("---\n"), path="SKILL.md")
    assert findings == ()
    assert value is not None
    assert value.data == {"name": plain_scalar(name), "metadata": {"version": plain_scalar(inner)}}


@given(st.text(max_size=80))
def test_what_is_plain_stays_so(text: str) -> None:
    assert plain_scalar(plain_scalar(text)) == plain_scalar(text)
    assert "\n" not in quoted_scalar(text)
    assert not set("<>") & set(plain_scalar(text)) and "---" not in plain_scalar(text)


@given(st.text("-<>=/b \n\x08\u200b\u0338", max_size=12))
def test_characters_that_are_left_out_do_not_join_others_to_what_clients_refuse(text: str) -> None:
    plain = plain_scalar(text)
    assert plain_scalar(plain) == plain
    assert not set("<>") & set(plain) and "---" not in plain
