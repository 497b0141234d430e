"""Sets up the fleet that codex.yaml describes for a sync: catalog, forge, policy and waves."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from codex.forge import registry as forges
from codex.forge.base import Forge
from codex.http.errors import HttpError
from codex.http.hosts import HOST_KINDS, KNOWN_HOSTS, Hosts, HostSection, api_kind, host_section, strictest
from codex.http.rate_limit import Wait
from codex.http.urls import split_address
from codex.limits import MEBIBYTES_PER_WORKER
from codex.rollout.catalog import CatalogQuery, CatalogReading, catalog_host, catalog_sections, read_catalog
from codex.rollout.context import ReleaseSource
from codex.rollout.limits import FailureThresholds
from codex.rollout.windows import windows_of
from codex.sync.policy import Drift, Forking, Forks, Policy, Touched
from codex.sync.repository import Repository
from codex.sync.waves import Gate, Wave, span
from codex.sync.windows import Window
from codex.workflow.bundles import open_bundle
from codex.workflow.codex_folder import CONFIG, CodexFolder, bundles_of
from codex.workflow.trust import Trust
from skills_build.counts import counted
from skills_build.diagnostics import Severity
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.globs import matches_repository, require_valid
from skills_build.json_input import parse_json
from skills_build.lint.registry import LINTS
from skills_build.model.config import RequestLimits
from skills_build.model.fleet import FleetSettings, ForgeSettings, SyncSettings, WaveSettings, given_values
from skills_build.release.bundle import MANIFEST, folder_name
from skills_build.release.loaded_bundle import LoadedBundle

_BUNDLES: Final = 4
"""The number of releases kept in memory: many repositories need the one of their pin or open merge request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A fleet: its repositories, their forge, and the settings of a sync."""

    forge: Forge
    targets: tuple[Repository, ...]
    notes: tuple[str, ...]
    """Notes on the catalog for the person who runs a sync, such as its age and entries without a repository."""
    policy: Policy
    waves: tuple[Wave, ...]
    windows: tuple[Window, ...]
    """When `apply` may write; without windows, at any time."""
    max_open: int | None
    halt: FailureThresholds
    clients: tuple[str, ...]
    memory: int
    """Address space of a worker process, in MiB."""
    section: ForgeSettings
    """The section `forge`, which each worker makes its own forge from."""

    @property
    def on_disk(self) -> bool:
        """Whether the forge is a folder on disk: a run then waits for processors, not for a host."""
        return self.section.kind == "local"


def load_fleet(
    place: CodexFolder, *, on_wait: Callable[[Wait], None] | None = None, fork: Forking | None = None
) -> Fleet:
    """Read the catalog and make the forge from codex.yaml; `on_wait` is called before every wait for a host.

    `fork` replaces the setting of that name.

    Raises `CodexError` if codex.yaml has errors or lacks a section, or if the catalog cannot be read.
    """
    codes = {finding.code for finding in place.findings if finding.path == CONFIG}
    if any(LINTS[code].severity is Severity.ERROR for code in codes):
        raise CodexError(f"{CONFIG} has errors", hint="run `codexc check` to list the errors")
    settings = place.fleet
    if settings.catalog is None or settings.forge is None:
        section = "catalog" if settings.catalog is None else "forge"
        hint = "see docs/sync.md for how to configure `catalog` and `forge`"
        raise CodexError(f"{CONFIG} has no `{section}`", hint=hint)
    sync = settings.sync
    hosts = hosts_of(place, on_wait=on_wait)
    reading = read_catalog(settings.catalog, CatalogQuery(root=place.root, on_wait=on_wait, hosts=hosts))
    listed, repeated = _once_each(reading.selected.repositories, settings.forge)
    targets = tuple(_on_forge(repository) for repository in listed if not _elsewhere(repository, settings.forge))
    waves = tuple(_wave(wave) for wave in settings.waves)
    policy = _policy(sync, source=place.config.namespace)
    if fork is not None:
        policy = replace(policy, forks=replace(policy.forks, when=fork))
    return Fleet(
        forge=forges.make_forge(settings.forge, hosts, policy.forks),
        targets=targets,
        notes=(*_notes(reading), *repeated, *_host_notes(listed, settings.forge), *_unmatched(targets, waves)),
        policy=policy,
        waves=waves,
        windows=windows_of(sync.windows or ()),
        max_open=sync.max_open,
        halt=FailureThresholds(**given_values(sync.halt)),
        clients=sync.targets or (),
        memory=sync.worker_memory or MEBIBYTES_PER_WORKER,
        section=_with_limits(settings.forge, hosts),
    )


def _with_limits(forge: ForgeSettings, hosts: Hosts) -> ForgeSettings:
    """The section `forge` for workers, with the limits of all sections that name its host."""
    limits = hosts.limits.get(_host_of(forge.kind, forge.url))
    return replace(forge, limits=RequestLimits(**limits)) if limits else forge


def hosts_of(place: CodexFolder, *, on_wait: Callable[[Wait], None] | None = None) -> Hosts:
    """The hosts of a run on this codex. If several sections name the same host, the strictest limits count."""
    limits: dict[str, Mapping[str, int]] = {}
    for name, section in _host_sections(place.fleet):
        limits[name] = strictest(limits.get(name, {}), section.limits)
    return Hosts(root=place.root, on_wait=on_wait, limits=limits)


def _host_sections(fleet: FleetSettings) -> Iterator[tuple[str, HostSection]]:
    """Yield each section of codex.yaml that names a host, with `host:port`."""
    if fleet.forge is not None and (name := _host_of(fleet.forge.kind, fleet.forge.url)):
        yield name, host_section(fleet.forge)
    for catalog in catalog_sections(fleet.catalog) if fleet.catalog is not None else ():
        if name := _host_of(catalog.kind, catalog.url):
            yield name, catalog_host(catalog)


def _host_of(kind_name: str, url: str | None) -> str:
    """`host:port` of a section; empty if it has no host, or lacks its URL, which is reported where it is used."""
    kind = HOST_KINDS.get(kind_name)
    return split_address(kind.site(url)).netloc if kind is not None and (url or kind.url) else ""


def sign_in(forge: Forge) -> None:
    """Check the token once, before thousands of repositories fail for the same reason.

    Raises `CodexError` if there is no token, the host refuses it, or the host cannot be reached. Some hosts do not
    reveal the account to an App or a CI job; that is not an error.
    """
    try:
        forge.whoami()
    except HttpError as error:
        if error.status in (0, 401):
            raise


def _wave(settings: WaveSettings) -> Wave:
    after = given_values(settings.after)
    if "soak" in after:
        after["soak"] = span(after["soak"])
    return Wave(
        name=settings.name,
        percent=settings.percent or 0,
        names=settings.names,
        after=Gate(**after),
        windows=windows_of(settings.windows),
    )


def _on_forge(repository: Repository) -> Repository:
    """The repository as its forge names it: a local forge has paths relative to its folder."""
    return replace(repository, path=repository.id) if repository.forge == "local" else repository


def _notes(reading: CatalogReading) -> Iterator[str]:
    if reading.error:
        yield f"the catalog is unreachable ({reading.error}): using its data from {reading.age / 3600:,.1f} hours ago"
    yield from reading.found.notes
    yield from reading.selected.notes
    yield from (f"{entry.name}: {entry.reason}" for entry in reading.found.unmapped)


def _elsewhere(repository: Repository, forge: ForgeSettings) -> bool:
    """Whether a repository is on another forge: on another public host, or on a host of another kind.

    Any other host may be the same one by another name.
    """
    if forge.kind not in HOST_KINDS or repository.host in ("", _host_of(forge.kind, forge.url)):
        return False
    return repository.host in KNOWN_HOSTS or api_kind(repository.forge) not in (api_kind(forge.kind), "")


def _once_each(
    repositories: Sequence[Repository], forge: ForgeSettings
) -> tuple[tuple[Repository, ...], tuple[str, ...]]:
    """Return the repositories with each path of the forge once, and a note for each host with others.

    All paths are looked up on the host of the forge, which ignores their case. Of two with one path, the one that the
    catalog lists on that host is kept: otherwise, each run would write the repository for one and then for the other.
    """
    host = _host_of(forge.kind, forge.url)
    if not host:
        return tuple(repositories), ()
    looked_up = [repository for repository in repositories if not _elsewhere(repository, forge)]
    kept: dict[str, Repository] = {}
    for repository in sorted(looked_up, key=lambda one: one.host not in ("", host)):
        kept.setdefault(repository.path.casefold(), repository)
    ids = {repository.id for repository in kept.values()}
    repeated = Counter(repository.host for repository in looked_up if repository.id not in ids)
    notes = (
        f"left out {counted(count, 'repository', 'repositories')} on {other}: the catalog also lists the same path on "
        "another host"
        for other, count in sorted(repeated.items())
    )
    return tuple(one for one in repositories if one.id in ids or _elsewhere(one, forge)), tuple(notes)


def _host_notes(repositories: Sequence[Repository], forge: ForgeSettings) -> Iterator[str]:
    """Yield a note for each host of the catalog that is not that of the forge."""
    host = _host_of(forge.kind, forge.url)
    others = (repository for repository in repositories if host and repository.host not in ("", host))
    for (other, left_out), count in sorted(Counter((one.host, _elsewhere(one, forge)) for one in others).items()):
        listed = counted(count, "repository", "repositories")
        if left_out:
            yield f"left out {listed} on {other}: `forge` is {host}; sync each host with its own codex.yaml"
        else:
            yield f"the catalog lists {listed} on {other}, but codexc looks up all paths on {host}, the host of `forge`"


def _unmatched(targets: Sequence[Repository], waves: Sequence[Wave]) -> Iterator[str]:
    """Yield a note for each glob of the waves that matches no repository."""
    for wave in waves:
        for glob in dict.fromkeys(wave.names):
            if not any(matches_repository(target.path, (glob,)) for target in targets):
                yield f"`{glob}` in wave `{wave.name}` does not match any repository"


def select_by_glob(targets: Sequence[Repository], globs: Sequence[str]) -> tuple[Repository, ...]:
    """The repositories whose path or name matches a glob; without globs, all.

    Raises `CodexError` for an invalid glob.
    """
    require_valid(globs, source="--only")
    return tuple(target for target in targets if not globs or matches_repository(target.path, globs))


def unmatched_only(targets: Sequence[Repository], globs: Sequence[str]) -> tuple[str, ...]:
    """A note for each glob of `--only` that matches no repository. Raises `CodexError` if none matches any."""
    unmatched = tuple(glob for glob in dict.fromkeys(globs) if not select_by_glob(targets, (glob,)))
    if globs and len(unmatched) == len(dict.fromkeys(globs)):
        message = f"no repository matches `{', '.join(unmatched)}`"
        raise CodexError(message, hint="run `codexc catalog` to list the repositories by path")
    return tuple(f"`--only {glob}` does not match any repository" for glob in unmatched)


_NOT_POLICY: Final = ("worker_memory", "max_open", "halt", "targets", "windows", "fork", "fork_owner", "fork_name")
"""The keys of `sync` that are about a run, not about one merge request, and those of forks."""


def _policy(sync: SyncSettings, *, source: str) -> Policy:
    values = {key: value for key, value in given_values(sync).items() if key not in _NOT_POLICY}
    if sync.auto_merge is not None:
        values |= {"auto_merge": bool(sync.auto_merge), "without_approval": sync.auto_merge == "without-approval"}
    if sync.drift is not None:
        values["drift"] = Drift(sync.drift)
    if sync.touched is not None:
        values["touched"] = Touched(sync.touched)
    forks = Forks(
        when=Forking(sync.fork or Forking.NEVER), owner=sync.fork_owner or "", name=sync.fork_name or Forks().name
    )
    return Policy(source=source, forks=forks, **values)


def release_source(place: CodexFolder, bundle: str | None, trust: Trust) -> ReleaseSource:
    """The codex for the fleet: `bundle`, or that of the last release.

    Raises `CodexError` if there is none, or if it is not trusted.
    """
    bundles = bundles_of(place)

    @lru_cache(maxsize=_BUNDLES)
    def of_version(version: str) -> LoadedBundle | None:
        folder = bundles / folder_name(place.config.namespace, version)
        return open_bundle(str(folder), trust).codex if folder.is_dir() else None

    if bundle is None:
        if place.released is None:
            raise CodexError("there is no release yet", hint="run `codexc release`, or pass a bundle")
        codex = of_version(place.released.version)
        if codex is None:
            hint = "`codexc bundle` creates it from the released standards"
            raise CodexError(f"there is no bundle for {place.released.version} in `{bundles}`", hint=hint)
        return ReleaseSource(codex=codex, origin=place.released.commit, releases=of_version)
    codex = open_bundle(bundle, trust).codex
    return ReleaseSource(codex=codex, origin=commit_of(codex), releases=of_version)


def commit_of(codex: LoadedBundle) -> str | None:
    """The commit that a release was compiled from, by its manifest; None for the output of a build."""
    release = parse_json(codex.files[MANIFEST].data).get("release")
    return release.get("commit") if isinstance(release, dict) else None
