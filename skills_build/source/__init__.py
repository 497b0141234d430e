"""From an author's bytes to standards whose every rule knows its file, line and column.

`read` is one file at a time and can be cached; `resolve` is all files together: ids, slugs, tombstones.
"""
