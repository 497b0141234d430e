"""Checks the licence of a codex: an SPDX expression of known identifiers.

The grammar is that of annex B of the SPDX specification 3.0: https://spdx.github.io/spdx-spec/v3.0.1/annexes/.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix
from skills_build.source.similar import misspelt
from skills_build.source.yaml import load_yaml

_TOKEN: Final = re.compile(r"[()]|[^\s()]+")
_OPERATORS: Final = frozenset({"and", "or", "with"})
_OWN: Final = re.compile(r"(?:documentref-[a-z0-9.-]+:)?licenseref-[a-z0-9.-]+|none|noassertion")
_NOISE: Final = re.compile(r"\b(?:the|software|public|general|licen[cs]e|version|v(?=\d))\b|v(?=\d)", re.IGNORECASE)
_USUAL: Final = {
    **dict.fromkeys(
        ("all-rights-reserved", "internal", "private", "proprietary", "unlicensed"), "LicenseRef-Proprietary"
    ),
    "apache": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd-2": "BSD-2-Clause",
    "bsd-3": "BSD-3-Clause",
    "cc": "CC-BY-4.0",
    "cc-by": "CC-BY-4.0",
    "cc-by-sa": "CC-BY-SA-4.0",
    "cc0": "CC0-1.0",
    "gpl": "GPL-3.0-only",
    "agpl": "AGPL-3.0-only",
    "lgpl": "LGPL-3.0-only",
    "mozilla": "MPL-2.0",
    "mpl": "MPL-2.0",
}
"""The identifiers that are meant by usual names without a version."""
_OWN_TERMS: Final = "write an identifier from https://spdx.org/licenses, or `LicenseRef-NAME` for your own terms"


def licence_findings(text: str, known: Collection[str], *, path: str) -> Iterator[Finding]:
    """Yield a finding if `licence` in a codex.yaml is no expression; `known` are the ids of licences and exceptions."""
    value, _ = load_yaml(text, path=path)
    written = value.at(("licence",)) if value is not None else None
    if value is None or not isinstance(written, str) or is_expression(written, known):
        return
    near = meant_licence(written, known)
    span = value.place(("licence",))
    yield Finding(
        code="CX041",
        message=f"`{written[:60]}` is not an SPDX licence expression",
        path=path,
        span=span,
        help=_help(written, near, known),
        fix=Fix(title=f"write `{near}`", edits=(Edit(span=span, text=near),), unsafe=True) if near else None,
    )


def is_expression(text: str, known: Collection[str]) -> bool:
    """Return whether a text is an SPDX expression. The case of letters does not matter."""
    ids = {name.lower() for name in known}
    depth, operand_next = 0, True
    for match in _TOKEN.finditer(text.lower()):
        token = match[0]
        if operand_next != (token == "(" or token not in (*_OPERATORS, ")")):
            return False
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth < 0 or not (
            token in (*_OPERATORS, "(", ")") or token.removesuffix("+") in ids or _OWN.fullmatch(token)
        ):
            return False
        operand_next = token == "(" or token in _OPERATORS
    return depth == 0 and not operand_next


def meant_licence(text: str, known: Collection[str]) -> str | None:
    """Return the identifier that a name such as `Apache License 2` means; None if it is not clear."""
    name = re.sub(r"[\s,_]+", "-", _NOISE.sub(" ", text).strip().lower()).replace("mozilla-", "mpl-")
    spelled = re.sub(r"([a-z])(\d)", r"\1-\2", name)
    ids = {one.lower(): one for one in known}
    spellings = (name, spelled, f"{spelled}.0")
    for one in (*(f"{one}-only" for one in spellings), *spellings):
        if one in ids:
            return ids[one]
    return _USUAL.get(spelled) or ids.get(misspelt(name, tuple(ids)) or "")


def _help(written: str, near: str | None, known: Collection[str]) -> str:
    parts = [part.strip() for part in re.split(r"[,;/&]", written)]
    if len(parts) > 1 and all(is_expression(part, known) for part in parts):
        return f"write `{' OR '.join(parts)}` for a choice, or `{' AND '.join(parts)}` if all licences apply"
    return f"did you mean `{near}`?" if near else _OWN_TERMS
