"""Every output target, one row each: the only place that has their names.

`codex.yaml` selects targets by name. A new target is a file, a row, its templates and `make schemas`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from skills_build.emit.context import EmitContext
from skills_build.emit.projection import Projected, RepositoryRules, no_files
from skills_build.emit.targets import (
    agents,
    bugbot,
    checks,
    claude,
    claude_rules,
    coderabbit,
    codex,
    copilot,
    cursor,
    gemini,
    gitlab_duo,
    junie,
    kiro,
    review,
    windsurf,
)
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact
from skills_build.model.paths import path_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputTarget:
    """A family of clients: its name in `codex.yaml`, and what is written for it below `targets/<name>`.

    `needs` are the targets whose files its own refer to or extend. `roots` are the folders of a repository in which it
    owns files, each with a slash at its end; `hosts` are files of the repository itself in which it has a block;
    `files` are other files that it owns, and `lists` files of people in which it has items of a list. `skills` is the
    one of its `roots` that has a copy of each skill.

    `emit` makes its files in a build, `project` what it has for one repository, in every delivery mode. `install` is
    the command that installs the skills in `clients` without `codexc`; `{source}` is the address of the codex.
    """

    name: str
    summary: str
    emit: Callable[[EmitContext], Iterator[Artifact]] = no_files
    project: Callable[[RepositoryRules], Iterator[Projected]] | None = None
    roots: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    skills: str = ""
    lists: tuple[str, ...] = ()
    clients: str = ""
    install: str = ""


TARGETS: Final[tuple[OutputTarget, ...]] = (
    OutputTarget(
        name="agents",
        summary="`.agents/skills`, which most clients read",
        emit=agents.emit,
        roots=agents.ROOTS,
        skills=agents.ROOTS[0],
        clients="Codex CLI, Copilot, Cursor, Gemini CLI, OpenCode and others",
        install="npx skills add {source} --skill '*' --agent codex --yes",
    ),
    OutputTarget(
        name="claude",
        summary="`.claude/skills` and a CLAUDE.md that imports AGENTS.md",
        emit=claude.emit,
        roots=claude.ROOTS,
        skills=claude.ROOTS[0],
        hosts=claude.HOSTS,
        clients="Claude Code",
        install="claude plugin marketplace add {source} && claude plugin install {plugin}@{marketplace}",
    ),
    OutputTarget(
        name="codex",
        summary="`agents/openai.yaml` sidecar files for Codex CLI",
        emit=codex.emit,
        needs=("agents",),
        roots=codex.ROOTS,
        clients="Codex CLI, as a plugin",
        install="codex plugin marketplace add {source} && codex plugin add {plugin}@{marketplace}",
    ),
    OutputTarget(
        name="cursor", summary="`.cursor/rules/*.mdc`", emit=cursor.emit, needs=("agents",), roots=cursor.ROOTS
    ),
    OutputTarget(
        name="copilot",
        summary="`.github/copilot-instructions.md` and per-file instructions",
        emit=copilot.emit,
        needs=("agents",),
        roots=copilot.ROOTS,
        hosts=copilot.HOSTS,
    ),
    OutputTarget(
        name="claude-rules",
        summary="`.claude/rules` for folders and files; no CLAUDE.md is needed",
        roots=claude_rules.ROOTS,
    ),
    OutputTarget(
        name="review", summary="`.agents/review.md`, a list for reviewers", project=review.project, files=(review.FILE,)
    ),
    OutputTarget(name="bugbot", summary="`.cursor/BUGBOT.md`", project=bugbot.project, hosts=bugbot.HOSTS),
    OutputTarget(
        name="gemini",
        summary="`context.fileName` in `.gemini/settings.json`, so that Gemini CLI reads AGENTS.md",
        project=gemini.project,
        lists=gemini.LISTS,
    ),
    OutputTarget(
        name="gitlab-duo",
        summary="`.gitlab/duo/mr-review-instructions.yaml`",
        project=gitlab_duo.project,
        lists=gitlab_duo.LISTS,
    ),
    OutputTarget(
        name="coderabbit",
        summary="`reviews.path_instructions` in `.coderabbit.yaml`",
        project=coderabbit.project,
        lists=coderabbit.LISTS,
    ),
    OutputTarget(name="kiro", summary="`.kiro/steering`", project=kiro.project, roots=kiro.ROOTS),
    OutputTarget(name="windsurf", summary="`.windsurf/rules`", project=windsurf.project, roots=windsurf.ROOTS),
    OutputTarget(
        name="checks",
        summary="`.engineering-codex/`, linter configuration",
        project=checks.project,
        roots=checks.ROOTS,
    ),
    OutputTarget(name="junie", summary="`.junie/guidelines.md`", project=junie.project, hosts=junie.HOSTS),
)

BY_NAME: Final = {target.name: target for target in TARGETS}

PER_REPOSITORY: Final = frozenset(target.name for target in TARGETS if target.emit is no_files)
"""Targets without files in a build, so any codex can be installed for them."""


def with_needed(targets: Sequence[str]) -> tuple[str, ...]:
    """Add the targets that `targets` need, in front of them unless already listed. Unknown names are kept."""
    needed = (need for name in targets if name in BY_NAME for need in BY_NAME[name].needs)
    return tuple(dict.fromkeys((*(need for need in needed if need not in targets), *targets)))


ROOTS: Final = tuple(sorted({root for target in TARGETS for root in target.roots}))
"""Every folder of a repository in which codexc owns files: a bundle may create and a lock may delete files there."""
RULES: Final = ".engineering-codex.rules.json"
"""The file with the rules of a repository in full, which codexc owns in every repository."""
OWNED: Final = frozenset({RULES, *(path for target in TARGETS for path in target.files)})
"""Every other file that codexc owns."""
LISTS: Final = frozenset(path for target in TARGETS for path in target.lists)
"""Settings of clients that belong to people: codexc owns items of a list in them."""
HOSTS: Final = frozenset(host for target in TARGETS for host in target.hosts)
"""Files of single clients that people also edit: codexc owns a block in them, not the file."""


def owned_fault(path: str) -> str | None:
    """Return why codexc cannot own the whole file at a path of a repository; None if it can."""
    fault = path_fault(path)
    if fault or path in OWNED or path.startswith(ROOTS):
        return fault
    return "codexc does not manage files at this path"


def bundle_fault(path: str) -> str | None:
    """Return why a path may not be in a bundle; None if it may. A target's files belong where that target writes."""
    fault = path_fault(path)
    if fault or not path.startswith("targets/"):
        return fault
    _, name, *rest = path.split("/", 2)
    target = BY_NAME.get(name)
    if target is None:
        return f"this version of codexc does not support the target `{name}`"
    path_in_repository = "".join(rest)
    if path_in_repository in target.hosts or path_in_repository.startswith(target.roots):
        return None
    return f"the target `{name}` does not write `{path_in_repository}`"
