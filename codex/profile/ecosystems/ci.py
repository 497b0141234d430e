"""CI: the shell lines that it runs, with the step of each. Reads GitHub Actions, GitLab CI and CircleCI itself.

Formats: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax,
https://docs.gitlab.com/ci/yaml/ and https://circleci.com/docs/configuration-reference/. Gitea and Forgejo run the
workflows of `.gitea/` (https://docs.gitea.com/usage/actions/quickstart) and `.forgejo/`
(https://forgejo.org/docs/latest/user/actions/overview) in the syntax of GitHub.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from codex.profile.ecosystems import jenkins, pipelines, scripts
from codex.profile.evidence_files import EvidenceFiles
from codex.profile.model import CiCommand, CiSystem
from codex.profile.untyped import as_rows, as_str, as_strs, as_table, get
from skills_build.frozen import dataclass

MAX_FILES: Final = 40
MAX_LINES: Final = 600
MAX_STEPS: Final = 20_000
"""Maximum number of script items and steps that are visited, including those repeated by references and commands."""
MAX_ITEMS: Final = 200
MAX_REFERENCES: Final = 4
"""Maximum depth to which `extends` and `!reference` are followed."""
_WORKFLOW: Final = re.compile(r"\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml")
_ACTION: Final = re.compile(r"\.github/actions/(?:[^/]+/)+action\.ya?ml")
_GITLAB: Final = re.compile(r"\.gitlab-ci\.ya?ml|(?:\.gitlab|\.gitlab-ci|ci|\.ci)/(?:[^/]+/){0,2}[^/]+\.ya?ml")
_CIRCLECI: Final = ".circleci/config.yml"
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
_TEST_FILE: Final = re.compile(r"\b(?:ci|cicd|tests?|build|main|check|verify)\b", re.IGNORECASE)
_ACTION_COMMANDS: Final = {
    "pre-commit/action": "pre-commit run --all-files",
    "golangci/golangci-lint-action": "golangci-lint run",
    "astral-sh/ruff-action": "ruff check",
    "bufbuild/buf-lint-action": "buf lint",
    "ludeeus/action-shellcheck": "shellcheck",
}
"""The command lines that common actions run."""
# Top-level keys that are not jobs: https://docs.gitlab.com/ci/yaml/#global-keywords
_GITLAB_KEYWORDS: Final = frozenset(
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
    """Return whether a file is read for the lines that CI runs."""
    if not path.endswith((".yml", ".yaml", _JENKINS)):
        return False
    matches = any(pattern.fullmatch(path) for pattern in (_WORKFLOW, _ACTION, _GITLAB))
    return matches or path in (_CIRCLECI, _JENKINS) or pipelines.is_evidence(path)


def systems(paths: list[str]) -> Iterator[CiSystem]:
    """Yield each CI system once, with one of its files: one that tests, by its name, if there is one."""
    for name, pattern in _SYSTEMS:
        files = [path for path in paths if pattern.fullmatch(path)]
        if files:
            yield CiSystem(name=name, evidence=min(files, key=_test_files_first))


def _test_files_first(path: str) -> tuple[bool, bool]:
    """Sort key: files that build and test come first, those that release or manage issues last."""
    name = path.rpartition("/")[2]
    return not _TEST_FILE.search(name), scripts.names_variant(name)


def lines(sources: EvidenceFiles, paths: list[str]) -> tuple[CiCommand, ...]:
    """Return the shell lines of all CI files, in order of the files; at most 600, and a note where there are more."""
    ci_files = [path for path in paths if is_evidence(path)]
    if len(ci_files) > MAX_FILES:
        read = len({*sources.read}.intersection(ci_files))
        sources.note("", f"{len(ci_files):,} CI files; only {read:,} were read")
    commands = tuple(islice(_all_lines(sources, ci_files), MAX_LINES + 1))
    if len(commands) > MAX_LINES:
        sources.note("", f"CI runs more than {MAX_LINES} script lines; the rest were not read")
    return commands[:MAX_LINES]


def _all_lines(sources: EvidenceFiles, paths: list[str]) -> Iterator[CiCommand]:
    if ".gitlab-ci.yml" in sources.listing or ".gitlab-ci.yaml" in sources.listing:
        yield from _gitlab(sources, [path for path in paths if _GITLAB.fullmatch(path)])
    for path in paths:
        if _WORKFLOW.fullmatch(path):
            yield from _workflow(sources, path)
        elif _ACTION.fullmatch(path):
            context = _Job(evidence=f"{path}#runs", folder="", is_variant=False)
            yield from _steps(context, _rows(sources, path, get(sources.yaml(path), "runs"), "steps"))
        elif path == _CIRCLECI:
            yield from _circleci(sources, path)
        elif path == _JENKINS:
            yield from jenkins.lines(path, sources.text(path) or "")
        elif pipelines.is_evidence(path):
            yield from pipelines.lines(sources, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """The context of steps: the evidence so far, the folder they run in, whether they are a variant."""

    evidence: str
    folder: str
    is_variant: bool


def _jobs(sources: EvidenceFiles, path: str, data: object, *keys: str) -> dict[str, object]:
    """Return the jobs of a file by name; more than are read are a note."""
    scripts.note_cut(sources, path, get(data, *keys), "jobs")
    return as_table(data, *keys)


def _rows(sources: EvidenceFiles, path: str, job: object, key: str) -> list[object]:
    """Return the steps of a job; more than are read are a note."""
    scripts.note_cut(sources, path, get(job, key), "steps in a job")
    return as_rows(job, key)


def _workflow(sources: EvidenceFiles, path: str) -> Iterator[CiCommand]:
    data = sources.yaml(path)
    is_variant = scripts.names_variant(path.rpartition("/")[2])
    workflow_folder = as_str(data, "defaults", "run", "working-directory") or ""
    for name, job in _jobs(sources, path, data, "jobs").items():
        job_name = scripts.without_expressions(as_str(job, "name") or "")
        title = f"{name} {job_name} {' '.join(as_strs(job, 'runs-on'))}"
        context = _Job(
            evidence=f"{path}#jobs.{name}",
            folder=as_str(job, "defaults", "run", "working-directory") or workflow_folder,
            is_variant=is_variant or scripts.names_variant(title) or _checks_out_other(as_rows(job, "steps")),
        )
        yield from _steps(context, _rows(sources, path, job, "steps"))


def _checks_out_other(steps: list[object]) -> bool:
    """Return whether a job checks out only another repository, and tests that one: https://github.com/actions/checkout."""
    checkouts = [step for step in steps if (as_str(step, "uses") or "").startswith("actions/checkout@")]
    own = (
        step
        for step in checkouts
        if as_str(step, "with", "repository") is None and as_str(step, "with", "path") is None
    )
    return bool(checkouts) and not any(own) and any(as_str(step, "with", "repository") for step in checkouts)


