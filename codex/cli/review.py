"""`codexc review`"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex.cli._gateway import gateway_options
from codex.cli._options import day, print_status, write_report
from codex.cli._trust import pin_options, trust
from codex.cli.main import FOUND, OK
from skills_build.errors import CodexError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex.review.model import Review
    from codex.workflow.gateway import GatewayOptions
    from codex.workflow.remote_change import RemoteChange
    from codex.workflow.review import Reviewing

FORMATS = ("text", "json", "sarif", "gitlab", "github", "markdown")


@click.command("review")
@click.argument("folder", type=click.Path(path_type=Path), default=Path(), metavar="[DIR]")
@click.option("--base", metavar="REF", help="Review the change since this commit or branch, such as origin/main.")
@click.option("--patch", metavar="FILE", help="Review this patch; `-` reads standard input.")
@click.option(
    "--bundle", metavar="BUNDLE|DIR|URL", help="Use the rules in this bundle. [default: the rules file of the base]"
)
@click.option(
    "--all-rules",
    is_flag=True,
    help="Select every rule that applies to a changed file, even if `Selected by` does not match the change.",
)
@click.option("--results", multiple=True, metavar="TOOL:FILE", help="Read the results of a linter. Repeatable.")
@click.option(
    "--packet", type=int, metavar="TOKENS", help="Print the packet for a reviewer, in at most this many tokens."
)
@click.option(
    "--verdicts",
    type=click.Path(path_type=Path),
    help="Verify a reviewer's response to the packet, and add its findings.",
)
@gateway_options
@click.option("--post", metavar="URL", help="Post threads, a summary and a status to the merge request at this URL.")
@click.option("--token-env", metavar="NAME", help="Environment variable that contains the token for --post.")
@click.option("--out", type=click.Path(path_type=Path), help="Also write the review to this file as JSON.")
@click.option(
    "--no-checkout",
    is_flag=True,
    help="Review the merge request given with --post as it is on the forge, instead of this checkout.",
)
@click.option(
    "--findings",
    type=click.Path(path_type=Path),
    help="Verify and add the findings that a job without secrets wrote with --out. Implies --no-checkout.",
)
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="Output format."
)
@click.option("--output", type=click.Path(path_type=Path), help="Write the report to this file.")
@click.option(
    "--fail-on",
    type=click.Choice(["block", "comment", "never"]),
    default="block",
    show_default=True,
    help="Exit with code 1 if the review is blocking or inconclusive (block), or if there is any finding (comment).",
)
@click.option("--as-of", metavar="YYYY-MM-DD", help="Evaluate waivers and rollouts as of this day. [default: today]")
@pin_options
def command(
    folder: Path,
    base: str | None,
    patch: str | None,
    bundle: str | None,
    all_rules: bool,
    results: tuple[str, ...],
    packet: int | None,
    verdicts: Path | None,
    gateway: "GatewayOptions | None",
    post: str | None,
    token_env: str | None,
    out: Path | None,
    no_checkout: bool,
    findings: Path | None,
    format_: str,
    output: Path | None,
    fail_on: str,
    as_of: str | None,
) -> int:
    """Review a change: run the checks of the rules that apply to it on the lines that it adds.

    The rules, settings and waivers are those of the base commit, so a change cannot weaken its own review. No code in
    the repository is run. Nothing is posted without --post, and nothing is sent to a model without --gateway.
    """
    from codex.workflow.review import Reviewing, ReviewRequest

    _check_source(base, patch)
    if packet is not None and (unused := _unused({"--post": post, "--verdicts": verdicts, "--gateway": gateway})):
        raise CodexError(
            f"`{unused}` cannot be combined with `--packet`", hint="print the packet first, then run the review"
        )
    _check_post(post, token_env, is_patch=patch is not None)
    no_checkout = no_checkout or findings is not None
    if no_checkout and (base is None or post is None):
        hint = "write `codexc review --base origin/main --no-checkout --post URL`"
        raise CodexError("`--no-checkout` and `--findings` need `--base` and `--post`", hint=hint)
    request = ReviewRequest(
        root=folder,
        day=day(as_of),
        base=base,
        patch=_patch(patch),
        remote=_remote(post, token_env) if post is not None and no_checkout else None,
        bundle=bundle,
        results=results,
        every=all_rules,
        posted=post is not None,
    )
    reviewing = Reviewing(request, trust())
    if packet is not None:
        text = json.dumps(reviewing.packet(packet), ensure_ascii=False, separators=(",", ":"))
        write_report(f"{text}\n", output, format_="json")
        return OK
    review = reviewing.run()
    if findings is not None:
        review = reviewing.with_report(review, findings)
    if verdicts is not None:
        review = reviewing.with_verdicts(review, verdicts)
    if gateway is not None:
        review = reviewing.with_models(review, gateway)
    from codex.report.review import as_json, render

    try:
        if post is not None:
            review = _posted(review, reviewing, address=post, base=base or "", token=token_env)
    finally:
        write_report(render(review, format_), output, format_=format_)
        if out is not None:
            write_report(as_json(review), out, format_="json")
    failing = {"block": ("block", "inconclusive"), "comment": ("block", "inconclusive", "comment"), "never": ()}
    return FOUND if review.decision in failing[fail_on] else OK


def _unused(options: "Mapping[str, object]") -> str:
    """Return the first option that was given; empty if none was."""
    return next((name for name, value in options.items() if value is not None), "")


def _check_source(base: str | None, patch: str | None) -> None:
    if base is None and patch is None:
        raise CodexError("a review requires `--base` or `--patch`", hint="write `codexc review --base origin/main`")
    if base is not None and patch is not None:
        raise CodexError("`--base` cannot be combined with `--patch`", hint="pass only one of these options")


def _check_post(post: str | None, token_env: str | None, *, is_patch: bool) -> None:
    """Raise `CodexError` before the review starts if the options do not allow its result to be posted."""
    if post is None:
        if token_env is not None:
            raise CodexError("`--token-env` needs `--post`", hint="add `--post URL`")
        return
    from codex.workflow.own_repository import split_request

    split_request(post)
    if is_patch:
        raise CodexError("`--post` cannot be combined with `--patch`", hint="pass the target branch with `--base`")


def _remote(address: str, token: str | None) -> "RemoteChange":
    from codex.workflow.remote_change import remote_change

    return remote_change(address, token=token)


def _posted(review: "Review", reviewing: "Reviewing", *, address: str, base: str, token: str | None) -> "Review":
    """Post a review, and return it with the replies in the merge request taken into account."""
    from codex.workflow.post_review import PostRequest, post_review

    names, unexamined = reviewing.maintainers, reviewing.unexamined
    request = PostRequest(address=address, base=base, token=token, names=names, unexamined=unexamined)
    review, posted = post_review(review, request)
    if posted is None:
        print_status("nothing was posted: the merge request is closed or merged")
        return review
    for why in posted.refused:
        print_status(f"note: {why}")
    from skills_build.counts import counted

    if posted.kept:
        threads = counted(posted.kept, "thread")
        print_status(f"note: kept {threads} open, because the linter or reviewer that found the violation was not used")
    counts = f"{counted(posted.opened, 'thread')} opened, {posted.closed} closed, {posted.reopened} reopened"
    print_status(f"posted: {counts}; status {'set' if posted.status else 'unchanged'}")
    return review


def _patch(name: str | None) -> bytes | None:
    from codex.shell.reading import read_file
    from codex.shell.revisions import MAX_DIFF

    if name is None or name == "-":
        return sys.stdin.buffer.read(MAX_DIFF + 1) if name else None
    try:
        return read_file(Path(name), max_bytes=MAX_DIFF)
    except OSError as error:
        raise CodexError(f"`{name}` cannot be read: {error.strerror or error}") from error
