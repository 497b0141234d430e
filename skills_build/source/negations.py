"""Finds what negates or weakens a level: a "not" after it, and words such as "in no case" or "rarely" further on.

Only a "not" that directly follows a level belongs to it without doubt. Everything else that turns a demand into its
opposite has no level, because an agent that gets MUST for MUST NOT does what is forbidden.
"""

import re
from typing import Final

from skills_build.frozen import dataclass
from skills_build.model.standard import Level
from skills_build.source.rendered import CODE, STRUCK

NEGATIVE: Final = {
    Level.MUST: Level.MUST_NOT,
    Level.SHOULD: Level.SHOULD_NOT,
    Level.MUST_NOT: Level.MUST_NOT,
    Level.SHOULD_NOT: Level.SHOULD_NOT,
}
NEGATED: Final = "is negated by the words before it, so it neither requires nor forbids anything"
_CERTAIN: Final = re.compile(
    r"(?:[\s_\u2010-\u2015-]*(?:not|never)|n['’ʼ´`]?t|\s{1,3}n['’ʼ´`]t)(?!\w)(?P<rest>\s+(?:only|necessarily|just|merely|simply|solely"
    r"|always|exclusively|not|never)\b)?",
    re.IGNORECASE,
)
_MARKED: Final = re.compile(
    rf"\W{{1,8}}(?-i:NOT)(?!\w)|\W{{0,6}}[()\[\]{{}}\"'“”‘’«»{STRUCK}]\W{{0,6}}(?:not|never)(?!\w)"
    rf"|\W{{1,6}}(?:not|never){CODE}|\s{{0,3}}[,;\u2026]\s{{0,3}}(?:not|never)\s{{0,3}}[,;\u2026]"
    r"|\](?:\[[^\[\]]{0,40}\]|\([^()]{0,80}\))\W{0,6}(?:not|never)(?!\w)",
    re.IGNORECASE,
)
"""A "not" set apart from its level by commas, brackets, quotes, code or a link."""

