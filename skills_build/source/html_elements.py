"""Which HTML elements there are. Other names in angle brackets (`list<of>`) are text."""

import re
from typing import Final

_NAMES: Final = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote "
    "body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div "
    "dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header "
    "hgroup hr html i iframe image img input ins isindex kbd keygen label legend li link listing main map mark "
    "marquee math menu meta meter nav nobr noembed noframes noscript object ol optgroup option output p param "
    "picture plaintext pre progress q rp rt ruby s samp script search section select slot small source span "
    "strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track "
    "tt u ul var video wbr xmp"
)
ELEMENTS: Final = frozenset(_NAMES.split())
"""Every HTML element, including obsolete ones."""
COMMENT: Final = r"<!--[^\n<-]*+(?:(?:-(?!->)|<(?!!--))[^\n<-]*+)*-->"
"""A pattern for a comment in one line. It contains no start of another one, so that no text is searched twice."""
_NAME: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]*)")


def is_unseen(tag: str) -> bool:
    """Return whether a reader sees nothing of a tag, comment or declaration: true unless it is no HTML element."""
    match = _NAME.match(tag)
    return match is None or match[1].lower() in ELEMENTS
