"""What each client accepts of a SKILL.md, as small functions on its bytes. Each names its source."""
