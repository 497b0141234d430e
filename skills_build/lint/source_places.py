"""Leads a finding about the output back to what an author can change: a line of a standard or of codex.yaml."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import FILE_START, Finding, Note, Span
from skills_build.model.bundle import Artifact, Output, Skill
from skills_build.model.config import CONFIG
from skills_build.source.yaml import YamlValue, load_yaml

_SKILL_FILE: Final = re.compile(r"(?:.*/)?skills/([^/]+)/(.+)")
_OF_DESCRIPTION: Final = "CX2"
"""Lints of a skill's name and description."""


class SourcePlaces:
    """The places in the source of what is in one output. `config_text` is codex.yaml, empty without one."""

    def __init__(self, output: Output, paths: frozenset[str], config_text: str) -> None:
        self._output = output
        self._paths = paths
        self._artifacts: Mapping[str, Artifact] = {artifact.path: artifact for artifact in output.artifacts}
        self._skills: Mapping[str, Skill] = {skill.name: skill for skill in output.skills}
        self._config_text = config_text
        self._config: YamlValue | None = None

    def of(self, finding: Finding) -> Finding:
        """Return a finding at its place in the source, with a note on the file of the output that it is about."""
        if finding.path in self._paths or finding.path == CONFIG:
            return finding
        path, span = self._place(finding)
        note = Note(message=f"reported for the output file `{finding.path}`")
        return replace(finding, path=path, span=span, notes=(*finding.notes, note))

    def _place(self, finding: Finding) -> tuple[str, Span]:
        match = _SKILL_FILE.fullmatch(finding.path)
        skill = self._skills.get(match[1]) if match else None
        if skill is None or match is None:
            return self._settings(("profiles",) if finding.path.startswith("agents-md/") else ())
        if finding.code.startswith(_OF_DESCRIPTION):
            return self._of_skill(skill)
        artifact = self._artifacts.get(f"skills/{match[1]}/{match[2]}")
        sources = artifact.sources if artifact else ()
        before = [source for source in sources if source.line <= finding.span.line]
        if before and finding.span != FILE_START:
            return before[-1].path, Span(before[-1].source_line, 1, before[-1].source_line, 1)
        reference = next((one for one in skill.references if one.path == match[2]), None)
        passage = reference.passages[0] if reference and reference.passages else None
        if passage is not None:
            line = passage.section.line if passage.rules == () else passage.rules[0].span.line
            return passage.standard.path, Span(line, 1, line, 1)
        return self._of_skill(skill)

    def _of_skill(self, skill: Skill) -> tuple[str, Span]:
        """Return where the description of a skill is set, otherwise the standard that it is made from."""
        settings = self._settings_value()
        for keys in (("skills", skill.key, "description"), ("skills", skill.key), ("domains", skill.key)):
            if settings is not None and keys in settings.values:
                return CONFIG, settings.values[keys]
        if skill.rules:
            standard = skill.rules[0].standard
            return standard.path, standard.place("title")
        return self._settings(())

    def _settings_value(self) -> YamlValue | None:
        if self._config is None and self._config_text:
            self._config, _ = load_yaml(self._config_text, path=CONFIG)
        return self._config

    def _settings(self, keys: tuple[str, ...]) -> tuple[str, Span]:
        """Return the place of a setting, otherwise the start of codex.yaml, or of a standard where there is none."""
        value = self._settings_value()
        if value is None:
            read = {placed.standard.path for skill in self._output.skills for placed in skill.rules}
            return CONFIG if self._config_text else min(read, default=min(self._paths, default=CONFIG)), FILE_START
        return CONFIG, value.keys.get(keys) or FILE_START
