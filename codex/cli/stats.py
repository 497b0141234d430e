"""`codexc stats`"""

import json
from collections import Counter
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import click

from codex.cli._options import codex_options, print_json, print_result, progress
from codex.cli.main import FOUND, OK
from codex.workflow.codex_folder import SourceOptions
from skills_build.counts import counted

if TYPE_CHECKING:
    from codex.workflow.build import BuildResult


@click.command("stats")
@codex_options
@click.option(
    "--coverage",
    "coverage_",
    is_flag=True,
    help="Show coverage instead: the rules in each file, and the number of words in the output and left out.",
)
@click.option(
    "--window",
    type=click.IntRange(min=1_000),
    default=200_000,
    show_default=True,
    metavar="TOKENS",
    help="Size of the clients' context window.",
)
@click.option(
    "--other-skills",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Assume that the client also has N skills from other sources.",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(
    source: SourceOptions,
    quiet: bool,
    coverage_: bool,
    window: int,
    other_skills: int,
    format_: str,
) -> int:
    """Show the sizes of skills and fragments, and how much of the skill catalogue each client keeps.

    Token counts are estimates (four bytes per token). Nothing is written.
    """
    from codex.workflow.build import BuildOptions, build
    from codex.workflow.codex_folder import default_out, limits, open_codex
    from codex.workflow.stats import Stats, stats

    codex_folder = open_codex(source)
    options = BuildOptions(out=default_out(codex_folder.root))
    built = build(codex_folder, codex_folder.config.lint, options, progress=progress(quiet=quiet))
    if built.plan is None:
        click.echo("the standards have errors: run `codexc check` to list the errors", err=True)
        return FOUND
    if coverage_:
        return _coverage(built, as_json=format_ == "json")
    figures: Stats = stats(built, limits(), window=window, other_skills=other_skills)
    if format_ == "json":
        print_json(json.dumps(asdict(figures), indent=2))
        return OK
    levels = ", ".join(f"{count:,} {level}" for level, count in figures.levels.items())
    rules, standards = counted(sum(figures.levels.values()), "rule"), counted(figures.standards, "standard")
    print_result(f"{rules} from {standards} in {counted(len(figures.skills), 'skill')}: {levels}\n")
    print_result(f"{'SKILL.md':<34}{'rules':>6}{'bytes':>8}{'lines':>7}{'tokens':>8}{'references':>12}")
    extra = {size.name: size.bytes for size in figures.references}
    for size in figures.skills:
        row = f"{size.name:<34}{size.rules:>6,}{size.bytes:>8,}{size.lines:>7,}{size.tokens:>8,}"
        print_result(f"{row}{extra.get(size.name, 0):>12,}")
    print_result(f"\n{'AGENTS.md fragment':<34}{'bytes':>14}{'lines':>7}{'tokens':>8}")
    for size in figures.fragments:
        print_result(f"{size.name:<34}{size.bytes:>14,}{size.lines:>7,}{size.tokens:>8,}")
    print_result(f"\n{'AGENTS.md files, root and deepest':<34}{'bytes':>14}")
    for size in figures.chain:
        print_result(f"{size.name:<34}{size.bytes:>14,}")
    print_result(f"\n{'catalogue in':<34}{'characters':>14}{'budget':>9}{'whole':>8}")
    for catalogue in figures.catalogue:
        budget = f"{catalogue.limit:,}" if catalogue.limit else "none"
        print_result(f"{catalogue.client:<34}{catalogue.chars:>14,}{budget:>9}{catalogue.whole:>5}/{catalogue.skills}")
    age = (date.today() - date.fromisoformat(figures.limits_read)).days
    print_result(f"\nthe client limits were last updated on {figures.limits_read}, {age:,} days ago")
    return OK


def _coverage(built: "BuildResult", *, as_json: bool) -> int:
    """Print the word coverage of each file."""
    from codex.workflow.coverage import excluded, rule_rows, word_rows

    assert built.coverage is not None
    assert built.codex is not None
    if as_json:
        print_json(json.dumps({"rules": rule_rows(built.codex), "words": word_rows(built.coverage)}, indent=2))
        return OK
    files = built.coverage.files
    counts = Counter(standard.path for standard in built.codex.standards for _ in standard.rules)
    print_result(f"{'file':<50}{'rules':>6}{'words':>8}{'out':>8}{'left out':>10}{'lost':>6}")
    for file in files:
        row = f"{file.path:<50}{counts[file.path]:>6,}{file.words:>8,}{file.out:>8,}"
        print_result(f"{row}{sum(file.excluded.values()):>10,}{file.lost:>6,}")
    print_result(f"\n{'words':<50}{sum(file.words for file in files):>14,}")
    print_result(f"{'in the output':<50}{sum(file.out for file in files):>14,}")
    for reason, count in excluded(files).items():
        print_result(f"{f'left out: {reason}':<50}{count:>14,}")
    print_result(f"{'lost':<50}{sum(file.lost for file in files):>14,}")
    return OK
