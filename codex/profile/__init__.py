"""The profile of a repository, from the list of its files and the contents of a few, never by running its code.

Pure: `evidence.evidence_paths` selects the files to read, `build_profile.build_profile` builds the profile from their
contents. Listing and reading (a folder, a bare repository, a forge) happens elsewhere.
"""
