"""HTTP for bundles and forges: paced, retried where that is safe, and never a word of a credential."""
