"""`codexc verify`"""

import json
from pathlib import Path

import click

from codex.cli._options import print_status, put
from codex.cli.main import FOUND, OK
from skills_build.errors import CodexError


@click.command("verify")
@click.argument("bundle", required=False, metavar="[BUNDLE|DIR|URL]")
@click.option("--allowed-signers", type=click.Path(path_type=Path), help="Demand a signature by one of these SSH keys.")
@click.option("--identity", metavar="WHO", help="Demand a sigstore signature by this identity (extra `sigstore`).")
@click.option("--issuer", metavar="URL", help="Who has to vouch for that identity.")
@click.option("--installed", is_flag=True, help="Check what is installed in a repository, by its lock.")
@click.option("--frozen", is_flag=True, help="Installed, and just as the repository's settings ask for it.")
@click.option("--into", type=click.Path(path_type=Path), help="The repository. [the one around this folder]")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong.")
def command(
    bundle: str | None,
    allowed_signers: Path | None,
    identity: str | None,
    issuer: str | None,
    installed: bool,
    frozen: bool,
    into: Path | None,
    format_: str,
    quiet: bool,
) -> int:
    """Check a bundle: its schema, every digest, provenance and, if asked, signatures. Says which file is wrong.

    BUNDLE is a folder that `codexc release` wrote, its archive, a folder that `codexc build` wrote, or an address. With
    --installed, compares a repository with its lock instead: for its own CI, `codexc verify --installed --frozen`.
    """
    if installed or frozen:
        if bundle is not None:
            raise CodexError("a bundle and --installed exclude each other", hint="name one or the other")
        return _installed(into, frozen=frozen, as_json=format_ == "json", quiet=quiet)
    from codex.sync.trust import Identity
    from codex.workflow.trust import codex_root_around, gather_trust
    from codex.workflow.verify import verify

    if bundle is None:
        raise CodexError("nothing to verify", hint="name a bundle: a folder, an archive or an address")
    demanded = Identity(identity=identity, issuer=issuer) if identity is not None else None
    found = verify(bundle, gather_trust(allowed_signers=allowed_signers, identity=demanded, root=codex_root_around()))
    if format_ == "json":
        facts = {
            "bundle": found.name,
            "version": found.version,
            "files": found.files,
            "archives": found.archives,
            "provenance": found.provenance,
            "signers": found.signers,
            "faults": [{"path": fault.path, "message": fault.message} for fault in found.faults],
        }
        click.echo(json.dumps(facts, indent=2))
    else:
        for one in found.faults:
            put(f"{one.path}: {one.message}")
    if found.faults:
        count = len(found.faults)
        print_status(f"{bundle}: {count:,} thing{'s are' if count != 1 else ' is'} wrong", quiet=quiet)
        return FOUND
    signed = f", signed by {', '.join(sorted(set((found.signers or {}).values())))}" if found.signers else ""
    known = " and provenance" if found.provenance else ""
    counts = f"{found.files:,} files" + (f", {found.archives} archives{known}" if found.archives else "")
    print_status(f"{bundle} is {found.version} as it was made: {counts}{signed}", quiet=quiet or format_ == "json")
    return OK


def _installed(into: Path | None, *, frozen: bool, as_json: bool, quiet: bool) -> int:
    from codex.workflow.install import installed_faults, open_working_tree

    tree = open_working_tree(into)
    faults = tuple(installed_faults(tree, frozen=frozen))
    if as_json:
        facts = {
            "version": tree.lock.version if tree.lock else None,
            "faults": [{"path": fault.path, "message": fault.message} for fault in faults],
        }
        click.echo(json.dumps(facts, indent=2))
    else:
        for one in faults:
            put(f"{one.path}: {one.message}")
    if faults:
        print_status(
            "`codexc install` puts back what is missing; with --force it overwrites what was changed", quiet=quiet
        )
        return FOUND
    if tree.lock is None:
        print_status("nothing is installed here", quiet=quiet)
    else:
        owned = f"{len(tree.lock.files):,} files and {len(tree.lock.blocks)} blocks"
        print_status(
            f"{tree.lock.codex} {tree.lock.version}: {owned} are as they were installed", quiet=quiet or as_json
        )
    return OK
