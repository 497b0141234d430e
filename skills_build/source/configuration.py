"""Reads `codex.yaml` into a `Config`, and checks it against its schema."""

from collections.abc import Iterable
from dataclasses import replace

from skills_build.diagnostics import Finding
from skills_build.model.config import Config
from skills_build.schema import convert, known_keys, violations
from skills_build.source.glob_findings import invalid_in_configuration, unmatched_in_configuration
from skills_build.source.schema_findings import schema_findings
from skills_build.source.yaml import Data, load_yaml

SECTIONS_OF_THE_FLEET = ("forge", "sync", "waves", "trust")
"""Top-level sections that only the fleet commands read. The compiler ignores them."""


def load_config(text: str, *, path: str, schema: str) -> tuple[Config, tuple[Finding, ...]]:
    """Read a codex.yaml. Each invalid key is reported with its place and replaced by its default."""
    value, findings = load_yaml(text, path=path)
    if value is None:
        return Config(declared=True), findings
    findings = (*findings, *schema_findings(value, schema, path=path), *invalid_in_configuration(value, path=path))
    if not isinstance(value.data, dict):
        return Config(declared=True), findings or (Finding(code="CX004", message="codex.yaml is empty", path=path),)
    wrong = {violation.key[0] for violation in violations(schema, value.data) if violation.key}
    valid_keys = known_keys(schema, ())
    own = {
        key: _plain(item)
        for key, item in value.data.items()
        if key in valid_keys and key not in wrong and key not in SECTIONS_OF_THE_FLEET
    }
    config = convert(own, Config)
    return replace(config, declared=True), findings


def unmatched_globs(text: str, names: Iterable[str], *, path: str) -> tuple[Finding, ...]:
    """Return a finding for each glob of codex.yaml that selects files of the codex and matches none of `names`."""
    value, _ = load_yaml(text, path=path)
    return tuple(unmatched_in_configuration(value, names, path=path)) if value is not None else ()


def _plain(value: Data) -> Data:
    """Replace null by an empty mapping: a domain or skill can be given without settings (`api:`)."""
    if isinstance(value, dict):
        return {k: _plain({} if v is None else v) for k, v in value.items()}
    return value
