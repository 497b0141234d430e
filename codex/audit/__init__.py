"""Decides the state of each rule in a repository, with evidence. Pure: files and results come in as values."""
