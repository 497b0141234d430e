"""Reads `codex.yaml`: YAML, checked against its schema, into a `Config` for the compiler and `FleetSettings`."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix
from skills_build.model.config import Config
from skills_build.model.fleet import SECTIONS, FleetSettings
from skills_build.schema import convert, known_keys, violations
from skills_build.source.conflicts import conflict_findings
from skills_build.source.cut_values import cut_values
from skills_build.source.glob_findings import invalid_in_configuration, unmatched_in_configuration
from skills_build.source.impossible_settings import impossible_settings
from skills_build.source.owner_names import owner_findings
from skills_build.source.quotes import curly_in_yaml
from skills_build.source.schema_findings import schema_findings
from skills_build.source.similar import nearest
from skills_build.source.terms import KINDS, aliases_in, misspelt_own, unknown_finding, unknown_in
from skills_build.source.yaml import YamlValue, load_yaml
from skills_build.source.yaml_keys import texts_at
from skills_build.source.yaml_scalars import Data
from skills_build.vocabulary import canonical_words

_OWN_TERMS: Final = tuple((kind, "*") for kind in KINDS if kind != "kinds")
_PROFILE_TERMS: Final = tuple(("profiles", "*", kind, "*") for kind in KINDS)
_PROSE: Final = (
    ("title",),
    ("description",),
    *(("domains", "*", key) for key in ("title", "description", "owner")),
)
_MERGE: Final = ("delivery", "merge")
_IDS: Final = (("priority", "*"), ("audit", "campaigns", "*", "rules", "*"))
"""Where codex.yaml has ids of rules."""
_ZONES: Final = (("sync", "windows", "*", "zone"), ("waves", "*", "windows", "*", "zone"))
_CORRECT: Final = "use the id of an existing rule, or remove this entry"
_UNREADABLE: Final = FleetSettings(invalid=SECTIONS)


def load_config(text: str, *, path: str, schema: str) -> tuple[Config, FleetSettings, tuple[Finding, ...]]:
    """Read the text of a codex.yaml once, for the compiler and for the fleet commands.

    Each fault becomes a finding with its place, and the default is in effect for the top-level key that has it.
    """
    if conflicts := conflict_findings(text.split("\n"), path=path):
        return _unreadable(conflicts), _UNREADABLE, conflicts
    value, findings = load_yaml(text, path=path)
    if value is None:
        return _unreadable(findings), _UNREADABLE, findings
    findings = (*findings, *schema_findings(value, schema, path=path), *invalid_in_configuration(value, path=path))
    findings = (*findings, *curly_in_yaml(value, path=path), *cut_values(value, text.split("\n"), _PROSE, path=path))
    owners = [key for key in value.values if len(key) == 3 and key[::2] == ("domains", "owner")]
    findings = (*findings, *owner_findings(value, owners, path=path))
    if not isinstance(value.data, dict):
        findings = findings or (Finding(code="CX004", message="codex.yaml is empty", path=path),)
        return _unreadable(findings), _UNREADABLE, findings
    invalid = _invalid_keys(schema, value.data)
    valid = {key: normalized(value.data[key]) for key in known_keys(schema, ()) if key in value.data.keys() - invalid}
    config = convert({key: item for key, item in valid.items() if key not in SECTIONS}, Config)
    config = _with_terms(config)
    findings = (*findings, *_term_findings(value, config, path), *_merged_twice(value, path))
    findings = (*findings, *impossible_settings(value, path=path))
    fleet = convert({key: item for key, item in valid.items() if key in SECTIONS}, FleetSettings)
    sections = tuple(section for section in SECTIONS if section in invalid)
    unread = tuple(_unread(value, invalid, known_keys(schema, ())))
    return replace(config, declared=True, unread=unread), replace(fleet, invalid=sections), findings


def _unreadable(findings: Sequence[Finding]) -> Config:
    """Return the configuration of a file that cannot be read."""
    return Config(declared=True, unread=(("", 1, findings[-1].span.line),))


def _unread(value: YamlValue, invalid: Collection[str], known: tuple[str, ...]) -> Iterator[tuple[str, int, int]]:
    """Yield each key that is invalid, or missing while a similar one is unknown, with the lines of that key."""
    for name, key in ((str(key[0]), key) for key in value.keys if len(key) == 1):
        meant = (name if name in invalid else None) if name in known else nearest(name, known)
        if meant:
            inside = (span.line for below, span in value.values.items() if below[:1] == key)
            yield meant, value.keys[key].line, max(inside, default=value.keys[key].line)


def _with_terms(config: Config) -> Config:
    """Return the configuration with the words for languages and technologies as they are read."""
    profiles = {
        name: replace(
            profile,
            languages=canonical_words("languages", profile.languages),
            technologies=canonical_words("technologies", profile.technologies),
            kinds=canonical_words("kinds", profile.kinds),
        )
        for name, profile in config.profiles.items()
    }
    return replace(
        config,
        profiles=profiles,
        languages=canonical_words("languages", config.languages),
        technologies=canonical_words("technologies", config.technologies),
    )


def _term_findings(value: YamlValue, config: Config, path: str) -> Iterator[Finding]:
    """Yield a finding for each other word for a language or technology, and for unknown words in profiles."""
    yield from aliases_in(value, (*_OWN_TERMS, *_PROFILE_TERMS), path=path)
    yield from misspelt_own(value, _OWN_TERMS, path=path)
    yield from unknown_in(value, _PROFILE_TERMS, {kind: getattr(config, kind, ()) for kind in KINDS}, path=path)
    for key, span in value.values.items():
        name = value.at(key)
        if len(key) == 2 and key[0] in ("technologies", "languages") and re.search(r"\s", str(name).strip()):
            help_ = f"write the name as one word, such as `{'-'.join(str(name).lower().split())}`"
            yield unknown_finding((f"`{name}` contains a space, so no standard can use it", help_, None), path, span)
        names_domain = len(key) == 4 and ((key[0], key[2]) == ("profiles", "domains") or key[:2] == _MERGE)
        if names_domain and config.domains and isinstance(name, str) and name not in config.domains:
            near = nearest(name, tuple(config.domains))
            declared = ", ".join(f"`{domain}`" for domain in config.domains)
            help_ = f"did you mean `{near}`?" if near else f"declared domains: {declared}"
            yield unknown_finding((f"`{name}` is not a declared domain", help_, near), path, span)


def _merged_twice(value: YamlValue, path: str) -> Iterator[Finding]:
    """Yield a finding for each domain that `delivery.merge` puts into two skills."""
    skills: dict[str, str] = {}
    for key, span in value.values.items():
        domain = value.at(key)
        if len(key) != 4 or key[:2] != _MERGE or not isinstance(domain, str):
            continue
        first = skills.setdefault(domain, str(key[2]))
        if first != key[2]:
            message = f"the domain `{domain}` is in the skills `{first}` and `{key[2]}`"
            yield Finding(
                code="CX007", message=message, path=path, span=span, help="keep the domain in only one of these skills"
            )


def _invalid_keys(schema: str, data: Mapping[str, Data]) -> set[str]:
    """Return the top-level keys whose values violate the schema; all keys if the data cannot be checked."""
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


def unknown_priority(text: str, known: Collection[str], *, path: str) -> tuple[Finding, ...]:
    """Return a finding for each id in `priority` or a campaign of codex.yaml that is not `known`."""
    value, _ = load_yaml(text, path=path)
    if value is None:
        return ()
    return tuple(
        Finding(
            code="CX042",
            message=f"`{'.'.join(part for part in key if isinstance(part, str))}`: no rule has the id `{id_}`",
            path=path,
            span=span,
            help=_CORRECT,
        )
        for key, id_, span in texts_at(value, _IDS)
        if id_ not in known
    )


def unknown_zones(text: str, missing: Collection[str], known: tuple[str, ...], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each time zone of codex.yaml that is `missing`; `known` are those that exist."""
    value, _ = load_yaml(text, path=path)
    for _, name, span in texts_at(value, _ZONES) if value is not None and known else ():
        if name in missing:
            near = nearest(name, known)
            help_ = f"did you mean `{near}`?" if near else "write a name such as `Europe/Berlin`"
            fix = Fix(title=f"write `{near}`", edits=(Edit(span=span, text=near),), unsafe=True) if near else None
            message = f"the time zone `{name}` is unknown"
            yield Finding(code="CX041", message=message, path=path, span=span, help=help_, fix=fix)


