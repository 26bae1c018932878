"""What is known of whole data sets that came in or went out."""

from moked.exchange.models.imports import ImportBatch, ImportedCase, MadeByImport

__all__ = ["ImportBatch", "ImportedCase", "MadeByImport"]
