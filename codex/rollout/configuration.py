"""The fleet that a codex.yaml describes: catalog, forge, policy and waves, ready for a sync."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from codex.catalog.model import Repository
from codex.forge import registry as forges
from codex.forge.base import Forge
from codex.http.client import HttpError
from codex.http.hosts import HOST_KINDS, Hosts
from codex.http.rate_limit import Wait
from codex.limits import MEBIBYTES_PER_WORKER
from codex.rollout.catalog import CatalogQuery, CatalogReading, catalog_settings, read_catalog
from codex.rollout.context import ReleaseSource
from codex.rollout.limits import FailureThresholds
from codex.sync.observed import RepositoryPart, Target
from codex.sync.policy import Drift, Policy, Touched
from codex.sync.waves import Gate, Wave, span
from codex.workflow.bundles import open_bundle
from codex.workflow.codex_folder import CONFIG, CodexFolder
from codex.workflow.release import ReleaseOptions, bundles_of
from codex.workflow.trust import Trust
from skills_build.errors import CodexError
from skills_build.globs import matches_repository, require_valid
from skills_build.release.bundle import folder_name
from skills_build.release.loaded_bundle import LoadedBundle
from skills_build.source.schema_findings import DEPRECATED
from skills_build.source.yaml import load_yaml

_PLAIN: Final = ("branch", "hold", "retry", "takeover", "rebase", "reviewers", "assignee", "draft")


_BUNDLES: Final = 4
"""Releases that are kept in memory: many repositories ask for those of pins and of open requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Everything that a sync needs to know of the outside."""

    forge: Forge
    targets: tuple[Target, ...]
    notes: tuple[str, ...]
    """What whoever runs a sync should know of the catalog: what is in no repository, how old it is."""
    policy: Policy
    waves: tuple[Wave, ...]
    max_open: int | None
    halt: FailureThresholds
    clients: tuple[str, ...]
    memory: int
    """Address space of a worker process, in MiB."""
    section: Mapping[str, Any]
    """The section `forge`, which a worker elsewhere makes its own forge from."""

    @property
    def on_disk(self) -> bool:
        """Whether nobody but the disk answers: then processors are what is waited for, and not a host."""
        return bool(self.section["kind"] == "local")


def load_fleet(place: CodexFolder, *, on_wait: Callable[[Wait], None] | None = None) -> Fleet:
    """Read the sections of codex.yaml that are about the fleet; `on_wait` is told of every wait.

    Raises `CodexError` where a section is missing.
    """
    if any(finding.path == CONFIG and finding.code != DEPRECATED for finding in place.findings):
        raise CodexError(f"{CONFIG} has errors", hint="`codexc check` shows them")
    data = _sections(place)
    for section in ("catalog", "forge"):
        if section not in data:
            hint = "docs/sync.md shows both: where repositories come from, and where their requests live"
            raise CodexError(f"{CONFIG} has no `{section}`", hint=hint)
    sync = data.get("sync") or {}
    hosts = hosts_of(place, on_wait=on_wait)
    listed = read_catalog(catalog_settings(place), CatalogQuery(root=place.root, on_wait=on_wait, hosts=hosts))
    targets = tuple(_target(repository) for repository in listed.selected.repositories)
    waves = tuple(_wave(one) for one in data.get("waves") or ())
    return Fleet(
        forge=forges.make_forge(data["forge"], hosts),
        targets=targets,
        notes=(*_notes(listed), *_unmatched(targets, waves)),
        policy=_policy(sync, place),
        waves=waves,
        max_open=sync.get("max_open"),
        halt=FailureThresholds(**sync.get("halt", {})),
        clients=tuple(sync.get("targets", ())),
        memory=sync.get("worker_memory", MEBIBYTES_PER_WORKER),
        section=data["forge"],
    )


def _sections(place: CodexFolder) -> Mapping[str, Any]:
    value, _ = load_yaml((place.root / CONFIG).read_text(encoding="utf-8-sig"), path=CONFIG)
    return value.data if value is not None and isinstance(value.data, dict) else {}


def hosts_of(place: CodexFolder, *, on_wait: Callable[[Wait], None] | None = None) -> Hosts:
    """The hosts of a run on this codex. The limits of `forge` hold for every section that names the same host."""
    forge = _sections(place).get("forge") or {}
    kind = HOST_KINDS.get(forge.get("kind", ""))
    limits = {urlsplit(kind.site(forge.get("url"))).netloc: forge.get("limits") or {}} if kind else {}
    return Hosts(root=place.root, on_wait=on_wait, limits=limits)


def sign_in(forge: Forge) -> None:
    """Ask who we are, before thousands of repositories fail for the same reason.

    Raises `CodexError` where there is no token, the host refuses it, or nobody answers. A host that does not tell, as
    some do not tell an App or a job, is no reason not to try.
    """
    try:
        forge.whoami()
    except HttpError as error:
        if error.status in (0, 401):
            raise


def _wave(data: Mapping[str, Any]) -> Wave:
    after = dict(data.get("after") or {})
    if "soak" in after:
        after["soak"] = span(after["soak"])
    return Wave(
        name=data["name"],
        percent=data.get("percent", 0),
        names=tuple(data.get("names", ())),
        after=Gate(**after),
    )


def _target(one: Repository) -> Target:
    """A repository of the catalog as a sync wants it; in a folder its id is its path below that."""
    return Target(
        id=one.id,
        path=one.id if one.forge == "local" else one.path,
        url=one.clone_url or "",
        default_branch=one.default_branch,
        archived=one.archived,
        mirror=one.mirror,
        topics=one.topics,
        languages=one.languages,
        owner=one.team or one.owner,
        lifecycle=one.lifecycle,
        system=one.system,
        depends_on=one.depends_on,
        components=tuple(RepositoryPart(name=part.ref, folder=part.path) for part in one.entities),
    )


def _notes(listed: CatalogReading) -> Iterator[str]:
    if listed.why:
        yield f"the catalog is down ({listed.why}): this is what it said {listed.age / 3600:,.1f} hours ago"
    yield from listed.found.notes
    yield from listed.selected.notes
    yield from (f"{one.name}: {one.reason}" for one in listed.found.unmapped)


def _unmatched(targets: Sequence[Target], waves: Sequence[Wave]) -> Iterator[str]:
    """Yield a note for each glob of the waves that matches no repository."""
    for wave in waves:
        for glob in dict.fromkeys(wave.names):
            if not any(matches_repository(target.path, (glob,)) for target in targets):
                yield f"`{glob}` in wave `{wave.name}` matches no repository"


def select_by_glob(targets: Sequence[Target], globs: Sequence[str]) -> tuple[Target, ...]:
    """The repositories that a glob names, by path or by the last part of it; without globs, all.

    Raises `CodexError` for an invalid glob.
    """
    require_valid(globs, source="--only")
    return tuple(target for target in targets if not globs or matches_repository(target.path, globs))


def unmatched_only(targets: Sequence[Target], globs: Sequence[str]) -> tuple[str, ...]:
    """A note for each glob of `--only` that matches no repository. Raises `CodexError` where all match none."""
    idle = tuple(glob for glob in dict.fromkeys(globs) if not select_by_glob(targets, (glob,)))
    if globs and len(idle) == len(dict.fromkeys(globs)):
        message = f"no repository is called `{', '.join(idle)}`"
        raise CodexError(message, hint="`codexc catalog` lists the repositories by path")
    return tuple(f"`--only {glob}` matches no repository" for glob in idle)


def _policy(data: Mapping[str, Any], place: CodexFolder) -> Policy:
    plain = {key: data[key] for key in _PLAIN if key in data}
    base = Policy(source=place.config.namespace, **plain)
    if "labels" in data:
        base = replace(base, labels=tuple(data["labels"]))
    merges = data.get("auto_merge", False)
    base = replace(base, auto_merge=bool(merges), without_approval=merges == "without-approval")
    return replace(base, drift=Drift(data.get("drift", base.drift)), touched=Touched(data.get("touched", base.touched)))


def release_source(place: CodexFolder, bundle: str | None, trust: Trust) -> ReleaseSource:
    """The codex to bring to the fleet: a bundle, or the last release's.

    Raises `CodexError` where there is none, or where it is not believed.
    """
    bundles = bundles_of(place, ReleaseOptions())

    @lru_cache(maxsize=_BUNDLES)
    def of_version(version: str) -> LoadedBundle | None:
        folder = bundles / folder_name(place.config.namespace, version)
        return open_bundle(str(folder), trust).codex if folder.is_dir() else None

    if bundle is None:
        if place.released is None:
            raise CodexError("there is no release yet", hint="run `codexc release`, or name a bundle")
        codex = of_version(place.released.version)
        if codex is None:
            hint = "`codexc bundle` makes it from the released standards"
            raise CodexError(f"there is no bundle of {place.released.version} in `{bundles}`", hint=hint)
        return ReleaseSource(codex=codex, origin=place.released.commit, releases=of_version)
    return ReleaseSource(codex=open_bundle(bundle, trust).codex, origin=None, releases=of_version)
