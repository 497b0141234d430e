"""Releases: what changed since the last one, the version that requires, archives, and their verification."""
