"""One module per target: the files in the form that its clients read."""
