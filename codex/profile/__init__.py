"""What a repository is, told from the list of its files and a few of their contents, never by running its code.

Pure: `codex.profile.evidence.wanted` says which files to read, `codex.profile.read.profile` makes the profile of what
was read. Who lists and reads (a folder, a bare repository, a forge) is not its business.
"""