_MISSPELT: Final = re.compile(
    r"\s+(?P<word>n[\s.\u00b7-]{1,2}o[\s.\u00b7-]{1,2}t(?!\w)|(?:nto|ont|nott|nnot|noot|n0t|nit|noy|npt)(?!\w)|(?-i:NO)(?!\w|\s+(?i:longer|more)\b)|(?-i:NOT[a-z]{2,20}|NO\(T\)))"
    r"|\s*(?P<end>\(n['’]t\))",
    re.IGNORECASE,
)
"""Typing errors of "not" that are no words, or no words in capitals: `MUST NO retry`, `MUST NOTretry`."""
_FOREIGN: Final = re.compile(
    r"\s+(?P<word>nicht|kein(?:e[nmrs]?)?|niemals|nie|niet|geen|nooit|ne\s+pas|n['’]\w+\s+pas|pas|jamais|nunca|não|jam[aá]s"
    r"|ikke|inte|aldrig|не)(?![\w-])",
    re.IGNORECASE,
)
"""A "not" in the language of the sentence around the level: `MUST nicht`, `MUST ne pas`."""
_NOWHERE: Final = (
    r"(?:in|under|on|at|by|for|from)\s+no\s+(?:single\s+)?(?:cases?|circumstances?|conditions?|accounts?|means|ways?"
    r"|events?|situations?|points?|moments?|instances?|reasons?|pretexts?|occasions?|stages?)(?!\w)"
    r"|(?:at|on)\s+no\s+(?:(?:other|single)\s+)?(?:times?|days?)(?!\w)"
    r"|not\s+(?:ever|once|under|in\s+any|at\s+any|by\s+any|on\s+any|for\s+any)(?!\w)"
)
"""Words that negate a sentence wherever they are in it."""
_RARE: Final = (
    r"(?:(?:only|very|but|ever|extremely|quite)\s+)?"
    r"(?:rarely|seldom(?:ly)?|hardly|scarcely|barely|infrequently|(?:almost|nearly|practically|virtually)\s+never)(?!\w)"
    r"(?:\s+ever(?!\w))?"
)
"""Words that are close to "not"."""
_CLOSE: Final = rf"never(?!\w)|nowhere(?!\w)|neither(?!\w)|nor(?!\w)|{_NOWHERE}|{_RARE}"
_BARE: Final = rf"(?:no\s+(?:longer|more)(?!\w)(?!\s+than)|(?!(?-i:NOT\s+[A-Z]{{2}}))not(?!\w)|{_CLOSE})"
_ADVERB: Final = (
    r"(?:(?!(?:apply|rely|supply|comply|reply|multiply|imply)\b)[a-z]{2,12}ly|also|always|ever|still|then|thus|hence|therefore|thereby|now|just|even|only|once|again|often"
    r"|sometimes|instead|rather|better|best|please|otherwise|however|too|all|both|each|indeed|already|yet|anyway|maybe|perhaps|either|so|that)"
)
_PREPOSITION: Final = (
    r"(?:in|on|at|under|for|by|during|as|with|without|from|of|to|within|outside|inside|before|after|until|since|through"
    r"|throughout|because\s+of|due\s+to|per|via|upon|against|among|between|behind|beyond|despite|except|over|the|an?"
    r"|any|every)"
)
"""The start of words between a level and its verb; an article starts some of them too."""
_WORD: Final = (
    r"(?!(?:that|which|who|whose|why|are|is|was|were|if|has|have|do|does|can|will|and|or|but|must|should|may|shall)\b)"
    r"[\w'’/-]+(?:\.\w+)*"
)
_ASIDE: Final = (
    r"(?:,[^,;:.]{1,80},|\([^()]{1,80}\)|\s?[\u2013\u2014-]{1,2}[^\u2013\u2014;:.]{1,80}?[\u2013\u2014-]{1,2})"
)
_INTERPOSED: Final = re.compile(
    rf"(?:\s+{_ADVERB}(?!\w)){{1,4}}\s+(?P<adverb>{_BARE})"
    rf"|(?:\s+{_ADVERB}(?!\w)){{0,3}}\s+{_PREPOSITION}(?!\w)(?:\s+{_WORD}){{1,6}}?,?\s+(?P<phrase>{_BARE})"
    rf"|(?:\s+{_ADVERB}(?!\w)){{0,3}}\s*(?:,|\(|\s[\u2013\u2014-]{{1,2}}\s|\u2014)\s*"
    rf"(?P<inside>(?:{_ADVERB}\s+){{0,3}}(?:{_CLOSE}))"
    rf"|(?:\s+{_ADVERB}(?!\w)){{0,3}}\s*{_ASIDE}(?:\s*{_ADVERB}(?!\w)){{0,3}}\s*(?P<behind>{_BARE})"
    rf"|(?:\s+{_ADVERB}(?!\w)){{0,3}}\s+(?:if|where|when|whenever|wherever|(?:as|so|in)\s?(?:far|much|long|sofar)\s+as)(?!\w)"
    rf"(?:\s+{_WORD}){{1,4}}?\s+(?P<condition>(?:not(?!\s+to\b)|never)(?!\w))"
    rf"|\s+(?P<next>no\s+(?:longer|more)(?!\w)(?!\s+than)|{_CLOSE})",
    re.IGNORECASE,
)
"""A negation between a level and its verb."""
_BEHIND_VERB: Final = re.compile(
    rf"(?:\s+{_ADVERB}(?!\w)){{0,4}}(?:\s+(?:be|been|get|have|become|remain)(?:\s+{_ADVERB}(?!\w)){{0,4}}\s+(?P<be>{_BARE})"
    rf"|\s+(?:(?:be|get|have\s+been|have|become|remain)\s+)?{_WORD}\s+(?P<verb>{_CLOSE})(?!\s+\w+(?:ed|en|own)\b)"
    rf"|\s+(?:(?:be|get|have\s+been|have)\s+)?{_WORD}\s+(?P<not>not)"
    r"\s+(?:as|in|on|with|from|by|for|at|under|the|an?|any|into|without|during)\b)",
    re.IGNORECASE,
)
"""A negation directly after the verb of a level: "be run never"."""
_CLAUSE_END: Final = re.compile(
    r"[,;:()\u2013\u2014]|[.!?](?:\s|\Z)|\b(?:and|but|or|that|which|who|whose|where|when|whenever|if|unless|so|because"
    r"|while|whether|than|must|shall|should|may)\b",
    re.IGNORECASE,
)
_SOMEWHERE: Final = re.compile(rf"\s(?P<word>{_NOWHERE})", re.IGNORECASE)
_IN_BRACKETS: Final = re.compile(r"\s\((?P<word>(?:not|never))\)", re.IGNORECASE)
_AT_END: Final = re.compile(
    r"(?<!\bto)(?<!\bas)(?<!\bis)(?<!\bare)(?<!\bvalue)(?<!\bof)(?<!\bwhy)(?<!=)\s(?P<word>(?:(?:almost|nearly)\s+)?never|not"
    r"|nowhere|(?:very\s+)?(?:rarely|seldom)|no\s+(?:longer|more))\s*\Z",
    re.IGNORECASE,
)
_NONE: Final = r"no(?! (?:later|more|less|fewer|sooner|earlier|longer|matter)\b)|none|nobody|no one|nothing|neither"
_NO_SUBJECT: Final = rf"{_NONE}|not (?:all|every|each|any|many|one|a)|nor|never|(?:very )?few"
_NEGATIVE_SUBJECT: Final = rf"(?:{_NO_SUBJECT}|{_RARE}(?!\s+\w+(?:ed|en)\b)|{_NOWHERE})"
_BEFORE: Final = re.compile(
    rf"\W{{0,20}}(?:almost\s+|nearly\s+)?{_NEGATIVE_SUBJECT}\s"
    r"(?:(?:[^,;:.()]|\([^()]{0,60}\)){0,80}|[^,;:.]{1,60},[^;:.]{1,60}\b(?:or|nor)\s[^,;:.]{1,60},?|[^,;:.]{1,60},[^,;:.]{1,60},\s)\Z",
    re.IGNORECASE,
)
"""A subject that forbids, or a negation at the start of a sentence: "No service, job or client MUST"."""
_BEHIND_PHRASE: Final = re.compile(
    r"\W{0,20}(?:in|on|at|for|during|within|from|since|after|before|under|outside|inside|by|across|throughout|until)\s"
    r"(?!case\b)(?:(?!(?:if|where|when|whenever|that|which|who|whose|with|without|and|or|but|is|are|was|were|has|have"
    r"|had|of|no|not|there|exists?)\b)[\w'’/-]+\s){1,5}"
    rf"(?:{_NONE})\s"
    r"(?:(?!(?:if|where|when|that|which|who|and|but|is|are|was|were|has|have|had|exists?|it|they|we|you|this|these)\b)"
    r"[\w'’/-]+\s){0,5}\Z",
    re.IGNORECASE,
)
"""A subject that forbids, after a phrase without a comma: "In production no service MUST"."""
_ONE_CLAUSE: Final = (
    r"(?:(?!\b(?:and(?! no\b)|but|so|then|it|they|this|these|we|you|(?<!who )(?<!that )(?<!which )"
    r"(?:is|are|was|were|has|have|exists?))\b)[^,;:.]){0,80}"
)
"""Words between a subject and its verb, up to the next subject or verb."""
_BEFORE_IN_CLAUSE: Final = re.compile(
    r"(?:[,;:.\u2013\u2014]\s+|\b(?:ensures?|sure|such|so|requires?|means) that\s+|\bof (?:which|whom)\s+|\bthen\s+)"
    rf"(?!not an?\b(?! single)){_NEGATIVE_SUBJECT}\s{_ONE_CLAUSE}\Z",
    re.IGNORECASE,
)
"""A subject that forbids, after another clause: "In production, nobody MAY"."""
_FORBIDDEN: Final = re.compile(
    r"\b(?:is|be|are)\s+(?:\w+ly\s+)?(?:forbidden|prohibited|disallowed|banned|unacceptable|illegal"
    r"|not\s+(?:allowed|permitted|acceptable))\s+(?:for\s+\w+\s+)?that\s[^,;:.]{0,80}\Z",
    re.IGNORECASE,
)
_ZERO: Final = re.compile(
    r"(?:\A\W{0,20}|,\s+)zero\s+(?!(?:values|results|rows|matches|bytes|lengths|widths|days|points|settings)\b)"
    r"(?:[a-z]+\s+){0,2}[a-z]+s\s+\Z",
    re.IGNORECASE,
)
"""A number of things that is none: "Zero boxes MAY"."""
_DENIED: Final = re.compile(
    r"\b(?:(?:do|does|did)(?:\s+not|n['’]t)\s+(?:(?:necessarily|automatically|always)\s+)?(?:mean|imply|require|say|suggest|follow)"
    r"|(?:is|are)(?:\s+not|n['’]t)\s+(?:(?:necessarily|always)\s+)?(?:true|implied|required|necessary|said|the\s+case|to\s+say|a\s+reason)"
    r"|is\s+(?:simply\s+|just\s+)?(?:false|untrue|wrong|incorrect|a\s+(?:myth|misconception|misunderstanding|mistake))(?=\s+that))"
    r"\s+(?P<that>that\s+|why\s+)?[^,;:.!?()]{0,80}\Z",
    re.IGNORECASE,
)
"""A requirement that a sentence only denies: "That does not mean that services MUST"."""
_IN_CONDITION: Final = re.compile(
    r"\b(?:if|when|whenever|where|wherever|unless|once|while)\s[^,;:.!?()]{0,120}\Z", re.IGNORECASE
)
"""Words of a condition: "If signing is not required services MUST"."""
_JUST_BEFORE: Final = re.compile(rf"\s(?:never|nor|{_RARE}|{_NOWHERE})\W{{1,3}}\Z", re.IGNORECASE)
_NOT_DEMANDED: Final = re.compile(
    r"\b(?:(?<!\bor\s)not|\w+n['’]t|no)\s+(?:(?:longer|an?|the|any|even|really|strictly|yet|always|such|hard|strict)\s+){0,3}\Z",
    re.IGNORECASE,
)
"""A negation directly before a level: "is not a MUST", "there is no MUST", "no longer MUST"."""
_BUT: Final = re.compile(r"\bbut\b", re.IGNORECASE)
_FAR: Final = 300
"""Number of characters after a level that are searched."""


