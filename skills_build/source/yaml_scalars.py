"""The values of YAML, and what an unquoted scalar means by its core schema (YAML 1.2, section 10.3.2)."""

import re
from typing import Final, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
Data: TypeAlias = "Scalar | list[Data] | dict[str, Data]"

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})
_INT: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")


def plain_scalar(text: str) -> Scalar:
    """Return the value of an unquoted scalar. What looks like a date stays a string, and so does `no`."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def without_surrogates(text: str) -> str:
    """Return a text without lone surrogates (`"\\ud800"`), which cannot be encoded."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
