"""A service that keeps the rules of this codex with the standard library only."""
