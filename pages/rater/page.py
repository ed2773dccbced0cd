"""The state handed to each rater screen: study, rater, current step, texts."""

from dataclasses import dataclass

from annotations.doors import Visit
from annotations.journey import RaterProgress
from annotations.study import Study
from annotations.wording import Wording
from backend.database import Database


@dataclass(frozen=True)
class Page:
    """One rater's visit to one study."""

    database: Database
    study: Study
    visit: Visit
    standing: RaterProgress
    say: Wording

    @property
    def rater(self) -> str:
        """The rater's secret id."""
        return self.visit.rater
