"""Checks whether a sync can work, from codex.yaml to the limits of the host, with a hint for each problem."""

from collections.abc import Iterator
from pathlib import Path

from codex.forge.base import Probe, RepositoryHead
from codex.rollout.configuration import Fleet, load_fleet, release_source
from codex.workflow.codex_folder import CONFIG, CodexFolder, SourceOptions, open_codex
from codex.workflow.trust import gather_trust
from skills_build.counts import counted
from skills_build.errors import CodexError


def probe(options: SourceOptions, allowed_signers: Path | None = None) -> Iterator[Probe]:
    """Yield the result of each check; checks that depend on a failed one are left out."""
    try:
        place = open_codex(options)
        fleet = load_fleet(place)
    except CodexError as error:
        yield _failed_probe("settings", error)
        return
    yield Probe(name="settings", ok=True, details=f"`{place.root / CONFIG}`")
    yield _release(place, allowed_signers)
    yield Probe(
        name="catalog",
        ok=bool(fleet.targets),
        details=counted(len(fleet.targets), "repository", "repositories")
        + "".join(f"; {note}" for note in fleet.notes[:3]),
        hint="" if fleet.targets else "`codexc catalog` shows which entries were left out, and why",
    )
    yield _waves(fleet)
    try:
        yield from fleet.forge.probe()
        yield from _reading(fleet)
    except CodexError as error:
        yield _failed_probe("forge", error)


def _failed_probe(name: str, error: CodexError) -> Probe:
    return Probe(name=name, ok=False, details=error.message, hint=error.hint or "")


def _release(place: CodexFolder, allowed_signers: Path | None) -> Probe:
    try:
        source = release_source(place, None, gather_trust(allowed_signers=allowed_signers, root=place.root))
    except CodexError as error:
        return _failed_probe("release", error)
    codex = source.codex
    return Probe(
        name="release", ok=True, details=f"{codex.config.title} {codex.version}, {counted(len(codex.skills), 'skill')}"
    )


def _waves(fleet: Fleet) -> Probe:
    if not fleet.waves:
        return Probe(name="waves", ok=True, details="no waves: a release is synced to all repositories at once")
    reach = max(wave.percent for wave in fleet.waves)
    names = ", ".join(wave.name for wave in fleet.waves)
    hint = "" if reach == 100 else "no wave has `percent: 100`, so repositories outside all waves are never updated"
    return Probe(name="waves", ok=True, details=names, hint=hint)


def _reading(fleet: Fleet) -> Iterator[Probe]:
    """Check whether one repository can be read by git and by the API as a sync does, and whether it can be written."""
    target = next((target for target in fleet.targets if not target.archived), None)
    if target is None:
        return
    head = next(iter(fleet.forge.heads([target], fleet.policy.branch)))
    if not isinstance(head, RepositoryHead):
        yield Probe(name="reading", ok=False, details=head[1].message, hint=head[1].hint or "")
        return
    files = len(fleet.forge.list_files(head.target, head.base)) if head.base else 0
    yield Probe(name="reading", ok=True, details=f"{target.path}: {counted(files, 'file')}")
    yield from fleet.forge.probe_repository(head.target)
