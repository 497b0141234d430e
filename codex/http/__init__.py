"""HTTP for bundles and forges: rate-limited, retried where that is safe; no message contains a credential."""
