"""The steps of each command: reads and writes through `codex.shell`, and leaves all decisions to pure code."""
