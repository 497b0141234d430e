"""CI: the shell lines that it runs, with the step each comes from. GitHub Actions, GitLab CI and CircleCI are here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from codex.profile.ecosystems import jenkins, pipelines, scripts
from codex.profile.evidence_files import EvidenceFiles
from codex.profile.model import CiCommand, CiSystem
from codex.profile.untyped import as_rows, as_str, as_strs, as_table, get

MAX_LINES: Final = 600
MAX_STEPS: Final = 20_000
"""Items of scripts and steps that are looked at in all, those included that references and commands repeat."""
MAX_ITEMS: Final = 200
_WORKFLOW: Final = re.compile(r"\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml")
_ACTION: Final = re.compile(r"\.github/actions/(?:[^/]+/)+action\.ya?ml")
_GITLAB: Final = re.compile(r"\.gitlab-ci\.ya?ml|(?:\.gitlab|\.gitlab-ci|ci|\.ci)/(?:[^/]+/){0,2}[^/]+\.ya?ml")
_CIRCLE: Final = ".circleci/config.yml"
_JENKINS: Final = "Jenkinsfile"
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
_MAIN: Final = re.compile(r"\b(?:ci|cicd|tests?|build|main|check|verify)\b", re.IGNORECASE)
_ACTIONS: Final = {
    "pre-commit/action": "pre-commit run --all-files",
    "golangci/golangci-lint-action": "golangci-lint run",
    "astral-sh/ruff-action": "ruff check",
    "bufbuild/buf-lint-action": "buf lint",
    "ludeeus/action-shellcheck": "shellcheck",
}
"""What well-known actions run."""
_GITLAB_WORDS: Final = frozenset(
    {
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
    known = any(pattern.fullmatch(path) for pattern in (_WORKFLOW, _ACTION, _GITLAB))
    return known or path in (_CIRCLE, _JENKINS) or pipelines.is_evidence(path)


def systems(paths: list[str]) -> Iterator[CiSystem]:
    """Yield each CI system once, with one of its files: the one that tests, by its name, if there is such."""
    for name, pattern in _SYSTEMS:
        found = [path for path in paths if pattern.fullmatch(path)]
        if found:
            yield CiSystem(name=name, evidence=min(found, key=_telling))


def _telling(path: str) -> tuple[bool, bool]:
    """Files that build and test come first, those that release or look after issues last."""
    name = path.rpartition("/")[2]
    return not _MAIN.search(name), scripts.is_noisy(name)


def lines(sources: EvidenceFiles, paths: list[str]) -> tuple[CiCommand, ...]:
    """The shell lines of all CI files, in order of the files; at most 600."""
    return tuple(islice(_all(sources, paths), MAX_LINES))


def _all(sources: EvidenceFiles, paths: list[str]) -> Iterator[CiCommand]:
    if ".gitlab-ci.yml" in sources.listing or ".gitlab-ci.yaml" in sources.listing:
        yield from _gitlab(sources, [path for path in paths if _GITLAB.fullmatch(path)])
    for path in paths:
        if _WORKFLOW.fullmatch(path):
            yield from _workflow(path, sources.yaml(path))
        elif _ACTION.fullmatch(path):
            steps = as_rows(sources.yaml(path), "runs", "steps")
            yield from _steps(_Job(evidence=f"{path}#runs", folder="", noisy=False), steps)
        elif path == _CIRCLE:
            yield from _circle(path, sources.yaml(path))
        elif path == _JENKINS:
            yield from jenkins.lines(path, sources.text(path) or "")
        elif pipelines.is_evidence(path):
            yield from pipelines.lines(sources, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """Where steps stand: their evidence so far, the folder they run in, whether they are a variant."""

    evidence: str
    folder: str
    noisy: bool


def _workflow(path: str, data: object) -> Iterator[CiCommand]:
    noisy = scripts.is_noisy(path.rpartition("/")[2])
    outer = as_str(data, "defaults", "run", "working-directory") or ""
    for name, job in as_table(data, "jobs").items():
        title = f"{name} {as_str(job, 'name') or ''} {' '.join(as_strs(job, 'runs-on'))}"
        here = _Job(
            evidence=f"{path}#jobs.{name}",
            folder=as_str(job, "defaults", "run", "working-directory") or outer,
            noisy=noisy or scripts.is_noisy(title),
        )
        yield from _steps(here, as_rows(job, "steps"))


def _steps(job: _Job, steps: list[object]) -> Iterator[CiCommand]:
    for number, step in enumerate(steps):
        script = as_str(step, "run") or _ACTIONS.get((as_str(step, "uses") or "").partition("@")[0])
        if not script:
            continue
        folder = as_str(step, "working-directory") or job.folder
        shell = (as_str(step, "shell") or "bash").partition(" ")[0]
        condition = f"{as_str(step, 'if') or ''} {as_str(step, 'name') or ''}"
        noisy = job.noisy or shell not in ("bash", "sh") or scripts.is_noisy(condition)
        yield from scripts.lines([(f"{job.evidence}.steps[{number}]", script)], folder, noisy=noisy)


def _gitlab(sources: EvidenceFiles, paths: list[str]) -> Iterator[CiCommand]:
    """The lines of all jobs; of a job that several files give, what the first says of a key holds, as GitLab has it."""
    scripted = _Scripts(jobs={}, budget=iter(range(MAX_STEPS)))
    where: dict[tuple[str, str], str] = {}
    for path in paths:
        for data in sources.documents(path):
            for name, job in as_table(data).items():
                known = scripted.jobs.get(name)
                scripted.jobs[name] = {**job, **known} if isinstance(job, dict) and isinstance(known, dict) else job
                for key in ("before_script", "script"):
                    where.setdefault((name, key) if get(job, key) is not None else (name, ""), path)
            text = "\n".join(scripted.of(data, "before_script", 4))
            yield from scripts.lines([(f"{path}#before_script", text)], "", noisy=False)
    for name, job in scripted.jobs.items():
        if name in _GITLAB_WORDS or not isinstance(job, dict) or name.startswith("."):
            continue
        noisy = scripts.is_noisy(f"{name} {as_str(job, 'stage') or ''} {' '.join(as_strs(job, 'tags'))}")
        pieces = (
            (f"{where.get((name, key)) or where[name, '']}#{name}.{key}", "\n".join(scripted.of(job, key, 4)))
            for key in ("before_script", "script")
        )
        yield from scripts.lines(pieces, "", noisy=noisy)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scripts:
    """The scripts of GitLab's jobs. `budget` counts items, for each reference may name hundreds more."""

    jobs: dict[str, object]
    budget: Iterator[int]

    def of(self, job: object, key: str, depth: int) -> Iterator[str]:
        """Yield the lines of a job's script; `extends` and `!reference` are followed a few steps."""
        if depth == 0:
            return
        own = get(job, key)
        if own is None:
            yield from self._inherited(job, key, depth)
            return
        for item in own[:MAX_ITEMS] if isinstance(own, list) else [own]:
            if next(self.budget, None) is None:
                return
            reference = as_strs(item, "!reference")
            if len(reference) == 2:
                yield from self.of(self.jobs.get(reference[0]), reference[1], depth - 1)
            else:
                yield from as_strs(item)

    def _inherited(self, job: object, key: str, depth: int) -> Iterator[str]:
        """Yield what the last of the jobs that a job extends says."""
        for parent in reversed(as_strs(job, "extends")):
            if next(self.budget, None) is None:
                return
            found = tuple(self.of(self.jobs.get(parent), key, depth - 1))
            if found:
                yield from found
                return


