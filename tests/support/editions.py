"""Editions of a codex, compiled by the real stages, and what changed between them."""

from collections.abc import Mapping
from functools import cache

from codex.workflow.codex_folder import limits
from skills_build.compile.plan import make_plan
from skills_build.emit.emit import emit
from skills_build.model.bundle import ClientLimits
from skills_build.model.codex import Codex
from skills_build.model.config import Config, SkillSettings
from skills_build.model.release import Bump, ChangeKind, Diff, Released, RuleChange
from skills_build.release.classify import classify
from skills_build.release.snapshot import PARTS, CodexSnapshot, codex_snapshot
from skills_build.source.resolve import disambiguated
from tests.support.compiling import DAY, codex_of, schema, templates

CONFIG = Config(
    namespace="acme",
    title="Acme codex",
    skills={
        "services": SkillSettings(description="Rules for services. Use when calling one."),
        "operations": SkillSettings(description="Rules for operations. Use when running something."),
    },
)
"""With descriptions of its own, for derived ones change with the rules."""
FIRST = "1.0.0"


def edition(
    files: Mapping[str, str],
    config: Config = CONFIG,
    *,
    released: Released | None = None,
    as_of: str = DAY,
    version: str | None = None,
) -> CodexSnapshot:
    """Standards by path, built as `codexc build` builds them; after `released` where it is given."""
    return edition_of(codex_of(files, config), config, released=released, as_of=as_of, version=version)


def edition_of(
    codex: Codex,
    config: Config = CONFIG,
    *,
    released: Released | None = None,
    as_of: str = DAY,
    version: str | None = None,
) -> CodexSnapshot:
    """The same of standards that are read already."""
    whole = disambiguated(codex)
    plan = make_plan(whole, config, as_of=as_of, limits=_limits())
    files = emit(
        plan,
        whole,
        config,
        as_of=as_of,
        version=version or (released.after() if released else FIRST),
        templates=templates(),
        released=released,
    )
    return codex_snapshot({file.path: file.data for file in files}, schemas(), name="a test")


@cache
def _limits() -> tuple[ClientLimits, ...]:
    return limits()


@cache
def schemas() -> Mapping[str, str]:
    """The schemas that snapshots are read by."""
    return {name: schema(name) for name in PARTS.values()}


def changed(
    old: Mapping[str, str],
    new: Mapping[str, str],
    *,
    old_config: Config = CONFIG,
    new_config: Config | None = None,
    on: str = DAY,
    later: str | None = None,
) -> Diff:
    """What changed from one set of standards to another, the second built for the day `later` on top of the first."""
    before = edition(old, old_config, as_of=on)
    after = edition(new, new_config or old_config, released=before.released, as_of=later or on)
    return classify(before, after)


def brief(diff: Diff) -> list[tuple[str, ChangeKind, Bump]]:
    """The changes as subject, kind and bump."""
    return [short(change) for change in diff.changes]


def short(change: RuleChange) -> tuple[str, ChangeKind, Bump]:
    """One change as subject, kind and bump."""
    return change.subject, change.kind, change.bump
