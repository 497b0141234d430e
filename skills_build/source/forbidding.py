"""Finds lines and headings that forbid what is below them: `Never do the following:`, `## Don't`.

A rule below such a line that takes its level from the default of its dialect would demand what the author forbids.
"""

import re
from typing import Final

from skills_build.source.rendered import prose, render

_LONGEST: Final = 400
"""The end of a line that is read."""
_NOT: Final = r"n['’ʼ´`]?t\b"
_NEVER: Final = (
    rf"(?:(?:do|must|should|shall|can|may|will|ca|wo|need)\s*(?:{_NOT}|\s(?:not|never)\b)|cannot\b|never\b"
    r"|avoid\b|refrain(?:\sfrom)?\b|(?:is|are)\s(?:never|not)\s(?:allowed|permitted|acceptable)|(?:is|are)\s(?:forbidden|prohibited))"
)
_POSITIVE: Final = (
    r"\b(?:forget|hesitate|miss|fail|skip|ignore|omit|neglect|overlook|worry|need|have\sto|only|just|merely|simply"
    r"|unless|until|without|if|before|except|where|when|more\sthan|limited|necessar(?:y|ily)|instead|but)\b"
)
"""Words that make such a line one that demands what is below it, or a condition."""
_OPEN: Final = (
    r"(?P<rest>\W{0,9}|\W[^.:;]{0,80}\b(?:following|these|this|below|any\sof|things|such)\b[^.:;]{0,60}"
    r"|\W+\w+(?:\s(?:on|to|for|in|with|as|from|by|into|about))?\s*)"
)
"""What the items complete: nothing, a verb, or what points to them. `Never trust input:` is complete."""
_LINE: Final = re.compile(
    rf"(?:\A|[.!?;:]\s+|,\s+|\b(?:you|we|they|agents?|it|please|and|also|so|then|always|code)\s+)"
    rf"(?P<words>{_NEVER}){_OPEN}[:,]\W{{0,9}}\Z",
    re.IGNORECASE,
)
_SUBJECT_LINE: Final = re.compile(
    r"(?P<words>\b(?:MUST|SHOULD|SHALL|MAY)\s(?:NOT|not)\b|\b(?:must|should|shall)\s(?:not|never)\b)"
    rf"{_OPEN}[:,]\W{{0,9}}\Z"
)
"""As `_LINE`, after any subject."""
_BAD: Final = re.compile(
    r"\W{0,9}(?:common\s)?(?P<words>bad|wrong|incorrect|don['’]?ts?|anti-?\s?patterns?|counter-?\s?examples?|myths?|misconceptions?"
    r"|mistakes?|non-?\s?goals?|examples?\sof\s(?:bad|wrong)\s\w+"
    r"|(?:the\s)?(?:following|these|those|items?\sbelow|rules?\sbelow)(?:\s\w+)?\s(?:(?:is|are)\s(?:never|not|no\slonger)\s(?:allowed|permitted"
    r"|acceptable|valid|required)|(?:is|are)\s(?:forbidden|prohibited|disallowed|banned)|(?:do\snot|don['’]t|no\slonger)\sappl(?:y|ies)))"
    r"(?:\s(?:examples?|practices?))?\W{0,9}:\W{0,9}",
    re.IGNORECASE,
)
"""A line that consists of such words only, and its colon."""
_ITSELF: Final = re.compile(
    r"\W{0,9}(?P<words>bad|wrong|incorrect|do\s?n[o'’]t|don['’]?ts?|never|avoid|anti-?\s?patterns?|myths?|misconceptions?)"
    r"(?:\s(?:examples?|practices?))?\W{0,3}:\W",
    re.IGNORECASE,
)
"""As `_BAD`, in front of a sentence: `Anti-pattern: services MUST retry`."""
_HEADING: Final = re.compile(
    rf"\W{{0,9}}(?:\d+(?:\.\d+)*\.?\s+)?(?:(?:things|what|practices|patterns|mistakes|common\smistakes|pitfalls)\s(?:you\s|we\s)?"
    rf"(?:must|should|to)?\s*(?:not\s(?:to\s)?(?:do|use)|never\s(?:do|use)|avoid)|(?:do\snots?|do\s?{_NOT}s?)(?:\s(?:do|use)(?:\sthis)?)?"
    rf"|don['’]?ts|never(?:\sdo(?:\sthis)?)?|avoid|must\snot|should\snot|may\snot|must\snever|you\smust\snot"
    r"|(?:strictly\s)?(?:forbidden|prohibited|not\sallowed|disallowed|banned)(?:\s(?:patterns|practices|actions|things))?"
    r"|anti-?\s?patterns(?:\sto\savoid)?|bad\spractices|red\sflags|(?:code\s)?smells|(?:common\s)?(?:myths|misconceptions)|non-?\s?goals"
    r"|counter-?\s?examples|(?:bad|wrong)\sexamples|examples\sof\s(?:bad|wrong)\s\w+)\W{0,9}",
    re.IGNORECASE,
)
_NEGATIVE: Final = re.compile(
    rf"\W{{0,9}}(?:(?:you\s)?(?:must|should|may|can)\W+)?"
    rf"(?:no|not|never|avoid(?:ing)?|only|cannot|nobody|nothing|without|refrain|stop|forbidden|{_NEVER})\b",
    re.IGNORECASE,
)
_EXPLAINED: Final = re.compile(r"\W{0,3}\*\*[^*\n]{1,80}(?::\*\*|\*\*\s*:)\s*\S")
"""A name in bold with what to do about it, as below `Anti-patterns`."""
_SIGN: Final = re.compile(
    r"\W{0,4}?(?P<sign>[\u274c\u274e\u2716\u2717\u2718\u26d4\U0001f6ab\U0001f44e\U0001f645]"
    r"|:(?:x|no_entry(?:_sign)?|negative_squared_cross_mark|prohibited|no_good|thumbsdown|-1):)"
)
"""A sign, or the code that forges show it for."""
_DEMANDS: Final = re.compile(
    r"\b(?:instead|prefer|use|do|good|correct|better|must|should|always|allowed)\b", re.IGNORECASE
)


