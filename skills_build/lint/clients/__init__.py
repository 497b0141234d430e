"""What each client accepts of a SKILL.md, as small functions over its bytes; each names the source it was read in."""
