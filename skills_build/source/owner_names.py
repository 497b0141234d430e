"""Finds owners that are placeholders, and names that no host accepts: with another `@`, or with marks around them.

An owner may also be plain words, such as a department. Those are not checked.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix
from skills_build.source.yaml import Key, YamlValue

_AT: Final = "\uff20\ufe6b"
"""Characters that look like `@`."""
_NAME: Final = re.compile(
    r"@[\w.-]+(?:/[\w.-]+)*(?<![.-])|<?[^\s@<>]+@(?=[^\s@<>]+?\.[^\s@<>])[^\s@<>]+(?<![.,;:])>?|.*://.*"
)
_MARKS: Final = " <>()[]{}\"'`.,;:!"

_PLACEHOLDER: Final = re.compile(
    r"@?(?:todo|tbd|tba|tbc|fixme|xxx+|none|nobody|no ?one|unknown|unassigned|n/?a|your[ -]?team|\?+|-+|\.{3})",
    re.IGNORECASE,
)
"""Words in place of an owner."""


def owner_findings(value: YamlValue, keys: Sequence[Key], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each of these values that is a placeholder, or has a word with `@` that is no name."""
    for key in keys:
        written = value.at(key)
        if isinstance(written, str) and _PLACEHOLDER.fullmatch(written.strip()):
            message, help_ = f"`{written}` is not an owner", "write a user or team, such as `@platform-team`"
            yield Finding(code="CX041", message=message, path=path, span=value.place(key), help=help_)
        elif isinstance(written, str) and (wrong := _wrong(written)):
            meant = _meant(written)
            help_ = (
                f"write `{meant}`" if meant else "write a user or team, such as `@platform-team`, or an e-mail address"
            )
            fix = None
            if meant:
                edit = Edit(span=value.place(key), text=f'"{meant}"')
                fix = Fix(title=help_, edits=(edit,), unsafe=True)
            message = f"`{wrong}` is neither the name of a user or team nor an e-mail address"
            yield Finding(code="CX041", message=message, path=path, span=value.place(key), help=help_, fix=fix)


def _words(owner: str) -> list[str]:
    return owner.replace(",", " ").split()


def _wrong(owner: str) -> str | None:
    at = f"@{_AT}"
    return next((word for word in _words(owner) if set(at) & {*word} and not _NAME.fullmatch(word)), None)


def _meant(owner: str) -> str | None:
    """Return the owner with `@` for characters that look like it, and without marks around names."""
    plain = re.sub(r"@\s++(?=\w)|(?<!@)@{2,}+(?=\w)", "@", re.sub(f"[{_AT}]", "@", owner))
    text = ", ".join(word.strip(_MARKS) for word in _words(plain))
    return text if text and _wrong(text) is None else None
