"""`codexc verify`"""

import json
from pathlib import Path

import click

from codex.cli.main import FOUND, OK
from codex.cli.options import say
from skills_build.errors import CodexError


@click.command("verify")
@click.argument("bundle", required=False, metavar="[BUNDLE|DIR|URL]")
@click.option("--allowed-signers", type=click.Path(path_type=Path), help="Demand a signature by one of these SSH keys.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong.")
def command(bundle: str | None, allowed_signers: Path | None, format_: str, quiet: bool) -> int:
    """Check a bundle: its schema, every digest, provenance and, if asked, signatures. Says which file is wrong.

    BUNDLE is a folder that `codexc release` wrote, its archive, a folder that `codexc build` wrote, or an address.
    """
    from codex.workflow.bundles import find
    from codex.workflow.verify import verify

    if bundle is None:
        raise CodexError("nothing to verify", hint="name a bundle: a folder, an archive or an address")
    found = verify(find(bundle), allowed=allowed_signers)
    if format_ == "json":
        facts = {
            "bundle": found.name,
            "version": found.version,
            "files": found.files,
            "archives": found.archives,
            "provenance": found.provenance,
            "signers": found.signers,
            "faults": [{"path": one.path, "message": one.message} for one in found.faults],
        }
        click.echo(json.dumps(facts, indent=2))
    else:
        for one in found.faults:
            click.echo(f"{one.path}: {one.message}")
    if found.faults:
        say(f"{bundle}: {len(found.faults):,} things are wrong", quiet=quiet)
        return FOUND
    signed = f", signed by {', '.join(sorted(set((found.signers or {}).values())))}" if found.signers else ""
    known = " and provenance" if found.provenance else ""
    counts = f"{found.files:,} files" + (f", {found.archives} archives{known}" if found.archives else "")
    say(f"{bundle} is {found.version} as it was made: {counts}{signed}", quiet=quiet or format_ == "json")
    return OK
