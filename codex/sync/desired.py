"""What a repository should hold: the text of our block in each host file, and the files that are ours as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from codex.sync.allowed_paths import AGENTS, host_fault
from codex.sync.block import BlockPlace
from codex.sync.lock import Selection
from codex.sync.settings import Settings, Waiver
from codex.sync.trust import Pin
from skills_build import inert
from skills_build.emit.agents_md import fragment_text
from skills_build.emit.registry import BY_NAME, HOSTS, bundle_fault, with_needed
from skills_build.emit.render import Renderer
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact, Fragment
from skills_build.model.config import Config, Parts, Profile
from skills_build.release.loaded_bundle import LoadedBundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """The content of a repository as far as it is ours. `notes` are what its owners should hear."""

    codex: str
    version: str
    tree: str
    selection: Selection
    blocks: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Artifact] = field(default_factory=dict)
    riding: frozenset[str] = frozenset()
    """Files that change with any rule of the codex, applying here or not: they are worth no merge request by themselves
    and are brought up to date with the next one."""
    spot: BlockPlace = BlockPlace.AFTER_HEADING
    rules: tuple[str, ...] = ()
    """The ids of the rules that apply."""
    notes: tuple[str, ...] = ()
    pin: Pin | None = None
    """What the lock remembers of the bundle; None where nobody looked who signed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFacts:
    """What stands above the rules in a block, as finished lines of Markdown: about the repository, its boundaries."""

    lines: tuple[str, ...] = ()
    boundaries: tuple[str, ...] = ()
    packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By a package's folder, what stands above its rules."""
    words: str = ""
    """The profile in words, for the lock."""


def desired(
    codex: LoadedBundle,
    profile: Profile | None,
    settings: Settings,
    *,
    day: str,
    templates: Mapping[str, str],
    targets: Sequence[str] = (),
    facts: BlockFacts | None = None,
    parts: Parts | None = None,
) -> Desired:
    """Choose what a repository of this profile gets on `day` (`YYYY-MM-DD`); without a profile, every rule.

    `parts` say what its packages are: those whose rules differ get an AGENTS.md of their own.

    Targets are those of the repository's settings, else `targets`, else the codex's. Raises `CodexError` for a target
    that the codex was not built for.
    """
    facts = facts or BlockFacts()
    chosen = with_needed(settings.targets if settings.targets is not None else tuple(targets) or codex.targets)
    _known(chosen, codex)
    waived = {waiver.rule for waiver in settings.waivers if waiver.holds(day)}
    in_force = tuple(waiver for waiver in settings.waivers if waiver.holds(day) and waiver.rule in codex.shelf.home)
    fragments = codex.fragments(profile, without=[waiver.rule for waiver in in_force], parts=parts)
    applying = tuple(
        dict.fromkeys(identity for fragment in fragments for line in fragment.index for identity in line.ids)
    )
    skills = frozenset(line.skill for fragment in fragments for line in fragment.index) | {
        fragment.finder for fragment in fragments
    } - {""}
    pages = dict(_fragments(replace(codex.config, targets=chosen), fragments, facts, settings, in_force, templates))
    refused = {path: wrong for path in pages if (wrong := host_fault(path))}
    blocks = {path: text for path, text in pages.items() if path not in refused}
    files: dict[str, Artifact] = {}
    for target in chosen:
        for path, artifact in _target(codex, target, skills).items():
            if path in HOSTS:
                blocks[path] = _only(artifact.data.decode(), codex, skills)
            else:
                files[path] = artifact
    return Desired(
        codex=codex.config.namespace,
        version=codex.version,
        tree=codex.tree,
        selection=Selection(
            profile=facts.words,
            targets=tuple(sorted(chosen)),
            skills=tuple(sorted(skills)),
            waived=tuple(sorted(waived)),
        ),
        blocks=blocks,
        files=files,
        riding=frozenset(path for path in files if any(f"/{fragment.finder}/" in path for fragment in fragments[:1])),
        spot=settings.place,
        rules=applying,
        notes=(
            *_notes(codex, settings, in_force),
            *(f"no block in {inert.code(path)}: {why}" for path, why in refused.items()),
        ),
        pin=Pin(signer=codex.signer, version=codex.version, tree=codex.tree) if codex.signer else None,
    )


def desired_nothing(codex: str, version: str, tree: str) -> Desired:
    """What a repository should hold that wants nothing of ours."""
    return Desired(codex=codex, version=version, tree=tree, selection=Selection(profile="", targets=(), skills=()))


