"""Three digests of a rule, one for each kind of reader, as sha256 in hexadecimal.

`norm` covers what the rule requires: level, sentence with its parts, applicability. `contract` covers how it is
addressed and how binding it is: id, status, anchor. `text` covers every word. A release is classified by which of them
changed.
"""

import hashlib
import json
import re
import unicodedata
from typing import Final

from skills_build.compile.prose import demand, with_footnotes
from skills_build.frozen import dataclass
from skills_build.model.bundle import PlacedRule
from skills_build.model.standard import Rule

_CODE: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_LINK: Final = re.compile(r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_MARKS: Final = re.compile(r"\*+|~~|(?<!\w)_+|_+(?!\w)")
_PLACEHOLDER: Final = re.compile("\x02(\\d+)\x03")


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """The three digests of one rule."""

    norm: str
    contract: str
    text: str


def digests(placed: PlacedRule) -> Digests:
    """Digest a rule with its status on the day of the build."""
    rule = placed.rule
    scope = {
        "languages": sorted(word.lower() for word in placed.scope.languages),
        "technologies": sorted(word.lower() for word in placed.scope.technologies),
        "paths": sorted(placed.scope.paths),
        "when": normalised(placed.scope.when or ""),
    }
    if placed.scope.kinds:
        scope["kinds"] = sorted(placed.scope.kinds)
    labels = [[label.name, label.text] for label in rule.labels] if not rule.body else []
    labels += [[title, text] for title, text in rule.columns]
    return Digests(
        norm=_digest([rule.level, normalised(f"{rule.lead_in} {with_footnotes(demand(rule), rule)}"), scope]),
        contract=_digest([rule.id, placed.status, rule.anchor]),
        text=_digest([rule.level, rule.statement, body_text(rule), labels]),
    )


def body_text(rule: Rule) -> str:
    """Return the body of a rule as it is without its checks, which have digests of their own."""
    if not rule.checks or not rule.body:
        return rule.body
    lines = rule.body.split("\n")
    left_out: set[int] = set()
    for block in rule.checks:
        first, last = block.span.line - rule.body_line, block.span.end_line - rule.body_line
        while 0 < first <= len(lines) and not lines[first - 1].strip():
            first -= 1
        left_out.update(range(first, last + 1))
    return "\n".join(line for number, line in enumerate(lines) if number not in left_out)


def normalised(statement: str) -> str:
    """Remove from a sentence what does not change its meaning.

    NFKC; emphasis marks, link targets and code marks dropped; runs of spaces replaced with one; a final full stop
    dropped; lower case, except in code spans, where case has a meaning.
    """
    text = unicodedata.normalize("NFKC", statement).replace("\x02", "").replace("\x03", "")
    spans: list[str] = []
    if "`" in text:
        text = _CODE.sub(lambda match: _placeholder(match[2].strip(), spans), text)
    if "[" in text:
        text = _LINK.sub(r"\1", text)
    text = _MARKS.sub("", text).lower()
    text = re.sub(r"\s+", " ", text).strip().rstrip(".").rstrip()
    return _PLACEHOLDER.sub(lambda match: spans[int(match[1])], text)


def _placeholder(code: str, spans: list[str]) -> str:
    spans.append(re.sub(r"\s+", " ", code))
    return f"\x02{len(spans) - 1}\x03"


def _digest(value: object) -> str:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()
