"""The requirements of each client for a SKILL.md, as small functions on its bytes. Each names its source."""
