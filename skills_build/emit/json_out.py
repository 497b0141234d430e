"""JSON that people can read in a diff: containers are opened down to a depth, what is deeper stands on one line."""

import json


def dumps(value: object, *, depth: int) -> bytes:
    """Write `value` as UTF-8 JSON with a final line break; keys stay in their order."""
    return (_opened(value, depth, 0) + "\n").encode()


def _opened(value: object, depth: int, level: int) -> str:
    if depth == 0 or not isinstance(value, dict | list) or not value:
        return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    pad = "  " * (level + 1)
    if isinstance(value, dict):
        rows = [
            f"{pad}{json.dumps(key, ensure_ascii=False)}: {_opened(one, depth - 1, level + 1)}"
            for key, one in value.items()
        ]
        opening, closing = "{", "}"
    else:
        rows = [pad + _opened(one, depth - 1, level + 1) for one in value]
        opening, closing = "[", "]"
    return f"{opening}\n" + ",\n".join(rows) + f"\n{'  ' * level}{closing}"
