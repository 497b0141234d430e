"""A plugin manifest that clients reject."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.json_input import parse_json
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_PATH: Final = ".claude-plugin/plugin.json"


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for a name or version that the published schema of plugin manifests rejects."""
    data = output.files.get(_PATH)
    if data is None:
        return
    manifest = parse_json(data)
    help_ = "change `namespace` in codex.yaml"
    if not _NAME.fullmatch(str(manifest.get("name", ""))):
        yield Finding(
            code="CX707", message=f"`{manifest.get('name')}` is not a valid plugin name", path=_PATH, help=help_
        )
    if not re.fullmatch(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?", str(manifest.get("version", ""))):
        yield Finding(
            code="CX707", message=f"`{manifest.get('version')}` is not a valid version", path=_PATH, help=help_
        )


LINT: Final = Lint(code="CX707", name="plugin-manifest", severity=Severity.ERROR, output=check)
