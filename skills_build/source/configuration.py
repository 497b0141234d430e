"""Reads `codex.yaml`: YAML, checked against its schema, into a `Config`."""

from dataclasses import replace

from skills_build.diagnostics import Finding
from skills_build.model.config import Config, with_needed
from skills_build.schema import convert, known_keys, violations
from skills_build.source.checked import check
from skills_build.source.yaml_door import Data, load

SECTIONS_OF_THE_FLEET = ("forge", "sync", "waves", "trust")
"""Top-level sections that only the fleet commands read; the compiler leaves them alone."""


def load_config(text: str, *, path: str, schema: str) -> tuple[Config, tuple[Finding, ...]]:
    """Read a codex.yaml. What is wrong with it is found with its place; the default stands in for each such key."""
    value, findings = load(text, path=path)
    if value is None:
        return Config(declared=True), findings
    findings = (*findings, *check(value, schema, path=path))
    if not isinstance(value.data, dict):
        return Config(declared=True), findings or (Finding(code="CX004", message="codex.yaml is empty", path=path),)
    wrong = {violation.key[0] for violation in violations(schema, value.data) if violation.key}
    known = known_keys(schema, ())
    own = {
        key: _plain(item)
        for key, item in value.data.items()
        if key in known and key not in wrong and key not in SECTIONS_OF_THE_FLEET
    }
    found = convert(own, Config)
    return replace(found, declared=True, targets=with_needed(found.targets)), findings


def _plain(value: Data) -> Data:
    """A domain or skill given without settings (`api:`) is an empty mapping, not null."""
    if isinstance(value, dict):
        return {k: _plain({} if v is None else v) for k, v in value.items()}
    return value
