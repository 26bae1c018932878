"""The history of another system becomes cases: read, checked, written in small batches, and undone."""
