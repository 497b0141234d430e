"""Constraints of values that files hold, written beside the types: the source of the published JSON Schemas.

`tools/schemas.py` reads them with pydantic; nothing here imports it, and at run time they are only annotations. A
field `X | None = None` may be left out of a file and is never null there; `X | None` without a default is always there
and may be null.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeAlias

from skills_build.frozen import dataclass

MARK: Final = "x-codexc-"
"""What the generator's own keywords start with; it resolves them, so that no published schema holds one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What JSON Schema requires of a value in addition to its type. Most fields are keywords in camel case.

    `choices` replace what the type says. `registry` names a table whose names are the choices: `targets`, `catalogs`,
    `forges`, `hosts`, `destinations`. `keys` constrain a mapping's keys, `key_choices` are all that it may have.
    `or_one`: one item may stand for a list of one. `one_of`: exactly one of these sets of keys is given. `nullable`:
    null stands for an empty mapping. `required`: a file must have the key, though the type has a default. `internal`:
    no file has the key; codexc fills it in. `dashes`: the key in a file has dashes where the field has underscores.
    """

    pattern: str | None = None
    format: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    deprecated: bool = False
    min_properties: int | None = None
    max_properties: int | None = None
    choices: tuple[str, ...] = ()
    keys: "Constraint | None" = None
    key_choices: tuple[str, ...] = ()
    registry: str | None = None
    or_one: bool = False
    one_of: tuple[tuple[str, ...], ...] = ()
    nullable: bool = False
    required: bool = False
    internal: bool = False
    dashes: bool = False

    def keywords(self) -> dict[str, Any]:
        """Return the keywords of JSON Schema. Those that the generator resolves start with `MARK`."""
        plain = {
            _camel(name): value for name in _PLAIN if not ((value := getattr(self, name)) is None or value is False)
        }
        own = {MARK + name: value for name in _OWN if (value := getattr(self, name))}
        names = {"propertyNames": self.keys.keywords()} if self.keys else {}
        return {**plain, **names, **own}

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Return the part of this annotation in a schema that pydantic generates.

        The protocol: docs.pydantic.dev/latest/concepts/json_schema/#implementing-__get_pydantic_json_schema__
        """
        base: Mapping[str, Any] = {"enum": list(self.choices)} if self.choices else handler(core)
        return {**base, **self.keywords()}


_PLAIN: Final = (
    "pattern",
    "format",
    "min_length",
    "max_length",
    "minimum",
    "maximum",
    "min_items",
    "max_items",
    "unique_items",
    "deprecated",
    "min_properties",
    "max_properties",
)
_OWN: Final = ("registry", "key_choices", "or_one", "one_of", "nullable", "required", "internal", "dashes")


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


REQUIRED: Final = Constraint(required=True)
DEPRECATED: Final = Constraint(deprecated=True)
INTERNAL: Final = Constraint(internal=True)
DASHED: Final = Constraint(dashes=True)
NAME: Final = Constraint(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")

Text: TypeAlias = Annotated[str, Constraint(min_length=1)]
NotBlank: TypeAlias = Annotated[str, Constraint(min_length=1, pattern=r"\S")]
"""Text with at least one character that is not white space."""
Words: TypeAlias = tuple[Text, ...]
Slug: TypeAlias = Annotated[str, NAME]
Count: TypeAlias = Annotated[int, Constraint(minimum=0)]
Positive: TypeAlias = Annotated[int, Constraint(minimum=1)]
Percent: TypeAlias = Annotated[float, Constraint(minimum=0, maximum=100)]
Sha256: TypeAlias = Annotated[str, Constraint(pattern="^[0-9a-f]{64}$")]
Day: TypeAlias = Annotated[str, Constraint(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Address: TypeAlias = Annotated[str, Constraint(pattern="^https?://")]
"""A web address: a report links it."""
Release: TypeAlias = Annotated[str, Constraint(pattern=r"^\d{1,9}\.\d{1,9}\.\d{1,9}$")]
BuildVersion: TypeAlias = Annotated[
    str, Constraint(pattern=r"^\d{1,9}\.\d{1,9}\.\d{1,9}(\+[0-9A-Za-z.-]{1,64})?$", max_length=100)
]
"""A release, or a build after one, such as `1.2.0+unreleased`."""
Line: TypeAlias = Annotated[str, Constraint(pattern=r"^[^\x00-\x1f\x7f]*$")]
"""Text on one line, without control characters."""
Client: TypeAlias = Annotated[str, Constraint(registry="targets")]