@dataclass(frozen=True, slots=True)
class Negation:
    """What negates a level, up to `end`. Without a level, `doubt` says why; `words` are what to leave out then."""

    end: int
    level: Level | None
    doubt: str = ""
    words: str = ""


def negation(text: str, at: int, level: Level) -> Negation | None:
    """Return the negation that follows a word with a level in rendered text; None if nothing negates it."""
    certain = _CERTAIN.match(text, at)
    if certain is None:
        return _doubtful(text, at)
    if level not in NEGATIVE:
        return Negation(certain.end(), None, "can be read in two ways")
    end = certain.start("rest") if certain["rest"] else certain.end()
    if certain["rest"] and _demands_more(certain, text):
        return Negation(end, None, f"is followed by `{certain['rest'].strip()}`, so it can be read in two ways")
    return Negation(end, NEGATIVE[level])


def negated_before(text: str, at: int, level: Level) -> str:
    """Return why the words before a level at `at` in rendered text negate it; the empty string if they do not."""
    near = max(at - 160, 0)
    if any(p.match(text, 0, at) for p in (_BEFORE, _BEHIND_PHRASE)) or _BEFORE_IN_CLAUSE.search(text, near, at):
        return "has a negative subject, so it forbids something"
    if level is Level.MAY and _ZERO.search(text, near, at):
        return "has a negative subject, so it forbids something"
    denied = _DENIED.search(text, near, at)
    if denied and (denied["that"] or not _IN_CONDITION.search(text, near, denied.start())):
        return NEGATED
    if _NOT_DEMANDED.search(text, max(at - 60, 0), at):
        return NEGATED
    before = _JUST_BEFORE.search(text, max(at - 60, 0), at) or _FORBIDDEN.search(text, near, at)
    return "has a negation before it, so it forbids something" if before else ""


