"""`codexc uninstall`"""

from pathlib import Path

import click

from codex.cli._install import FORMAT, INTO, show_installation
from codex.shell.locking import locked_root


@click.command("uninstall")
@INTO
@click.option("--force", is_flag=True, help="Also remove installed files that were edited by hand.")
@click.option("--dry-run", is_flag=True, help="Remove nothing; list what would be removed.")
@FORMAT
@click.option("-q", "--quiet", is_flag=True, help="Report only what needs attention.")
def command(into: Path | None, force: bool, dry_run: bool, format_: str, quiet: bool) -> int:
    """Remove everything that `codexc install` added: skills, blocks and the lock. Hand-written text is kept."""
    from codex.workflow.install import apply_installation, open_working_tree, uninstall
    from codex.workflow.report_paths import working_tree_root

    with locked_root(working_tree_root(into)):
        installation = uninstall(open_working_tree(into), force=force)
        if not dry_run:
            apply_installation(installation)
    return show_installation(installation, dry=dry_run, diff=False, as_json=format_ == "json", quiet=quiet)
