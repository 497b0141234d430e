"""`.claude/rules/*.md`: rules for folders and files, for Claude Code in a repository that has a CLAUDE.md.

Claude Code reads AGENTS.md by itself only if no CLAUDE.md is at or above the working directory, so it never loads the
AGENTS.md of a package then. A file in `.claude/rules` with `paths` is loaded when a file that matches is read; text is
inline, because an import there asks the user (https://code.claude.com/docs/en/memory).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from skills_build.compile.prose import rule_line
from skills_build.emit.context import text_file
from skills_build.emit.front_matter import quoted_scalar
from skills_build.model.bundle import Artifact, Fragment, PlacedRule
from skills_build.source.slug import slug

FOLDER: Final = ".claude/rules"
_HEADING: Final = re.compile(r"^##(?=#* )", re.MULTILINE)


def claude_rules(
    namespace: str, title: str, fragments: Sequence[Fragment], texts: Mapping[str, str]
) -> Iterator[tuple[Artifact, str]]:
    """Yield a file for each folder with rules of its own, with the folder, and for blocking rules for certain files.

    `texts` are the blocks of folders, by folder. Rules for files are those that the block at the root has no room for.
    """
    taken: set[str] = set()
    for folder, text in sorted(texts.items()):
        body = _HEADING.sub("#", text.strip("\n"))
        yield _file(_name(f"{namespace}-{slug(folder, most=60)}", taken), (f"{folder}/**",), body), folder
    folded = [rule for fragment in fragments if not fragment.folder for rule in fragment.folded]
    for paths, rules in _by_paths(folded).items():
        lines = "\n".join(rule_line(rule) for rule in rules)
        body = f"# {title}: {rules[0].standard.title}\n\nThese rules are blocking:\n\n{lines}"
        yield _file(_name(f"{namespace}-{slug(rules[0].standard.id, most=40)}", taken), paths, body), ""


def _by_paths(rules: Sequence[PlacedRule]) -> Mapping[tuple[str, ...], list[PlacedRule]]:
    groups: dict[tuple[str, ...], list[PlacedRule]] = {}
    for rule in rules:
        if rule.scope.paths:
            groups.setdefault(rule.scope.paths, []).append(rule)
    return groups


def _name(wanted: str, taken: set[str]) -> str:
    name = next(
        name for number in range(1, 10_000) if (name := f"{wanted}-{number}" if number > 1 else wanted) not in taken
    )
    taken.add(name)
    return name


def _file(name: str, paths: Sequence[str], body: str) -> Artifact:
    listed = "\n".join(f"  - {quoted_scalar(path)}" for path in paths)
    return text_file(f"{FOLDER}/{name}.md", f"---\npaths:\n{listed}\n---\n\n{body}\n")
