"""`codexc fmt`"""

import click

from codex.cli._options import codex_options, print_result, print_status
from codex.cli.main import FOUND, OK
from codex.workflow.codex_folder import SourceOptions
from skills_build.counts import counted


@click.command("fmt")
@codex_options
@click.option(
    "--check",
    "check_",
    is_flag=True,
    help="Write nothing; print a diff and exit with code 1 if a file is not formatted.",
)
@click.option("--codeowners", is_flag=True, help="Also update the owners of the standards in CODEOWNERS.")
def command(
    source: SourceOptions,
    quiet: bool,
    check_: bool,
    codeowners: bool,
) -> int:
    """Format standards consistently: UTF-8 without a byte order mark, LF line endings, no trailing whitespace.

    Wording and code are never changed. The id lock is also rewritten. With --codeowners, a block in CODEOWNERS lists
    the owners of the domains and standards; all other lines are kept.
    """
    from codex.workflow import codeowners as owners_workflow
    from codex.workflow import fmt as workflow
    from codex.workflow.build import FileDifference, codex_diff, unified_diff
    from codex.workflow.codex_folder import open_codex

    codex_folder = open_codex(source)
    changed = workflow.formatted(codex_folder)
    owners = owners_workflow.owners_file(codex_folder) if codeowners else None
    for path in owners.without if owners else ():
        print_status(f"{path} has no owner that is valid in CODEOWNERS, such as `@team`", quiet=quiet)
    if check_:
        changes = [FileDifference(path=p, old=codex_folder.tree.files.get(p), new=t) for p, t in changed.items()]
        others = [owners.change] if owners and owners.change.old != owners.change.new else []
        print_result(codex_diff(codex_folder.root, changes) + unified_diff(others), nl=False)
        count = len(changes) + len(others)
        print_status(f"{counted(count, 'file')} would change", quiet=quiet)
        return FOUND if count else OK
    workflow.write_formatted(codex_folder, changed)
    if owners:
        owners_workflow.write_owners(owners)
    print_status(f"changed {len(changed):,} of {counted(len(codex_folder.tree.files), 'file')}", quiet=quiet)
    return OK
