"""`codexc install`"""

from pathlib import Path

import click

from codex.cli._install import DRY_RUN, FORCE, FORMAT, INTO, show_installation
from codex.cli._options import day
from codex.cli._trust import pin_options, trust


@click.command("install")
@click.argument("bundle", metavar="BUNDLE|DIR|URL")
@INTO
@click.option("--target", "targets", multiple=True, help="Write files for these client families only; repeatable.")
@click.option("--profile", "words", metavar="NAME|WORDS", help="What the repository is, such as python,docker.")
@click.option("--as-of", metavar="YYYY-MM-DD", help="The day that counts for waivers. [today]")
@FORCE
@pin_options
@DRY_RUN
@click.option("--diff", "diff", is_flag=True, help="Show the changes as a unified diff; alone, write nothing.")
@FORMAT
@click.option("-q", "--quiet", is_flag=True, help="Say only what needs somebody's attention.")
def command(
    bundle: str,
    into: Path | None,
    targets: tuple[str, ...],
    words: str | None,
    as_of: str | None,
    force: bool,
    dry_run: bool,
    diff: bool,
    format_: str,
    quiet: bool,
) -> int:
    """Install a codex in a repository: skills, and a block in AGENTS.md. What people wrote stays.

    Does in one working tree what a merge request of `codexc sync` does. Files that somebody changed or put there are
    kept, unless --force; what an older release wrote and this one does not is deleted. The bundle has to be believed:
    by `trust` where it is set, else on first use, and then by what the lock has pinned.
    """
    from codex.workflow.install import apply_installation, install, open_working_tree

    made = install(bundle, open_working_tree(into), trust(), targets=targets, words=words, force=force, day=day(as_of))
    dry = dry_run or diff
    code = show_installation(made, dry=dry, diff=diff, as_json=format_ == "json", quiet=quiet)
    if not dry:
        apply_installation(made)
    return code
