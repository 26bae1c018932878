"""What happens to surveys."""

import dataclasses
from typing import ClassVar

from moked.base.event import DomainEvent


@dataclasses.dataclass(frozen=True, kw_only=True)
class SurveyAnswered(DomainEvent):
    """A resident said whether it is fixed; `rating` is 1 (very low) to 5 (very high) or not given."""

    name: ClassVar[str] = "survey.answered"

    survey_id: int
    case_id: int
    service_id: int
    fixed: str
    rating: int | None


ALL = (SurveyAnswered,)
