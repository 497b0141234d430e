"""PHP: composer.json and the configuration of PHP's tools."""

from collections.abc import Iterator
from typing import Final

from codex.profile.model import Command, Fact, Kind, Manager, Rank, Target, Title
from codex.profile.shape import table, word, words
from codex.profile.sources import Folder
from codex.profile.technologies import of_dependencies

_CONFIGURED: Final = (
    (("phpunit.xml", "phpunit.xml.dist"), Kind.TEST, "vendor/bin/phpunit"),
    (("phpstan.neon", "phpstan.neon.dist"), Kind.LINT, "vendor/bin/phpstan analyse"),
    (("psalm.xml", "psalm.xml.dist"), Kind.LINT, "vendor/bin/psalm"),
    (("phpcs.xml", "phpcs.xml.dist"), Kind.LINT, "vendor/bin/phpcs"),
    ((".php-cs-fixer.php", ".php-cs-fixer.dist.php"), Kind.FORMAT, "vendor/bin/php-cs-fixer fix"),
    (("pint.json",), Kind.FORMAT, "vendor/bin/pint"),
)


def facts(folder: Folder) -> Iterator[Fact]:
    """Yield what PHP's files in a folder say."""
    if not folder.has("composer.json"):
        return
    evidence, data = folder.at("composer.json"), folder.json("composer.json")
    yield Manager(name="composer", evidence=folder.at(folder.first("composer.lock", "composer.json") or ""))
    name = word(data, "name")
    if name:
        yield Title(name=name)
    line, rank = "composer install", Rank.CONFIGURATION
    yield Command(kind=Kind.INSTALL, line=line, evidence=evidence, rank=rank)
    for key in ("require", "require-dev"):
        yield from of_dependencies(table(data, key), f"{evidence}#{key}")
    for script, value in table(data, "scripts").items():
        if script.startswith(("pre-", "post-")):
            continue
        body = tuple(f"composer {one[1:]}" if one.startswith("@") else one for one in words(value))
        key = f"{evidence}#scripts.{script}"
        yield Target(runner="composer", name=script, line=f"composer {script}", evidence=key, body=body)
    for names, kind, command in _CONFIGURED:
        found = folder.first(*names)
        if found:
            yield Command(kind=kind, line=command, evidence=folder.at(found), rank=rank)
