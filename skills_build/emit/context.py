"""What every target is given: the plan, and the canonical files of its skills. Decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from skills_build.characters import shown
from skills_build.compile.link_index import LinkIndex
from skills_build.emit.render import Renderer
from skills_build.model.bundle import Artifact, PlacedRule, Plan, SourceLine
from skills_build.model.config import Config
from skills_build.model.release import ReleaseEntry
from skills_build.model.standard import Codex


@dataclass(frozen=True, slots=True, kw_only=True)
class EmitContext:
    """One build: its inputs, and the files made so far."""

    plan: Plan
    codex: Codex
    config: Config
    as_of: str
    version: str
    pages: Renderer
    links: LinkIndex
    skill_files: Mapping[str, tuple[Artifact, ...]]
    """By skill, its files with paths inside the skill's folder."""
    skill_versions: Mapping[str, str]
    """By skill, the version in which it last changed."""
    history: tuple[ReleaseEntry, ...] = ()
    """The releases of the past, newest first."""

    def source(self, one: PlacedRule, line: int, *, definition: bool) -> SourceLine:
        """Where the rule on `line` of an artifact comes from."""
        return SourceLine(
            id=one.rule.id,
            line=line,
            path=one.standard.path,
            source_line=one.rule.span.line,
            url=self.links.url(one.standard.path, one.rule.span.line),
            definition=definition,
        )

    @property
    def description(self) -> str:
        """What the codex is, in a sentence."""
        return self.config.description or f"{self.config.title}: engineering standards as agent skills."


def text_file(path: str, text: str, sources: tuple[SourceLine, ...] = ()) -> Artifact:
    """A UTF-8 file that ends in one line break. A character that no reader would see is written as its code point."""
    data = (shown(text).rstrip("\n") + "\n").encode("utf-8", "replace")
    return Artifact(path=path, data=data, sources=sources)
