"""The desired content of a repository: the text of the block in each file that has one, and the files codexc owns."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import lru_cache

from codex.sync.allowed_paths import AGENTS, CLAUDE_MD, host_fault
from codex.sync.block import BlockPlace
from codex.sync.claude_rules import claude_rules
from codex.sync.delivery import DeliveryRequest, deliver, delivery_mode, delivery_notes, framed
from codex.sync.lock import Selection
from codex.sync.projections import project
from codex.sync.settings import Settings, Waiver
from codex.sync.trust import Pin
from skills_build import inert
from skills_build.compile.select import applicable_rules
from skills_build.emit.agents_md import fragment_text
from skills_build.emit.projection import ListItems
from skills_build.emit.registry import BY_NAME, PER_REPOSITORY, with_needed
from skills_build.emit.render import Renderer
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact, Fragment
from skills_build.model.config import ClaudeMd, Config, Delivery, DeliverySettings, Parts, Profile
from skills_build.model.rules_file import RuleWaiver
from skills_build.release.loaded_bundle import LoadedBundle
from skills_build.release.rules_file import rules_file
from skills_build.source.similar import nearest
from skills_build.vocabulary import known


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """The managed content of a repository. `notes` are for its owners."""

    codex: str
    version: str
    tree: str
    selection: Selection
    blocks: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Artifact] = field(default_factory=dict)
    coalesced: frozenset[str] = frozenset()
    """Files that change with any rule of the codex, even one that does not apply here. They get no merge request of
    their own and are updated with the next one (docs/decisions/0011)."""
    items: tuple[ListItems, ...] = ()
    """Items of lists in files that belong to people."""
    only_with: Mapping[str, str] = field(default_factory=dict)
    """Files and blocks that are written only if people have another file: its path, by theirs."""
    beside: Mapping[str, str] = field(default_factory=dict)
    """Files that belong to the block of a folder: its path, by theirs."""
    place: BlockPlace | None = None
    """Where the blocks go, also those that exist; None leaves existing ones where they are."""
    rules: tuple[str, ...] = ()
    """The ids of the rules that apply."""
    notes: tuple[str, ...] = ()
    pin: Pin | None = None
    """What the lock records about the bundle; None if its signature was not checked."""

    def without(self, gone: Container[str]) -> "Desired":
        """Return the same without what is at some paths."""
        return replace(
            self,
            blocks={path: text for path, text in self.blocks.items() if path not in gone},
            files={path: file for path, file in self.files.items() if path not in gone},
            items=tuple(item for item in self.items if item.path not in gone),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFacts:
    """The lines above the rules in a block, as finished Markdown: facts about the repository, and its boundaries."""

    lines: tuple[str, ...] = ()
    boundaries: tuple[str, ...] = ()
    packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By folder of a package, the lines above its rules."""
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
    installed: Delivery | None = None,
) -> Desired:
    """Select the content of a repository with this profile on `day` (`YYYY-MM-DD`); without a profile, every rule.

    `parts` are the profiles of its packages: those with other rules get an AGENTS.md of their own.

    The targets are those of the repository's settings, else `targets`, else the codex's. `installed` is the delivery
    mode in its lock. Raises `CodexError` for a target that the codex was not built for.
    """
    facts = facts or BlockFacts()
    chosen = with_needed(settings.targets if settings.targets is not None else tuple(targets) or codex.targets)
    _require_targets(chosen, codex)
    holding = tuple(waiver for waiver in settings.waivers if waiver.holds(day))
    in_force = tuple(waiver for waiver in holding if waiver.rule in codex.skill_index.home)
    mode = delivery_mode(codex, settings, installed)
    request = DeliveryRequest(mode=mode, targets=chosen, profile=profile, parts=parts, waivers=in_force)
    renderer = _renderer(tuple(templates.items()))
    delivered = deliver(codex, request, renderer)
    pages = dict(
        _fragments(_block_config(codex, chosen, mode), delivered.fragments, facts, settings, in_force, renderer)
    )
    refused = {path: wrong for path in pages if (wrong := host_fault(path))}
    blocks = {path: text for path, text in pages.items() if path not in refused}
    projected = project(codex, request, delivered.fragments)
    rules_for_claude = _claude_rules(codex, chosen, delivered.fragments, pages)
    lines = (line for fragment in delivered.fragments for line in fragment.index)
    rules = tuple(dict.fromkeys(identity for line in lines for identity in line.ids))
    rules_in_full = _rules_in_full(codex, profile, rules, in_force)
    return Desired(
        codex=codex.config.namespace,
        version=codex.version,
        tree=codex.tree,
        selection=Selection(
            profile=facts.words,
            targets=tuple(sorted(chosen)),
            skills=tuple(sorted(delivered.skills)),
            waived=tuple(sorted({waiver.rule for waiver in holding})),
            delivery=None if mode is Delivery.FULL else mode,
        ),
        blocks={**blocks, **delivered.hosts, **projected.hosts},
        files={
            **delivered.files,
            **projected.files,
            **{file.path: file for file, _ in rules_for_claude},
            rules_in_full.path: rules_in_full,
        },
        items=projected.items,
        only_with=_only_with(codex, settings, chosen, (file.path for file, _ in rules_for_claude)),
        beside={file.path: beside for file, beside in rules_for_claude if beside},
        coalesced=delivered.coalesced,
        place=settings.place,
        rules=rules,
        notes=(
            *_notes(codex, settings, in_force),
            *delivery_notes(codex, settings, installed, mode),
            *delivered.notes,
            *projected.notes,
            *(f"no block in {inert.code(path)}: {why}" for path, why in refused.items()),
        ),
        pin=Pin(signer=codex.signer, version=codex.version, tree=codex.tree) if codex.signer else None,
    )


