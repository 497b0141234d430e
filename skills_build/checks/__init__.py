"""Checks of rules: reads `check` blocks and runs what can run without a process, a network or a clock."""
