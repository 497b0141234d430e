"""One file a lint, named after its code and what is wrong."""
