"""What commands do, step by step: reads and writes through `codex.shell`, thinks in `skills_build`."""
