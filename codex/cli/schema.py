"""`codexc schema`"""

import click

from codex.cli import _completion
from codex.cli.main import OK
from codex.resources import data_root
from skills_build.errors import CodexError


@click.command("schema")
@click.argument("name", required=False, shell_complete=_completion.schemas)
def command(name: str | None) -> int:
    """Print the JSON Schema NAME. Without NAME, list all schemas.

    For completion in an editor, start codex.yaml or front matter with `# yaml-language-server: $schema=FILE`.
    """
    folder = data_root("validators") / "schemas"
    schemas = {path.name.removesuffix(".schema.json"): path for path in sorted(folder.glob("*.schema.json"))}
    if name is None:
        click.echo("\n".join(schemas))
        return OK
    if name not in schemas:
        raise CodexError(f"unknown schema `{name}`", hint=f"use one of: {', '.join(schemas)}")
    click.echo(schemas[name].read_text(encoding="utf-8"), nl=False)
    return OK
