"""Finds unknown names in codex.yaml: dialects, lints, skills and rules that do not exist."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from codex.resources import data_root
from codex.shell.reading import real_path
from codex.shell.time_zones import missing_zones
from skills_build.diagnostics import Edit, Finding, Fix
from skills_build.errors import CodexError
from skills_build.model.codex import Codex
from skills_build.model.config import CONFIG, Config, LintSettings
from skills_build.model.fleet import FleetSettings
from skills_build.source.configuration import unknown_dialects, unknown_priority, unknown_zones, unused_skills
from skills_build.source.dialect import Dialect, Files
from skills_build.source.licence import is_expression, licence_findings
from skills_build.source.similar import misspelt


def dialect_file(name: str, root: Path) -> Path | None:
    """The file of a dialect: one of ours, or a TOML file relative to the working directory or to the codex."""
    shipped = data_root("templates") / "dialects" / f"{name}.toml"
    candidates = [Path(name), root / name] if _is_path(name) else [shipped]
    return next((p for p in candidates if p.is_file()), None)


def refuse_outside(config: Config, root: Path) -> None:
    """Raise `CodexError` for a dialect of codex.yaml in a file outside the repository: messages show parts of it."""
    for name in (use.use for use in config.dialects):
        file = dialect_file(name, root) if _is_path(name) else None
        if file is None or real_path(file).is_relative_to(real_path(root)):
            continue
        from codex.shell.repository import GitRepository

        repository = GitRepository.around(root)
        if repository is None or not real_path(file).is_relative_to(real_path(repository.root)):
            hint = "move the file next to codex.yaml, or pass it with `--dialect`"
            raise CodexError(f"the dialect `{name}` in {CONFIG} is outside the repository of the codex", hint=hint)


def _is_path(name: str) -> bool:
    return name.endswith(".toml") or "/" in name


def shipped_dialects() -> tuple[str, ...]:
    """The names of the dialects that are built in, sorted."""
    return tuple(p.stem for p in sorted((data_root("templates") / "dialects").glob("*.toml")))


def missing_dialects(config: Config, root: Path) -> frozenset[str]:
    """The dialects that codex.yaml names and that do not exist."""
    return frozenset(use.use for use in config.dialects if dialect_file(use.use, root) is None)


def no_dialect(name: str) -> Dialect:
    """A dialect that reads no file, in place of one that does not exist: no other dialect reads its files either."""
    return Dialect(name=name, files=Files(include=()))


def known_lints(config: Config) -> LintSettings:
    """The settings of lints without names of lints that do not exist; the same object if there are none."""
    if config.lint == LintSettings():
        return config.lint
    from skills_build.lint.named_lints import without_unknown

    return without_unknown(config.lint)


def unknown_names(config: Config, text: str, missing: frozenset[str]) -> Iterator[Finding]:
    """Yield a finding for each `missing` dialect and for each unknown lint in the text of a codex.yaml."""
    if missing:
        yield from unknown_dialects(text, missing, shipped_dialects(), path=CONFIG)
    if known_lints(config) is not config.lint:
        from skills_build.lint.named_lints import unknown_lints

        yield from unknown_lints(text, path=CONFIG)


def names_nothing(config: Config, fleet: FleetSettings, text: str, codex: Codex) -> Iterator[Finding]:
    """Yield a finding for each rule, skill and time zone that does not exist, in codex.yaml or front matter.

    `text` is that of the codex.yaml.
    """
    from skills_build.compile.names import portable_name

    known = {rule.id for standard in codex.standards for rule in standard.rules} | {entry.id for entry in codex.locked}
    campaigns = [id_ for campaign in fleet.audit.campaigns for id_ in campaign.rules]
    if not known.issuperset((*config.priority, *campaigns)):
        yield from unknown_priority(text, known, path=CONFIG)
    used = {portable_name(s.skill or s.domain or "general", max_length=64) for s in codex.standards}
    declared = {*config.domains, *config.delivery.merge}
    if used and not (used | declared).issuperset(config.skills):
        yield from unused_skills(text, used | declared, path=CONFIG)
    yield from _misspelt_skills(codex, {*config.skills, *declared})
    windows = (*(fleet.sync.windows or ()), *(window for wave in fleet.waves for window in wave.windows))
    if missing := missing_zones(window.zone for window in windows):
        from zoneinfo import available_timezones

        yield from unknown_zones(text, missing, tuple(sorted(available_timezones())), path=CONFIG)
    if config.licence and not is_expression(config.licence, licences := _licences()):
        yield from licence_findings(text, licences, path=CONFIG)


def _licences() -> tuple[str, ...]:
    """Return the ids of SPDX licences and exceptions."""
    return tuple((data_root("validators") / "licences.txt").read_text(encoding="utf-8").split())


def _same_words(one: str, two: str) -> bool:
    """Return whether two names differ in the order of their words, or in hyphens between them, and in nothing else."""
    return sorted(one.split("-")) == sorted(two.split("-")) or one.replace("-", "") == two.replace("-", "")


def _misspelt_skills(codex: Codex, declared: set[str]) -> Iterator[Finding]:
    """Yield a finding for each skill with one standard whose name is almost that of another skill."""
    named = Counter(s.skill or s.domain for s in codex.standards)
    for standard in codex.standards:
        skill = standard.skill or ""
        if not skill or skill in declared or named[skill] > 1:
            continue
        others = tuple(sorted(name for name in (declared | {*named}) - {skill, ""} if name))
        near = next((name for name in others if _same_words(skill, name)), None) or misspelt(skill, others)
        if near:
            span = standard.place("skill")
            yield Finding(
                code="CX041",
                message=f"the skill `{skill}` contains only this standard; did you mean `{near}`?",
                path=standard.path,
                span=span,
                help=f"write `{near}`, or add `{skill}` to `skills` in codex.yaml to confirm it",
                fix=Fix(title=f"write `{near}`", edits=(Edit(span=span, text=near),), unsafe=True),
            )
