"""From what was emitted to a release: what changed, what version that needs, archives, and how to check them."""
