"""Drafts standards from prose: which sentences demand something, what a model may shorten, what is new. Pure."""
