"""Data sets on their way in and out."""

from moked.exchange.models.exports import Export
from moked.exchange.models.imports import ImportBatch, ImportedCase, MadeByImport

__all__ = ["Export", "ImportBatch", "ImportedCase", "MadeByImport"]
