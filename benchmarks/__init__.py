"""Repeatable measurements of how fast and how small Moked is, against the limits of limits.toml."""
