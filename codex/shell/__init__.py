"""File system, git and other programs: everything that touches the disk is in this package or in `codex.cli`."""