def _demands_more(certain: re.Match[str], text: str) -> bool:
    """Return whether "MUST not only ... but also ..." is meant, which demands more instead of forbidding."""
    more = certain["rest"].strip().lower()
    spelled = certain[0][: certain.start("rest") - certain.start()].strip()
    if more in ("just", "merely", "simply", "solely", "only"):
        alone = more == "only" and not spelled.isupper()
        return alone or bool(_BUT.search(text, certain.end(), certain.end() + 200))
    return True


def _doubtful(text: str, at: int) -> Negation | None:
    """Return a negation that is not in the standard form."""
    marked = _MARKED.match(text, at)
    if marked:
        struck = STRUCK in marked[0]
        doubt = "has a `not` that is struck out" if struck else "has a `not` that may belong to other words"
        return Negation(marked.end(), None, doubt)
    misspelt = _MISSPELT.match(text, at)
    if misspelt:
        return Negation(
            misspelt.end(), None, f"ends in `{misspelt['word'] or misspelt['end']}`, which may be a misspelt `not`"
        )
    foreign = _FOREIGN.match(text, at)
    if foreign:
        return Negation(foreign.end(), None, f"is followed by `{foreign['word']}`, which may mean `not`")
    piece = text[at : at + _FAR]
    for pattern in (_INTERPOSED, _BEHIND_VERB):
        match = pattern.match(piece)
        if match and (name := match.lastgroup) and not _contrasts(match, name, piece):
            return _negated(at, *match.span(name), piece)
    end = _CLAUSE_END.search(piece)
    clause = piece[: end.start()] if end else piece
    somewhere = _SOMEWHERE.search(clause) or _IN_BRACKETS.search(piece, 0, len(clause) + 8)
    if somewhere:
        return _negated(at, *somewhere.span("word"), piece)
    last = _AT_END.search(clause) if end is None or end[0].strip() in (".", "!", "?", "(") else None
    return _negated(at, *last.span("word"), piece) if last and CODE not in clause[last.start() :] else None


def _negated(at: int, start: int, end: int, piece: str) -> Negation:
    words = " ".join(piece[start:end].split())
    return Negation(at + end, None, "has a non-standard negation", words)


def _contrasts(match: re.Match[str], name: str, piece: str) -> bool:
    """Return whether "not" only excludes one of two things, as in "be stored not in git but in the vault"."""
    words = match[name].lower()
    if name == "not" or words == "not":
        if re.match(
            r"\s+(?:only|just|merely|more|less|fewer|longer|later|earlier|before|after|until)\b", piece[match.end() :]
        ):
            return True
        return name in ("not", "be") and bool(_BUT.search(piece, match.end(), match.end() + 100))
    return False
