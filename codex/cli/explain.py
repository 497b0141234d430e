"""`codexc explain`"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import click

from codex.cli import _completion
from codex.cli._options import codex_options, print_json, print_result
from codex.cli.main import OK
from codex.resources import data_root
from codex.workflow.codex_folder import SourceOptions
from skills_build.errors import CodexError
from skills_build.inert import json_text

if TYPE_CHECKING:
    from skills_build.model.standard import Rule, Standard


@click.command("explain")
@click.argument("name", required=False, shell_complete=_completion.lints_and_rules)
@codex_options
@click.option("--technologies", is_flag=True, help="List the supported technologies and their aliases.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(
    name: str | None,
    source: SourceOptions,
    quiet: bool,
    format_: str,
    technologies: bool,
) -> int:
    """Explain a lint, by code or name, or show a rule, by id or alias. Without NAME, list all lints.

    With the id of a published requirement, such as v5.0.0-1.2.4, show the rules that cover it.
    """
    from skills_build.lint.registry import CODES, LINTS

    if technologies:
        return _technologies(source, format_)
    if name is None:
        rows = [{"code": x.code, "name": x.name, "severity": x.severity, "stage": x.stage} for x in LINTS.values()]
        listed = "\n".join(f"{r['code']}  {r['severity']:<7}  {r['name']}" for r in rows)
        click.echo(json_text(json.dumps(rows, indent=2)) if format_ == "json" else listed)
        return OK
    code = CODES.get(name, name.upper())
    if code in LINTS:
        lint = LINTS[code]
        page = (data_root("validators") / "lints" / f"{lint.code}.md").read_text(encoding="utf-8")
        facts = {"code": lint.code, "name": lint.name, "severity": lint.severity, "stage": lint.stage, "page": page}
        click.echo(json_text(json.dumps(facts, indent=2)) if format_ == "json" else page, nl=format_ == "json")
        return OK
    return _rule(name, source, format_)


def _technologies(source: SourceOptions, format_: str) -> int:
    """Print the built-in technologies, and those that the codex adds."""
    from codex.workflow.codex_folder import codex_root, read_config
    from skills_build.technologies import TECHNOLOGIES

    try:
        own = read_config(codex_root(source))[0].technologies
    except CodexError:
        if source.root is not None:
            raise
        own = ()
    rows = [{"name": name, "also": list(also), "own": False} for name, also in TECHNOLOGIES.items()]
    rows += [{"name": name, "also": [], "own": True} for name in own if name not in TECHNOLOGIES]
    if format_ == "json":
        print_json(json.dumps(rows, indent=2))
        return OK
    for row in rows:
        note = "from codex.yaml" if row["own"] else ", ".join(map(str, cast("list[str]", row["also"])))
        print_result(f"{row['name']:<20}{note}".rstrip())
    return OK


def _rule(name: str, source: SourceOptions, format_: str) -> int:
    from codex.workflow.codex_folder import open_codex
    from codex.workflow.parsing import parse_all
    from skills_build.checks.read import check_rows
    from skills_build.compile.digest import body_text
    from skills_build.model.plain import plain
    from skills_build.source.similar import nearest

    loaded = parse_all(open_codex(source))
    rules = {rule.id: (standard, rule) for standard in loaded.codex.standards for rule in standard.rules}
    aliases = {r.alias: place for place in rules.values() if (r := place[1]).alias}
    match = rules.get(name) or rules.get(name.upper()) or aliases.get(name)
    covering = [
        place
        for place in rules.values()
        if name.casefold() in map(str.casefold, place[1].maps_to) and place[1].tombstone is None
    ]
    if match is None and covering:
        return _covering(name, covering, source, format_)
    if match is None:
        from skills_build.lint.registry import CODES

        requirements = dict.fromkeys(id_ for _, rule in rules.values() for id_ in rule.maps_to)
        near = nearest(name, (*rules, *aliases, *requirements, *CODES.values(), *CODES))
        hint = f"did you mean `{near}`?" if near else "run `codexc explain` to list all lints"
        raise CodexError(f"no lint or rule named `{name}`", hint=hint)
    from skills_build.model.standard import status_on

    standard, rule = match
    status = status_on(standard, rule, source.as_of)
    if format_ == "json":
        facts = {"id": rule.id, "level": rule.level, "status": status, "statement": rule.statement}
        position = {"path": standard.path, "line": rule.span.line}
        written = {**facts, "slug": rule.slug, "source": position, "body": body_text(rule), **_for_programs(rule)}
        checks = {"checks": plain(check_rows(rule, standard.path))} if rule.checks else {}
        print_json(json.dumps({**written, **checks}, indent=2))
        return OK
    print_result(f"{rule.id}  {rule.level}, {'withdrawn' if rule.tombstone else status}")
    print_result(f"  --> {standard.path}:{rule.span.line}:{rule.span.column}\n\n{rule.statement}")
    if rule.body:
        print_result(f"\n{body_text(rule)}")
    others = _for_programs(rule)
    if others:
        print_result("")
    for label, value in others.items():
        print_result(f"{label.replace('_', ' ')}: {value if isinstance(value, str) else ', '.join(value)}")
    for block in rule.checks:
        print_result(f"\n```yaml check\n{block.text}```")
    return OK


def _for_programs(rule: "Rule") -> dict[str, str | list[str]]:
    """Return the non-empty facts about a rule that are not in its text."""
    from skills_build.model.standard import Audience

    facts: dict[str, str | list[str]] = {"maps_to": list(rule.maps_to), "decided_by": list(rule.decided_by)}
    facts["selected_by"] = rule.selected_by
    facts["origin"] = rule.origin
    facts["audience"] = rule.audience.value if rule.audience is not Audience.CODE else ""
    return {name: value for name, value in facts.items() if value}


def _covering(name: str, covering: Sequence["tuple[Standard, Rule]"], source: SourceOptions, format_: str) -> int:
    """Print the rules that cover a published requirement."""
    from skills_build.model.standard import status_on

    rows = [
        {
            "id": rule.id,
            "level": rule.level,
            "status": status_on(standard, rule, source.as_of),
            "statement": rule.statement,
            "source": {"path": standard.path, "line": rule.span.line},
        }
        for standard, rule in covering
    ]
    if format_ == "json":
        print_json(json.dumps({"requirement": name, "rules": rows}, indent=2))
        return OK
    for (standard, rule), row in zip(covering, rows, strict=True):
        print_result(f"{rule.id}  {rule.level}, {row['status']}: {rule.statement}")
        print_result(f"  --> {standard.path}:{rule.span.line}:{rule.span.column}")
    return OK
