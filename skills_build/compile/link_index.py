"""The destinations of the links in a codex: a rule, a section, a standard, another file, or nothing. Opens no file."""

import posixpath
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, unquote

from skills_build.frozen import dataclass
from skills_build.model.bundle import PlacedRule
from skills_build.model.codex import Codex
from skills_build.model.standard import Form, Standard

_SCHEME: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]+:|//)")
_WITH_ANCHOR: Final = (Form.HEADING, Form.DOCUMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDestination:
    """Where a relative link leads. `id` is set if an agent can look it up, `anchor` for a section of the same file.

    `heading` is the anchor of the heading in its source.
    """

    path: str
    heading: str = ""
    id: str | None = None
    anchor: str | None = None
    exists: bool = True


def external(target: str) -> bool:
    """Whether a target has a scheme or a host of its own."""
    return bool(_SCHEME.match(target))


class LinkIndex:
    """Resolves links. Built once for a codex; only rules that ship have ids to look up."""

    def __init__(self, codex: Codex, shipping: Iterable[PlacedRule], source_url: str | None) -> None:
        self._standards: Mapping[str, Standard] = {standard.path: standard for standard in codex.standards}
        self._files = codex.files
        self._source_url = source_url
        self._shipping = {placed.rule.id for placed in shipping}
        self._shipping_paths = {
            standard.path for standard in codex.standards if any(rule.id in self._shipping for rule in standard.rules)
        }
        self._rules = {
            (standard.path, rule.anchor): rule
            for standard in codex.standards
            for rule in standard.rules
            if rule.form in _WITH_ANCHOR and rule.anchor
        }

    def find(self, standard: Standard, target: str) -> LinkDestination:
        """Resolve `target`, a link target in `standard`."""
        address, _, fragment = target.partition("#")
        path = self._path(standard, unquote(address.partition("?")[0]))
        fragment = unquote(fragment)
        linked = self._standards.get(path)
        if linked is None:
            return LinkDestination(path=path, exists=not self._files or path in self._files)
        rule = self._rules.get((path, fragment))
        if rule is None and not fragment and len(linked.rules) == 1 and linked.rules[0].form is Form.DOCUMENT:
            rule = linked.rules[0]
        if rule is not None:
            rule_id = rule.id if rule.id in self._shipping else None
            return LinkDestination(path=path, heading=rule.anchor, id=rule_id or self._shipped_id(linked))
        return self._section(linked, fragment, same=path == standard.path)

    def url(self, path: str, line: int | None = None) -> str | None:
        """Return the address of a source file or of a line of it, if the codex has a source address."""
        if self._source_url is None:
            return None
        template = self._source_url
        address, _, fragment = template.partition("#")
        if line is None and "{line}" in fragment:
            template = address
        return template.replace("{path}", quote(path, safe="/")).replace("{line}", str(line or 1))

    def heading_url(self, path: str, heading: str) -> str | None:
        """Return the address of a heading in a source file, which stays when lines are added above it.

        Emitted files have these addresses and none of lines: a line's number changes with every edit above it, so that
        two branches could not be merged.
        """
        address = self.url(path)
        lines = "{line}" in (self._source_url or "").partition("#")[2]
        return f"{address}#{quote(heading)}" if address and heading and lines else address

    def _section(self, linked: Standard, fragment: str, *, same: bool) -> LinkDestination:
        found = any(section.anchor == fragment for section in linked.sections) if fragment else False
        heading = fragment if found else ""
        if same:
            return LinkDestination(path=linked.path, heading=heading, anchor=fragment)
        return LinkDestination(path=linked.path, heading=heading, id=self._shipped_id(linked))

    def _shipped_id(self, linked: Standard) -> str | None:
        """Return the id of a standard, if any of its rules ships."""
        return linked.id if linked.path in self._shipping_paths else None

    @staticmethod
    def _path(standard: Standard, address: str) -> str:
        if not address:
            return standard.path
        base = "" if address.startswith("/") else posixpath.dirname(standard.path)
        return posixpath.normpath(posixpath.join(base, address.lstrip("/"))).lstrip("/")
