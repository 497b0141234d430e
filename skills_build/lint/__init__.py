"""Lints: pure functions from the result of a stage to findings. Each lint has a file and a row in the registry."""
