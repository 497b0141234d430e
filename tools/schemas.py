"""Generates the published JSON Schemas from the types of the files, with pydantic.

`python -m tools.schemas` (`make schemas`) writes `validators/schemas/`; `--check` only lists differences. A contract is
a row below. Limits that a type cannot express are a `Constraint` next to it; descriptions are the strings below fields.
"""

import dataclasses
import json
import re
import sys
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from codex.catalog.registry import CATALOG_KINDS as CATALOGS
from codex.forge.registry import KINDS as FORGES
from codex.http.hosts import HOST_KINDS
from codex.publish.registry import PUBLISHER_KINDS as DESTINATIONS
from codex.resources import data_root
from skills_build.emit.registry import TARGETS
from skills_build.model.contract import MARK
from tools.contracts import CONTRACTS, Contract

Schema = dict[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

REGISTRIES: Final[Mapping[str, Schema]] = {
    "targets": {"enum": [target.name for target in TARGETS]},
    "catalogs": {"enum": list(CATALOGS)},
    "forges": {"enum": list(FORGES)},
    "hosts": {"enum": sorted(set(HOST_KINDS) & set(FORGES))},
    "destinations": {"pattern": f"^({'|'.join(DESTINATIONS)}):.+$"},
}
"""The schema of each `Constraint(registry=...)`."""


def generated(contract: Contract) -> str:
    """Return the text of a contract's schema."""
    raw = _raw(contract.type)
    definitions = {name: _tidy(node) for name, node in raw.pop("$defs", {}).items()}
    root = _resolved(_tidy(raw), definitions)
    used = {name: _resolved(node, definitions) for name, node in definitions.items()}
    properties, required = root["properties"], root.get("required", [])
    if contract.marked != "no":
        properties, required = _marked(contract, properties, required)
    whole = {
        "$schema": DRAFT,
        "$id": _id(contract),
        "title": contract.title,
        "description": contract.description,
        "type": "object",
        **({"required": required} if required else {}),
        "additionalProperties": False,
        "properties": properties,
        "$defs": used,
    }
    return json.dumps(_ordered(_pruned(whole)), indent=2, ensure_ascii=True) + "\n"


def _id(contract: Contract) -> str:
    return f"urn:codexc:schema:{contract.name}:1"


def _marked(contract: Contract, properties: Schema, required: list[str]) -> tuple[Schema, list[str]]:
    """Insert the key `$schema` first."""
    if contract.marked == "may":
        return {
            "$schema": {"description": "The id or address of this schema.", "type": "string"},
            **properties,
        }, required
    mark = {"description": "The id of this schema.", "const": _id(contract)}
    return {"$schema": mark, **properties}, ["$schema", *required]


def _raw(kind: type) -> Schema:
    """Generate the schema of a type: no unknown keys, the string below a field as its description.

    The configuration is set here and not in the classes, which know nothing of pydantic
    (docs.pydantic.dev/latest/concepts/config/#configuration-on-pydantic-dataclasses).
    """
    for kind_ in _dataclasses(kind, set()):
        kind_.__pydantic_config__ = {"use_attribute_docstrings": True, "extra": "forbid"}
    raw = TypeAdapter(kind).json_schema(mode="validation")
    for dataclass_type in _dataclasses(kind, set()):
        node = raw if dataclass_type is kind else raw.get("$defs", {}).get(dataclass_type.__name__)
        for base in dataclass_type.__mro__[1:-1] if node is not None else ():
            for name, below in TypeAdapter(base).json_schema(mode="validation")["properties"].items():
                if "description" in below:  # pydantic reads the text below a field only in the class itself
                    node["properties"][name].setdefault("description", below["description"])
    return raw


def _dataclasses(kind: Any, seen: set[Any]) -> Iterator[Any]:
    """Yield every dataclass in a type."""
    if kind in seen:
        return
    seen.add(kind)
    for part in typing.get_args(kind):
        yield from _dataclasses(part, seen) if not isinstance(part, str) else ()
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        yield kind
        for base in kind.__bases__:
            yield from _dataclasses(base, seen)
        for part in typing.get_type_hints(kind).values():
            yield from _dataclasses(part, seen)


def _tidy(node: Any) -> Any:
    """Convert a node to its published form; `_resolved` resolves our own keywords, where definitions are available."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: _tidy(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}
    if isinstance(result.get("description"), str):
        result["description"] = _first_paragraph(result["description"])
    if "enum" in result and "anyOf" not in result:
        result.pop("type", None)
    if "properties" in result:
        _fields(result)
    return result


def _fields(node: Schema) -> None:
    """Remove internal fields, defaults, and null for missing keys; determine the required keys."""
    required = {*node.get("required", ())}
    kept: Schema = {}
    for name, value in node["properties"].items():
        if value.pop(f"{MARK}internal", False):
            required.discard(name)
            continue
        if value.pop(f"{MARK}required", False):
            required.add(name)
        if "default" in value and value.pop("default") is None:
            value = _without_null(value)
        kept[name.replace("_", "-") if value.pop(f"{MARK}dashes", False) else name.rstrip("_")] = value
    node["properties"] = kept
    node.pop("required", None)
    ordered = [name.rstrip("_") for name in kept if name in required or f"{name}_" in required]
    if ordered:
        node["required"] = ordered


def _without_null(node: Schema) -> Schema:
    options = [option for option in node.get("anyOf", ()) if option != {"type": "null"}]
    if not options:
        return node
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**options[0], **rest} if len(options) == 1 else {**rest, "anyOf": options}


def _resolved(node: Any, definitions: Mapping[str, Any]) -> Any:
    """Return a node without our own keywords, in forms for which validators report errors with a position."""
    if isinstance(node, list):
        return [_resolved(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: _resolved(value, definitions) for key, value in node.items() if not key.startswith(MARK)}
    own = {key.removeprefix(MARK): value for key, value in node.items() if key.startswith(MARK)}
    result = _joined(result, definitions)
    if "registry" in own:
        extra = REGISTRIES[own["registry"]]
        result = {**({key: value for key, value in result.items() if key != "type" or "enum" not in extra}), **extra}
    if "key_choices" in own:
        values = result["additionalProperties"]
        result |= {"properties": dict.fromkeys(own["key_choices"], values), "additionalProperties": False}
    if "one_of" in own:
        result["oneOf"] = [{"required": list(keys)} for keys in own["one_of"]]
    if "nullable" in own:
        result = _or_null(result, definitions)
    if "or_one" in own:
        described = {key: result.pop(key) for key in ("description",) if key in result}
        result = {**described, "anyOf": [result["items"], result]}
    return result


def _joined(node: Schema, definitions: Mapping[str, Any]) -> Schema:
    """Merge a choice of two types into one node: a simple type and null, or a string and an object."""
    options = node.get("anyOf")
    if not isinstance(options, list) or len(options) != 2:
        return node
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    first, second = options
    if second == {"type": "null"}:
        return {**_or_null(first, definitions), **rest}
    if set(first) == set(second) == {"type"}:
        return {**rest, "type": [first["type"], second["type"]]}
    if first.get("type") == "string" and "$ref" in second:
        return {**rest, "if": {"type": "string"}, "then": first, "else": second}
    return node


def _or_null(node: Schema, definitions: Mapping[str, Any]) -> Schema:
    if "$ref" in node:
        target = _resolved(definitions[node["$ref"].rpartition("/")[2]], definitions)
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    if "enum" in node:
        return {**node, "enum": [*node["enum"], None]}
    return {**node, "type": [node["type"], "null"]}


def _pruned(whole: Schema) -> Schema:
    """Return the schema with only the definitions that are referenced."""
    definitions: Schema = whole.pop("$defs")
    used: set[str] = set()
    waiting = [whole]
    while waiting:
        names = set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(waiting.pop()))) - used
        used |= names
        waiting += [definitions[name] for name in names]
    return {**whole, "$defs": {name: definitions[name] for name in sorted(used)}} if used else whole


_FIRST: Final = ("$schema", "$id", "title", "description", "type", "required", "additionalProperties", "properties")
"""The order of keywords; others follow by name, definitions last."""


def _ordered(node: Any) -> Any:
    """Return a node with its keywords in a fixed order; `properties` keep the order of the fields."""
    if isinstance(node, list):
        return [_ordered(item) for item in node]
    if not isinstance(node, dict):
        return node
    rank = {key: number for number, key in enumerate(_FIRST)}
    keys = sorted(node, key=lambda key: (key == "$defs", rank.get(key, len(rank)), key))
    named = ("properties", "$defs")
    return {
        key: {name: _ordered(item) for name, item in node[key].items()} if key in named else _ordered(node[key])
        for key in keys
    }


def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())


def path_of(contract: Contract) -> Path:
    """Return the path of a contract's schema."""
    return data_root("validators") / "schemas" / f"{contract.name}.schema.json"


def main(arguments: list[str]) -> int:
    """Write all schemas, or with `--check` list those that differ and return 1 if any does."""
    texts = {path_of(contract): generated(contract) for contract in CONTRACTS}
    differing = [path for path, text in texts.items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in differing:
        if "--check" not in arguments:
            path.write_text(texts[path], encoding="utf-8")
        print(f"{'differs' if '--check' in arguments else 'wrote'}: {path.name}")
    return 1 if differing and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
