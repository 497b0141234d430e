"""`codexc completion`"""

import click
from click.shell_completion import get_completion_class

from codex.cli.main import OK, cli


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print a shell completion script.

    bash: `codexc completion bash > ~/.local/share/bash-completion/completions/codexc`;
    zsh: save it as `_codexc` in a directory in $fpath; fish: `~/.config/fish/completions/codexc.fish`.
    """
    completion = get_completion_class(shell)
    assert completion is not None
    click.echo(completion(cli, {}, "codexc", "_CODEXC_COMPLETE").source())
    return OK
