"""`codexc init`"""

from pathlib import Path

import click

from codex.cli._options import day, print_result, print_status
from codex.cli.main import OK


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--namespace", help="Short prefix of every skill name. [default: the directory's name]")
@click.option("--title", help="Title of the codex.")
@click.option("--owner", default="@engineering", show_default=True, help="Owner of the first domain.")
@click.option("--dry-run", is_flag=True, help="Write nothing; list the files that would be written.")
@click.option("-q", "--quiet", is_flag=True, help="Suppress everything except the requested output.")
def command(folder: Path, namespace: str | None, title: str | None, owner: str, dry_run: bool, quiet: bool) -> int:
    """Create a codex in FOLDER: configuration, a first standard, CI for GitLab and GitHub, CODEOWNERS.

    Existing files are never overwritten.
    """
    from codex.workflow.scaffold import ScaffoldOptions, new_codex, write_all
    from skills_build.source.slug import slug

    name = slug(namespace or folder.resolve().name, most=24) or "codex"
    options = ScaffoldOptions(
        folder=folder,
        namespace=name,
        title=title or f"{name.replace('-', ' ').capitalize()} engineering codex",
        owner=owner,
        today=day(None),
    )
    files = new_codex(options)
    for path in files:
        print_result(str(path))
    if dry_run:
        return OK
    write_all(files, root=folder)
    where = "" if folder == Path() else f"cd {folder} && "
    print_status(f"next: `{where}codexc check && codexc build`", quiet=quiet)
    return OK
