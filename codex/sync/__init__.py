"""What a repository gets and what may be written there. Pure: files, git and forges are somebody else's."""
