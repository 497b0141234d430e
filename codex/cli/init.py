"""`codexc init`"""

from pathlib import Path
from typing import Any, Final

import click

from codex.cli._options import day, print_result, print_status
from codex.cli.main import OK
from codex.shell.reading import real_path

_WHERE: Final = " (or pass `--install-from`, such as git+https://git.example.com/tools/codexc@v1)"


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--namespace", help="Short prefix for all skill names. [default: the directory's name]")
@click.option("--title", help="Title of the codex.")
@click.option("--owner", default="@engineering", show_default=True, help="Owner of the first domain.")
@click.option(
    "--install-from",
    metavar="REQUIREMENT",
    help="pip requirement that installs codexc in CI. [default: the repository that codexc was installed from]",
)
@click.option("--branch", help="The default branch. [default: the repository's default branch]")
@click.option("--dry-run", is_flag=True, help="Write nothing; list the files that would be written.")
@click.option("-q", "--quiet", is_flag=True, help="Suppress everything except the requested output.")
def command(folder: Path, namespace: str | None, title: str | None, owner: str, **rest: Any) -> int:
    """Create a codex in FOLDER: configuration, a first standard, CI for GitLab and GitHub, CODEOWNERS.

    Existing files are kept, and codexc prints what to add to them.
    """
    from codex.workflow.installation import install_source
    from codex.workflow.scaffold import ScaffoldOptions, default_branch, new_codex, write_all
    from skills_build.source.slug import slug

    name = slug(namespace or real_path(folder).name, most=24) or "codex"
    options = ScaffoldOptions(
        folder=folder,
        namespace=name,
        title=title or _title(name),
        owner=owner,
        today=day(None),
        branch=rest["branch"] or default_branch(folder),
        source=install_source(rest["install_from"]),
    )
    scaffold, quiet = new_codex(options), bool(rest["quiet"])
    if not rest["dry_run"]:
        write_all(scaffold.files, root=folder)
    for path in scaffold.files:
        print_result(str(path))
    for path, hint in scaffold.kept.items():
        print_status(f"kept {path}" + (f": {hint}" if hint else ""), quiet=quiet)
    if not options.source:
        print_status(f"set CODEXC_INSTALL in CI: cannot determine where codexc was installed from{_WHERE}", quiet=quiet)
    if rest["dry_run"]:
        return OK
    where = "" if folder == Path() else f"cd {folder} && "
    print_status(f"next: `{where}codexc check && codexc build`", quiet=quiet)
    return OK


def _title(name: str) -> str:
    """Return a title made from a namespace: both `acme` and `acme-codex` become "Acme engineering codex"."""
    words = [*name.removesuffix("codex").split("-"), "engineering codex"]
    return " ".join(filter(None, words)).capitalize()
