"""`codexc rules`"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codex.cli import _completion
from codex.cli._install import INTO
from codex.cli._options import print_json, print_result, print_status
from codex.cli.main import OK
from skills_build.counts import counted

if TYPE_CHECKING:
    from codex.workflow.rules import FoundRule
    from skills_build.model.rules_file import InstalledRule


@click.command("rules")
@click.argument("ids", nargs=-1, metavar="[ID]...", shell_complete=_completion.installed_rules)
@INTO
@click.option("--blocking", is_flag=True, help="List only blocking rules.")
@click.option("--skill", metavar="NAME", help="List only rules of this skill or domain.")
@click.option("--language", metavar="NAME", help="List only rules that apply to this language or to all languages.")
@click.option(
    "--technology", metavar="NAME", help="List only rules that apply to this technology or to all technologies."
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
@click.option("-q", "--quiet", is_flag=True, help="Suppress everything except the requested output.")
def command(
    ids: tuple[str, ...],
    into: Path | None,
    blocking: bool,
    skill: str | None,
    language: str | None,
    technology: str | None,
    format_: str,
    quiet: bool,
) -> int:
    """Show the full text of rules in this repository, by id. Without ID, list the rules that apply to it.

    Reads only `.engineering-codex.rules.json`, which `codexc install` and `codexc sync` write, so it needs no bundle
    and no network access.
    """
    from codex.workflow.rules import RuleFilter, find_rule, matching_rules, read_rules

    installed = read_rules(into)
    chosen = RuleFilter(blocking=blocking, skill=skill, language=language, technology=technology)
    found = [find_rule(installed, identity) for identity in ids] or [*matching_rules(installed, chosen)]
    if format_ == "json":
        text = json.dumps([_fields(one) for one in found], indent=2, ensure_ascii=False)
        print_json(text)
    elif ids:
        print_result("\n\n".join(_page(one) for one in found))
    else:
        for one in found:
            print_result(_line(one.rule))
        print_status(f"{len(found):,} of {counted(len(installed.rules), 'rule')} of {installed.title}", quiet=quiet)
    return OK


def _line(rule: "InstalledRule") -> str:
    mark = " (waived)" if rule.waived else " (blocking)" if rule.blocking else ""
    return f"{rule.id:<12}{rule.level:<12}{rule.text}{mark}"


def _fields(found: "FoundRule") -> dict[str, Any]:
    """Return a rule as JSON values, with its standard."""
    from skills_build.model.plain import plain

    standard = {key: value for key, value in plain(found.standard).items() if key != "rules"}
    return {**plain(found.rule), "standard": standard}


def _page(found: "FoundRule") -> str:
    """Format the full text of a rule as Markdown."""
    from skills_build.model.rules_file import Applicability

    rule, standard = found.rule, found.standard
    binding = "blocking" if rule.blocking else "advisory"
    scope = rule.applies_to or Applicability()
    facts = {
        "Level": f"{rule.level}, {rule.status} ({binding})",
        "Waived": f"until {rule.waived.expires}: {rule.waived.reason} ({rule.waived.owner})" if rule.waived else None,
        "Introduced by": rule.lead_in,
        "Languages": ", ".join(scope.languages or ()),
        "Technologies": ", ".join(scope.technologies or ()),
        "Kinds": ", ".join(scope.kinds or ()),
        "Paths": ", ".join(f"`{path}`" for path in scope.paths or ()),
        "Applies when": scope.when,
        "Stages": ", ".join(rule.stages or ()),
    }
    end = {"Owner": standard.owner, "Source": f"{standard.title}, {rule.href or standard.source}"}
    return "\n\n".join(part for part in (f"# {rule.id}: {rule.text}", _facts(facts), _body(rule), _facts(end)) if part)


def _body(rule: "InstalledRule") -> str:
    if rule.body is not None:
        return rule.body
    parts = {
        "When": rule.when,
        "Use": rule.use,
        "Instead of": rule.instead_of,
        "Except": rule.except_,
        "Why": rule.why,
        "How": rule.how,
        "Check": rule.check,
        "See": rule.see,
    }
    return "\n\n".join(f"**{name}:** {text}" for name, text in {**parts, **(rule.columns or {})}.items() if text)


def _facts(facts: dict[str, str | None]) -> str:
    return "\n".join(f"- {name}: {text}" for name, text in facts.items() if text)
