"""The words of a paragraph that limits what is above it: a condition, an exception, or a date.

Says nothing about where the paragraph is, and nothing about labels.
"""

import re
from typing import Final

from skills_build.lint.prose import first_sentence

_GOES_ON: Final = re.compile(
    r"(?:unless|except(?:ing)?|if|when(?:ever)?|where|provided|but|only|and|or|as\slong\sas|with\sthe\sexception)\s"
)
"""The start of a paragraph that goes on with the sentences above it."""
_ABOVE: Final = r"(?:this|these|those|both|all|them|it|the\sabove|the\srules?)"
_THEY: Final = (
    r"(?:this|these|those|both|they|it|the\sabove|(?:the|these|those)\srules)\s"
    r"(?:(?:rules?|above|two|points?|items?)\s)?"
)
_PLACES: Final = r"(?:to|for|in|on|at|if|when|where|with|during|within|before|after|until)"
"""What follows in a condition."""
_SAYS: Final = re.compile(
    rf"\b(?:is|are)\s(?:exempt(?:ed)?|excepted|excluded)\s(?:from\s)?{_ABOVE}\b"
    rf"|\b{_THEY}(?:(?:do|does)(?:\snot|n['’]t)|only)\s(?:apply|applies|hold|holds)\b"
    rf"|\b{_THEY}(?:is|are)\s(?:not\s|only\s)?(?:optional|mandatory|required|recommended|waived|binding|relevant|applicable"
    rf"|needed|necessary)\s(?:only\s)?{_PLACES}\s"
    rf"|\b(?:need\snot|(?:do|does)\snot\s(?:have|need)(?:\sto)?|(?:may|can)\s(?:skip|ignore))\s(?:do\s|follow\s|meet\s)?{_ABOVE}[.!]?\Z",
    re.IGNORECASE,
)
"""A sentence with a word for what is above."""
_FRAGMENT: Final = re.compile(
    r"(?:(?:none|nothing)\sof\s(?:this|these|the\sabove)|neither(?:\srule)?)\s(?:apply|applies|hold|holds|is|are)\s.+"
    r"|(?:(?:do|does)(?:\snot|n['’]t)\s|only\s)?(?:apply|applies|holds?)\s(?:only\s)?(?:to|for|in|on|if|when|where)\s.+"
    rf"|(?:only\s|not\s|n/?a\s|just\s|solely\s|exclusively\s)?"
    rf"(?:(?:in)?applicable|n/?a|relevant|binding|valid|mandatory|required|optional|necessary|needed|waived|suspended|intended|recommended"
    rf"|exempt(?:ed)?)\s(?:only\s)?(?:{_PLACES}|from|are|is)\s.+"
    rf"|(?:only|just|solely|exclusively)\s(?:{_PLACES}|from|as\slong\sas)\s.+"
    r"|not\s(?:for|if|when|where|during|until|within)\s.+"
    r"|(?:unless|except(?:ing)?|excluding|excludes|exempts?|save\sfor|as\slong\sas|provided(?:\sthat)?"
    r"|(?:apart|aside)\sfrom|other\sthan|with\sthe\sexceptions?\sof)\s(?!(?:for\s)?(?:that|this|these|those|it)\b).+"
    r"|(?:out\sof\sscope|exempt(?:ed)?|excluded|excepted):\s.+"
    r"|(?:for|in|on|with|to|if|when|where)\s.+\sonly|(?!(?:for|in)?\s?\w+\suse\s)\w+(?:[\s-]\w+)?\sonly"
    r"|.+\s(?:is|are)\s(?:exempt(?:ed)?|excepted|excluded|out\sof\sscope|not\s(?:affected|covered|bound|included))"
    r"|(?:from|as\sof|until|starting|effective|in\sforce)\s(?:\w+\s){0,3}(?:\d{4}|\d{4}-\d{2}(?:-\d{2})?|further\snotice)"
    r"(?:\son(?:wards?)?)?",
    re.IGNORECASE | re.DOTALL,
)
"""All of a paragraph that is a few words without a main clause."""
_INTERNAL: Final = re.compile(
    r"\buse\sonly\Z|\bonly\s(?:in|for)\s(?:this|the)\s(?:document|standard|page)\b", re.IGNORECASE
)
"""Words about a document, as in `For internal use only`."""
_NOTE: Final = re.compile(r"(?:note|nb|n\.b\.|remark|p\.?s\.?)\s{0,2}[:.]\s+", re.IGNORECASE)
_EDGE: Final = " \t\n*_()[]"
_LONGEST: Final = 100
"""The most characters of a condition that is a fragment."""


def is_limiting(text: str, plain: str) -> bool:
    """Return whether a paragraph limits what is above it; `plain` has spaces for what is not prose."""
    if _GOES_ON.match(text) or _SAYS.search(plain.strip(_EDGE)):
        return True
    words = first_sentence(_NOTE.sub("", text.strip(_EDGE), count=1)).rstrip(" .!:")
    if len(words) > _LONGEST or re.search(r"[;,]\s", words) or _INTERNAL.search(words):
        return False
    return bool(_FRAGMENT.fullmatch(words))
