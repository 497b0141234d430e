"""A profile as plain JSON values; the contract is `validators/schemas/profile.schema.json`."""

from typing import Final

from codex.profile.model import RepositoryProfile
from skills_build.emit.json import document

SCHEMA: Final = "urn:codexc:schema:profile:1"


def profile_as_json(profile: RepositoryProfile) -> dict[str, object]:
    """Return the profile as mappings, lists, strings and numbers, always with the same keys.

    Fields that only serve to select rules are left out.
    """
    return document(SCHEMA, profile)
