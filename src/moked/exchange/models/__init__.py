"""Data sets on their way in and out."""

from moked.exchange.models.exports import Export

__all__ = ["Export"]
