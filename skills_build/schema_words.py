"""Describes violations of a JSON Schema in words: the expected form and an example, never a regular expression."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

Details = Mapping[str, Any]


class Words(NamedTuple):
    """The problem of a value, what to write, and the one value that was meant."""

    message: str
    help: str | None = None
    options: tuple[str, ...] = ()


class Form(NamedTuple):
    """What the values of a pattern are, and an example."""

    what: str
    example: str


_VERSION: Final = Form("a version with three numbers", "`1.4.0`")
FORMS: Final[Mapping[str, Form]] = {
    "^[a-z0-9]+(-[a-z0-9]+)*$": Form("lower-case words separated by hyphens", "`payment-api`"),
    "^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$": Form("upper-case letters and digits, separated by hyphens", "`SVC` or `SVC-NET`"),
    "^[a-z0-9][a-z0-9.+#-]*$": Form("one lower-case word", "`go`, `c++` or `node.js`"),
    "^[1-9][0-9]? (day|week|month|year)s?$": Form("a number of days, weeks, months or years", "`6 months` or `1 year`"),
    "^[1-9][0-9]{0,4} days?$": Form("a number of days", "`14 days`"),
    "^[0-9]{1,6}[mhd]$": Form("a number of minutes, hours or days", "`30m`, `12h` or `7d`"),
    "^[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}$": _VERSION,
    r"^\d{1,9}\.\d{1,9}\.\d{1,9}$": _VERSION,
    "^(draft|approved|enforced|deprecated|withdrawn)(,? (approved|enforced|deprecated|withdrawn))?"
    "( from [0-9]{4}-[0-9]{2}-[0-9]{2})?$": Form("a status", "`approved` or `enforced from 2027-01-15`"),
    r"^(monitor|comment|block)( from [0-9]{4}-[0-9]{2}-[0-9]{2})?$": Form(
        "`monitor`, `comment` or `block`, with an optional date", "`block` or `block from 2027-01-15`"
    ),
    r"^[^.\s]+(\.[^.\s]+)*$": Form("keys separated by dots", "`tool.ruff.line-length` or `jobs.*.permissions`"),
    "^[a-z0-9][a-z0-9-]*$": Form("the lower-case name of a linter", "`ruff`"),
    "^[A-Za-z0-9-]+$": Form("a trailer name without a colon", "`Signed-off-by`"),
    "^(folder|git|well-known|gitlab|github|oci):.+$": Form(
        "a destination: `folder:`, `git:`, `well-known:`, `gitlab:`, `github:` or `oci:`, followed by the location",
        "`folder:public`",
    ),
    "^(front-matter:.+|heading(:.+)?|file-name|path(:-?[0-9]+)?|text:.+|value:.*)$": Form(
        "a source: `front-matter:KEY`, `heading`, `file-name`, `path`, `text:PATTERN` or `value:TEXT`",
        "`front-matter:title`",
    ),
    "^(?!/)(?!(.*/)?\\.{1,2}(/|$))[A-Za-z0-9._/-]+$": Form("a path inside the repository", "`docs/agents`"),
    "^[A-Za-z0-9][A-Za-z0-9._/-]*$": Form("a branch or label name without spaces", "`codex/update`"),
    "^[A-Za-z0-9._{}-]*\\{name\\}[A-Za-z0-9._{}-]*$": Form(
        "a repository name that contains `{name}`", "`{owner}-{name}`"
    ),
    "^[A-Za-z_][A-Za-z0-9_]*$": Form("an environment variable name", "`GITLAB_TOKEN`"),
    "^[A-Za-z0-9-]{1,64}$": Form("a header name", "`X-Team`"),
    "^([\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?)?$": Form("one line of ASCII text", "`payments`"),
    "^(?!Codex-)[A-Za-z][A-Za-z0-9-]*: \\S[^\\r\\n]*$": Form(
        "a trailer whose name does not start with `Codex-`", "`Signed-off-by: Ada <ada@example.org>`"
    ),
    "^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$": Form(
        "a weekday, or a range of weekdays", "`mon` or `mon-thu`"
    ),
    "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$": Form("a time of day", "`08:00`"),
    "^[A-Z]{3}$": Form("a currency code", "`EUR`"),
    r"\S": Form("text", "`the parser is replaced in March`"),
    "^[^\\n\\r]+$": Form("one line of text", "`make test`"),
    "^[^\\n`]+$": Form("one line of text without backticks", "`make test`"),
    r"\{tier\}": Form("a technology with `{tier}`", "`asvs-{tier}`"),
    r"\{title\}": Form("a form with `{title}`", "`chore: {title}`"),
    r"\{number\}": Form("a form with `{number}`", "`{document}-{number}`"),
    "^[A-Za-z0-9][A-Za-z0-9+.:/@_~#-]*$": Form(
        "an address without spaces", "`https://git.example.com/codex.git` or `acme/codex`"
    ),
    "^https?://": Form("a URL", "`https://example.com`"),
    "^https?://[^/?#]+(/[^?#]*)?$": Form("a URL without `?` and `#`", "`https://git.example.com/api`"),
    "^https?://[^/?#]+": Form("a URL", "`https://git.example.com`"),
    r"^https?://.*\{path\}": Form("a URL with `{path}`", "`https://git.example.com/codex/blob/main/{path}#L{line}`"),
}
"""The pattern of every value that people write. A test compares it with the published schemas."""

_TYPES: Final = {
    "string": "text",
    "array": "a list",
    "object": "a mapping of keys to values",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "null": "nothing",
}


def described(kind: str, details: Details, value: object, message: str) -> Words:
    """Return the words for a violation of the keyword `kind`. `message` is for keywords without words of their own."""
    words = _WORDS.get(kind)
    return words(details, value) if words else Words(message)


def _pattern(details: Details, value: object) -> Words:
    form = FORMS.get(str(details["pattern"]))
    if form is None:
        return Words(f"{_shown(value)} is not in the expected format")
    if str(details["pattern"]) == r"\S":
        return Words("the value is blank", f"write {form.what}, such as {form.example}")
    meant = _in_other_case(str(details["pattern"]), str(value))
    help_ = f"write `{meant}`" if meant else f"write {form.what}, such as {form.example}"
    return Words(f"{_shown(value)} is not {form.what}", help_)


def _in_other_case(pattern: str, value: str) -> str | None:
    """Return a value in lower or upper case if that is what its pattern asks for."""
    cases = (value.lower(), value.upper()) if len(value) <= 100 else ()
    return next((case for case in cases if re.fullmatch(pattern, case)), None)


def _enum(details: Details, value: object) -> Words:
    options = tuple(str(option) for option in details.get("options", (details.get("expected_value"),)))
    listed = ", ".join(f"`{option}`" for option in options)
    one_of = f"one of {listed}" if len(options) > 1 else listed
    return Words(f"{_shown(value)} is not {one_of}", f"use {one_of}", options)


def _type(details: Details, value: object) -> Words:
    expected = " or ".join(_TYPES.get(name, name) for name in details["types"])
    if value is None:
        return Words("the value is missing", f"write {expected}")
    shown = "the value" if isinstance(value, dict | list) else _shown(value)
    message = f"{shown} is {_kind(value)}, not {expected}"
    if expected == "a whole number" and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return Words(message, f"write `{value}` without quotes")
    if "string" in details["types"] and isinstance(value, bool | int | float):
        return Words(message, f'quote it: `"{str(value).lower() if isinstance(value, bool) else value}"`')
    if "array" in details["types"] and isinstance(value, str | int | float):
        items = ", ".join(_quoted(item.strip()) for item in str(value).split(",") if item.strip())
        return Words(message, f"write a list: `[{items}]`")
    if expected == "text" and isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return Words(message, f'write one text: `"{", ".join(value)}"`')
    return Words(message, f"write {expected}")


def _quoted(text: str) -> str:
    return text if text.replace("-", "").replace("_", "").isalnum() else f'"{text}"'


def _kind(value: object) -> str:
    kinds = ((bool, "true or false"), (int, "a number"), (float, "a number"), (str, "text"), (list, "a list"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "a mapping")


def _length(details: Details, value: object) -> Words:
    limit = int(details["limit"])
    if limit == 1:
        return Words("the value is empty", "write some text, or remove the key")
    return Words(f"the value has {len(str(value)):,} characters (minimum: {limit:,})")


def _too_long(details: Details, value: object) -> Words:
    return Words(
        f"the value has {len(str(value)):,} characters (limit: {int(details['limit']):,})", "shorten the value"
    )


def _few(details: Details, value: object) -> Words:
    limit = int(details["limit"])
    return Words("the value is empty" if limit == 1 else f"there are fewer than {limit:,} entries", "add an entry")


def _many(details: Details, value: object) -> Words:
    return Words(f"there are more than {int(details['limit']):,} entries", "remove some")


def _twice(details: Details, value: object) -> Words:
    items = [str(item) for item in value] if isinstance(value, list) else []
    double = next((item for item in items if items.count(item) > 1), "")
    return Words(f"`{double}` is listed twice" if double else "an entry is listed twice", "list it once")


def _low(details: Details, value: object) -> Words:
    return Words(f"{_shown(value)} is less than {details['limit']}", f"write a number of at least {details['limit']}")


def _high(details: Details, value: object) -> Words:
    return Words(f"{_shown(value)} is more than {details['limit']}", f"write a number of at most {details['limit']}")


def _format(details: Details, value: object) -> Words:
    if details.get("format") == "date":
        return Words(f"{_shown(value)} is not a valid date", "write the date as YYYY-MM-DD, such as `2027-01-15`")
    return Words(f"{_shown(value)} is not a URL", "write the full URL, such as `https://example.com/rfc/41`")


def _required(details: Details, value: object) -> Words:
    return Words(f"`{details.get('property')}` is missing", f"add `{details.get('property')}`")


def _unknown(details: Details, value: object) -> Words:
    names = ", ".join(f"`{name}`" for name in details.get("unexpected") or ())
    return Words(f"unknown key {names}", "remove it")


def _one_of(details: Details, value: object) -> Words:
    return Words(
        "these keys cannot be combined", "remove one of the keys; `codexc schema` lists the valid combinations"
    )


_WORDS: Final[Mapping[str, Callable[[Details, object], Words]]] = {
    "pattern": _pattern,
    "enum": _enum,
    "const": _enum,
    "type": _type,
    "minLength": _length,
    "maxLength": _too_long,
    "minItems": _few,
    "minProperties": _few,
    "maxItems": _many,
    "maxProperties": _many,
    "uniqueItems": _twice,
    "minimum": _low,
    "exclusiveMinimum": _low,
    "maximum": _high,
    "exclusiveMaximum": _high,
    "format": _format,
    "required": _required,
    "additionalProperties": _unknown,
    "oneOf": _one_of,
    "oneOfMultipleValid": _one_of,
    "oneOfNotValid": _one_of,
    "anyOf": _one_of,
}


def _shown(value: object) -> str:
    text = "nothing" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if value is None else f"`{text if len(text) <= 60 else f'{text[:57]}...'}`"
