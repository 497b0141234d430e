"""Three digests of a rule, each of what a kind of reader depends on, as sha256 in hexadecimal.

`norm` is what the rule demands: level, sentence with its parts, applicability. `contract` is how it is addressed and
how binding it is: id, status, anchor. `text` is every word of it. A release is classified by which of them changed.
"""

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from skills_build.compile.prose import demand
from skills_build.model.bundle import PlacedRule

_CODE: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_LINK: Final = re.compile(r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_MARKS: Final = re.compile(r"\*+|~~|(?<!\w)_+|_+(?!\w)")
_HELD: Final = re.compile("\x02(\\d+)\x03")


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """The three digests of one rule."""

    norm: str
    contract: str
    text: str


def digests(one: PlacedRule) -> Digests:
    """Digest a rule as it stands on the day of the build."""
    rule = one.rule
    scope = {
        "languages": sorted(word.lower() for word in one.scope.languages),
        "technologies": sorted(word.lower() for word in one.scope.technologies),
        "paths": sorted(one.scope.paths),
        "when": normalised(one.scope.when or ""),
    }
    labels = [[label.name, label.text] for label in rule.labels] if not rule.body else []
    return Digests(
        norm=_digest([rule.level, normalised(demand(rule)), scope]),
        contract=_digest([rule.id, one.status, rule.anchor]),
        text=_digest([rule.level, rule.statement, rule.body, labels]),
    )


def normalised(statement: str) -> str:
    """A sentence without what does not change its meaning.

    NFKC; emphasis marks, link targets and code marks dropped; runs of blanks made one; a final full stop dropped; lower
    case, except for what stood in a code span, where case means something.
    """
    text = unicodedata.normalize("NFKC", statement).replace("\x02", "").replace("\x03", "")
    held: list[str] = []
    if "`" in text:
        text = _CODE.sub(lambda match: _hold(match[2].strip(), held), text)
    if "[" in text:
        text = _LINK.sub(r"\1", text)
    text = _MARKS.sub("", text).lower()
    text = re.sub(r"\s+", " ", text).strip().rstrip(".").rstrip()
    return _HELD.sub(lambda match: held[int(match[1])], text)


def _hold(code: str, held: list[str]) -> str:
    held.append(re.sub(r"\s+", " ", code))
    return f"\x02{len(held) - 1}\x03"


def _digest(value: object) -> str:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()
