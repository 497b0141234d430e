"""Numbers with their nouns in messages."""


def counted(count: int, one: str, several: str = "") -> str:
    """Return a number and its words: `1 finding`, `2,000 findings`; `several` is for irregular plurals and verbs."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
