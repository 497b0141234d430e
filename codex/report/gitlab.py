"""Diagnostics as a GitLab code quality report, an artifact that GitLab shows in the merge request.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence

from skills_build import inert
from skills_build.diagnostics import Diagnostic, Severity

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> str:
    """Return a JSON array. A fingerprint does not change when lines move, and is unique even if a message repeats."""
    seen: Counter[str] = Counter()
    rows = []
    for diagnostic in diagnostics:
        finding = diagnostic.finding
        key = f"{finding.path}\0{finding.code}\0{finding.message}"
        seen[key] += 1
        rows.append(
            {
                "description": f"{finding.code}: {inert.line(finding.message, most=0)}",
                "check_name": diagnostic.name,
                "fingerprint": hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "replace")).hexdigest(),
                "severity": _SEVERITIES[diagnostic.severity],
                "location": {"path": finding.path, "lines": {"begin": finding.span.line, "end": finding.span.end_line}},
            }
        )
    return json.dumps(rows, indent=2) + "\n"
