"""From skills and fragments to files: one table row per target."""
