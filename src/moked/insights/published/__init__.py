"""Plain figures the public may see. Whatever leaves here has been suppressed already, and no model does."""

from moked.insights.published.cases import PublicCase, cases, version_of
from moked.insights.published.figures import (
    AgeBand,
    Figures,
    Measures,
    MonthRow,
    Row,
    figures,
    published_months,
)
from moked.insights.published.maps import District, DistrictMap

__all__ = [
    "AgeBand",
    "District",
    "DistrictMap",
    "Figures",
    "Measures",
    "MonthRow",
    "PublicCase",
    "Row",
    "cases",
    "figures",
    "published_months",
    "version_of",
]
