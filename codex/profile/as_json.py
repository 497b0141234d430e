"""A profile as plain JSON values; the contract is `validators/schemas/profile.schema.json`."""

from typing import Final

from codex.profile.model import RepositoryProfile
from skills_build.emit.json import document

SCHEMA: Final = "urn:codexc:schema:profile:1"


def profile_as_json(profile: RepositoryProfile) -> dict[str, object]:
    """The profile as mappings, lists, texts and numbers, its keys always the same.

    What serves only to choose rules is left out.
    """
    return document(SCHEMA, profile)
