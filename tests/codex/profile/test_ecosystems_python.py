"""Python: package managers, tools, tasks and the runners tox and nox."""

from codex.profile.model import PackageManager, Runtime
from tests.support.profiling import best, package_managers, profiled, ranked, technologies


def test_a_project_with_uv_has_its_commands_and_technologies() -> None:
    profile = profiled(
        {
            "pyproject.toml": (
                '[build-system]\nrequires = ["hatchling"]\n'
                '[project]\nname = "shop"\nrequires-python = ">=3.12"\n'
                'dependencies = ["FastAPI>=0.100", "psycopg[binary]>=3; python_version > \'3\'", "click"]\n'
                '[dependency-groups]\ndev = ["pytest>=8", "mypy", {include-group = "lint"}]\n'
                "[tool.ruff]\nline-length = 100\n[tool.mypy]\nstrict = true\n"
            ),
            "uv.lock": "version = 1\n",
            ".python-version": "3.12.4\n",
        }
    )
    assert profile.package_managers == (PackageManager(name="uv", evidence="uv.lock"),)
    assert technologies(profile) == {
        "cli": "pyproject.toml#project.dependencies.click",
        "fastapi": "pyproject.toml#project.dependencies.FastAPI",
        "http": "pyproject.toml#project.dependencies.FastAPI",
        "postgresql": "pyproject.toml#project.dependencies.psycopg",
        "pytest": "pyproject.toml#dependency-groups.dev.pytest",
    }
    assert [(str(command.kind), command.line, command.evidence) for command in profile.commands] == [
        ("install", "uv sync", "uv.lock"),
        ("build", "uv build", "pyproject.toml#build-system"),
        ("test", "uv run pytest", "pyproject.toml#dependency-groups.dev.pytest"),
        ("test-one", "uv run pytest FILE::NAME", "pyproject.toml#dependency-groups.dev.pytest"),
        ("typecheck", "uv run mypy .", "pyproject.toml#tool.mypy"),
        ("lint", "uv run ruff check .", "pyproject.toml#tool.ruff"),
        ("format", "uv run ruff format .", "pyproject.toml#tool.ruff"),
    ]
    assert profile.runtimes == (
        Runtime(name="python", version="3.12.4", evidence=".python-version"),
        Runtime(name="python", version=">=3.12", evidence="pyproject.toml#project.requires-python"),
    )


def test_a_django_project_is_tested_by_manage_py() -> None:
    profile = profiled({"shop/manage.py": "", "shop/requirements.txt": "Django>=4\n"})
    assert [(command.line, command.evidence, command.default) for command in profile.packages[0].commands] == [
        ("pip install -r requirements.txt", "shop/requirements.txt", True),
        ("python manage.py test", "shop/manage.py", True),
        ("python manage.py test PACKAGE.MODULE.CLASS", "shop/manage.py", True),
        ("python manage.py runserver", "shop/manage.py", True),
    ]
    assert best(profiled({"requirements.txt": "pytest-django\n"}), "test") == (
        "pytest",
        "requirements.txt#pytest-django",
    )


def test_environments_of_hatch_toml_are_commands() -> None:
    text = '[envs.hatch-test]\nextra-args = ["-q"]\n[envs.lint.scripts]\ncheck = "ruff check"\n'
    profile = profiled({"pyproject.toml": "[project]\nname = 'a'\n[build-system]\n", "hatch.toml": text})
    assert profile.package_managers == (PackageManager(name="hatch", evidence="hatch.toml"),)
    assert best(profile, "test") == ("hatch test", "hatch.toml#envs.hatch-test")
    assert best(profile, "lint") == ("hatch run lint:check", "hatch.toml#envs.lint.scripts.check")
    assert best(profile, "build") == ("hatch build", "pyproject.toml#build-system")


def test_environments_of_tox_toml_are_commands() -> None:
    text = '[env_run_base]\ncommands = [["pytest", "tests"]]\n[env.lint]\ncommands = [["ruff", "check"]]\n'
    own = profiled({"tox.toml": text, "setup.py": ""})
    assert best(own, "test") == ("tox", "tox.toml#env_run_base")
    assert best(own, "lint") == ("tox -e lint", "tox.toml#env.lint")
    within = profiled({"pyproject.toml": text.replace("[env", "[tool.tox.env")})
    assert best(within, "test") == ("tox", "pyproject.toml#tool.tox.env_run_base")
    assert best(within, "lint") == ("tox -e lint", "pyproject.toml#tool.tox.env.lint")
    old = profiled({"pyproject.toml": '[tool.tox]\nlegacy_tox_ini = "[tox]"\n'})
    assert best(old, "test") == ("tox", "pyproject.toml#tool.tox.legacy_tox_ini")


