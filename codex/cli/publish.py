"""`codexc publish`"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from codex.cli._options import BUNDLES, codex_options, print_json, print_labelled, print_status
from codex.cli._trust import ALLOWED_SIGNERS, trust
from codex.cli.main import FOUND, OK
from codex.workflow.codex_folder import SourceOptions, open_codex
from skills_build.errors import CodexError
from skills_build.inert import redacted


@click.command("publish")
@codex_options
@click.argument("bundle", required=False)
@click.option(
    "--to",
    "to",
    multiple=True,
    metavar="KIND:WHERE",
    help="Destination. Repeatable. [default: `publish` in codex.yaml]",
)
@ALLOWED_SIGNERS
@BUNDLES
@click.option("--dry-run", is_flag=True, help="Upload nothing; list what would be uploaded.")
@click.option("--token-env", "variable", metavar="NAME", help="Environment variable that contains the token.")
@click.option("--token-file", "file", type=click.Path(path_type=Path), help="File that contains the token.")
@click.option("--token-command", "command_", metavar="COMMAND", help="Command that prints the token.")
@click.option(
    "--ca",
    "authorities",
    type=click.Path(path_type=Path),
    help="Certificates of a private certificate authority (PEM).",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(
    source: SourceOptions,
    quiet: bool,
    bundle: str | None,
    to: tuple[str, ...],
    bundles: Path | None,
    dry_run: bool,
    **rest: Any,
) -> int:
    """Publish a released bundle. Existing files are not uploaded again; safe to re-run if interrupted.

    KIND is folder, git, well-known, gitlab, github or oci. BUNDLE defaults to the bundle of the last release. If the
    destination has the same version with different content, publishing is refused. Tokens are read from GITLAB_TOKEN,
    CI_JOB_TOKEN or GITHUB_TOKEN, or from the given source.
    """
    from codex.publish.publication import PublishedError, StepStatus
    from codex.workflow.publish import last_bundle, open_publication, publish, publish_access
    from codex.workflow.trust import codex_root_around

    as_json = rest.pop("format_") == "json"
    destinations, root = to, codex_root_around(source.root)
    if bundle is None or not destinations:
        codex_folder = open_codex(source)
        root = codex_folder.root
        bundle = bundle or last_bundle(codex_folder, bundles)
        destinations = destinations or codex_folder.config.publish
    if not destinations:
        raise CodexError(
            "no destination", hint="pass `--to KIND:WHERE`, or list destinations under `publish` in codex.yaml"
        )
    publication = open_publication(bundle, trust(root))
    access = publish_access(
        variable=rest["variable"], file=rest["file"], command=rest["command_"], authorities=rest["authorities"]
    )
    rows: list[dict[str, object]] = []
    code = OK
    for destination in destinations:
        counts: Counter[StepStatus] = Counter()
        size = 0
        try:
            for step in publish(publication, destination, access, dry=dry_run):
                counts[step.status] += 1
                size += step.bytes
                rows.append({"to": redacted(destination), "what": step.what, "done": step.status, "bytes": step.bytes})
                if step.status is not StepStatus.THERE:
                    shown = f" ({step.bytes:,} bytes)" if step.bytes else ""
                    print_status(f"  {step.status}: {step.what}{shown}", quiet=quiet or as_json)
        except PublishedError as error:
            print_labelled("refused", "red", error.message, help_=error.hint)
            rows.append({"to": redacted(destination), "what": publication.version, "done": "refused", "bytes": 0})
            code = FOUND
            continue
        done = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        print_status(f"{publication.name} to {destination}: {done} ({size:,} bytes)", quiet=quiet or as_json)
    if as_json:
        print_json(json.dumps({"version": publication.version, "steps": rows}, indent=2))
    return code
