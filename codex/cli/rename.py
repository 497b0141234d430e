"""`codexc rename`"""

import click

from codex.cli import _completion
from codex.cli._options import codex_options, print_result, print_status
from codex.cli.main import OK
from codex.workflow.codex_folder import SourceOptions, open_codex


@click.command("rename")
@click.option(
    "--domain",
    "domain",
    nargs=2,
    required=True,
    metavar="OLD NEW",
    shell_complete=_completion.domains,
    help="Rename this domain in codex.yaml and in its standards.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; print a diff.")
@codex_options
def command(domain: tuple[str, str], dry_run: bool, source: SourceOptions, quiet: bool) -> int:
    """Rename a domain everywhere. Its skill is renamed too, and keeps its former name as an alias.

    Files and directories stay where they are, so that links keep working.
    """
    from codex.workflow.build import codex_diff
    from codex.workflow.rename import rename_domain, write_changes

    place = open_codex(source)
    changes = rename_domain(place, *domain)
    if dry_run:
        print_result(codex_diff(place.root, changes), nl=False)
        return OK
    write_changes(place, changes)
    for change in changes:
        print_result(str(place.root / change.path))
    print_status("next: `codexc check && codexc build`", quiet=quiet)
    return OK
