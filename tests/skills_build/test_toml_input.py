"""TOML of others is read at a bounded cost, and each fault is a `ValueError`."""

import pytest

from skills_build.errors import CodexError
from skills_build.source.dialect import load_dialect
from skills_build.toml_input import MAX_DOTS_PER_LINE, parse_toml
from tests.support.data import ROOT

HOSTILE = {
    "nested lists": "x = " + "[" * 3000 + "]" * 3000,
    "nested tables": "x = " + "{a=" * 3000 + "1" + "}" * 3000,
    "long number": "x = " + "9" * 5000,
    "long key": "a." * 30_000 + "a = 1",
    "long table": "[[" + "a." * 30_000 + "a]]",
    "no TOML": "x",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_toml_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_toml(text)
    with pytest.raises(CodexError, match="dialect `acme` is not valid TOML: "):
        load_dialect(text, name="acme", schema="")


def test_ordinary_toml_is_read() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    assert parse_toml(text)["project"]["name"]
    assert parse_toml(f"x = '{'.' * MAX_DOTS_PER_LINE}'") == {"x": "." * MAX_DOTS_PER_LINE}
