"""What the links of a codex lead to: a rule, a section, a standard, another file, or nothing. Opens no file."""

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from skills_build.model.bundle import PlacedRule
from skills_build.model.standard import Codex, Form, Standard

_SCHEME: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]+:|//)")
_OWN: Final = (Form.HEADING, Form.DOCUMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDestination:
    """Where a relative link leads. `id` is for what an agent can look up, `anchor` for a section of the same file."""

    path: str
    line: int | None = None
    id: str | None = None
    anchor: str | None = None
    known: bool = True


def external(target: str) -> bool:
    """True for a target with a scheme or a host of its own."""
    return bool(_SCHEME.match(target))


class LinkIndex:
    """Answers where a link leads. Built once for a codex; only rules that ship have ids to offer."""

    def __init__(self, codex: Codex, shipping: Iterable[PlacedRule], source_url: str | None) -> None:
        self._standards: Mapping[str, Standard] = {standard.path: standard for standard in codex.standards}
        self._files = codex.files
        self._source_url = source_url
        self._shipping = {placed_rule.rule.id for placed_rule in shipping}
        self._speaking = {
            standard.path for standard in codex.standards if any(r.id in self._shipping for r in standard.rules)
        }
        self._rules = {
            (standard.path, rule.anchor): rule
            for standard in codex.standards
            for rule in standard.rules
            if rule.form in _OWN and rule.anchor
        }

    def find(self, standard: Standard, target: str) -> LinkDestination:
        """Where `target`, written in `standard`, leads."""
        address, _, fragment = target.partition("#")
        path = self._path(standard, unquote(address.partition("?")[0]))
        fragment = unquote(fragment)
        found = self._standards.get(path)
        if found is None:
            return LinkDestination(path=path, known=not self._files or path in self._files)
        rule = self._rules.get((path, fragment))
        if rule is None and not fragment and len(found.rules) == 1 and found.rules[0].form is Form.DOCUMENT:
            rule = found.rules[0]
        if rule is not None:
            own = rule.id if rule.id in self._shipping else None
            return LinkDestination(path=path, line=rule.span.line, id=own or self._spoken(found))
        return self._section(found, fragment, same=path == standard.path)

    def url(self, path: str, line: int | None = None) -> str | None:
        """The address of a source file or of a line of it, where the codex has one."""
        if self._source_url is None:
            return None
        template = self._source_url
        address, _, fragment = template.partition("#")
        if line is None and "{line}" in fragment:
            template = address
        return template.replace("{path}", quote(path, safe="/")).replace("{line}", str(line or 1))

    def _section(self, found: Standard, fragment: str, *, same: bool) -> LinkDestination:
        line = next((s.line for s in found.sections if s.anchor and s.anchor == fragment), None)
        if same:
            return LinkDestination(path=found.path, line=line, anchor=fragment)
        return LinkDestination(path=found.path, line=line, id=self._spoken(found))

    def _spoken(self, found: Standard) -> str | None:
        """The id of a standard, if any of its rules ships."""
        return found.id if found.path in self._speaking else None

    @staticmethod
    def _path(standard: Standard, address: str) -> str:
        if not address:
            return standard.path
        base = "" if address.startswith("/") else posixpath.dirname(standard.path)
        return posixpath.normpath(posixpath.join(base, address.lstrip("/"))).lstrip("/")
