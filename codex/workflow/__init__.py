"""What commands do, step by step: reads through `codex.shell`, thinks in `skills_build`, writes through `codex.shell`."""
