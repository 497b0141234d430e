"""Which linters write which results, and how a file of results is read."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from codex.audit.results import own_json, sarif
from codex.audit.results.base import LinterResults, Read, limited
from skills_build.checks.linters import LINTERS
from skills_build.errors import CodexError
from skills_build.json_input import parse_json, require_limits
from skills_build.source.similar import nearest

OWN_JSON: Final[Mapping[str, Read]] = {
    "ruff": own_json.ruff,
    "shellcheck": own_json.shellcheck,
    "hadolint": own_json.hadolint,
    "eslint": own_json.eslint,
    "clippy": own_json.clippy,
    "trivy": own_json.trivy,
    "semgrep": own_json.semgrep,
    "zizmor": own_json.zizmor,
    "squawk": own_json.squawk,
}
"""The linters whose own JSON is read. SARIF is accepted from every linter."""
MAX_DEPTH_HINT: Final = "run the linter again"
_RUFF_ENABLED: Final = "\nlinter.rules.enabled = [\n"
"""The line of `ruff check --show-settings` before the list of rules, which ends with a line that starts with `]`."""
_RUFF_CODE: Final = re.compile(r"\(([A-Z]+[0-9]+)\)")


def read_results(tool: str, data: bytes, *, name: str) -> LinterResults:
    """Read a file of results called `name`. Raises `CodexError` if it is not one of this linter."""
    if tool not in LINTERS:
        near = nearest(tool, tuple(LINTERS))
        hint = f"did you mean `{near}`?" if near else f"write one of {', '.join(LINTERS)}"
        raise CodexError(f"unknown linter `{tool}` in `--results`", hint=hint)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CodexError(f"`{name}` is not UTF-8", hint=MAX_DEPTH_HINT) from error
    if tool == "ruff" and _RUFF_ENABLED in (settings := f"\n{text}"):
        listed, end, _ = f"\n{settings.partition(_RUFF_ENABLED)[2]}".partition("\n]")
        if end:
            return LinterResults(tool=tool, enabled=frozenset(_RUFF_CODE.findall(listed)), ran=False, source=name)
    try:
        require_limits(data)
        return limited(replace(_read(tool, _parsed(text, tool)), source=name))
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise CodexError(f"`{name}` is not a result of {tool}: {_why(error)}", hint=_hint(tool)) from error


def _parsed(text: str, tool: str) -> Any:
    """Parse JSON; the output of Cargo has one document per line."""
    stripped = text.strip()
    if tool == "clippy" and not stripped.startswith("["):
        if stripped.startswith("{") and '"runs"' in stripped[:2000]:
            return parse_json(stripped)
        lines = [parse_json(line) for line in stripped.split("\n") if line.startswith("{")]
        if not lines:
            raise ValueError("no Cargo messages found")
        return lines
    return parse_json(stripped)


def _read(tool: str, data: Any) -> LinterResults:
    if sarif.is_sarif(data):
        return sarif.read(data, tool)
    if tool not in OWN_JSON:
        raise ValueError("the file is not SARIF")
    return OWN_JSON[tool](data)


def _why(error: Exception) -> str:
    return f"no key {error}" if isinstance(error, KeyError) else str(error).split("\n")[0] or type(error).__name__


def _hint(tool: str) -> str:
    own = " or its own JSON" if tool in OWN_JSON else ""
    return f"pass its SARIF{own}"