def _circle(path: str, data: object) -> Iterator[CiCommand]:
    budget = iter(range(MAX_STEPS))
    for name, job in as_table(data, "jobs").items():
        here = _Job(
            evidence=f"{path}#jobs.{name}",
            folder=(as_str(job, "working_directory") or "").removeprefix("~/").partition("/")[2],
            noisy=scripts.is_noisy(name),
        )
        yield from _Circle(path=path, budget=budget).steps(here, as_rows(job, "steps"), as_table(data, "commands"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Circle:
    """The steps of CircleCI's jobs. `budget` ends what commands repeat: each may call hundreds of others."""

    path: str
    budget: Iterator[int]

    def steps(self, job: _Job, steps: list[object], commands: Mapping[str, object]) -> Iterator[CiCommand]:
        """Yield the lines of steps, those of conditional steps and of the file's own commands included."""
        for number, step in enumerate(steps):
            if next(self.budget, None) is None:
                return
            yield from self._step(replace(job, evidence=f"{job.evidence}.steps[{number}]"), step, commands)

    def _step(self, job: _Job, step: object, commands: Mapping[str, object]) -> Iterator[CiCommand]:
        script = as_str(step, "run") or as_str(step, "run", "command")
        if script:
            yield from scripts.lines([(job.evidence, script)], job.folder, noisy=job.noisy)
        for condition in ("when", "unless"):
            inner = replace(job, evidence=f"{job.evidence}.{condition}")
            yield from self.steps(inner, as_rows(step, condition, "steps"), commands)
        name = step if isinstance(step, str) else next(iter(as_table(step)), "")
        if name in commands:
            inner = replace(job, evidence=f"{self.path}#commands.{name}")
            rest = {key: value for key, value in commands.items() if key != name}
            yield from self.steps(inner, as_rows(commands[name], "steps"), rest)
