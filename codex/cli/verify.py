"""`codexc verify`"""

import json
from pathlib import Path

import click

from codex.cli._options import print_json, print_result, print_status
from codex.cli.main import FOUND, OK
from skills_build.counts import counted
from skills_build.errors import CodexError


@click.command("verify")
@click.argument("bundle", required=False, metavar="[BUNDLE|DIR|URL]")
@click.option(
    "--allowed-signers",
    type=click.Path(path_type=Path),
    help="Require a signature by one of the SSH keys in this file.",
)
@click.option(
    "--identity", metavar="WHO", help="Require a sigstore signature by this identity (requires the `sigstore` extra)."
)
@click.option("--issuer", metavar="URL", help="Require this OIDC issuer for the identity.")
@click.option("--installed", is_flag=True, help="Verify the codex installed in a repository against its lock.")
@click.option(
    "--frozen",
    is_flag=True,
    help="Like --installed, but also fail if the installation does not match the repository's settings.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    help="The repository. [default: the repository that contains the current directory]",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
@click.option("-q", "--quiet", is_flag=True, help="Report only problems.")
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
    """Verify a bundle: schema, checksums, provenance and, if required, signatures. Lists each file with a problem.

    BUNDLE is a directory written by `codexc release` or `codexc build`, an archive, or a URL. With --installed, verify
    the codex installed in a repository instead; in CI, run `codexc verify --installed --frozen`.
    """
    if installed or frozen:
        if bundle is not None:
            raise CodexError("a bundle cannot be combined with --installed", hint="pass either a bundle or --installed")
        return _installed(into, frozen=frozen, as_json=format_ == "json", quiet=quiet)
    from codex.sync.trust import Identity
    from codex.workflow.trust import codex_root_around, gather_trust
    from codex.workflow.verify import verify

    if bundle is None:
        raise CodexError("nothing to verify", hint="pass a bundle: a directory, an archive or a URL")
    identity_required = Identity(identity=identity, issuer=issuer) if identity is not None else None
    verification = verify(
        bundle, gather_trust(allowed_signers=allowed_signers, identity=identity_required, root=codex_root_around())
    )
    if format_ == "json":
        facts = {
            "bundle": verification.name,
            "version": verification.version,
            "files": verification.files,
            "archives": verification.archives,
            "provenance": verification.provenance,
            "signers": verification.signers,
            "faults": [{"path": fault.path, "message": fault.message} for fault in verification.faults],
        }
        print_json(json.dumps(facts, indent=2))
    else:
        for fault in verification.faults:
            print_result(f"{fault.path}: {fault.message}")
    if verification.faults:
        print_status(f"{bundle}: {counted(len(verification.faults), 'problem')} found", quiet=quiet)
        return FOUND
    signed = (
        f", signed by {', '.join(sorted(set((verification.signers or {}).values())))}" if verification.signers else ""
    )
    provenance = ", provenance" if verification.provenance else ""
    counts = counted(verification.files, "file") + (
        f", {counted(verification.archives, 'archive')}{provenance}" if verification.archives else ""
    )
    print_status(f"{bundle}: verified {verification.version} ({counts}){signed}", quiet=quiet or format_ == "json")
    return OK


def _installed(into: Path | None, *, frozen: bool, as_json: bool, quiet: bool) -> int:
    from codex.workflow.install import open_working_tree
    from codex.workflow.installed import installed_faults

    tree = open_working_tree(into)
    faults = tuple(installed_faults(tree, frozen=frozen))
    if as_json:
        facts = {
            "version": tree.lock.version if tree.lock else None,
            "faults": [
                {"path": fault.path, "message": fault.message, "kind": fault.kind, "hint": fault.hint}
                for fault in faults
            ],
        }
        print_json(json.dumps(facts, indent=2))
    else:
        for fault in faults:
            print_result(f"{fault.path}: {fault.message}")
    if faults:
        for kind, hint in {fault.kind: fault.hint for fault in faults}.items():
            print_status(f"  = help ({kind}): {hint}", quiet=quiet or as_json)
        return FOUND
    if tree.lock is None:
        print_status("no codex is installed in this repository", quiet=quiet)
    else:
        owned = f"{counted(len(tree.lock.files), 'file')} and {counted(len(tree.lock.blocks), 'block')}"
        print_status(f"{tree.lock.codex} {tree.lock.version}: verified {owned}", quiet=quiet or as_json)
    return OK
