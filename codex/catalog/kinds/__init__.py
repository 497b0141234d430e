"""The kinds of catalogs, one module each."""
