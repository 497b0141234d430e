"""The text of the block in each AGENTS.md: the rules, and above them facts about the repository."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import lru_cache

from codex.sync.allowed_paths import AGENTS
from codex.sync.delivery import DeliveryRequest, framed
from codex.sync.settings import Settings
from skills_build import inert
from skills_build.emit.agents_md import fragment_text
from skills_build.emit.render import Renderer
from skills_build.frozen import dataclass
from skills_build.model.bundle import Fragment
from skills_build.model.config import Config, DeliverySettings
from skills_build.release.loaded_bundle import LoadedBundle


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFacts:
    """The lines above the rules in a block, as finished Markdown: facts about the repository, and its boundaries."""

    lines: tuple[str, ...] = ()
    boundaries: tuple[str, ...] = ()
    packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By folder of a package, the lines above its rules."""
    words: str = ""
    """The profile in words, for the lock."""


def block_texts(
    codex: LoadedBundle,
    request: DeliveryRequest,
    fragments: Sequence[Fragment],
    facts: BlockFacts,
    settings: Settings,
    pages: Renderer,
) -> Mapping[str, str]:
    """Return the text of the block in each AGENTS.md, by its path."""
    config = _config(codex, request)
    texts: dict[str, str] = {}
    for fragment in fragments:
        if fragment.folder and not fragment.index:
            continue
        values = _package_values(fragment, facts) if fragment.folder else _repository_values(request, facts, settings)
        repository = pages.render("repository/block.md.j2", values)
        text = fragment_text(fragment, config, pages, repository=repository)
        texts[f"{fragment.folder}/{AGENTS}".lstrip("/")] = framed(text)
    return texts


@lru_cache(maxsize=4)
def renderer(templates: tuple[tuple[str, str], ...]) -> Renderer:
    """Return one renderer for all repositories: compiling templates costs more than filling them."""
    return Renderer(dict(templates))


def _config(codex: LoadedBundle, request: DeliveryRequest) -> Config:
    """Return the configuration that the text of a block depends on."""
    source = codex.delivery.source if codex.delivery else None
    delivery = DeliverySettings(mode=request.mode, source=source)
    return replace(codex.config, targets=request.targets, delivery=delivery)


def _repository_values(request: DeliveryRequest, facts: BlockFacts, settings: Settings) -> dict[str, object]:
    own_facts = tuple(f"- {inert.prose(line, most=600)}" for line in settings.facts)
    return {
        "title": "This repository",
        "facts": _single_lines((*facts.lines, *own_facts)),
        "boundaries": _single_lines(facts.boundaries),
        "waivers": request.waivers,
    }


def _package_values(fragment: Fragment, facts: BlockFacts) -> dict[str, object]:
    lines = facts.packages.get(fragment.folder, ())
    return {"title": "This package", "facts": _single_lines(lines), "boundaries": (), "waivers": ()}


def _single_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """Put each fact on one line: names from a catalog, and of files, may have line breaks and a marker after them."""
    return tuple(" ".join(line.splitlines()) for line in lines)