def _claude_rules(
    codex: LoadedBundle, targets: Sequence[str], fragments: Sequence[Fragment], pages: Mapping[str, str]
) -> tuple[tuple[Artifact, str], ...]:
    """Return the files in `.claude/rules`, each with the path of the block that it repeats, if it does."""
    if not {"claude", "claude-rules"} & {*targets}:
        return ()
    nested = {path.removesuffix(f"/{AGENTS}"): text for path, text in pages.items() if path != AGENTS}
    files = tuple(claude_rules(codex.config.namespace, codex.config.title, fragments, nested))
    beside = (*(f"{folder}/{AGENTS}" for folder in sorted(nested)), *("" for _ in files))
    return tuple(zip(files, beside, strict=False))


def _only_with(
    codex: LoadedBundle, settings: Settings, targets: Sequence[str], rules: Iterable[str]
) -> Mapping[str, str]:
    """Return which files need a CLAUDE.md of people; none where the settings ask for one in any case."""
    of_codex = codex.delivery.claude_md if codex.delivery else None
    if (settings.claude_md or of_codex) == ClaudeMd.ALWAYS:
        return {}
    return dict.fromkeys((CLAUDE_MD, *(() if "claude-rules" in targets else rules)), CLAUDE_MD)


def where_folders_exist(desired: Desired, exists: Callable[[str], bool]) -> Desired:
    """Return the desired content without what is for a folder that does not exist."""
    missing = {path for path in desired.blocks if path.endswith(f"/{AGENTS}") and not exists(path.rpartition("/")[0])}
    return desired.without(missing | {path for path, beside in desired.beside.items() if beside in missing})


def _rules_in_full(
    codex: LoadedBundle, profile: Profile | None, rules: Sequence[str], in_force: Sequence[Waiver]
) -> Artifact:
    """Return the file with the rules that apply, in full, and those that the repository has waived."""
    waivers = {
        waiver.rule: RuleWaiver(reason=waiver.reason, owner=waiver.owner, expires=waiver.expires) for waiver in in_force
    }
    placed = [rule for skill in codex.skill_index.skills for rule in skill.rules if rule.rule.id in waivers]
    waived = placed if profile is None else applicable_rules(placed, profile)
    return rules_file(codex, (*rules, *(rule.rule.id for rule in waived)), waivers)


