"""Statistics of a build: counts, sizes, and what each client keeps of the skills."""

from collections import Counter
from collections.abc import Sequence

from codex.workflow.build import BuildResult
from skills_build.compile.catalogue import CatalogueCoverage, catalogue_coverage
from skills_build.frozen import dataclass
from skills_build.model.bundle import ClientLimits

BYTES_PER_TOKEN = 4
WINDOW = 200_000
"""Default context window, in tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The size of a file or of several together; tokens are estimated at four bytes each."""

    name: str
    bytes: int
    lines: int
    tokens: int
    rules: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The statistics of one build."""

    standards: int
    levels: dict[str, int]
    skills: tuple[Size, ...]
    references: tuple[Size, ...]
    fragments: tuple[Size, ...]
    catalogue: tuple[CatalogueCoverage, ...]
    chain: tuple[Size, ...]
    limits_read: str = ""
    """The day on which the oldest of the clients' limits was read."""


def stats(built: BuildResult, limits: Sequence[ClientLimits], *, window: int = WINDOW, other_skills: int = 0) -> Stats:
    """Compute the statistics of a build, for clients with a context of `window` tokens and skills from elsewhere."""
    assert built.plan is not None
    files = {a.path: a.data for a in built.artifacts}
    skills = built.plan.skills
    rules = [rule.rule for skill in skills for rule in skill.rules]
    in_references: dict[str, list[bytes]] = {}
    for path, data in files.items():
        parts = path.split("/")
        if parts[0] == "skills" and "references" in parts:
            in_references.setdefault(parts[1], []).append(data)
    fragments = {p: d for p, d in files.items() if p.startswith("agents-md/")}
    return Stats(
        standards=len({rule.standard.path for skill in skills for rule in skill.rules}),
        levels=dict(Counter(str(rule.level) for rule in rules).most_common()),
        skills=tuple(_size(s.name, files[f"skills/{s.name}/SKILL.md"], rules=len(s.rules)) for s in skills),
        references=tuple(_size(name, b"".join(parts)) for name, parts in sorted(in_references.items())),
        fragments=tuple(_size(p.removeprefix("agents-md/"), d) for p, d in sorted(fragments.items())),
        catalogue=tuple(catalogue_coverage(skills, limit.for_window(window), others=other_skills) for limit in limits),
        limits_read=min((limit.checked for limit in limits), default=""),
        chain=tuple(_chain(fragments)),
    )


def _size(name: str, data: bytes, *, rules: int = 0) -> Size:
    tokens = -(-len(data) // BYTES_PER_TOKEN)
    return Size(name=name, bytes=len(data), lines=data.count(b"\n"), tokens=tokens, rules=rules)


def _chain(fragments: dict[str, bytes]) -> list[Size]:
    """The size of the fragments that an agent in the deepest folder reads together, by profile."""
    roots = {p: d for p, d in fragments.items() if p.count("/") == 1}
    chains = []
    for path, data in sorted(roots.items()):
        stem = path.removesuffix(".md")
        nested = [d for p, d in fragments.items() if p.startswith(f"{stem}/")]
        deepest = max(nested, key=len, default=b"")
        chains.append(_size(stem.removeprefix("agents-md/"), data + deepest))
    return chains
