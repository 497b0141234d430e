"""A profile as plain JSON values; the contract is `validators/schemas/profile.schema.json`."""

from dataclasses import asdict
from typing import Final

from codex.profile.model import Command, Package, RepositoryProfile

SCHEMA: Final = "urn:codexc:schema:profile:1"


def plain(found: RepositoryProfile) -> dict[str, object]:
    """The profile as mappings, lists, texts and numbers, its keys always the same.

    What serves only to choose rules is left out.
    """
    values = asdict(found)
    del values["paths"], values["own"]
    values["commands"] = [_command(one) for one in found.commands]
    values["packages"] = [_package(one) for one in found.packages]
    return {"$schema": SCHEMA, **values}


def _package(one: Package) -> dict[str, object]:
    return {**asdict(one), "commands": [_command(command) for command in one.commands]}


def _command(one: Command) -> dict[str, object]:
    return {
        "kind": str(one.kind),
        "line": one.line,
        "evidence": one.evidence,
        "rank": one.rank.name.lower().replace("_", "-"),
        "default": one.default,
        "seen_in": list(one.seen_in),
    }
