"""PHP: composer.json and the configuration of PHP's tools."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Command, CommandKind, Fact, PackageManager, Rank, TaskTarget, Title
from codex.profile.technologies import of_dependencies
from codex.profile.untyped import as_str, as_strs, as_table

_CONFIGURED: Final = (
    (("phpunit.xml", "phpunit.xml.dist"), CommandKind.TEST, "vendor/bin/phpunit"),
    (("phpstan.neon", "phpstan.neon.dist"), CommandKind.LINT, "vendor/bin/phpstan analyse"),
    (("psalm.xml", "psalm.xml.dist"), CommandKind.LINT, "vendor/bin/psalm"),
    (("phpcs.xml", "phpcs.xml.dist"), CommandKind.LINT, "vendor/bin/phpcs"),
    (("phpcs.xml", "phpcs.xml.dist"), CommandKind.FORMAT, "vendor/bin/phpcbf"),
    ((".php-cs-fixer.php", ".php-cs-fixer.dist.php"), CommandKind.FORMAT, "vendor/bin/php-cs-fixer fix"),
    (("pint.json",), CommandKind.FORMAT, "vendor/bin/pint"),
)
_PACKAGES: Final = {
    "phpunit": re.compile(r"phpunit|\bpest|paratest"),
    "phpstan": re.compile(r"phpstan|larastan"),
    "psalm": re.compile(r"psalm"),
    "phpcs": re.compile(r"php_?codesniffer|phpcs|wpcs|coding-standard"),
    "phpcbf": re.compile(r"php_?codesniffer|phpcs|wpcs|coding-standard"),
    "php-cs-fixer": re.compile(r"php-cs-fixer|coding-standard"),
    "pint": re.compile(r"\bpint\b"),
}
"""The packages and scripts that show that Composer installs a program, by program."""


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the facts of the PHP files in a folder."""
    if not folder.has("composer.json"):
        return
    evidence, data = folder.at("composer.json"), folder.json("composer.json")
    yield PackageManager(name="composer", evidence=folder.at(folder.first("composer.lock", "composer.json") or ""))
    name = as_str(data, "name")
    if name:
        yield Title(name=name)
    line, rank = "composer install", Rank.CONFIGURATION
    yield Command(kind=CommandKind.INSTALL, line=line, evidence=evidence, rank=rank)
    for key in ("require", "require-dev"):
        yield from of_dependencies(as_table(data, key), f"{evidence}#{key}")
    for script, value in as_table(data, "scripts").items():
        # Composer runs these on events; `@name` calls another script: https://getcomposer.org/doc/articles/scripts.md
        if script.startswith(("pre-", "post-")):
            continue
        body = tuple(map(_script_line, as_strs(value)))
        key = f"{evidence}#scripts.{script}"
        yield TaskTarget(runner="composer", name=script, line=f"composer {script}", evidence=key, body=body)
    if folder.has("artisan"):
        kind, line = CommandKind.RUN, "php artisan serve"
        yield Command(kind=kind, line=line, evidence=folder.at("artisan"), rank=Rank.DEFAULT, default=True)
    for names, kind, command in _CONFIGURED:
        file = folder.first(*names)
        if file and not _is_installed(folder, command):
            folder.sources.note(folder.at(file), f"composer.json does not require `{command}`; it was left out")
        elif file:
            yield Command(kind=kind, line=command, evidence=folder.at(file), rank=rank)


def _is_installed(folder: EvidenceFolder, command: str) -> bool:
    """Return whether Composer installs a program, also by a composer.json for tools below this one.

    Components of a larger tree are tested from there, and name no tools.
    """
    program = command.split()[0].rpartition("/")[2]
    texts = [folder.sources.text(path) or "" for path in folder.below("composer.json")]
    is_listed = any(map(_PACKAGES[program].search, texts))
    return is_listed or not as_table(folder.json("composer.json"), "require-dev")


def _script_line(line: str) -> str:
    """Return what a line of a script runs: `@php` is the interpreter, `@name` another script."""
    if line.startswith("@php "):
        return line.removeprefix("@")
    return f"composer {line[1:]}" if line.startswith("@") else line
