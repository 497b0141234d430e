"""What a Python package is, by its metadata, its dependencies and its entry points."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.kinds.frameworks import SERVERS, first_of, kind_fact, starter
from codex.profile.model import DetectedKind, RepositoryKind
from codex.profile.untyped import as_rows, as_str, as_strs, as_table, get

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CONSOLE_SCRIPTS: Final = re.compile(r"[\"']console_scripts[\"']\s*:")
_SETUP: Final = re.compile(r"\bsetup\s*\(")
_ENTRY_FILES: Final = ("manage.py", "wsgi.py", "asgi.py", "main.py", "app.py", "server.py")
_ENTRY: Final = re.compile(r"(?:(?:src|app|backend|server|api)/)?(?:\w+/)?(?:manage|main|wsgi|asgi|app|server)\.py")
_PIPELINES: Final = frozenset({"apache-airflow", "dagster", "prefect", "luigi", "dbt-core", "kedro"})
_DJANGO: Final = "DJANGO_SETTINGS_MODULE"
_PRIVATE: Final = "Private :: Do Not Upload"
_LIBRARIES: Final = "Topic :: Software Development :: Libraries"


def kinds(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    """Yield what the Python files of a folder prove."""
    project = folder.toml("pyproject.toml")
    setup = folder.sources.ini(folder.at("setup.cfg")) or {}
    dependencies = _dependencies(folder, project, setup)
    server = first_of(dependencies, SERVERS)
    entry = _entry(folder) if server else None
    script = _script(folder, project, setup)
    metadata = _metadata(folder, project, setup)
    if server and entry:
        yield kind_fact(RepositoryKind.SERVICE, f"{dependencies[server]}, {entry}")
    elif _DJANGO in folder.text("manage.py") and not metadata:
        yield kind_fact(RepositoryKind.SERVICE, f"{folder.at('manage.py')}#{_DJANGO}")
    if script:
        yield kind_fact(RepositoryKind.CLI, script)
    if metadata and not entry and (not script or _is_imported(folder, project)):
        yield kind_fact(RepositoryKind.LIBRARY, metadata)
    pipeline = first_of(dependencies, _PIPELINES)
    if pipeline and not metadata:
        yield kind_fact(RepositoryKind.DATA, dependencies[pipeline])


def _dependencies(folder: EvidenceFolder, project: object, setup: object) -> dict[str, str]:
    """Return the dependencies of the product, without those of groups and extras, each with its evidence."""
    pyproject = folder.at("pyproject.toml")
    lists = (
        (f"{pyproject}#project.dependencies", as_rows(project, "project", "dependencies")),
        (f"{pyproject}#tool.poetry.dependencies", list(as_table(project, "tool", "poetry", "dependencies"))),
        (f"{folder.at('Pipfile')}#packages", list(as_table(folder.toml("Pipfile"), "packages"))),
        (folder.at("requirements.txt"), folder.text("requirements.txt").split("\n")[:1000]),
        (folder.at("setup.cfg"), (as_str(setup, "options", "install_requires") or "").split("\n")[:1000]),
    )
    found: dict[str, str] = {}
    for evidence, rows in lists:
        for row in rows:
            match = _NAME.match(row.strip()) if isinstance(row, str) else None
            if match:
                found.setdefault(match[0].lower(), f"{evidence}{'.' if '#' in evidence else '#'}{match[0]}")
    return found


def _entry(folder: EvidenceFolder) -> str | None:
    """Return the file that starts a server."""
    name = folder.first(*_ENTRY_FILES)
    if name is not None:
        return folder.at(name)
    started = starter(folder)
    if started is not None:
        return started
    prefix = f"{folder.path}/" if folder.path else ""
    found = (path for path in folder.paths if path.endswith(".py") and _ENTRY.fullmatch(path.removeprefix(prefix)))
    return next((path for path in found if "test" not in path), None)


def _script(folder: EvidenceFolder, project: object, setup: object) -> str | None:
    pyproject = folder.at("pyproject.toml")
    for keys in (("project", "scripts"), ("tool", "poetry", "scripts")):
        name = next(iter(as_table(project, *keys)), None)
        if name:
            return f"{pyproject}#{'.'.join(keys)}.{name}"
    if "console_scripts" in as_table(setup, "options.entry_points"):
        return f"{folder.at('setup.cfg')}#options.entry_points.console_scripts"
    return f"{folder.at('setup.py')}#console_scripts" if _CONSOLE_SCRIPTS.search(folder.text("setup.py")) else None


def _metadata(folder: EvidenceFolder, project: object, setup: object) -> str | None:
    """Return where a package has what an index needs: a name and a build backend."""
    if _PRIVATE in as_strs(project, "project", "classifiers"):
        return None
    if as_str(project, "project", "name") and get(project, "build-system") is not None:
        return f"{folder.at('pyproject.toml')}#project.name"
    poetry = get(project, "tool", "poetry")
    if as_str(poetry, "name") and as_str(poetry, "version") and get(poetry, "package-mode") is not False:
        return f"{folder.at('pyproject.toml')}#tool.poetry.name"
    if as_str(setup, "metadata", "name"):
        return f"{folder.at('setup.cfg')}#metadata.name"
    return folder.at("setup.py") if _SETUP.search(folder.text("setup.py")) else None


def _is_imported(folder: EvidenceFolder, project: object) -> bool:
    """Return whether a package with a console script is also a library, by its classifiers or published types."""
    if any(name.startswith(_LIBRARIES) for name in as_strs(project, "project", "classifiers")):
        return True
    return any(path.endswith("/py.typed") for path in folder.paths)