def _steps(context: _Job, steps: list[object]) -> Iterator[CiCommand]:
    for number, step in enumerate(steps):
        script = as_str(step, "run") or _ACTION_COMMANDS.get((as_str(step, "uses") or "").partition("@")[0])
        if not script:
            continue
        working_directory = as_str(step, "working-directory") or context.folder
        # `bash -el {0}` is a shell with options:
        # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
        shell = (as_str(step, "shell") or "bash").partition(" ")[0]
        condition = f"{as_str(step, 'if') or ''} {as_str(step, 'name') or ''}"
        is_variant = context.is_variant or shell not in ("bash", "sh") or scripts.names_variant(condition)
        yield from scripts.lines(
            [(f"{context.evidence}.steps[{number}]", script)], working_directory, is_variant=is_variant
        )


def _gitlab(sources: EvidenceFiles, paths: list[str]) -> Iterator[CiCommand]:
    """Yield the lines of all jobs; if several files define a job, the including file wins for each key.

    Source: https://docs.gitlab.com/ci/yaml/includes/#override-included-configuration-values. Includes are not resolved:
    all files in the folders that usually hold them are read.
    """
    root = next(path for path in (".gitlab-ci.yml", ".gitlab-ci.yaml") if path in sources.listing)
    budget = scripts.Budget(sources=sources, path=root, limit=MAX_STEPS)
    gitlab_scripts = _GitlabScripts(jobs={}, budget=budget)
    file_by_key: dict[tuple[str, str], str] = {}
    for path in paths:
        for data in sources.documents(path):
            for name, job in _jobs(sources, path, data).items():
                earlier = gitlab_scripts.jobs.get(name)
                gitlab_scripts.jobs[name] = (
                    {**job, **earlier} if isinstance(job, dict) and isinstance(earlier, dict) else job
                )
                for key in ("before_script", "script"):
                    file_by_key.setdefault((name, key) if get(job, key) is not None else (name, ""), path)
            text = "\n".join(gitlab_scripts.of(data, "before_script", MAX_REFERENCES))
            yield from scripts.lines([(f"{path}#before_script", text)], "", is_variant=False)
    for name, job in gitlab_scripts.jobs.items():
        # A leading dot hides a job: https://docs.gitlab.com/ci/jobs/#hide-a-job
        if name in _GITLAB_KEYWORDS or not isinstance(job, dict) or name.startswith("."):
            continue
        is_variant = scripts.names_variant(f"{name} {as_str(job, 'stage') or ''} {' '.join(as_strs(job, 'tags'))}")
        scripts_of_job = (
            (
                f"{file_by_key.get((name, key)) or file_by_key[name, '']}#{name}.{key}",
                "\n".join(gitlab_scripts.of(job, key, MAX_REFERENCES)),
            )
            for key in ("before_script", "script")
        )
        yield from scripts.lines(scripts_of_job, "", is_variant=is_variant)


