"""A sidecar file with errors that Codex CLI ignores."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.json_input import parse_json
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output

_ROW: Final = re.compile(r' *(\w+): ?(?:"((?:[^"\\]|\\.)*)"|true|false)?')


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each `agents/openai.yaml` with a value that the client drops."""
    for path, data in sorted(output.files.items()):
        if path.endswith("/agents/openai.yaml"):
            name = path.split("/")[-3]
            for fault in _faults(name, data.decode("utf-8", "replace")):
                yield Finding(code="CX706", message=fault, path=path, help="this is a bug in codexc: report it")


def _faults(name: str, text: str) -> Iterator[str]:
    values: dict[str, str] = {}
    for line in text.split("\n"):
        match = _ROW.fullmatch(line)
        if line.strip() and not line.startswith("#") and match is None:
            yield f"`{line[:40]}` is not a key followed by a quoted value"
        elif match and match[2] is not None:
            values[match[1]] = parse_json(f'"{match[2]}"')
    if len(values.get("display_name", "")) > 64:
        yield "display_name has more than 64 characters"
    if len(values.get("short_description", "")) > 1024:
        yield "short_description has more than 1,024 characters"
    if "default_prompt" in values and f"${name}" not in values["default_prompt"]:
        yield f"default_prompt does not mention `${name}`"


LINT: Final = Lint(code="CX706", name="openai-sidecar", severity=Severity.ERROR, output=check)
