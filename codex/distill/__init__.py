"""Drafts standards from prose: which sentences are requirements, what a model may shorten, what is new. Pure."""
