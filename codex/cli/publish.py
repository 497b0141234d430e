"""`codexc publish`"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from codex.cli._options import codex_options, marked, print_status
from codex.cli._trust import ALLOWED_SIGNERS, trust
from codex.cli.main import FOUND, OK
from codex.workflow.codex_folder import SourceOptions, open_codex
from skills_build.errors import CodexError
from skills_build.inert import redacted


@click.command("publish")
@codex_options
@click.argument("bundle", required=False)
@click.option("--to", "to", multiple=True, metavar="KIND:WHERE", help="Where to; repeatable. [codex.yaml's `publish`]")
@ALLOWED_SIGNERS
@click.option("--bundles", type=click.Path(path_type=Path), help="Folder for bundles. [build/bundles]")
@click.option("--dry-run", is_flag=True, help="Upload nothing; say what would be.")
@click.option("--token-env", "variable", metavar="NAME", help="The environment variable that holds the token.")
@click.option("--token-file", "file", type=click.Path(path_type=Path), help="The file that holds it.")
@click.option("--token-command", "command_", metavar="COMMAND", help="The command that prints it.")
@click.option("--ca", "authorities", type=click.Path(path_type=Path), help="Certificates of your own authority (PEM).")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    asked: SourceOptions,
    quiet: bool,
    bundle: str | None,
    to: tuple[str, ...],
    bundles: Path | None,
    dry_run: bool,
    **rest: Any,
) -> int:
    """Publish a released bundle. What is there already is not uploaded again, so an interrupted run is just repeated.

    KIND is folder, git, well-known, gitlab, github or oci. Without BUNDLE, the last release's. A version that is there
    with other bytes is refused. Tokens come from GITLAB_TOKEN, CI_JOB_TOKEN or GITHUB_TOKEN unless you name another.
    """
    from codex.publish.publication import PublishedError, StepStatus
    from codex.workflow.publish import last_bundle, open_publication, publish, publish_access
    from codex.workflow.trust import codex_root_around

    as_json = rest.pop("format_") == "json"
    places, root = to, codex_root_around(asked.root)
    if bundle is None or not places:
        place = open_codex(asked)
        root = place.root
        bundle = bundle or last_bundle(place, bundles)
        places = places or place.config.publish
    if not places:
        raise CodexError(
            "nowhere to publish to", hint="name a destination with `--to`, or under `publish` in codex.yaml"
        )
    what = open_publication(bundle, trust(root))
    how = publish_access(
        variable=rest["variable"], file=rest["file"], command=rest["command_"], authorities=rest["authorities"]
    )
    rows: list[dict[str, object]] = []
    code = OK
    for goal in places:
        counts: Counter[StepStatus] = Counter()
        size = 0
        try:
            for step in publish(what, goal, how, dry=dry_run):
                counts[step.done] += 1
                size += step.bytes
                rows.append({"to": redacted(goal), "what": step.what, "done": step.done, "bytes": step.bytes})
                if step.done is not StepStatus.THERE:
                    shown = f" ({step.bytes:,} bytes)" if step.bytes else ""
                    print_status(f"  {step.done}: {step.what}{shown}", quiet=quiet or as_json)
        except PublishedError as error:
            marked("refused", "red", error.message, help_=error.hint)
            rows.append({"to": redacted(goal), "what": what.version, "done": "refused", "bytes": 0})
            code = FOUND
            continue
        done = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        print_status(f"{what.name} to {goal}: {done} ({size:,} bytes)", quiet=quiet or as_json)
    if as_json:
        click.echo(json.dumps({"version": what.version, "steps": rows}, indent=2))
    return code
