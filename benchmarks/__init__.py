"""Benchmarks of codexc and its peers on generated corpora. Run by `make bench`; not part of the tests."""
