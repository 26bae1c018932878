"""How an export calls its columns and what stands in them. Front doors have the words; a file needs them."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from moked.exchange.exports.rules import Column


@dataclasses.dataclass(frozen=True)
class Words:
    """Headers of the columns, words for the codes in some of them, and the name of the sheet.

    All are read as text in the language of the moment, so they may be lazy translations.
    """

    headers: Mapping[Column, object]
    codes: Mapping[Column, Mapping[Any, object]]
    sheet: object

    def spoken(self) -> "Spoken":
        """Return the words in the language of this moment."""
        return Spoken(
            {column: str(words) for column, words in self.headers.items()},
            {
                column: {str(code): str(words) for code, words in codes.items()}
                for column, codes in self.codes.items()
            },
            str(self.sheet),
        )


@dataclasses.dataclass(frozen=True)
class Spoken:
    """The words of an export in one language."""

    headers: Mapping[Column, str]
    codes: Mapping[Column, Mapping[str, str]]
    sheet: str

    def of(self, column: Column, code: str) -> str:
        """Return what a code is called; a code nobody has a word for is its own."""
        return self.codes.get(column, {}).get(code, code)
