"""Looks whether a sync can work, from codex.yaml to the limits of the host, and says what mends what does not."""

from collections.abc import Iterator
from pathlib import Path

from codex.forge.base import Probe, RepositoryHead
from codex.rollout.configuration import Fleet, load_fleet, release_source
from codex.workflow.codex_folder import CONFIG, CodexFolder, SourceOptions, open_codex
from codex.workflow.trust import gather_trust
from skills_build.errors import CodexError


def probe(asked: SourceOptions, allowed_signers: Path | None = None) -> Iterator[Probe]:
    """Yield what was found, part by part; what rests on a part that is wrong is not looked at."""
    try:
        place = open_codex(asked)
        found = load_fleet(place)
    except CodexError as error:
        yield _wrong("settings", error)
        return
    yield Probe(name="settings", ok=True, found=f"`{place.root / CONFIG}`")
    yield _release(place, allowed_signers)
    yield Probe(
        name="catalog",
        ok=bool(found.targets),
        found=f"{len(found.targets):,} repositories" + "".join(f"; {note}" for note in found.notes[:3]),
        hint="" if found.targets else "`codexc catalog` shows what was left out, and why",
    )
    yield _waves(found)
    try:
        yield from found.forge.probe()
        yield from _first(found)
    except CodexError as error:
        yield _wrong("forge", error)


def _wrong(name: str, error: CodexError) -> Probe:
    return Probe(name=name, ok=False, found=error.message, hint=error.hint or "")


def _release(place: CodexFolder, allowed_signers: Path | None) -> Probe:
    try:
        source = release_source(place, None, gather_trust(allowed_signers=allowed_signers, root=place.root))
    except CodexError as error:
        return _wrong("release", error)
    codex = source.codex
    return Probe(name="release", ok=True, found=f"{codex.config.title} {codex.version}, {len(codex.skills):,} skills")


def _waves(found: Fleet) -> Probe:
    if not found.waves:
        return Probe(name="waves", ok=True, found="none: a release goes to all repositories at once")
    reach = max(wave.percent for wave in found.waves)
    told = ", ".join(wave.name for wave in found.waves)
    hint = "" if reach == 100 else "no wave has 100 percent: repositories that none reaches are never written"
    return Probe(name="waves", ok=True, found=told, hint=hint)


def _first(found: Fleet) -> Iterator[Probe]:
    """Yield whether one repository can be read, by git and by the API, as a sync reads it."""
    target = next((one for one in found.targets if not one.archived), None)
    if target is None:
        return
    head = next(iter(found.forge.heads([target], found.policy.branch)))
    if not isinstance(head, RepositoryHead):
        yield Probe(name="reading", ok=False, found=head[1].message, hint=head[1].hint or "")
        return
    files = len(found.forge.listing(head.target, head.base)) if head.base else 0
    may = "" if head.target.writable else "; the token may not write to it"
    yield Probe(name="reading", ok=head.target.writable, found=f"{target.path}: {files:,} files{may}")
