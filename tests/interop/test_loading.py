"""What real clients send to a model in a repository that codexc installed: each against a model on loopback.

One Python package among Go services, opened at the root and in the package, without and with a CLAUDE.md of people.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.codex.test_claude_code import MONO
from tests.codex.test_delivery import install, repository
from tests.support.model_stub import recording_model
from tools.npx import npx

CLAUDE = "@anthropic-ai/claude-code@2.1.332"
CODEX = "@openai/codex@0.171.0"
OPENCODE = "opencode-ai@1.18.33"
COPILOT = "@github/copilot@1.0.102"
MODEL = "claude-sonnet-4-5"
PACKAGE = "tools/py"
OWN = {"AGENTS.md": "# Mono\n\nCanary of the root.\n", f"{PACKAGE}/AGENTS.md": "# Py\n\nCanary of the package.\n"}
RULE = "- PY-2: Default argument values MUST NOT be mutable objects"
POINTER = f"Before you work in `{PACKAGE}`, read `{PACKAGE}/AGENTS.md`"
FOLDER = "apply in this folder"

pytestmark = [pytest.mark.interop, pytest.mark.slow]


@dataclass(frozen=True)
class Seen:
    """How often a text is in the last request of a client."""

    root: int
    package: int
    rule: int
    pointer: int
    folder: int

    @classmethod
    def of(cls, text: str) -> "Seen":
        words = ("Canary of the root", "Canary of the package", RULE, POINTER, FOLDER)
        return cls(*(text.count(word) for word in words))


def mono(root: Path, *, claude_md: bool) -> Path:
    made = repository(root, {**MONO, **OWN, **({"CLAUDE.md": "Canary of people.\n"} if claude_md else {})})
    install(made)
    return made


@pytest.mark.parametrize(
    ("claude_md", "folder", "seen"),
    [
        (False, ".", Seen(root=1, package=1, rule=2, pointer=1, folder=1)),
        (False, PACKAGE, Seen(root=1, package=1, rule=2, pointer=1, folder=1)),
        (True, ".", Seen(root=1, package=0, rule=2, pointer=1, folder=1)),
        # An import from a folder above is dropped by `claude -p`, so that only `.claude/rules` reaches the session.
        (True, PACKAGE, Seen(root=0, package=0, rule=1, pointer=0, folder=1)),
    ],
)
def test_claude_code_has_the_rules_of_a_package_after_it_read_a_file_there(
    tmp_path: Path, npm_home: Path, claude_md: bool, folder: str, seen: Seen
) -> None:
    root = mono(tmp_path / "mono", claude_md=claude_md)
    with recording_model(reads=str(root / PACKAGE / "app.py")) as model:
        variables = {
            "ANTHROPIC_BASE_URL": model.url,
            "ANTHROPIC_API_KEY": "none",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }
        _run(CLAUDE, "claude", "-p", "go", "--allowedTools", "Read", cwd=root / folder, home=npm_home, more=variables)
    text = model.last
    assert "eng-languages" in text, "the skills are listed"
    assert Seen.of(text) == seen


@pytest.mark.parametrize(
    ("folder", "seen"),
    [
        # Codex never loads the AGENTS.md of a folder below: the root has its blocking rules and says where to read on.
        (".", Seen(root=1, package=0, rule=1, pointer=1, folder=0)),
        (PACKAGE, Seen(root=1, package=1, rule=2, pointer=1, folder=1)),
    ],
)
@pytest.mark.parametrize("claude_md", [False, True])
def test_codex_sees_the_blocking_rules_of_a_package_at_the_root(
    tmp_path: Path, npm_home: Path, claude_md: bool, folder: str, seen: Seen
) -> None:
    root = mono(tmp_path / "mono", claude_md=claude_md)
    settings = tmp_path / "codex-home"
    settings.mkdir()
    with recording_model() as model:
        provider = f'name = "stub"\nbase_url = "{model.url}/v1"\nwire_api = "responses"\nenv_key = "STUB_KEY"\n'
        (settings / "config.toml").write_text(
            f'model = "stub"\nmodel_provider = "stub"\n[model_providers.stub]\n{provider}'
            f'[projects."{root}"]\ntrust_level = "trusted"\n'
        )
        variables = {"CODEX_HOME": str(settings), "STUB_KEY": "none"}
        arguments = ("exec", "--skip-git-repo-check", "go")
        _run(CODEX, "codex", *arguments, cwd=root / folder, home=npm_home, more=variables)
    assert "eng-languages" in model.last, "the skills are listed"
    assert Seen.of(model.last) == seen


@pytest.mark.parametrize("folder", [".", PACKAGE])
@pytest.mark.parametrize("claude_md", [False, True])
def test_opencode_has_each_file_once(tmp_path: Path, npm_home: Path, claude_md: bool, folder: str) -> None:
    root = mono(tmp_path / "mono", claude_md=claude_md)
    with recording_model(reads=str(root / PACKAGE / "app.py")) as model:
        options = {"options": {"baseURL": f"{model.url}/v1", "apiKey": "none"}}
        settings = {"provider": {"anthropic": options}, "autoupdate": False, "share": "disabled"}
        variables = {"OPENCODE_CONFIG_CONTENT": json.dumps(settings)}
        _run(
            OPENCODE,
            "opencode",
            "run",
            "-m",
            f"anthropic/{MODEL}",
            "go",
            cwd=root / folder,
            home=npm_home,
            more=variables,
        )
    assert "eng-languages" in model.last, "the skills are listed"
    assert Seen.of(model.last) == Seen(root=1, package=1, rule=2, pointer=1, folder=1)


@pytest.mark.parametrize("folder", [".", PACKAGE])
@pytest.mark.parametrize(
    ("claude_md", "seen"),
    [
        (False, Seen(root=1, package=1, rule=2, pointer=1, folder=1)),
        # Copilot 1.0.102 expands `@AGENTS.md` in a CLAUDE.md and reads AGENTS.md and `.claude/rules` too.
        (True, Seen(root=2, package=1, rule=4, pointer=2, folder=2)),
    ],
)
def test_copilot_has_each_file_once_without_a_claude_md(
    tmp_path: Path, npm_home: Path, claude_md: bool, seen: Seen, folder: str
) -> None:
    root = mono(tmp_path / "mono", claude_md=claude_md)
    with recording_model(reads=str(root / PACKAGE / "app.py")) as model:
        variables = {
            "COPILOT_PROVIDER_TYPE": "anthropic",
            "COPILOT_PROVIDER_BASE_URL": model.url,
            "COPILOT_PROVIDER_API_KEY": "none",
            "COPILOT_MODEL": MODEL,
            "COPILOT_OFFLINE": "true",
        }
        arguments = ("-p", "go", "--allow-all-tools")
        _run(COPILOT, "copilot", *arguments, cwd=root / folder, home=npm_home, more=variables)
    assert "eng-languages" in model.last, "the skills are listed"
    assert Seen.of(model.last) == seen


def _run(package: str, *command: str, cwd: Path, home: Path, more: Mapping[str, str]) -> None:
    run = npx("--package", package, "--", *command, cwd=cwd, home=home, variables=more)
    assert run.returncode == 0, run.stdout + run.stderr
