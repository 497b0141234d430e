"""Characters that a reader cannot see, and letters that look like others.

Sources: UAX 31 (joiners in identifiers, section 2.3), UTS 39 (mixed scripts, confusables), UTS 51 (emoji sequences),
UAX 44 (`Default_Ignorable_Code_Point`). Scripts are taken from the Unicode names of letters,
since Python has no table of them.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_UNSEEN: Final = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Characters without a visible shape: default ignorables, line separators, fillers, the empty Braille cell."""
_FLAG: Final = re.compile("\U0001f3f4(?:[\U000e0061-\U000e007a]{5})\U000e007f")
"""The flags of England, Scotland and Wales, the only sequences in general use with tag characters (UTS 51)."""
_TAGS: Final = ("gbeng", "gbsct", "gbwls")
_SELECTOR: Final = re.compile("[\ufe00-\ufe0f]")
_JOINING_NAMES: Final = (
    "ARABIC SYRIAC MANDAIC MONGOLIAN NKO PHAGS-PA MANICHAEAN PSALTER ADLAM HANIFI CHORASMIAN SOGDIAN UYGHUR"
)
_JOINING: Final = frozenset(_JOINING_NAMES.split())
"""Scripts whose letters join, so that a joiner has a visible effect."""
_UNSPACED: Final = frozenset(("THAI", "LAO", "KHMER", "MYANMAR", "TAI", "NEW", "BALINESE", "JAVANESE", "TIBETAN"))
"""Scripts that are written without spaces, so that a zero-width space marks where a line may break (UAX 14, ZW)."""
_VIRAMA: Final = 9
"""The combining class of the virama, which joins consonants in Indic scripts."""
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_KEYCAP: Final = "\N{COMBINING ENCLOSING KEYCAP}"
_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def hidden(text: str) -> Iterator[tuple[int, int]]:
    """Yield the runs (start, end) of invisible characters that nothing around them needs."""
    if text.isascii():
        return
    start = end = -1
    for match in _UNSEEN.finditer(text):
        at = match.start()
        if _needed(text, at):
            continue
        if at == end:
            end = at + 1
            continue
        if end > start:
            yield start, end
        start, end = at, at + 1
    if end > start:
        yield start, end


def name(character: str) -> str:
    """Return the code point and Unicode name of a character, as in `U+200B ZERO WIDTH SPACE`."""
    unicode_name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} {unicode_name}".rstrip()


def visible(text: str, *, strict: bool = False) -> str:
    """Replace hidden characters, and those that control a terminal, by code points (`<U+202E>`), line feeds too.

    With `strict`, joiners and similar characters are replaced even where scripts or emoji need them.
    """
    if text.isascii() and text.isprintable():
        return text
    unseen = {at for start, end in hidden(text) for at in range(start, end)}
    return "".join(
        f"<U+{ord(character):04X}>" if at in unseen or _steers(character, text, at, strict=strict) else character
        for at, character in enumerate(text)
    )


def shown(text: str) -> str:
    """Replace the hidden characters of a text by code points. Line feeds, tabs and everything else are kept."""
    if text.isascii():
        return text
    pieces, at = [], 0
    for start, end in hidden(text):
        pieces += [text[at:start], *(f"<U+{ord(character):04X}>" for character in text[start:end])]
        at = end
    return "".join((*pieces, text[at:])) if pieces else text


def _steers(character: str, text: str, at: int, *, strict: bool) -> bool:
    if character.isascii():
        return not character.isprintable()
    if unicodedata.category(character) not in _STEERING:
        return False
    return strict or not (_UNSEEN.match(character) or unicodedata.category(character) == "Cf")


def _needed(text: str, at: int) -> bool:
    """Return whether the surroundings of an invisible character give it a meaning."""
    character = text[at]
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if character in "\u200c\u200d":
        return _joins(text, at, before, after)
    if character == "\u200b":
        return script(before) in _UNSPACED and script(after) == script(before)
    if _SELECTOR.match(character):
        return _selects(character, before, after)
    if "\u180b" <= character <= "\u180f":
        return character != "\u180e" and script(before) == "MONGOLIAN"
    if "\U000e0100" <= character <= "\U000e01ef":
        return _is_ideograph(before)
    return "\U000e0000" <= character <= "\U000e007f" and _in_flag(text, at)


def _joins(text: str, at: int, before: str, after: str) -> bool:
    """Return whether a joiner has a visible effect on emoji or letters (UAX 31, rules A1, A2 and B)."""
    if text[at] == "\u200d" and _is_emoji(_base(text, at)) and _is_emoji(after):
        return True
    if before and (unicodedata.combining(before) == _VIRAMA or unicodedata.combining(after or " ") == _VIRAMA):
        return _letter_before(text, at) != ""
    left = script(_letter_before(text, at))
    follows = script(after)
    return left in _JOINING and (follows == left or (text[at] == "\u200d" and not after.isalnum()))


def _base(text: str, at: int) -> str:
    """Return the emoji before a joiner, without variation selector and skin tone."""
    at -= 1
    while at > 0 and (text[at] == "\ufe0f" or ord(text[at]) in _SKIN_TONES):
        at -= 1
    return text[at] if at >= 0 else ""


def _letter_before(text: str, at: int) -> str:
    """Return the base letter of the combining marks before an offset."""
    at -= 1
    most = at - 8
    while at > max(most, -1) and unicodedata.category(text[at]) in ("Mn", "Mc"):
        at -= 1
    return text[at] if at >= 0 and unicodedata.category(text[at])[0] == "L" else ""


