"""Parses Markdown files into standards in which every rule has its file, line and column.

`parse` handles one file at a time and can be cached. `resolve` handles all files together: ids, slugs, tombstones.
"""
