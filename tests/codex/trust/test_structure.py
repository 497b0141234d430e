"""Only two modules read bundles, and every command that reads one takes the signers."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click

from codex.cli.main import COMMANDS, cli
from tests.support.data import ROOT

LOW = {
    "skills_build.release.verify": {"check_bundle", "check_files", "read_manifest"},
    "skills_build.release.archive": {"unpack", "read_damaged", "member"},
    "skills_build.release.loaded_bundle": {"load_bundle"},
    "skills_build.release": {"verify", "archive", "loaded_bundle"},
    "codex.workflow.bundles": {"_checked", "inspect_bundle"},
    "codex.workflow.bundle_sources": {"located", "_fetched", "_archive", "BundleSource"},
    "codex.http.fetch": {"fetch_optional"},
    "codex.publish.registry": {"fetch_artifact"},
    "codex.workflow.trust": {"verify_trust"},
}
"""What bundles are read and judged with, by the module that has it."""


def low(path: Path) -> set[str]:
    """What a module imports of that, by whatever name it calls it then."""
    imports = [
        node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    names = {
        name.name
        for node in imports
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if name.name in LOW.get(str(node.module), ())
    }
    return names | {
        name.name for node in imports if isinstance(node, ast.Import) for name in node.names if name.name in LOW
    }


def test_the_names_that_bundles_are_read_with_exist() -> None:
    for module, names in LOW.items():
        assert [name for name in names if not hasattr(import_module(module), name)] == []


def test_nothing_but_two_modules_read_bundles() -> None:
    """The door is `open_bundle`, and `inspect_bundle` for a report; what they are built from is used nowhere else."""
    modules = sorted((ROOT / "codex").rglob("*.py"))
    users = {path.relative_to(ROOT / "codex").as_posix(): names for path in modules if (names := low(path))}
    bundles = {"check_bundle", "check_files", "read_manifest", "load_bundle", "verify_trust", "located", "BundleSource"}
    assert users == {
        "workflow/bundles.py": bundles,
        "workflow/bundle_sources.py": {"member", "fetch_optional", "fetch_artifact"},
        "rollout/workers.py": {"load_bundle"},  # a worker gets the files of what was opened here
        "workflow/verify.py": {"inspect_bundle"},
    }


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)
        else:
            yield " ".join((*above, name)), command


READING = {
    "install", "verify", "publish", "diff", "breaking", "release", "sync plan", "sync apply", "sync check",
    "sync explain", "sync doctor", "sync audit", "sync propose", "audit", "review", "update",
}  # fmt: skip
PINNED = {
    "audit", "review", "install", "update", "sync plan", "sync apply", "sync check", "sync explain", "sync audit", "sync propose",
}  # fmt: skip


def test_every_command_that_reads_a_bundle_takes_allowed_signers() -> None:
    assert isinstance(cli, click.Group)
    options = {name: {option for param in command.params for option in param.opts} for name, command in commands(cli)}
    assert set(COMMANDS) <= {name.split()[0] for name in options}
    taking = {name for name, names in options.items() if "--allowed-signers" in names}
    assert taking - {"trust add", "trust rotate", "trust revoke"} == READING
    assert {name for name, names in options.items() if "--allow-downgrade" in names} == PINNED
    naming = {
        name
        for name, command in commands(cli)
        for param in command.params
        if param.name in ("bundle", "against") and name != "bundle"
    }
    assert naming <= READING
