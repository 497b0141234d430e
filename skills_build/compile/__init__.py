"""From standards to skills and fragments that fit what clients read. Knows no client's file format."""
