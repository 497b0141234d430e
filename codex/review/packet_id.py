"""Binds a response to the packet that it answers.

The id of a packet is its size in tokens and a digest of everything that it was made from. A response that names another
id was written for another base, change, set of rules or version of codexc, so it does not count.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from codex import __version__
from codex.audit.examples import good_example
from codex.review.change import Change
from codex.review.packet import MIN_TOKENS, rule_row
from codex.review.review import Selection, is_judged
from codex.review.select import Relevant
from codex.review.verdicts import ANSWER_SCHEMA
from skills_build.checks.base import ChangedFile

_FORM: Final = re.compile(r"([1-9]\d{2,9})-[0-9a-f]{64}", re.ASCII)


def packet_id(tokens: int, selected: Selection, change: Change, *, base: str | None, codex: str) -> str:
    """Return the id of a packet of this many tokens, for a change since `base`; None is the base of a patch."""
    source = {
        "codexc": __version__,
        "codex": codex,
        "base": base,
        "files": sorted(map(_file, change.files)),
        "rules": [_rule(one) for one in selected.rules if is_judged(one)],
        "others": [_rule(one) for one in selected.others if is_judged(one)],
        "tokens": tokens,
    }
    text = json.dumps(source, sort_keys=True, separators=(",", ":"))
    return f"{tokens}-{hashlib.sha256(text.encode('ascii')).hexdigest()}"


def tokens_of(id_: str) -> int | None:
    """Return the size of the packet with this id; None if it is not the id of a packet."""
    match = _FORM.fullmatch(id_)
    return int(match[1]) if match and int(match[1]) >= MIN_TOKENS else None


def bound(made: Mapping[str, Any], id_: str) -> dict[str, Any]:
    """Return a packet with its id, which its schema requires in the response."""
    schema = {
        **ANSWER_SCHEMA,
        "required": ["packet", *ANSWER_SCHEMA["required"]],
        "properties": {"packet": {"const": id_}, **ANSWER_SCHEMA["properties"]},
    }
    return {"packet": id_, **made, "answer_schema": schema}


def _file(changed: ChangedFile) -> tuple[Any, ...]:
    return (changed.path, changed.old or "", changed.deleted, changed.added, changed.removed)


def _rule(relevant: Relevant) -> tuple[Any, ...]:
    applied = relevant.applied
    return (applied.rule.digest, rule_row(relevant), good_example(applied), sorted(relevant.further))
