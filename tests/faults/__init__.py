"""Rigs that break a running system and check that nothing acknowledged is lost: docs/faults.md."""
