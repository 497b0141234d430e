"""Renames a domain everywhere: in codex.yaml, in the front matter of its standards, and in the names of skills."""

import re
from collections.abc import Iterator
from typing import Any, Final

from codex.shell.atomic import write_file
from codex.shell.reading import decoded, read_file
from codex.workflow.build import FileDifference
from codex.workflow.codex_folder import CONFIG, CodexFolder, schema
from codex.workflow.parsing import parse_all
from skills_build.compile.names import skill_name
from skills_build.errors import CodexError
from skills_build.json_input import parse_json
from skills_build.model.standard import Standard
from skills_build.source.configuration import load_config
from skills_build.source.yaml_edit import edited_yaml, rename_key

_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DOMAIN: Final = re.compile(
    r"^(?P<key>domain:[ \t]*)(?P<value>[^\s#](?:[^#\n]*[^\s#])?)(?P<rest>[ \t\r]*(?:#.*)?)$", re.MULTILINE
)
_FRONT_MATTER: Final = re.compile(r"\A(?:\ufeff)?---[ \t]*\r?\n.*?^---[ \t]*\r?$", re.MULTILINE | re.DOTALL)


def rename_domain(place: CodexFolder, old: str, new: str) -> tuple[FileDifference, ...]:
    """Return the changes that rename a domain; its skill keeps its former name as an alias. Writes nothing.

    Raises `CodexError` if there is no such domain, if the new name is taken or invalid, or if a file cannot be edited.
    """
    config = place.config
    if old not in config.domains:
        known = ", ".join(f"`{name}`" for name in config.domains)
        raise CodexError(
            f"there is no domain `{old}`", hint=f"use one of {known}" if known else "add the domain to codex.yaml"
        )
    if not _NAME.fullmatch(new):
        raise CodexError(f"`{new}` is not a valid domain name", hint="use lower-case words, such as `web-platform`")
    standards = parse_all(place).codex.standards
    if new in config.domains or any(standard.skill == new for standard in standards):
        raise CodexError(f"`{new}` is already used by another domain or skill", hint="choose a different name")
    own = [standard for standard in standards if standard.domain == old]
    changes = (_configuration(place, old, new, own), *_pages(place, old, new, own))
    return tuple(change for change in changes if change.old != change.new)


def write_changes(place: CodexFolder, changes: tuple[FileDifference, ...]) -> None:
    """Write the changed files; codex.yaml comes last, so an interrupted run can be repeated."""
    for change in sorted(changes, key=lambda change: change.path == CONFIG):
        assert change.new is not None
        write_file(place.root / change.path, change.new, root=place.root)


def _configuration(place: CodexFolder, old: str, new: str, own: list[Standard]) -> FileDifference:
    data = read_file(place.root / CONFIG)
    derived = any(not standard.skill for standard in own) or old in place.config.skills
    former = skill_name(place.config.namespace, old)

    def change(document: Any) -> None:
        rename_key(document["domains"], old, new)
        for profile in (document.get("profiles") or {}).values():
            domains = (profile or {}).get("domains") or []
            for number, name in enumerate(domains):
                domains[number] = new if name == old else name
        if derived:
            skills = document.setdefault("skills", {})
            if old in skills:
                rename_key(skills, old, new)
            entry = skills.setdefault(new, {})
            entry["formerly"] = [*(entry.get("formerly") or ()), former]

    before = decoded(data, CONFIG).removeprefix("\ufeff")
    text = edited_yaml(before, change)
    known = {finding.message for finding in load_config(before, path=CONFIG, schema=schema("codex"))[2]}
    read, _, findings = load_config(text, path=CONFIG, schema=schema("codex"))
    if any(finding.message not in known for finding in findings) or new not in read.domains or old in read.domains:
        raise CodexError(f"`{CONFIG}` cannot be edited safely; nothing was written", hint="rename the domain by hand")
    return FileDifference(path=CONFIG, old=data, new=text.encode())


def _pages(place: CodexFolder, old: str, new: str, own: list[Standard]) -> Iterator[FileDifference]:
    for standard in own:
        data = place.tree.files[standard.path]
        text = decoded(data, standard.path)
        front = _FRONT_MATTER.match(text)
        found = [one for one in _DOMAIN.finditer(front[0] if front else "") if _plain(one["value"]) == old]
        if len(found) != 1:
            hint = "set `domain` in the front matter, or where the dialect reads the domain, then run the command again"
            raise CodexError(f"`{standard.path}` does not set its domain in front matter", hint=hint)
        start, end = found[0].span("value")
        yield FileDifference(path=standard.path, old=data, new=f"{text[:start]}{new}{text[end:]}".encode())


def _plain(value: str) -> str:
    """The text of a YAML scalar, plain or in quotes."""
    if value[:1] == '"' and value[-1:] == '"':
        try:
            return str(parse_json(value))
        except ValueError:
            return ""
    return value[1:-1].replace("''", "'") if value[:1] == "'" == value[-1:] else value.strip()
