"""Figures as files: text stays text, and a number below nothing stays a number."""

from moked.web.ui.figures import csv_response


def test_texts_are_no_formulas_and_numbers_stay_numbers() -> None:
    response = csv_response("a.csv", iter([("-1+1", -46.6, 5, None)]))
    assert b"".join(response) == b"'-1+1,-46.6,5,\r\n"
