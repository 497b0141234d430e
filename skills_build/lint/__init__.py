"""Lints: each a pure function from what a stage made to findings. One file a lint, one row in the registry."""
