"""Python: pyproject.toml and the files next to it. noxfile.py and setup.py are parsed as text, never run."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from codex.profile.ecosystems.python_tools import (
    as_installed,
    environment_prefix,
    is_pdm_only_backend,
    requirement_name,
)
from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Command, CommandKind, Fact, PackageManager, Rank, TaskTarget, Technology, Title
from codex.profile.technologies import of_dependencies
from codex.profile.untyped import as_rows, as_str, as_strs, as_table, get

MANIFESTS: Final = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "noxfile.py")
_LOCK_FILES: Final = (
    ("uv.lock", "uv"),
    ("poetry.lock", "poetry"),
    ("pdm.lock", "pdm"),
    ("Pipfile.lock", "pipenv"),
    ("pixi.lock", "pixi"),
    ("Pipfile", "pipenv"),
)
_MANAGER_TABLES: Final = (
    ("uv", "uv"),
    ("poetry", "poetry"),
    ("pdm", "pdm"),
    ("hatch", "hatch"),
    ("pixi", "pixi"),
    ("rye", "rye"),
)
_RUN_PREFIXES: Final = {
    "uv": "uv run ",
    "poetry": "poetry run ",
    "pdm": "pdm run ",
    "pipenv": "pipenv run ",
    "pixi": "pixi run ",
}
_INSTALL_COMMANDS: Final = {
    "uv": "uv sync",
    "poetry": "poetry install",
    "pdm": "pdm install",
    "pipenv": "pipenv install --dev",
    "pixi": "pixi install",
}
_TOOL_TABLES: Final = (
    ("pytest", CommandKind.TEST, "pytest"),
    ("ruff", CommandKind.LINT, "ruff check ."),
    ("ruff", CommandKind.FORMAT, "ruff format ."),
    ("black", CommandKind.FORMAT, "black ."),
    ("mypy", CommandKind.TYPECHECK, "mypy ."),
    ("pyright", CommandKind.TYPECHECK, "pyright"),
    ("basedpyright", CommandKind.TYPECHECK, "basedpyright"),
    ("ty", CommandKind.TYPECHECK, "ty check"),
    ("pylint", CommandKind.LINT, "pylint ."),
    ("isort", CommandKind.FORMAT, "isort ."),
)
_TOOL_FILES: Final = (
    ("pytest.ini", CommandKind.TEST, "pytest"),
    (".pytest.ini", CommandKind.TEST, "pytest"),
    ("ruff.toml", CommandKind.LINT, "ruff check ."),
    ("ruff.toml", CommandKind.FORMAT, "ruff format ."),
    (".ruff.toml", CommandKind.LINT, "ruff check ."),
    (".ruff.toml", CommandKind.FORMAT, "ruff format ."),
    ("mypy.ini", CommandKind.TYPECHECK, "mypy ."),
    ("pyrightconfig.json", CommandKind.TYPECHECK, "pyright"),
    (".flake8", CommandKind.LINT, "flake8"),
    (".pylintrc", CommandKind.LINT, "pylint ."),
)
_TOOL_SECTIONS: Final = (
    ("tool:pytest", CommandKind.TEST, "pytest"),
    ("pytest", CommandKind.TEST, "pytest"),
    ("flake8", CommandKind.LINT, "flake8"),
    ("mypy", CommandKind.TYPECHECK, "mypy ."),
)
_MYPY_FILES: Final = frozenset({"files", "packages", "modules"})
"""Settings with which mypy needs no path: https://mypy.readthedocs.io/en/stable/config_file.html#import-discovery"""
_SETUP_NAME: Final = re.compile(r"""\bname\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the facts of the Python files in a folder."""
    project = folder.toml("pyproject.toml")
    if folder.first(*MANIFESTS, *(name for name, *_ in _TOOL_FILES)) is None:
        yield from _tox(folder)
        return
    manager = _manager(folder, project)
    if manager:
        yield manager
        if manager.name in _INSTALL_COMMANDS:
            rank = Rank.CONFIGURATION
            yield Command(
                kind=CommandKind.INSTALL, line=_INSTALL_COMMANDS[manager.name], evidence=manager.evidence, rank=rank
            )
    prefix = _RUN_PREFIXES.get(manager.name, "") if manager else ""
    yield from _title(folder, project)
    yield from _dependencies(folder, project)
    yield from as_installed(_configured(folder, project, prefix), folder, project, prefix)
    yield from _tasks(folder, project, prefix)
    yield from _tox(folder)
    yield from _nox(folder)
    yield from _build(folder, project, manager)
    yield from _conventions(folder, manager)


def _manager(folder: EvidenceFolder, project: object) -> PackageManager | None:
    for above in folder.above():
        for name, manager in _LOCK_FILES:
            if above.has(name):
                return PackageManager(name=manager, evidence=above.at(name))
    for key, manager in _MANAGER_TABLES:
        table = get(project, "tool", key)
        if key == "pdm" and is_pdm_only_backend(project):
            continue
        if table is not None and (key != "hatch" or get(table, "envs") is not None):
            return PackageManager(name=manager, evidence=f"{folder.at('pyproject.toml')}#tool.{key}")
    if folder.has("hatch.toml"):
        return PackageManager(name="hatch", evidence=folder.at("hatch.toml"))
    manifest = folder.first("requirements.txt", "requirements-dev.txt", "setup.py", "pyproject.toml")
    if manifest == "pyproject.toml" and get(project, "project") is None and get(project, "build-system") is None:
        return None
    return PackageManager(name="pip", evidence=folder.at(manifest)) if manifest else None


def _title(folder: EvidenceFolder, project: object) -> Iterator[Title]:
    name = as_str(project, "project", "name") or as_str(project, "tool", "poetry", "name")
    setup = folder.sources.ini(folder.at("setup.cfg")) or {}
    name = name or setup.get("metadata", {}).get("name")
    if not name:
        match = _SETUP_NAME.search(folder.text("setup.py"))
        name = match[1] if match else None
    if name:
        yield Title(name=name)


def _dependencies(folder: EvidenceFolder, project: object) -> Iterator[Technology]:
    pyproject = folder.at("pyproject.toml")
    optional = as_table(project, "project", "optional-dependencies")
    lists = [("project.dependencies", as_rows(project, "project", "dependencies"))]
    lists += [(f"project.optional-dependencies.{name}", as_rows(value)) for name, value in optional.items()]
    lists += [
        (f"dependency-groups.{name}", as_rows(value)) for name, value in as_table(project, "dependency-groups").items()
    ]
    for key, values in lists:
        yield from of_dependencies(map(requirement_name, values), f"{pyproject}#{key}")
    poetry = get(project, "tool", "poetry")
    yield from of_dependencies(as_table(poetry, "dependencies"), f"{pyproject}#tool.poetry.dependencies")
    for group, value in as_table(poetry, "group").items():
        names = as_table(value, "dependencies")
        yield from of_dependencies(names, f"{pyproject}#tool.poetry.group.{group}.dependencies")
    for name in folder.ending(".txt"):
        if name.startswith("requirements"):
            yield from of_dependencies(map(requirement_name, folder.text(name).split("\n")[:1000]), folder.at(name))
    setup = folder.sources.ini(folder.at("setup.cfg")) or {}
    required = setup.get("options", {}).get("install_requires", "").split("\n")
    yield from of_dependencies(map(requirement_name, required), f"{folder.at('setup.cfg')}#options.install_requires")


def _configured(folder: EvidenceFolder, project: object, prefix: str) -> Iterator[Command]:
    for key, kind, line in _TOOL_TABLES:
        table = get(project, "tool", key)
        if table is not None:
            names_files = key == "mypy" and not _MYPY_FILES.isdisjoint(as_table(table))
            own_line = "mypy" if names_files else line
            yield _command(kind, prefix + own_line, f"{folder.at('pyproject.toml')}#tool.{key}")
    for name, kind, line in _TOOL_FILES:
        if folder.has(name):
            sections = folder.sources.ini(folder.at(name)) or {} if name == "mypy.ini" else {}
            own_line = line if _MYPY_FILES.isdisjoint(sections.get("mypy", {})) else "mypy"
            yield _command(kind, prefix + own_line, folder.at(name))
    for name in ("setup.cfg", "tox.ini"):
        sections = folder.sources.ini(folder.at(name)) or {}
        for section, kind, line in _TOOL_SECTIONS:
            if section in sections:
                names_files = section == "mypy" and not _MYPY_FILES.isdisjoint(sections[section])
                own_line = "mypy" if names_files else line
                yield _command(kind, prefix + own_line, f"{folder.at(name)}#{section}")
    for key, envs in _hatch_envs(folder, project):
        if "hatch-test" in envs:
            yield _command(CommandKind.TEST, "hatch test", f"{key}.hatch-test")
    evidence = _pytest_dependency(folder, project)
    if evidence:
        yield _command(CommandKind.TEST, f"{prefix}pytest", evidence, fit=1)


def _pytest_dependency(folder: EvidenceFolder, project: object) -> str | None:
    pytest_evidence = (fact.evidence for fact in _dependencies(folder, project) if fact.name == "pytest")
    return next(pytest_evidence, None)


def _command(kind: CommandKind, line: str, evidence: str, *, fit: int = 0) -> Command:
    fit = max(fit, int(line.endswith("isort .")))  # it only sorts imports
    return Command(kind=kind, line=line, evidence=evidence, rank=Rank.CONFIGURATION, fit=fit)


def _tasks(folder: EvidenceFolder, project: object, prefix: str) -> Iterator[TaskTarget]:
    """Yield the targets of poe, taskipy, pdm, pixi, hatch and pipenv.

    Poe and taskipy are installed in the project's environment, which `prefix` enters. Formats:
    https://poethepoet.natn.io/tasks/index.html, https://github.com/taskipy/taskipy,
    https://pdm-project.org/latest/usage/scripts/, https://pipenv.pypa.io/en/latest/scripts.html
    """
    evidence = folder.at("pyproject.toml")
    tool = get(project, "tool")
    for name, value in as_table(tool, "poe", "tasks").items():
        body = as_strs(value) + as_strs(value, "cmd") + as_strs(value, "shell") + as_strs(value, "script")
        needs = (
            *as_strs(value, "deps"),
            *as_strs(value, "sequence"),
            *(as_strs(value) if isinstance(value, list) else ()),
        )
        yield _target("poe", name, f"{prefix}poe {name}", f"{evidence}#tool.poe.tasks.{name}", body, needs)
    for name, value in as_table(tool, "taskipy", "tasks").items():
        body = as_strs(value) + as_strs(value, "cmd")
        yield _target("task", name, f"{prefix}task {name}", f"{evidence}#tool.taskipy.tasks.{name}", body)
    for name, value in as_table(tool, "pdm", "scripts").items():
        body = as_strs(value) + as_strs(value, "cmd") + as_strs(value, "shell")
        needs = as_strs(value, "composite")
        yield _target("pdm", name, f"pdm run {name}", f"{evidence}#tool.pdm.scripts.{name}", body, needs)
    for key, tasks in _pixi_tasks(tool):
        for name, value in tasks.items():
            body, needs = as_strs(value) + as_strs(value, "cmd"), as_strs(value, "depends-on")
            yield _target("pixi", name, f"pixi run {name}", f"{evidence}#{key}.{name}", body, needs)
    for key, envs in _hatch_envs(folder, project):
        for env, value in envs.items():
            for name, script in as_table(value, "scripts").items():
                called = name if env == "default" else f"{env}:{name}"
                yield _target("hatch", called, f"hatch run {called}", f"{key}.{env}.scripts.{name}", as_strs(script))
    pipfile = folder.toml("Pipfile")
    for name, value in as_table(pipfile, "scripts").items():
        yield _target("pipenv", name, f"pipenv run {name}", f"{folder.at('Pipfile')}#scripts.{name}", as_strs(value))


def _pixi_tasks(tool: object) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the tasks of Pixi and of its features, which it runs in the environment that has them.

    Source: https://pixi.sh/latest/workspace/advanced_tasks/
    """
    yield "tool.pixi.tasks", as_table(tool, "pixi", "tasks")
    for feature, value in as_table(tool, "pixi", "feature").items():
        yield f"tool.pixi.feature.{feature}.tasks", as_table(value, "tasks")


def _hatch_envs(folder: EvidenceFolder, project: object) -> tuple[tuple[str, dict[str, object]], ...]:
    """Return the environments of Hatch, in pyproject.toml and hatch.toml, with their key paths.

    In hatch.toml the tables have no `tool.hatch` prefix: https://hatch.pypa.io/latest/intro/#configuration. Scripts of
    the environment `default` run without its name: https://hatch.pypa.io/latest/config/environment/overview/#scripts.
    """
    return (
        (f"{folder.at('pyproject.toml')}#tool.hatch.envs", as_table(project, "tool", "hatch", "envs")),
        (f"{folder.at('hatch.toml')}#envs", as_table(folder.toml("hatch.toml"), "envs")),
    )


def _target(
    runner: str, name: str, line: str, evidence: str, body: tuple[str, ...], needs: tuple[str, ...] = ()
) -> TaskTarget:
    return TaskTarget(runner=runner, name=name, line=line, evidence=evidence, body=body, needs=needs)


def _tox(folder: EvidenceFolder) -> Iterator[TaskTarget]:
    prefix = environment_prefix(folder, "tox")
    yield from (replace(target, line=f"{prefix}{target.line}") for target in _tox_targets(folder))


def _tox_targets(folder: EvidenceFolder) -> Iterator[TaskTarget]:
    sections = folder.sources.ini(folder.at("tox.ini")) or {}
    if "testenv" in sections or "tox" in sections:
        body = tuple(sections.get("testenv", {}).get("commands", "").split("\n"))
        yield _tox_target("", "tox", f"{folder.at('tox.ini')}#testenv", body, CommandKind.TEST)
    for section, values in sections.items():
        if section.startswith("testenv:"):
            name = section.removeprefix("testenv:")
            body = tuple(values.get("commands", "").split("\n"))
            yield _tox_target(name, f"tox -e {name}", f"{folder.at('tox.ini')}#{section}", body, None)
    project = folder.toml("pyproject.toml")
    yield from _tox_toml(get(project, "tool", "tox"), f"{folder.at('pyproject.toml')}#tool.tox.")
    yield from _tox_toml(folder.toml("tox.toml"), f"{folder.at('tox.toml')}#")


def _tox_toml(data: object, evidence: str) -> Iterator[TaskTarget]:
    """Yield the environments of tox's TOML format, in which commands are lists of words.

    `legacy_tox_ini` holds the INI format in one string; it is evidence of tox, but not parsed:
    https://tox.wiki/en/stable/reference/config.html
    """
    if data is None:
        return
    is_legacy = get(data, "legacy_tox_ini") is not None
    base_evidence = f"{evidence}legacy_tox_ini" if is_legacy else f"{evidence}env_run_base"
    is_base_defined = is_legacy or get(data, "env_run_base") is not None
    body = _tox_commands(get(data, "env_run_base"))
    yield _tox_target("", "tox", base_evidence if is_base_defined else evidence.rstrip("#."), body, CommandKind.TEST)
    for name, value in as_table(data, "env").items():
        yield _tox_target(name, f"tox -e {name}", f"{evidence}env.{name}", _tox_commands(value), None)


def _tox_commands(env: object) -> tuple[str, ...]:
    return tuple(" ".join(map(_tox_word, as_rows(row))) for row in as_rows(env, "commands"))


def _tox_word(word: object) -> str:
    """Return a word of a command; a table replaces it: https://tox.wiki/en/stable/reference/config.html"""
    return "{posargs}" if as_str(word, "replace") == "posargs" else as_str({"word": word}, "word") or ""


def _tox_target(name: str, line: str, evidence: str, body: tuple[str, ...], kind: CommandKind | None) -> TaskTarget:
    rank = Rank.CONFIGURATION
    return TaskTarget(runner="tox", name=name, line=line, evidence=evidence, body=body, rank=rank, kind=kind)


def _nox(folder: EvidenceFolder) -> Iterator[TaskTarget]:
    tree = folder.sources.python(folder.at("noxfile.py"))
    if tree is None:
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(map(_is_session, node.decorator_list)):
            name = _session_name(node)
            yield TaskTarget(
                runner="nox",
                name=name,
                line=f"nox -s {name}",
                evidence=f"{folder.at('noxfile.py')}#{name}",
                body=tuple(_session_lines(node)),
                rank=Rank.CONFIGURATION,
            )


def _is_session(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    return getattr(called, "attr", getattr(called, "id", "")) == "session"


def _session_name(node: ast.FunctionDef) -> str:
    for decorator in node.decorator_list:
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if (
                keyword.arg == "name"
                and isinstance(keyword.value, ast.Constant)
                and isinstance(keyword.value.value, str)
            ):
                return keyword.value.value
    return node.name


def _session_lines(node: ast.FunctionDef) -> Iterator[str]:
    """Yield the commands of `session.run("ruff", "check")`, as far as they are constants."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("run", "run_always"):
            yield " ".join(_session_words(call))


def _session_words(call: ast.Call) -> Iterator[str]:
    """Yield the constant words of a command, and `{posargs}` for those that nox passes on."""
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
        elif isinstance(argument, ast.Starred) and getattr(argument.value, "attr", "") == "posargs":
            yield "{posargs}"


def _conventions(folder: EvidenceFolder, manager: PackageManager | None) -> Iterator[Command]:
    """Yield the usual commands of Django and pip, where their files exist."""
    if folder.has("manage.py") and any(
        dependency.name == "django" for dependency in _dependencies(folder, folder.toml("pyproject.toml"))
    ):
        prefix = _RUN_PREFIXES.get(manager.name, "") if manager else ""
        for kind, task in ((CommandKind.TEST, "test"), (CommandKind.RUN, "runserver")):
            line, evidence = f"{prefix}python manage.py {task}", folder.at("manage.py")
            yield Command(kind=kind, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True)
    if manager and manager.name == "pip":
        for name in ("requirements.txt", "requirements-dev.txt"):
            if folder.has(name):
                line, evidence = f"pip install -r {name}", folder.at(name)
                yield Command(kind=CommandKind.INSTALL, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True)


def _build(folder: EvidenceFolder, project: object, manager: PackageManager | None) -> Iterator[Command]:
    if get(project, "build-system") is None:
        return
    evidence = f"{folder.at('pyproject.toml')}#build-system"
    build_lines = {"uv": "uv build", "poetry": "poetry build", "pdm": "pdm build", "hatch": "hatch build"}
    build_line = build_lines.get(manager.name if manager else "", "python -m build")
    yield Command(kind=CommandKind.BUILD, line=build_line, evidence=evidence, rank=Rank.DEFAULT, default=True)
