"""Edits single values in files that belong to people: settings of clients, in JSON with comments or in YAML."""
