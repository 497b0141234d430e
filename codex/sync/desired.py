"""The desired content of a repository: the part of a bundle that its settings, profile and delivery mode select."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

from codex.sync.allowed_paths import AGENTS, CLAUDE_MD, host_fault
from codex.sync.block import BlockPlace
from codex.sync.block_text import BlockFacts, block_texts, renderer
from codex.sync.claude_rules import claude_rules
from codex.sync.content import Content, joined
from codex.sync.delivery import DeliveryRequest, applicable, deliver, delivery_mode, delivery_notes
from codex.sync.lock import Selection
from codex.sync.projections import project
from codex.sync.settings import Settings
from codex.sync.settings_notes import settings_notes
from codex.sync.trust import Pin
from skills_build import inert
from skills_build.emit.registry import BY_NAME, PER_REPOSITORY, with_needed
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.bundle import Fragment
from skills_build.model.config import ClaudeMd, Delivery, Parts, Profile
from skills_build.model.rules_file import RuleWaiver
from skills_build.release.loaded_bundle import LoadedBundle
from skills_build.release.rules_file import rules_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired(Content):
    """The managed content of a repository, and what it was selected from."""

    codex: str
    version: str
    tree: str
    selection: Selection
    place: BlockPlace | None = None
    """Where the blocks go, also those that exist; None leaves existing ones where they are."""
    rules: tuple[str, ...] = ()
    """The ids of the rules that apply."""
    pin: Pin | None = None
    """The record about the bundle in the lock; None if its signature was not checked."""
    waiver_days: int | None = None
    """The longest that a waiver may last, in days."""


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
    most = codex.config.waivers.max_days
    holding = tuple(waiver for waiver in settings.waivers if waiver.holds(day, most))
    request = DeliveryRequest(
        mode=delivery_mode(codex, settings, installed),
        targets=_chosen(codex, settings, targets),
        profile=profile,
        parts=parts,
        waivers=tuple(waiver for waiver in holding if waiver.rule in codex.skill_index.home),
    )
    pages = renderer(tuple(templates.items()))
    delivered = deliver(codex, request, pages)
    texts = block_texts(codex, request, delivered.fragments, facts, settings, pages)
    content = joined(
        (
            Content(notes=tuple(settings_notes(codex, settings, day))),
            Content(notes=tuple(delivery_notes(codex, settings, installed, request.mode))),
            _blocks(texts),
            delivered.content,
            project(codex, request, delivered.fragments),
            _for_claude(codex, request.targets, settings, delivered.fragments, texts),
            _rules_in_full(codex, request, delivered.rules),
        )
    )
    return Desired(
        codex=codex.config.namespace,
        version=codex.version,
        tree=codex.tree,
        selection=Selection(
            profile=facts.words,
            targets=tuple(sorted(request.targets)),
            skills=tuple(sorted(delivered.skills)),
            waived=tuple(sorted({waiver.rule for waiver in holding})),
            delivery=None if request.mode is Delivery.FULL else request.mode,
        ),
        place=settings.place,
        rules=delivered.rules,
        waiver_days=most,
        pin=Pin(signer=codex.signer, version=codex.version, tree=codex.tree) if codex.signer else None,
        **{field.name: getattr(content, field.name) for field in fields(content)},
    )


def desired_nothing(codex: str, version: str, tree: str) -> Desired:
    """Return the desired content of a repository that opted out."""
    return Desired(codex=codex, version=version, tree=tree, selection=Selection(profile="", targets=(), skills=()))


def _chosen(codex: LoadedBundle, settings: Settings, targets: Sequence[str]) -> tuple[str, ...]:
    """Return the targets of a repository, with those that they need."""
    chosen = with_needed(settings.targets if settings.targets is not None else tuple(targets) or codex.targets)
    for target in chosen:
        if target not in BY_NAME or (target not in codex.targets and target not in PER_REPOSITORY):
            hint = f"choose from {', '.join(codex.targets)}, or add the target to `targets` in codex.yaml and rebuild"
            raise CodexError(f"the codex was not built for `{target}`", hint=hint)
    return chosen


def _blocks(texts: Mapping[str, str]) -> Content:
    """Return the blocks of the AGENTS.md files, without those in places where codexc writes nothing."""
    refused = {path: wrong for path in texts if (wrong := host_fault(path))}
    return Content(
        blocks={path: text for path, text in texts.items() if path not in refused},
        notes=tuple(f"no block in {inert.code(path)}: {why}" for path, why in refused.items()),
    )


def _for_claude(
    codex: LoadedBundle,
    targets: Sequence[str],
    settings: Settings,
    fragments: Sequence[Fragment],
    texts: Mapping[str, str],
) -> Content:
    """Return the files in `.claude/rules`; by default, they and CLAUDE.md are only for a repository that has one."""
    nested = {path.removesuffix(f"/{AGENTS}"): text for path, text in texts.items() if path != AGENTS}
    wanted = {"claude", "claude-rules"} & {*targets}
    rules = tuple(claude_rules(codex.config.namespace, codex.config.title, fragments, nested)) if wanted else ()
    of_codex = codex.delivery.claude_md if codex.delivery else None
    always = (settings.claude_md or of_codex) == ClaudeMd.ALWAYS
    optional = (CLAUDE_MD, *(file.path for file, _ in rules if "claude-rules" not in targets))
    return Content(
        files={file.path: file for file, _ in rules},
        only_with={} if always else dict.fromkeys(optional, CLAUDE_MD),
        beside={file.path: f"{folder}/{AGENTS}" for file, folder in rules if folder},
    )


def _rules_in_full(codex: LoadedBundle, request: DeliveryRequest, rules: Sequence[str]) -> Content:
    """Return the file with the rules that apply, in full, and those that the repository has waived."""
    waivers = {
        waiver.rule: RuleWaiver(reason=waiver.reason, owner=waiver.owner, expires=waiver.expires)
        for waiver in request.waivers
    }
    waived = (rule.rule.id for rule in applicable(codex, request.profile) if rule.rule.id in waivers)
    file = rules_file(codex, (*rules, *waived), waivers)
    return Content(files={file.path: file})
