"""`codexc install`"""

from pathlib import Path

import click

from codex.cli._install import FORMAT, INTO, show_installation
from codex.cli._options import day, print_status
from codex.cli._trust import pin_options, trust
from codex.shell.locking import locked_root
from codex.workflow.ci_jobs import JOBS, write_jobs
from skills_build.model.config import Delivery


@click.command("install")
@click.argument("bundle", metavar="BUNDLE|DIR|URL")
@INTO
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="CLIENT",
    help="Install files for these client families only. Repeatable.",
)
@click.option(
    "--delivery",
    type=click.Choice(["block", "skills", "full"]),
    help=(
        "What to write: `block` (AGENTS.md and the rules file), `skills` (also short skills) "
        "or `full` (also full skills)."
    ),
)
@click.option(
    "--profile",
    "words",
    metavar="NAME|WORDS",
    help="The repository's profile, such as python,docker. [default: detected]",
)
@click.option("--as-of", metavar="YYYY-MM-DD", help="Evaluate waivers as of this day. [default: today]")
@click.option(
    "--ci",
    type=click.Choice(tuple(JOBS)),
    help="Also write jobs that review merge requests and audit the repository, unless they exist.",
)
@click.option("--force", is_flag=True, help="Also overwrite files that were edited or added by hand.")
@pin_options
@click.option("--dry-run", is_flag=True, help="Write nothing; list what would be written.")
@click.option("--diff", "diff", is_flag=True, help="Write nothing; print the changes as a unified diff.")
@FORMAT
@click.option("-q", "--quiet", is_flag=True, help="Print only what needs attention.")
def command(
    bundle: str,
    into: Path | None,
    targets: tuple[str, ...],
    delivery: str | None,
    words: str | None,
    as_of: str | None,
    ci: str | None,
    force: bool,
    dry_run: bool,
    diff: bool,
    format_: str,
    quiet: bool,
) -> int:
    """Install a codex in a repository: skills, and a block in AGENTS.md. Hand-written text is kept.

    The changes are the same as in a merge request from `codexc sync`. Files that were edited or added by
    hand are kept, unless --force is given; installed files that are no longer in the release are deleted. If `trust` is
    configured, it must allow the bundle. Otherwise, the first bundle is trusted, and later ones must match the pin in
    the lock.
    """
    from codex.workflow.install import apply_installation, install, open_working_tree
    from codex.workflow.report_paths import working_tree_root

    writes_nothing = dry_run or diff
    with locked_root(working_tree_root(into)):
        installation = install(
            bundle,
            open_working_tree(into),
            trust(),
            targets=targets,
            words=words,
            delivery=Delivery(delivery) if delivery else None,
            force=force,
            day=day(as_of),
        )
        if not writes_nothing:
            apply_installation(installation)
        if ci is not None:
            for done in write_jobs(installation.tree.root, ci, dry=writes_nothing):
                print_status(done, quiet=quiet)
    return show_installation(installation, dry=writes_nothing, diff=diff, as_json=format_ == "json", quiet=quiet)
