"""CI: the shell lines that GitHub Actions, GitLab CI and CircleCI run, with the step each comes from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from codex.profile.model import CiLine, CiSystem
from codex.profile.shape import at, rows, table, word, words
from codex.profile.sources import Sources

MAX_LINES: Final = 600
_WORKFLOW: Final = re.compile(r"\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml")
_ACTION: Final = re.compile(r"\.github/actions/(?:[^/]+/)+action\.ya?ml")
_GITLAB: Final = re.compile(r"\.gitlab-ci\.ya?ml|(?:\.gitlab|\.gitlab-ci|ci|\.ci)/(?:[^/]+/){0,2}[^/]+\.ya?ml")
_SYSTEMS: Final = (
    ("github-actions", re.compile(r"\.github/workflows/[^/]+\.ya?ml")),
    ("forgejo-actions", re.compile(r"\.(?:gitea|forgejo)/workflows/[^/]+\.ya?ml")),
    ("gitlab-ci", re.compile(r"\.gitlab-ci\.ya?ml")),
    ("circleci", re.compile(r"\.circleci/config\.ya?ml")),
    ("azure-pipelines", re.compile(r"azure-pipelines\.ya?ml")),
    ("jenkins", re.compile(r"Jenkinsfile")),
    ("travis-ci", re.compile(r"\.travis\.ya?ml")),
    ("buildkite", re.compile(r"\.buildkite/[^/]*pipeline[^/]*\.ya?ml")),
    ("bitbucket-pipelines", re.compile(r"bitbucket-pipelines\.ya?ml")),
    ("drone", re.compile(r"\.drone\.ya?ml")),
    ("cirrus-ci", re.compile(r"\.cirrus\.ya?ml")),
    ("appveyor", re.compile(r"\.?appveyor\.ya?ml")),
    ("woodpecker", re.compile(r"\.woodpecker(?:\.ya?ml|/[^/]+\.ya?ml)")),
    ("tekton", re.compile(r"\.tekton/[^/]+\.ya?ml")),
)
_NOISY: Final = re.compile(
    r"windows|macos|fuzz|bench|nightly|release|publish|deploy|docs?\b|codeql|scorecard|stale|ecosystem|wasm|msrv",
    re.IGNORECASE,
)
_MAIN: Final = re.compile(r"\b(?:ci|cicd|tests?|build|main|check|verify)\b", re.IGNORECASE)
_ACTIONS: Final = {
    "pre-commit/action": "pre-commit run --all-files",
    "golangci/golangci-lint-action": "golangci-lint run",
    "astral-sh/ruff-action": "ruff check",
    "bufbuild/buf-lint-action": "buf lint",
    "ludeeus/action-shellcheck": "shellcheck",
}
"""What well-known actions run."""
_CD: Final = re.compile(r"[ \t]*cd[ \t]+([\w./-]+)[ \t]*(?:&&|;)?[ \t]*")
_GITLAB_WORDS: Final = frozenset(
    {
        "default",
        "include",
        "stages",
        "variables",
        "workflow",
        "image",
        "services",
        "cache",
        "before_script",
        "after_script",
    }
)


def is_evidence(path: str) -> bool:
    """Whether a file is read for the lines that CI runs."""
    return any(pattern.fullmatch(path) for pattern in (_WORKFLOW, _ACTION, _GITLAB)) or path == ".circleci/config.yml"


def systems(paths: list[str]) -> Iterator[CiSystem]:
    """Yield each CI system once, with one of its files: the one that tests, by its name, if there is such."""
    for name, pattern in _SYSTEMS:
        found = [path for path in paths if pattern.fullmatch(path)]
        if found:
            yield CiSystem(name=name, evidence=min(found, key=_telling))


def _telling(path: str) -> tuple[bool, bool]:
    """Files that build and test come first, those that release or look after issues last."""
    name = path.rpartition("/")[2]
    return not _MAIN.search(name), bool(_NOISY.search(name))


def lines(sources: Sources, paths: list[str]) -> tuple[CiLine, ...]:
    """The shell lines of all CI files, in order of the files; at most 600."""
    found: list[CiLine] = []
    if ".gitlab-ci.yml" in sources.listing or ".gitlab-ci.yaml" in sources.listing:
        found.extend(_gitlab(sources, [path for path in paths if _GITLAB.fullmatch(path)]))
    for path in paths:
        if _WORKFLOW.fullmatch(path):
            found.extend(_workflow(path, sources.yaml(path)))
        elif _ACTION.fullmatch(path):
            steps = rows(sources.yaml(path), "runs", "steps")
            found.extend(_steps(_Job(evidence=f"{path}#runs", folder="", noisy=False), steps))
        elif path == ".circleci/config.yml":
            found.extend(_circle(path, sources.yaml(path)))
    return tuple(found[:MAX_LINES])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """Where steps stand: their evidence so far, the folder they run in, whether they are a variant."""

    evidence: str
    folder: str
    noisy: bool


def _workflow(path: str, data: object) -> Iterator[CiLine]:
    noisy = bool(_NOISY.search(path.rpartition("/")[2]))
    outer = word(data, "defaults", "run", "working-directory") or ""
    for name, job in table(data, "jobs").items():
        title = f"{name} {word(job, 'name') or ''} {' '.join(words(job, 'runs-on'))}"
        here = _Job(
            evidence=f"{path}#jobs.{name}",
            folder=word(job, "defaults", "run", "working-directory") or outer,
            noisy=noisy or bool(_NOISY.search(title)),
        )
        yield from _steps(here, rows(job, "steps"))


def _steps(job: _Job, steps: list[object]) -> Iterator[CiLine]:
    for number, step in enumerate(steps):
        script = word(step, "run") or _ACTIONS.get((word(step, "uses") or "").partition("@")[0])
        if not script:
            continue
        folder = word(step, "working-directory") or job.folder
        shell = word(step, "shell") or "bash"
        condition = f"{word(step, 'if') or ''} {word(step, 'name') or ''}"
        noisy = job.noisy or shell not in ("bash", "sh") or bool(_NOISY.search(condition))
        yield from _script(script, folder, f"{job.evidence}.steps[{number}]", noisy=noisy)


def _script(script: str, folder: str, evidence: str, *, noisy: bool) -> Iterator[CiLine]:
    """Yield the lines of a script; a `cd` holds for what follows it."""
    here = folder
    joined = " ".join(part.strip(" \t") for part in script.split("\\\n"))
    for line in joined.split("\n"):
        moved = _CD.match(line)
        if moved:
            here, line = _below(here, moved[1]), line[moved.end() :]
        if line.strip() and not line.lstrip().startswith("#"):
            yield CiLine(line=line.strip(), folder=_below("", here), evidence=evidence, noisy=noisy)


def _below(folder: str, path: str) -> str:
    """A folder named from another one; `..` leads up, and nothing leads out of the tree."""
    steps: list[str] = [] if path.startswith("/") else [name for name in folder.split("/") if name not in ("", ".")]
    for name in path.split("/"):
        if name == "..":
            steps = steps[:-1]
        elif name not in ("", "."):
            steps.append(name)
    return "/".join(steps)


def _gitlab(sources: Sources, paths: list[str]) -> Iterator[CiLine]:
    jobs: dict[str, object] = {}
    where: dict[str, str] = {}
    for path in paths:
        for name, job in table(sources.yaml(path)).items():
            jobs[name] = job
            where[name] = path
    for name, job in jobs.items():
        if name in _GITLAB_WORDS or not isinstance(job, dict) or name.startswith("."):
            continue
        noisy = bool(_NOISY.search(f"{name} {word(job, 'stage') or ''} {' '.join(words(job, 'tags'))}"))
        for key in ("before_script", "script"):
            for script in _gitlab_script(jobs, job, key, 4):
                yield from _script(script, "", f"{where[name]}#{name}.{key}", noisy=noisy)


def _gitlab_script(jobs: dict[str, object], job: object, key: str, depth: int) -> Iterator[str]:
    """The lines of a job's script; `extends` and `!reference` are followed a few steps."""
    if depth == 0:
        return
    own = at(job, key)
    if own is None:
        for parent in words(job, "extends"):
            yield from _gitlab_script(jobs, jobs.get(parent), key, depth - 1)
        return
    for item in own[:MAX_LINES] if isinstance(own, list) else [own]:
        reference = words(item, "!reference")
        if len(reference) == 2:
            yield from _gitlab_script(jobs, jobs.get(reference[0]), reference[1], depth - 1)
        else:
            yield from words(item)


def _circle(path: str, data: object) -> Iterator[CiLine]:
    for name, job in table(data, "jobs").items():
        folder = (word(job, "working_directory") or "").removeprefix("~/").partition("/")[2]
        noisy = bool(_NOISY.search(name))
        for number, step in enumerate(rows(job, "steps")):
            script = word(step, "run") or word(step, "run", "command")
            if script:
                yield from _script(script, folder, f"{path}#jobs.{name}.steps[{number}]", noisy=noisy)