def _known(chosen: Sequence[str], codex: LoadedBundle) -> None:
    for target in chosen:
        if target not in BY_NAME or target not in codex.targets:
            hint = f"it was built for {', '.join(codex.targets)}; its `targets` say so"
            raise CodexError(f"the codex has nothing for `{target}`", hint=hint)


def _fragments(
    config: Config,
    fragments: Sequence[Fragment],
    facts: BlockFacts,
    settings: Settings,
    in_force: Sequence[Waiver],
    templates: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    pages = _pages(tuple(templates.items()))
    for fragment in fragments:
        if fragment.folder and not fragment.index:
            continue
        values = _of_package(fragment, facts) if fragment.folder else _of_repository(facts, settings, in_force)
        rules = fragment_text(fragment, config, pages).rstrip("\n")
        text = pages.render("repository/block.md.j2", {**values, "rules": rules})
        yield f"{fragment.folder}/{AGENTS}".lstrip("/"), _framed(text)


@lru_cache(maxsize=4)
def _pages(templates: tuple[tuple[str, str], ...]) -> Renderer:
    """One renderer for all repositories: compiling templates costs more than filling them."""
    return Renderer(dict(templates))


def _of_repository(facts: BlockFacts, settings: Settings, in_force: Sequence[Waiver]) -> dict[str, object]:
    own_facts = tuple(f"- {inert.prose(line, most=600)}" for line in settings.facts)
    return {
        "title": "This repository",
        "facts": _flat((*facts.lines, *own_facts)),
        "boundaries": _flat(facts.boundaries),
        "waivers": in_force,
    }


def _of_package(fragment: Fragment, facts: BlockFacts) -> dict[str, object]:
    lines = facts.packages.get(fragment.folder, ())
    return {"title": "This package", "facts": _flat(lines), "boundaries": (), "waivers": ()}


def _flat(lines: Sequence[str]) -> tuple[str, ...]:
    """Each line as one: a name in a catalog, or of a file, may have line breaks, and a marker of ours after them."""
    return tuple(" ".join(line.splitlines()) for line in lines)


def _framed(text: str) -> str:
    """Text with an empty line around it, so that Markdown on either side is not drawn in."""
    return "\n" + text.strip("\n") + "\n\n"


@lru_cache(maxsize=256)
def _target(codex: LoadedBundle, target: str, skills: frozenset[str]) -> Mapping[str, Artifact]:
    """The files of a target by where they belong in a repository that gets these skills, the host files among them."""
    start = f"targets/{target}/"
    for path in codex.files:
        wrong = bundle_fault(path) if path.startswith(start) else None
        if wrong:
            raise CodexError(f"the codex's `{path}` is refused: {wrong}", hint="do not trust where it is from")
    by_path = {path.removeprefix(start): codex.files[path] for path in sorted(codex.files) if path.startswith(start)}
    return {path: file for path, file in by_path.items() if path in HOSTS or _belongs(path, codex, skills)}


def _belongs(path: str, codex: LoadedBundle, skills: frozenset[str]) -> bool:
    """Whether a file is of a skill that was chosen, or of none in particular."""
    names = {part.partition(".")[0] for part in path.split("/")} & codex.skills.keys()
    return not names or bool(names & skills)


def _only(text: str, codex: LoadedBundle, skills: frozenset[str]) -> str:
    """A page for one client without the lines of skills that were not chosen."""
    left_out = tuple(f"- `{name}`:" for name in codex.skills if name not in skills)
    return _framed("\n".join(line for line in text.split("\n") if not line.startswith(left_out)))


def _notes(codex: LoadedBundle, settings: Settings, in_force: Sequence[Waiver]) -> Iterator[str]:
    waived = {waiver.rule for waiver in in_force}
    for waiver in settings.waivers:
        if waiver.rule not in codex.shelf.home:
            yield f"the waiver for {inert.text(waiver.rule)} names a rule that is not in this codex: remove it"
        elif waiver.rule not in waived:
            yield (
                f"the waiver for {inert.text(waiver.rule)} expired on {inert.text(waiver.expires)}: "
                f"the rule applies again (waiver owner: {inert.text(waiver.owner)})"
            )
    domains = {rule.standard.domain for skill in codex.shelf.skills for rule in skill.rules}
    for domain in settings.profile.domains:
        if domain not in domains:
            available = ", ".join(sorted(domains))
            yield f"`domains` names {inert.code(domain)}, which is not in this codex: it has {available}"