def test_tasks_of_python_task_runners_are_commands() -> None:
    pyproject = (
        '[tool.poe.tasks]\ntest = "pytest"\nlint = {cmd = "ruff check"}\nall = ["lint", "test"]\n'
        '[tool.taskipy.tasks]\nfmt = "black ."\n'
        '[tool.pdm.scripts]\nserve = {shell = "flask run"}\n'
        '[tool.hatch.envs.types.scripts]\ncheck = "mypy src"\n'
    )
    profile = profiled({"pyproject.toml": pyproject})
    assert [
        (str(command.kind), command.line, command.evidence)
        for command in profile.commands
        if command.rank == 2 and command.fit < 30
    ] == [
        ("test", "pdm run poe test", "pyproject.toml#tool.poe.tasks.test"),
        ("test", "pdm run poe all", "pyproject.toml#tool.poe.tasks.all"),
        ("test-one", "pdm run pytest FILE::NAME", "pyproject.toml#tool.poe.tasks.test"),
        ("typecheck", "hatch run types:check", "pyproject.toml#tool.hatch.envs.types.scripts.check"),
        ("lint", "pdm run poe lint", "pyproject.toml#tool.poe.tasks.lint"),
        ("format", "pdm run task fmt", "pyproject.toml#tool.taskipy.tasks.fmt"),
        ("run", "pdm run serve", "pyproject.toml#tool.pdm.scripts.serve"),
    ]


def test_tox_and_nox_are_configuration_until_ci_runs_them() -> None:
    files = {
        "tox.ini": "[tox]\nenvlist = py\n[testenv]\ncommands = pytest\n[testenv:lint]\ncommands = ruff check\n",
        "noxfile.py": (
            'import nox\n\n@nox.session\ndef tests(session):\n    session.run("pytest", *session.posargs)\n\n'
            '@nox.session(name="types", python=["3.12"])\ndef check(session):\n    session.run("mypy", "src")\n\n'
            "def helper():\n    raise SystemExit\n"
        ),
    }
    assert ranked(profiled(files), "test") == [
        ("tox", "tox.ini#testenv", "CONFIGURATION"),
        ("nox -s tests", "noxfile.py#tests", "CONFIGURATION"),
    ]
    ci = {".github/workflows/a.yml": "jobs:\n  a:\n    steps:\n      - run: pipx run nox -s tests types\n"}
    profile = profiled({**files, **ci})
    assert best(profile, "test") == ("nox -s tests", "noxfile.py#tests")
    assert best(profile, "test-one") == ("nox -s tests -- FILE::NAME", "noxfile.py#tests")
    assert ranked(profile, "typecheck")[0] == ("nox -s types", "noxfile.py#types", "TARGET_IN_CI")


def test_a_project_without_pyproject_is_read_from_setup_files() -> None:
    profile = profiled(
        {
            "setup.py": 'from setuptools import setup\nsetup(name="old")\n',
            "setup.cfg": "[options]\ninstall_requires =\n    Django>=4\n    redis\n[tool:pytest]\ntestpaths = t\n[flake8]\n",
            "requirements-dev.txt": "# tools\n-r requirements.txt\nmoto[s3]\nboto3==1.0 # pinned\n",
        }
    )
    assert profile.package_managers == (PackageManager(name="pip", evidence="requirements-dev.txt"),)
    assert technologies(profile) == {
        "aws": "requirements-dev.txt#boto3",
        "django": "setup.cfg#options.install_requires.Django",
        "http": "setup.cfg#options.install_requires.Django",
        "redis": "setup.cfg#options.install_requires.redis",
    }
    assert best(profile, "test") == ("pytest", "setup.cfg#tool:pytest")
    assert best(profile, "lint") == ("flake8", "setup.cfg#flake8")


def test_a_python_package_manager_follows_from_a_lock_file_or_a_table() -> None:
    project = {"pyproject.toml": "[project]\nname = 'a'\n"}
    assert package_managers({**project, "poetry.lock": ""}) == [("poetry", "poetry.lock")]
    assert package_managers({**project, "pdm.lock": ""}) == [("pdm", "pdm.lock")]
    assert package_managers({"Pipfile": ""}) == [("pipenv", "Pipfile")]
    assert package_managers({"pyproject.toml": "[tool.poetry]\nname = 'a'\n"}) == [
        ("poetry", "pyproject.toml#tool.poetry")
    ]
    assert package_managers({"pyproject.toml": "[tool.hatch.version]\npath = 'a'\n[project]\n"}) == [
        ("pip", "pyproject.toml")
    ]
    assert package_managers({"pyproject.toml": "[tool.ruff]\n"}) == []
