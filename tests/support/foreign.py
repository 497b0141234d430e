"""Lints documents that are not in the codexc format, for tests of false alarms."""

from collections.abc import Mapping

from skills_build.diagnostics import Diagnostic
from skills_build.lint.apply_settings import to_diagnostics
from skills_build.lint.base import Context
from skills_build.lint.run import check_codex, check_document, mark_foreign_code
from skills_build.model.config import Config, LintSettings
from skills_build.source.dialect import load_dialect
from skills_build.source.parse import parse_standard
from skills_build.source.resolve import resolve
from tests.support.compiling import DAY, schema

BULLETS = """
[[rule]]
at = "list-item"
match = '\\b(?P<level>MUST NOT|MUST|SHOULD NOT|SHOULD|MAY)\\b'
"""
"""A dialect in which every bullet with a level is a rule."""
NOISE = {"CX105", "CX303"}
"""No owner, no reason: true of the short texts here."""


def diagnosed(
    files: Mapping[str, str], dialect: str = BULLETS, settings: LintSettings | None = None
) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of documents in a dialect of their own, as `codexc check` gives them."""
    rules = load_dialect(dialect, name="own", schema=schema("dialect"))
    context = Context(config=Config(), as_of=DAY)
    findings, standards = [], []
    for path, text in sorted(files.items()):
        reading = parse_standard(path, text.encode(), rules, Config(), schema=schema("front-matter"))
        assert reading.document is not None
        findings += [*mark_foreign_code(reading.findings, reading.document), *check_document(reading.document, context)]
        standards.append(reading.document.standard)
    codex = resolve(standards, files=frozenset(files), texts=files)
    return to_diagnostics((*findings, *check_codex(codex, context)), settings or LintSettings(), codex.standards)


def codes(text: str, dialect: str = BULLETS) -> list[tuple[str, str]]:
    """Return code and severity of what is found in one document."""
    return [(one.code, str(one.severity)) for one in diagnosed({"guide.md": text}, dialect)]


def alarms(text: str) -> list[tuple[str, str]]:
    """The codes without those of `NOISE`."""
    return [one for one in codes(text) if one[0] not in NOISE]


def found(code: str, text: str, dialect: str = BULLETS) -> list[str]:
    """The messages of one lint about a document of others."""
    return [one.finding.message for one in diagnosed({"guide.md": text}, dialect) if one.code == code]
