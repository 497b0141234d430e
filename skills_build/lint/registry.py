"""Every lint, one row each. A new one is a file under `rules/`, a row here and a page in `validators/lints/`."""

from typing import Final

from skills_build.diagnostics import Severity
from skills_build.lint.kinds import Lint

E = Severity.ERROR
W = Severity.WARNING
I = Severity.INFO  # noqa: E741

PARSE: Final[tuple[Lint, ...]] = (
    Lint(code="CX001", name="not-utf8", severity=E),
    Lint(code="CX002", name="byte-order-mark", severity=W, fixable=True),
    Lint(code="CX003", name="line-ends", severity=W, fixable=True),
    Lint(code="CX004", name="invalid-yaml", severity=E),
    Lint(code="CX005", name="duplicate-key", severity=E),
    Lint(code="CX006", name="unknown-key", severity=E, fixable=True),
    Lint(code="CX007", name="invalid-value", severity=E),
    Lint(code="CX010", name="control-character", severity=E),
    Lint(code="CX011", name="file-too-large", severity=E),
    Lint(code="CX014", name="unused-suppression", severity=W),
    Lint(code="CX015", name="suppression-without-reason", severity=E),
    Lint(code="CX017", name="unknown-label", severity=W),
    Lint(code="CX018", name="missing-front-matter", severity=E),
    Lint(code="CX019", name="invalid-row", severity=E),
    Lint(code="CX020", name="rule-without-level", severity=E),
    Lint(code="CX101", name="rule-without-id", severity=E),
    Lint(code="CX102", name="malformed-id", severity=E),
    Lint(code="CX409", name="unreadable-file", severity=E),
    Lint(code="CX511", name="rule-too-long", severity=E),
)

LINTS: Final[tuple[Lint, ...]] = PARSE

BY_CODE: Final = {lint.code: lint for lint in LINTS}
