"""The values that stages hand to each other. Data only: no parsing, no rendering, no rules."""
