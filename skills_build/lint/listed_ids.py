"""Finds ids of no rule in the labels that name rules: `See` and `Use instead`."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from skills_build.diagnostics import Finding, Span
from skills_build.model.standard import Label, Rule, Standard
from skills_build.source.similar import nearest

_LABELS: Final = ("see", "use instead")
_ID: Final = re.compile(r"(?P<prefix>[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z][A-Za-z0-9]*)*)-\d+[a-z]?")
_ITEM: Final = re.compile(r"(?:(?!\s(?:and|or)\s)[^,;])+")
_AND: Final = re.compile(r"(?:(?:see|and|or|also|rules?)\s+)+", re.IGNORECASE)
_MARKUP: Final = "`*_\"'()"
_PREFIXES: Final = (
    "RFC BCP STD ISO IEC IEEE EN DIN BS ANSI ITU ECMA ETSI FIPS NIST SP CWE CVE CAPEC GHSA OWASP ASVS LLM WCAG "
    "CIS PCI BSI SLSA OSPS MITRE PEP JEP JSR KEP AIP ADR RFD DEP EIP BIP XEP TC UTS UAX UTR W3C SHA AES UTF HTTP "
    "TLS ES PKCS X GDPR"
)
ELSEWHERE: Final = frozenset(_PREFIXES.split())
"""The prefixes of published documents and of decision records, which are no ids of rules."""


def unknown_ids(standard: Standard, known: Collection[str], prefixes: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for each id in these labels that no rule has; `known` are all ids, `prefixes` those of standards.

    In the text of a sentence, only ids with a prefix of this codex are read as such, which `cx042` reports; here the
    whole item of a list is an id, so it is one with any prefix.
    """
    for rule in standard.rules:
        for label in rule.labels:
            if label.name == "see":
                yield from _itself(rule, label, standard)
            if label.name in _LABELS:
                yield from _in_label(label, standard, known, prefixes)


def _itself(rule: Rule, label: Label, standard: Standard) -> Iterator[Finding]:
    """Yield a finding if a rule refers to itself: another id was meant."""
    if label.text.strip(f" .{_MARKUP}\n") == rule.id:
        yield Finding(
            code="CX042",
            message=f"`{rule.id}` refers to itself",
            path=standard.path,
            span=_place(label, standard, label.text.find(rule.id), rule.id),
            help="write the id of another rule, or remove the id",
        )


def _in_label(label: Label, standard: Standard, known: Collection[str], prefixes: Collection[str]) -> Iterator[Finding]:
    lines = label.text.split("\n")
    for item in _ITEM.finditer(lines[0]):
        start = item.start() + len(item[0]) - len(item[0].lstrip())
        lead = _AND.match(lines[0], start, item.end())
        start = lead.end() if lead else start
        written = lines[0][start : item.end()].rstrip(" .")
        id_ = written.strip(_MARKUP)
        match = _ID.fullmatch(id_)
        if match is None or id_ in known or id_.upper() in known or (match["prefix"] in prefixes and written == id_):
            continue
        prefix = match["prefix"].upper()
        if prefix.split("-")[0] in ELSEWHERE or (not match["prefix"].isupper() and prefix not in prefixes):
            continue
        yield Finding(
            code="CX042",
            message=f"no rule has the id `{id_}`",
            path=standard.path,
            span=_place(label, standard, start, written),
            help=_help(id_, prefix, prefixes, label),
        )


def _help(id_: str, prefix: str, prefixes: Collection[str], label: Label) -> str:
    if prefix in prefixes:
        return f"write the id of a rule in `{prefix}`, without backticks"
    near = nearest(prefix, tuple(sorted(prefixes)))
    meant = f"did you mean `{near}{id_[len(prefix) :]}`? " if near else ""
    if label.name == "see":
        return f"{meant}no standard has the id `{prefix}`: if the rule is in another document, link to it"
    return f"{meant}no standard has the id `{prefix}`: write the id of the rule that replaces this one"


def _place(label: Label, standard: Standard, start: int, written: str) -> Span:
    if label.value is None:
        lines = range(label.span.line, label.span.line + label.text.count("\n") + 1)
        return next((m.span for m in standard.mentions if m.id == written and m.span.line in lines), label.span)
    column = label.value.column + start
    return Span(label.value.line, column, label.value.line, column + len(written))
