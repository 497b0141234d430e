"""Measures codexc on generated corpora, side by side with peers. Run by `make bench`; never part of the tests."""
