"""Reads `codex.yaml`: YAML, checked against its schema, into a `Config` for the compiler and `FleetSettings`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Finding
from skills_build.model.config import Config
from skills_build.model.fleet import SECTIONS, FleetSettings
from skills_build.schema import convert, known_keys, violations
from skills_build.source.glob_findings import invalid_in_configuration, unmatched_in_configuration
from skills_build.source.schema_findings import schema_findings
from skills_build.source.yaml import Data, load_yaml

_UNREADABLE: Final = FleetSettings(invalid=SECTIONS)


def load_config(text: str, *, path: str, schema: str) -> tuple[Config, FleetSettings, tuple[Finding, ...]]:
    """Read the text of a codex.yaml once, for the compiler and for the fleet commands.

    Each fault becomes a finding with its place, and the default is in effect for the top-level key that has it.
    """
    value, findings = load_yaml(text, path=path)
    if value is None:
        return Config(declared=True), _UNREADABLE, findings
    findings = (*findings, *schema_findings(value, schema, path=path), *invalid_in_configuration(value, path=path))
    if not isinstance(value.data, dict):
        findings = findings or (Finding(code="CX004", message="codex.yaml is empty", path=path),)
        return Config(declared=True), _UNREADABLE, findings
    invalid = _invalid_keys(schema, value.data)
    valid = {key: normalized(value.data[key]) for key in known_keys(schema, ()) if key in value.data.keys() - invalid}
    config = convert({key: item for key, item in valid.items() if key not in SECTIONS}, Config)
    fleet = convert({key: item for key, item in valid.items() if key in SECTIONS}, FleetSettings)
    sections = tuple(section for section in SECTIONS if section in invalid)
    return replace(config, declared=True), replace(fleet, invalid=sections), findings


def _invalid_keys(schema: str, data: Mapping[str, Data]) -> set[str]:
    """The top-level keys whose values break the schema; all of them where the data cannot be checked."""
    invalid = set[str]()
    for violation in violations(schema, data):
        if violation.key:
            invalid.add(str(violation.key[0]))
        elif violation.keyword == "type":
            invalid.update(data)
    return invalid


def unmatched_globs(text: str, names: Iterable[str], *, path: str) -> tuple[Finding, ...]:
    """Return a finding for each glob of codex.yaml that selects files of the codex and matches none of `names`."""
    value, _ = load_yaml(text, path=path)
    return tuple(unmatched_in_configuration(value, names, path=path)) if value is not None else ()


def normalized(value: Data) -> Data:
    """Data as the types take it: a mapping without settings (`api:`) is empty, not null, and 1.0 is the integer 1.

    JSON Schema counts a number with a zero fraction as an integer:
    https://json-schema.org/draft/2020-12/json-schema-core#section-4.2.3.
    """
    if isinstance(value, dict):
        return {key: normalized({} if item is None else item) for key, item in value.items()}
    if isinstance(value, list):
        return [normalized(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
