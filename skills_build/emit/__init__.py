"""Writes skills and fragments as files; each target is one row of a table."""
