"""Edits single values in hand-written files: settings of clients, in JSON with comments or in YAML."""
