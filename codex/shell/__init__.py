"""The outside world: folders, atomic writes, the cache. Everything that touches the disk is here or in `codex.cli`."""
