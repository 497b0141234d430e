"""The content for a repository in each delivery mode: the fragments for its blocks, and the files of its targets.

`full` has the skills of the codex with references, `skills` short ones with the rules that apply, `block` none. The
rules file, which every mode has, is made by `codex.sync.desired`.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from codex.sync.content import Content
from codex.sync.settings import Settings, Waiver
from skills_build import inert
from skills_build.compile.delivery import LONGEST, merged_index
from skills_build.compile.fragment import SkillIndex
from skills_build.compile.select import applicable_rules
from skills_build.counts import counted
from skills_build.emit.registry import HOSTS, bundle_fault
from skills_build.emit.render import Renderer
from skills_build.emit.short_skills import RuleNotes, delivered_files
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact, Fragment, PlacedRule
from skills_build.model.config import Budgets, Config, Delivery, Parts, Profile
from skills_build.release.loaded_bundle import LoadedBundle
from skills_build.release.rules_file import installed_standards

_WHOLE_BLOCK: Final = Budgets(fragment=24_576, fragment_hard=28_672, fragment_lines=800, fragment_tokens=6_144)
"""The sizes of a block that has every blocking rule: three quarters of the 32 KiB that some clients read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRequest:
    """The input: the mode, the targets, the profile of the repository and its packages, and the waivers."""

    mode: Delivery
    targets: tuple[str, ...]
    profile: Profile | None
    parts: Parts | None
    waivers: tuple[Waiver, ...]

    @property
    def waived(self) -> tuple[str, ...]:
        """The ids of the waived rules."""
        return tuple(waiver.rule for waiver in self.waivers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The fragments for the blocks in AGENTS.md, the names of the skills, and the content of the targets."""

    fragments: tuple[Fragment, ...]
    skills: frozenset[str] = frozenset()
    content: Content

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that apply."""
        lines = (line for fragment in self.fragments for line in fragment.index)
        return tuple(dict.fromkeys(identity for line in lines for identity in line.ids))


def delivery_mode(codex: LoadedBundle, settings: Settings, installed: Delivery | None) -> Delivery:
    """Return the mode of a repository: its own, the codex's, the one it has, or `skills` for a new one.

    A bundle of an earlier version does not contain rules in full, so it is always `full`.
    """
    if codex.delivery is None:
        return Delivery.FULL
    own = settings.delivery or (Delivery(codex.delivery.mode) if codex.delivery.mode else None)
    return own or installed or Delivery.SKILLS


def delivery_notes(
    codex: LoadedBundle, settings: Settings, installed: Delivery | None, mode: Delivery
) -> Iterator[str]:
    """Yield notes about the mode for the owners of a repository."""
    if settings.delivery is not None and settings.delivery is not mode:
        yield f"`delivery: {settings.delivery}` requires a codex built with a newer version of codexc; using `{mode}`"
    if installed is not None and installed is not mode:
        yield f"the delivery mode changes from `{installed}` to `{mode}`"


def deliver(codex: LoadedBundle, request: DeliveryRequest, pages: Renderer) -> Delivered:
    """Return the content for a repository. Raises `CodexError` for a bundle with files in other places."""
    if request.mode is Delivery.FULL:
        return _full(codex, request)
    if request.mode is Delivery.SKILLS:
        return _skills(codex, request, pages)
    return _block(codex, request, pages)


def _full(codex: LoadedBundle, request: DeliveryRequest) -> Delivered:
    fragments = codex.fragments(request.profile, without=request.waived, parts=request.parts)
    finders = frozenset(fragment.finder for fragment in fragments if fragment.finder)
    skills = _names(fragments) | finders
    hosts, files = _apart(
        {path: file for name in request.targets for path, file in _target(codex, name, skills).items()}
    )
    return Delivered(
        fragments=fragments,
        skills=skills,
        content=Content(
            blocks={path: _without_skills(_text_of(file), codex, skills) for path, file in hosts.items()},
            files=files,
            coalesced=frozenset(path for path in files if any(f"/{finder}/" in path for finder in finders)),
        ),
    )


def _skills(codex: LoadedBundle, request: DeliveryRequest, pages: Renderer) -> Delivered:
    index = _short_index(codex, applicable(codex, request.profile))
    fragments = codex.fragments(request.profile, without=request.waived, parts=request.parts, index=index)
    skills = _names(fragments)
    shown = frozenset(placed.rule.id for placed in fragments[0].always)
    selected = _Selected(skills=skills, shown=shown)
    hosts, files = _apart(_short_files(codex, index, selected, request.targets, request.waivers, pages))
    return Delivered(
        fragments=fragments,
        skills=skills,
        content=Content(
            blocks={path: framed(_text_of(file)) for path, file in hosts.items()},
            files=files,
            notes=tuple(
                f"{inert.code(path)} is {len(file.data):,} bytes, but clients read only about {LONGEST:,}: "
                "split its domain into smaller ones"
                for path, file in {**hosts, **files}.items()
                if len(file.data) > LONGEST
            ),
        ),
    )


def _block(codex: LoadedBundle, request: DeliveryRequest, pages: Renderer) -> Delivered:
    fragments = codex.fragments(request.profile, without=request.waived, parts=request.parts, budgets=_WHOLE_BLOCK)
    hosts, files = _apart(_short_files(codex, SkillIndex.of(()), _Selected(), request.targets, (), pages))
    return Delivered(
        fragments=fragments,
        content=Content(
            blocks={path: framed(_text_of(file)) for path, file in hosts.items()},
            files=files,
            notes=tuple(_left_out(fragment) for fragment in fragments if fragment.folded),
        ),
    )


def _apart(files: Mapping[str, Artifact]) -> tuple[Mapping[str, Artifact], Mapping[str, Artifact]]:
    """Return the files that get a block, and those that codexc owns."""
    return (
        {path: file for path, file in files.items() if path in HOSTS},
        {path: file for path, file in files.items() if path not in HOSTS},
    )


def _left_out(fragment: Fragment) -> str:
    """Return a note about the blocking rules that a block has no room for."""
    path = inert.code(f"{fragment.folder}/AGENTS.md".lstrip("/"))
    return (
        f"{counted(len(fragment.folded), 'blocking rule does', 'blocking rules do')} not fit into the block of {path}: "
        "`codexc rules --blocking` lists all blocking rules, and `delivery: {mode: skills}` puts them in skills"
    )


def _names(fragments: Sequence[Fragment]) -> frozenset[str]:
    return frozenset(line.skill for fragment in fragments for line in fragment.index)


def applicable(codex: LoadedBundle, profile: Profile | None) -> tuple[PlacedRule, ...]:
    """Return the rules that apply to a repository with this profile, in the order of the codex."""
    rules = tuple(rule for skill in codex.skill_index.skills for rule in skill.rules)
    return rules if profile is None else applicable_rules(rules, profile)


@lru_cache(maxsize=64)
def _short_index(codex: LoadedBundle, rules: tuple[PlacedRule, ...]) -> SkillIndex:
    """Return the merged skills. Cached: fragments are compared by their index."""
    return merged_index(codex.skill_index, rules, codex.delivered)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selected:
    """The skills to write, and the rules that AGENTS.md shows."""

    skills: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()


@lru_cache(maxsize=64)
def _short_files(
    codex: LoadedBundle,
    index: SkillIndex,
    selected: _Selected,
    targets: tuple[str, ...],
    waivers: tuple[Waiver, ...],
    pages: Renderer,
) -> Mapping[str, Artifact]:
    """Return the files of targets with short skills, by path in the repository."""
    until = {waiver.rule: waiver.expires for waiver in waivers}
    notes = {
        rule.id: RuleNotes(
            why=rule.why or "",
            exceptions=rule.except_ or "",
            waived_until=until.get(rule.id, ""),
            attribution=standard.attribution or "",
        )
        for standard in installed_standards(codex)
        for rule in standard.rules
    }
    config = Config(namespace=codex.config.namespace, title=codex.config.title, targets=targets)
    skills = [skill for skill in index.skills if skill.name in selected.skills]
    files = delivered_files(skills, config, notes, pages, shown=selected.shown)
    return {file.path.split("/", 2)[2]: file for file in files}


@lru_cache(maxsize=256)
def _target(codex: LoadedBundle, target: str, skills: frozenset[str]) -> Mapping[str, Artifact]:
    """The files of a target for a repository with these skills, by path, including files that have a block."""
    start = f"targets/{target}/"
    for path in codex.files:
        wrong = bundle_fault(path) if path.startswith(start) else None
        if wrong:
            raise CodexError(
                f"the codex's `{path}` is not allowed: {wrong}", hint="do not trust the source of the bundle"
            )
    by_path = {path.removeprefix(start): codex.files[path] for path in sorted(codex.files) if path.startswith(start)}
    return {path: file for path, file in by_path.items() if path in HOSTS or _belongs(path, codex, skills)}


def _belongs(path: str, codex: LoadedBundle, skills: frozenset[str]) -> bool:
    """Whether a file belongs to a selected skill, or to no skill."""
    names = {part.partition(".")[0] for part in path.split("/")} & codex.skills.keys()
    return not names or bool(names & skills)


def _without_skills(text: str, codex: LoadedBundle, skills: frozenset[str]) -> str:
    """A page for one client without the lines of skills that are not selected."""
    left_out = tuple(f"- `{name}`:" for name in codex.skills if name not in skills)
    return framed("\n".join(line for line in text.split("\n") if not line.startswith(left_out)))


def _text_of(artifact: Artifact) -> str:
    try:
        return artifact.data.decode()
    except UnicodeDecodeError as error:
        message = f"`{artifact.path}` in the bundle is not UTF-8"
        raise CodexError(message, hint="do not trust the source of the bundle") from error


def framed(text: str) -> str:
    """Put an empty line before and after a text, so that it does not merge with the Markdown around it."""
    return "\n" + text.strip("\n") + "\n\n"
