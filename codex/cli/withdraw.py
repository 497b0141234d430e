"""`codexc withdraw`"""

import click

from codex.cli import _completion
from codex.cli._options import codex_options, print_result, print_status
from codex.cli.main import OK
from codex.workflow.codex_folder import SourceOptions, open_codex


@click.command("withdraw")
@click.argument("identity", metavar="ID", shell_complete=_completion.rules)
@click.option(
    "--use-instead",
    metavar="ID",
    shell_complete=_completion.rules,
    help="Id of the rule that replaces the withdrawn rule.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; print a diff.")
@codex_options
def command(identity: str, use_instead: str | None, dry_run: bool, source: SourceOptions, quiet: bool) -> int:
    """Withdraw the rule ID: move its sentence to `## Withdrawn`, with the month and its replacement.

    Its id is never reused. Rules that refer to it are reported by `codexc check`.
    """
    from codex.workflow.build import codex_diff
    from codex.workflow.rename import write_changes
    from codex.workflow.withdraw import withdraw

    place = open_codex(source)
    change = withdraw(place, identity, use_instead=use_instead)
    if dry_run:
        print_result(codex_diff(place.root, [change]), nl=False)
        return OK
    write_changes(place, (change,))
    print_result(str(place.root / change.path))
    print_status("next: `codexc check && codexc build`", quiet=quiet)
    return OK