def _selects(selector: str, before: str, after: str) -> bool:
    if not before:
        return False
    if selector in "\ufe0e\ufe0f":
        return _is_emoji(before) or (before in "#*0123456789" and after == _KEYCAP) or before in _TEXT_EMOJI
    return _is_ideograph(before) or unicodedata.category(before) == "Sm" or script(before) in ("MYANMAR", "PHAGS-PA")


_TEXT_EMOJI: Final = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u3030\u303d\u24c2\u3297\u3299"
"""Emoji whose Unicode category is not a symbol (emoji-variation-sequences.txt)."""


def _is_emoji(character: str) -> bool:
    """Return whether a character may be an emoji; a superset of `Extended_Pictographic`."""
    if not character or ord(character) < 0x2190:
        return False
    point = ord(character)
    return 0x1F000 <= point <= 0x1FAFF or (point <= 0x2BFF and unicodedata.category(character) in ("So", "Sm"))


def _is_ideograph(character: str) -> bool:
    return unicodedata.name(character, "").startswith(("CJK UNIFIED", "CJK COMPAT")) if character else False


def _in_flag(text: str, at: int) -> bool:
    """Return whether a tag character belongs to a flag. The whole sequence has seven characters."""
    start = text.rfind("\U0001f3f4", max(at - 6, 0), at)
    match = _FLAG.match(text, start) if start >= 0 else None
    return match is not None and at < match.end() and spelled(match[0][1:-1]) in _TAGS


def spelled(tags: str) -> str:
    """Return the text that tag characters spell, without non-printable ones."""
    return "".join(chr(ord(tag) - 0xE0000) for tag in tags if 0xE0020 <= ord(tag) <= 0xE007E)


# Scripts

_ALIKE_NAMES: Final = (
    "LATIN CYRILLIC GREEK COPTIC CHEROKEE ARMENIAN LISU DESERET GOTHIC FULLWIDTH MATHEMATICAL GLAGOLITIC OSAGE"
)
_ALIKE: Final = frozenset(_ALIKE_NAMES.split())
"""Alphabets with letters that look alike. Other scripts may share a word with Latin: `Python` within Thai."""
_LOOKALIKES: Final = dict(
    zip(
        "АВЕЅІЈКМНОРСТХУԚԜЗаеѕіјорсухһԛԝѵӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανρικυΧϹϲᎪᏴᎬᎻᎫᏦᎷᏀᏢᏚᎢᏙᏔՕՏսօոցհ",
        "ABESIJKMHOPCTXYQW3aesijopcyxhqwvlABEZHIKMNOPTYXoavpikuXCcABEHJKMGPSTVWOSuonqh",
        strict=True,
    )
)
"""Letters and the Latin letter they look like (from confusables.txt of UTS 39, those that spell English words)."""
_WORD: Final = re.compile(r"[^\W_]+")
_ABBREVIATION: Final = re.compile(r"[A-Z][A-Z0-9]+(?=[^\x00-\x7f])")
_MAX_SYMBOL_LENGTH: Final = 3
"""The maximum length of a word that is a symbol of mathematics or physics, such as `ρg`."""


@lru_cache(maxsize=4096)
def script(character: str) -> str:
    """Return the script of a letter, such as `LATIN`; empty for other characters."""
    if not character or unicodedata.category(character)[0] not in "LM":
        return ""
    return unicodedata.name(character, "").partition(" ")[0]


def mixed(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the start, end and first foreign letter of each word that mixes alphabets that look alike."""
    if text.isascii():
        return
    for match in _WORD.finditer(text):
        if not match[0].isascii():
            foreign = _foreign_letter(match[0])
            if foreign:
                yield match.start(), match.end(), foreign


def _foreign_letter(word: str) -> str:
    """Return the first letter of a word that is not of its main alphabet; empty if there is none."""
    scripts = {character: script(character) for character in word if character.isalpha()}
    used = {script for script in scripts.values() if script in _ALIKE}
    if len(used) < 2 or _is_symbol(word, scripts) or _is_inflected(word):
        return ""
    main = max(
        sorted(used), key=lambda character: (sum(1 for c in word if scripts.get(c) == character), character == "LATIN")
    )
    return next(
        character
        for character in word
        if scripts.get(character, main) in _ALIKE and scripts.get(character, main) != main
    )


def _is_symbol(word: str, scripts: dict[str, str]) -> bool:
    """Return whether Greek letters in a Latin word are symbols: `µs`, `Δt`, `kΩ`, but not in a forged `answer`."""
    if {script for script in scripts.values() if script in _ALIKE} != {"LATIN", "GREEK"}:
        return False
    greek = [letter for letter, letter_script in scripts.items() if letter_script == "GREEK"]
    lookalikes = [letter for letter in greek if letter in _LOOKALIKES]
    return not lookalikes or (len(word) <= _MAX_SYMBOL_LENGTH and all(letter.islower() for letter in lookalikes))


def _is_inflected(word: str) -> bool:
    """Return whether a word is a Latin abbreviation with an ending in another alphabet, as in Russian plurals."""
    match = _ABBREVIATION.match(word)
    ending = word[match.end() :] if match else ""
    return ending.islower() and len({script(letter) for letter in ending}) == 1 and not set(ending) <= set(_LOOKALIKES)


def skeleton(text: str) -> str:
    """Replace letters of other alphabets by the Latin ones they look like, to compare a text with known words."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(_LOOKALIKES.get(character, character) for character in plain)