@dataclass(frozen=True, slots=True, kw_only=True)
class _GitlabScripts:
    """The scripts of GitLab's jobs. `budget` counts items, since each reference may name hundreds more."""

    jobs: dict[str, object]
    budget: scripts.Budget

    def of(self, job: object, key: str, depth: int) -> Iterator[str]:
        """Yield the lines of a job's script; `extends` and `!reference` are followed `depth` levels."""
        sources, path = self.budget.sources, self.budget.path
        if depth == 0:
            message = (
                f"`extends` or `!reference` is nested {MAX_REFERENCES} or more levels deep; deeper levels were not read"
            )
            sources.note(path, message)
            return
        own = get(job, key)
        if own is None:
            yield from self._inherited(job, key, depth)
            return
        if isinstance(own, list):
            scripts.note_cut(sources, path, own, "items in a script", MAX_ITEMS)
        for item in own[:MAX_ITEMS] if isinstance(own, list) else [own]:
            if not self.budget.spend():
                return
            # `!reference [job, script]`: https://docs.gitlab.com/ci/yaml/yaml_optimization/#reference-tags
            reference = as_strs(item, "!reference")
            if len(reference) == 2:
                yield from self.of(self.jobs.get(reference[0]), reference[1], depth - 1)
            else:
                yield from as_strs(item)

    def _inherited(self, job: object, key: str, depth: int) -> Iterator[str]:
        """Yield the script of the last job in `extends` that has one: https://docs.gitlab.com/ci/yaml/#extends."""
        for parent in reversed(as_strs(job, "extends")):
            if not self.budget.spend():
                return
            script = tuple(self.of(self.jobs.get(parent), key, depth - 1))
            if script:
                yield from script
                return


def _circleci(sources: EvidenceFiles, path: str) -> Iterator[CiCommand]:
    data = sources.yaml(path)
    budget = scripts.Budget(sources=sources, path=path, limit=MAX_STEPS)
    for name, job in _jobs(sources, path, data, "jobs").items():
        context = _Job(
            evidence=f"{path}#jobs.{name}",
            # The checkout is in `~/project` or another folder of the home: https://circleci.com/docs/configuration-reference/
            folder=(as_str(job, "working_directory") or "").removeprefix("~/").partition("/")[2],
            is_variant=scripts.names_variant(name),
        )
        yield from _CircleSteps(path=path, budget=budget).steps(
            context, _rows(sources, path, job, "steps"), as_table(data, "commands")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _CircleSteps:
    """The steps of CircleCI's jobs. `budget` bounds what commands repeat, since each may call hundreds of others."""

    path: str
    budget: scripts.Budget

    def steps(self, job: _Job, steps: list[object], commands: Mapping[str, object]) -> Iterator[CiCommand]:
        """Yield the lines of steps, including those of conditional steps and of reusable commands.

        Source: https://circleci.com/docs/configuration-reference/
        """
        for number, step in enumerate(steps):
            if not self.budget.spend():
                return
            yield from self._step(replace(job, evidence=f"{job.evidence}.steps[{number}]"), step, commands)

    def _step(self, job: _Job, step: object, commands: Mapping[str, object]) -> Iterator[CiCommand]:
        script = as_str(step, "run") or as_str(step, "run", "command")
        if script:
            yield from scripts.lines([(job.evidence, script)], job.folder, is_variant=job.is_variant)
        for condition in ("when", "unless"):
            inner = replace(job, evidence=f"{job.evidence}.{condition}")
            yield from self.steps(inner, as_rows(step, condition, "steps"), commands)
        name = step if isinstance(step, str) else next(iter(as_table(step)), "")
        if name in commands:
            inner = replace(job, evidence=f"{self.path}#commands.{name}")
            rest = {key: value for key, value in commands.items() if key != name}
            yield from self.steps(inner, as_rows(commands[name], "steps"), rest)
