"""One file a target: how its clients want skills and fragments written."""
