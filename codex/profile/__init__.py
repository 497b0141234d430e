"""What a repository is, from the list of its files and a few of their contents, never by running its code.

Pure: `evidence.evidence_paths` names the files to read, `build_profile.build_profile` makes the profile from their
contents. Listing and reading (a folder, a bare repository, a forge) happens elsewhere.
"""