def forbids_below(lead_in: str) -> str:
    """Return the words with which a line forbids the items below it; the empty string if it does not."""
    shown = _shown(lead_in)
    if bad := _BAD.fullmatch(shown):
        return bad["words"]
    match = _LINE.search(shown) or _SUBJECT_LINE.search(shown)
    return match["words"] if match and not re.search(_POSITIVE, match["rest"], re.IGNORECASE) else ""


def forbids_itself(sentence: str) -> str:
    """Return the words in front of a sentence that make it a bad example; the empty string if there are none."""
    match = _ITSELF.match(_start(sentence))
    return match["words"] if match else ""


def is_forbidding(heading: str) -> bool:
    """Return whether a heading is only a word such as `Don't`, so that what is below it is forbidden."""
    return _HEADING.fullmatch(_shown(heading)) is not None or bool(sign(heading))


def is_explained(sentence: str) -> bool:
    """Return whether a sentence is a name in bold and what to do about it."""
    return _EXPLAINED.match(sentence) is not None


def demands(lead_in: str) -> bool:
    """Return whether a line says what to do, and so ends what a heading above it forbids."""
    return bool(_DEMANDS.search(_shown(lead_in))) and not forbids_below(lead_in)


def is_negative(sentence: str) -> bool:
    """Return whether a sentence is itself a prohibition: `Never push to main`."""
    return _NEGATIVE.match(_shown(sentence)) is not None


def sign(sentence: str) -> str:
    """Return the sign with which a sentence marks a bad example, such as a cross; the empty string without one."""
    match = _SIGN.match(sentence.lstrip())
    return match["sign"] if match else ""


def _start(text: str) -> str:
    return " ".join(render(text, prose(text)).text[:_LONGEST].split())


def _shown(text: str) -> str:
    return " ".join(render(text, prose(text)).text.split())[-_LONGEST:]
