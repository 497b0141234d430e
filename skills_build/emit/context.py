"""The input of every target: the plan, and the canonical files of its skills. Decides nothing."""

from collections.abc import Mapping

from skills_build.characters import shown
from skills_build.compile.link_index import LinkIndex
from skills_build.emit.render import Renderer
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact, PlacedRule, Plan, SourceLine
from skills_build.model.codex import Codex
from skills_build.model.config import Config
from skills_build.model.release import ReleaseEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class EmitContext:
    """One build: its inputs, and the files written so far."""

    plan: Plan
    codex: Codex
    config: Config
    as_of: str
    version: str
    pages: Renderer
    links: LinkIndex
    skill_files: Mapping[str, tuple[Artifact, ...]]
    """Files by skill name, with paths relative to the skill's folder."""
    skill_versions: Mapping[str, str]
    """The version in which each skill last changed, by skill name."""
    pointers: bool = False
    """Whether skills outside `.agents/skills` only lead to those in it."""
    shown: frozenset[str] = frozenset()
    """Ids of rules that AGENTS.md shows, which clients that also read it do not need again."""
    history: tuple[ReleaseEntry, ...] = ()
    """Past releases, newest first."""

    def source(self, placed: PlacedRule, line: int, *, definition: bool) -> SourceLine:
        """Return the source of the rule on `line` (from 1) of an artifact."""
        return SourceLine(
            id=placed.rule.id,
            line=line,
            path=placed.standard.path,
            source_line=placed.rule.span.line,
            url=self.links.url(placed.standard.path, placed.rule.span.line),
            definition=definition,
        )

    @property
    def description(self) -> str:
        """The description of the codex, in one sentence."""
        return self.config.description or f"{self.config.title}: engineering standards as agent skills."


def text_file(path: str, text: str, sources: tuple[SourceLine, ...] = ()) -> Artifact:
    """Make a UTF-8 file that ends in one line break. Invisible characters are written as their code points."""
    data = (shown(text).rstrip("\n") + "\n").encode("utf-8", "replace")
    return Artifact(path=path, data=data, sources=sources)