def unknown_dialects(text: str, missing: Collection[str], known: Sequence[str], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each dialect that codex.yaml uses and that is `missing`; `known` are those that exist."""
    value, _ = load_yaml(text, path=path)
    for key, span in value.values.items() if value is not None else ():
        name = value.at(key) if value is not None and len(key) == 3 and key[::2] == ("dialects", "use") else None
        if isinstance(name, str) and name in missing:
            is_file = name.endswith(".toml") or "/" in name
            near = None if is_file else nearest(name, tuple(known))
            listed = ", ".join(f"`{one}`" for one in known)
            message = f"file `{name}` does not exist" if is_file else f"no dialect `{name}`"
            help_ = f"did you mean `{near}`?" if near else f"use a TOML file next to codex.yaml, or one of {listed}"
            fix = Fix(title=f"write `{near}`", edits=(Edit(span=span, text=near),), unsafe=True) if near else None
            yield Finding(code="CX007", message=message, path=path, span=span, help=help_, fix=fix)


def unused_skills(text: str, used: Collection[str], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each key of `skills` in codex.yaml that is not the name of a skill: none of `used`."""
    value, _ = load_yaml(text, path=path)
    for key, span in value.keys.items() if value is not None else ():
        if len(key) == 2 and key[0] == "skills" and key[1] not in used:
            near = nearest(str(key[1]), tuple(used))
            listed = ", ".join(f"`{name}`" for name in sorted(used))
            help_ = f"did you mean `{near}`?" if near else f"the skills are {listed}" if listed else "remove it"
            fix = Fix(title=f"write `{near}`", edits=(Edit(span=span, text=near),), unsafe=True) if near else None
            message = f"no standard or domain uses the skill `{key[1]}`, so these settings have no effect"
            yield Finding(code="CX041", message=message, path=path, span=span, help=help_, fix=fix)


def normalized(value: Data) -> Data:
    """Return data as the types accept it: a mapping without settings (`api:`) is empty, not null, and 1.0 is 1.

    JSON Schema counts a number with a zero fraction as an integer:
    https://json-schema.org/draft/2020-12/json-schema-core#section-4.2.3.
    """
    if isinstance(value, dict):
        return {key: normalized({} if item is None else item) for key, item in value.items()}
    if isinstance(value, list):
        return [normalized(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
