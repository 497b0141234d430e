"""Finds text that looks like the id of a rule where none was read, and suggests how to write it.

An id counts where authors put one: at the start of a line, or at its end. Inside a sentence, it only cites a rule.
"""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from skills_build.frozen import dataclass
from skills_build.source.dialect import IdRules
from skills_build.source.patterns import compile_pattern
from skills_build.source.rendered import CODE, render

OWN_ID: Final = r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?"
_CODE: Final = re.compile(r"(?<!`)(`{1,30}+)(?!`)(.+?)(?<!`)\1(?!`)")
_DASH: Final = r"[-\u2010-\u2015\u2212]"
_CITING: Final = re.compile(
    r"(?:\b(?:see|also|by|in|of|with|than|and|or|follow|follows|per|under|to|for|as|rule|rules|id|from|replaces|replaced)"
    r"|\d[a-z]?[)\]`*]{0,3}\s?[,;]|[&/])\s*\Z",
    re.IGNORECASE,
)
_NAMING: Final = re.compile(r"[(\[]\s*(?:rule|id|rule id)\W{0,3}\Z", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[(\[]#?(?P<id>\d{1,6}[a-z]?)[)\]]\W{0,3}\Z")
_TOKEN: Final = r"\w(?:[\w.:-]{0,60}\w)?"
_NO_IDS: Final = ("word", "UTF-8", "2026", "1.2")
"""Texts that the pattern of a dialect must reject; otherwise, its ids cannot be distinguished from words and numbers.
"""
_MAX: Final = 20_000
"""Longer texts are not searched, because no rule is that long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundId:
    """An id as written, its place in the text, and what to change; `{id}` stands for the id to type.

    `usual` is whether it is written as the id of a rule is: in round brackets at the end. If it is `within` other
    words, without brackets, the text may cite a rule and still be one itself. If it is `set_apart`, it is not a word of
    the sentence: it has a colon, brackets or emphasis, or the sentence begins after it.
    """

    written: str
    start: int
    end: int
    advice: str
    usual: bool = False
    within: bool = False
    set_apart: bool = False


@dataclass(frozen=True, slots=True)
class IdForms:
    """The patterns of ids of one file: as they are written, and in other ways of writing.

    In another dialect, any token may be one, and `accepts` is its own pattern for all of an id. In our own format,
    `own` are the ids that start with `prefix`, the id of the file.
    """

    exact: str
    loose: str
    accepts: str = ""
    own: str = ""
    prefix: str = ""


@lru_cache(maxsize=256)
def id_forms(prefix: str, rules: IdRules, *, canonical: bool) -> IdForms | None:
    """Return the patterns of ids of a file; None if the ids of its dialect cannot be distinguished from words."""
    if not canonical:
        pattern = compile_pattern(rules.pattern)
        if rules.mode == "derived" or any(pattern.fullmatch(word) for word in _NO_IDS):
            return None
        return IdForms(_TOKEN, _TOKEN, rules.pattern)
    parts = [re.escape(part) for part in prefix.split("-") if part]
    if not parts:
        return IdForms(OWN_ID, OWN_ID)
    own = rf"(?i:{(_DASH + '?').join(parts)})(?:[\s_.\u2010-\u2015\u2212-]{{0,2}}|\s{_DASH}\s)\d{{1,6}}[a-z]?"
    return IdForms(OWN_ID, rf"(?:{own}|{OWN_ID})", own=own, prefix=prefix)


@lru_cache(maxsize=256)
def _patterns(forms: IdForms) -> tuple[re.Pattern[str], ...]:
    edge = r"(?![\w])(?!-\w)"
    before = r"(?<![\w/.#-])"
    at_end = re.compile(
        rf"(?P<open>[(\[{{<«]|\()\s{{0,8}}(?P<id>{forms.loose}){edge}\s{{0,8}}(?P<close>[)\]}}>»])"
        rf"(?P<tail>[^\w\n(]{{0,12}}(?:\{{[^{{}}\n]{{0,80}}\}}[^\w\n]{{0,8}})?)$",
        re.MULTILINE,
    )
    bare = re.compile(
        rf"(?P<mark>[-\u2010-\u2015:|•·]|\s)\s{{0,8}}{before}(?P<id>{forms.exact}){edge}(?P<tail>[^\w\n]{{0,12}})$",
        re.MULTILINE,
    )
    at_start = re.compile(
        rf"^(?P<lead>[^\w\n(\[{{]{{0,12}})(?P<open>[(\[{{]?)(?P<id>{forms.loose}){edge}(?P<close>[)\]}}]?)"
        rf"(?P<mark>\s{{0,8}}(?:[:.)|]|{_DASH}|$)|\s)(?=\s{{0,8}}\S)",
        re.MULTILINE,
    )
    inside = re.compile(rf"(?P<open>[(\[{{])\s{{0,8}}(?P<id>{forms.loose}){edge}\s{{0,8}}(?P<close>[)\]}}])")
    return at_end, bare, at_start, inside


def find_id(text: str, plain: str, forms: IdForms, *, anywhere: bool = False) -> FoundId | None:
    """Return the id that a text seems to give itself; with `anywhere`, also one in brackets inside it."""
    if len(text) > _MAX or not re.search(r"\d", text):
        return None
    seen = render(*_with_ids_in_code(text, plain, forms))
    at_end, bare, at_start, inside = _patterns(forms)
    match = _first(at_end, seen.text, forms)
    if match:
        found = _found(seen.range(*match.span("id")), match, _end_advice(match, seen.text, forms))
        return replace(found, set_apart=match["open"] == "(" and not seen.text[match.end() :].strip())
    match = _first(at_start, seen.text, forms)
    if match and _is_label(match, forms):
        found = _found(seen.range(*match.span("id")), match, "move the id to the end, in round brackets: `({id})`")
        return replace(
            found, set_apart=_begins_before(match, seen.text, emphasised=text[found.end : found.end + 1] in "*_")
        )
    match = _first(bare, seen.text, forms)
    if match and (match["mark"].strip() or not _CITING.search(seen.text, 0, match.start())):
        found = _found(seen.range(*match.span("id")), match, "write the id in round brackets: `({id})`")
        return replace(found, within=not match["mark"].strip())
    match = _first(inside, seen.text, forms) if anywhere else None
    if match:
        return _found(seen.range(*match.span("id")), match, "move the id to the end: `({id})`")
    return _own_id(text, forms) if anywhere and forms.own else None


def _own_id(text: str, forms: IdForms) -> FoundId | None:
    """Return the last id of a file that is anywhere in a text as written, or a number in brackets at its end."""
    matches = re.finditer(rf"(?<![\w-])(?P<id>{forms.own})(?!\w)(?!-\w)", text)
    given = [match for match in matches if _is_given(text[: match.start()])]
    number = _NUMBER.search(text)
    if not given and number:
        start, end = number.span("id")
        return FoundId(written=f"{forms.prefix}-{number['id']}", start=start, end=end, advice="write `({id})`")
    if not given:
        return None
    found = _found(given[-1].span("id"), given[-1], "end the line with `({id})` and nothing after it")
    return replace(found, within=not _NAMING.search(text[: given[-1].start()]))


def _is_given(before: str) -> bool:
    """Return whether an id after these words identifies its own text instead of citing another rule."""
    return bool(_NAMING.search(before)) or not _CITING.search(before)


def id_at_start(text: str, plain: str, forms: IdForms) -> FoundId | None:
    """Return the id that a text starts with, set apart from its other words."""
    match = _first(_patterns(forms)[2], render(text, plain).text, forms)
    if match is None or not _is_label(match, forms):
        return None
    start, end = render(text, plain).range(*match.span("id"))
    return _found((start, end), match, "") if not text[:start].strip(" *_`([{") else None


def id_alone(text: str, forms: IdForms) -> FoundId | None:
    """Return the id of a text that has nothing else, but perhaps a word such as `Id:`."""
    match = re.fullmatch(rf"\W*(?:(?:rule|id|rule id|ref|reference)\W+)?(?P<id>{forms.loose})\W*", text, re.IGNORECASE)
    return _found(match.span("id"), match, "write `({id})` at the end of this line") if match else None


def _first(pattern: re.Pattern[str], text: str, forms: IdForms) -> re.Match[str] | None:
    accepts = compile_pattern(forms.accepts) if forms.accepts else None
    matches = pattern.finditer(text)
    return next((match for match in matches if accepts is None or accepts.fullmatch(match["id"])), None)


def _found(place: tuple[int, int], match: re.Match[str], advice: str) -> FoundId:
    usual = advice == _USUAL
    return FoundId(written=" ".join(match["id"].split()), start=place[0], end=place[1], advice=advice, usual=usual)


_USUAL: Final = "end the rule with `({id})`"


def _end_advice(match: re.Match[str], text: str, forms: IdForms) -> str:
    if match["open"] != "(" or match["close"] != ")":
        return "write the id in round brackets: `({id})`"
    if not re.fullmatch(forms.exact, match["id"]):
        return "write `({id})`"
    if text[match.end() :].strip():
        return "leave an empty line below `({id})`"
    if re.search(r"[^\s]", match["tail"].replace(CODE, "")):
        return "end the line with `({id})` and nothing after it"
    return _USUAL


def _is_label(match: re.Match[str], forms: IdForms) -> bool:
    """Return whether an id at the start is set apart from the sentence, or at least written as ids are."""
    if match["open"] or match["mark"].strip():
        return True
    return bool(re.fullmatch(forms.exact, match["id"]))


def _begins_before(match: re.Match[str], text: str, *, emphasised: bool) -> bool:
    """Return whether an id at the start is before its sentence, not the first word of it as in `REQ-1 is a rule`."""
    return bool(match["open"] or match["mark"].strip() or emphasised or text[match.end() :].lstrip()[:1].isupper())


def _with_ids_in_code(text: str, plain: str, forms: IdForms) -> tuple[str, str]:
    """Return both texts with code spans that hold nothing but an id turned into prose."""
    if "`" not in text:
        return text, plain
    whole = re.compile(rf"\W*{forms.loose}\W*")
    for match in _CODE.finditer(text):
        if whole.fullmatch(match[2]) and not forms.accepts and plain[match.start()] != "`":
            shown = " " * len(match[1]) + match[2] + " " * len(match[1])
            text = text[: match.start()] + shown + text[match.end() :]
            plain = plain[: match.start()] + shown + plain[match.end() :]
    return text, plain
