"""JSON that people can read in a diff: containers are opened down to a depth, what is deeper stands on one line."""

import msgspec


def dumps(value: object, *, depth: int) -> bytes:
    """Write `value` as UTF-8 JSON with a final line break; keys stay in their order."""
    return (_opened(value, depth, 0) + "\n").encode()


def _opened(value: object, depth: int, level: int) -> str:
    if depth == 0 or not isinstance(value, dict | list) or not value:
        return msgspec.json.encode(value).decode()
    pad = "  " * (level + 1)
    if isinstance(value, dict):
        rows = [
            f"{pad}{msgspec.json.encode(key).decode()}: {_opened(v, depth - 1, level + 1)}" for key, v in value.items()
        ]
        opening, closing = "{", "}"
    else:
        rows = [pad + _opened(one, depth - 1, level + 1) for one in value]
        opening, closing = "[", "]"
    return f"{opening}\n" + ",\n".join(rows) + f"\n{'  ' * level}{closing}"