def _block_config(codex: LoadedBundle, targets: tuple[str, ...], mode: Delivery) -> Config:
    """Return the configuration that the text of a block depends on."""
    source = codex.delivery.source if codex.delivery else None
    return replace(codex.config, targets=targets, delivery=DeliverySettings(mode=mode, source=source))


def desired_nothing(codex: str, version: str, tree: str) -> Desired:
    """Return the desired content of a repository that opted out."""
    return Desired(codex=codex, version=version, tree=tree, selection=Selection(profile="", targets=(), skills=()))


def _require_targets(chosen: Sequence[str], codex: LoadedBundle) -> None:
    for target in chosen:
        if target not in BY_NAME or (target not in codex.targets and target not in PER_REPOSITORY):
            hint = f"choose from {', '.join(codex.targets)}, or add it to `targets` of the codex and rebuild it"
            raise CodexError(f"the codex was not built for `{target}`", hint=hint)


def _fragments(
    config: Config,
    fragments: Sequence[Fragment],
    facts: BlockFacts,
    settings: Settings,
    in_force: Sequence[Waiver],
    pages: Renderer,
) -> Iterator[tuple[str, str]]:
    for fragment in fragments:
        if fragment.folder and not fragment.index:
            continue
        values = _package_values(fragment, facts) if fragment.folder else _repository_values(facts, settings, in_force)
        repository = pages.render("repository/block.md.j2", values)
        text = fragment_text(fragment, config, pages, repository=repository)
        yield f"{fragment.folder}/{AGENTS}".lstrip("/"), framed(text)


@lru_cache(maxsize=4)
def _renderer(templates: tuple[tuple[str, str], ...]) -> Renderer:
    """Return one renderer for all repositories: compiling templates costs more than filling them."""
    return Renderer(dict(templates))


def _repository_values(facts: BlockFacts, settings: Settings, in_force: Sequence[Waiver]) -> dict[str, object]:
    own_facts = tuple(f"- {inert.prose(line, most=600)}" for line in settings.facts)
    return {
        "title": "This repository",
        "facts": _single_lines((*facts.lines, *own_facts)),
        "boundaries": _single_lines(facts.boundaries),
        "waivers": in_force,
    }


def _package_values(fragment: Fragment, facts: BlockFacts) -> dict[str, object]:
    lines = facts.packages.get(fragment.folder, ())
    return {"title": "This package", "facts": _single_lines(lines), "boundaries": (), "waivers": ()}


def _single_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """Put each fact on one line: names from a catalog, and of files, may have line breaks and a marker after them."""
    return tuple(" ".join(line.splitlines()) for line in lines)


def _notes(codex: LoadedBundle, settings: Settings, in_force: Sequence[Waiver]) -> Iterator[str]:
    waived = {waiver.rule for waiver in in_force}
    for waiver in settings.waivers:
        if waiver.rule not in codex.skill_index.home:
            yield f"the waiver for {inert.text(waiver.rule)} names a rule that is not in this codex: remove it"
        elif waiver.rule not in waived:
            yield (
                f"the waiver for {inert.text(waiver.rule)} expired on {inert.text(waiver.expires)}: "
                f"the rule applies again (waiver owner: {inert.text(waiver.owner)})"
            )
    domains = {rule.standard.domain for skill in codex.skill_index.skills for rule in skill.rules}
    for domain in settings.profile.domains:
        if domain not in domains:
            available = ", ".join(sorted(domains))
            yield f"`domains` names {inert.code(domain)}, which is not in this codex: it has {available}"
    scopes = [rule.scope for skill in codex.skill_index.skills for rule in skill.rules]
    for kind in ("languages", "technologies"):
        used = {word.lower() for scope in scopes for word in getattr(scope, kind)}
        for word in getattr(settings.profile, kind):
            if word.lower() not in used and word not in known(kind):
                near = nearest(word, (*used, *sorted(known(kind))))
                meant = f"did you mean {inert.code(near)}?" if near else "no rule applies to it"
                yield f"`profile.{kind}` names {inert.code(word)}, which is unknown: {meant}"
