"""Questionnaires as YAML: pairs of opposites in subscales, ready-made by name or in a study."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field
from ruamel.yaml import YAML

from annotations.questions import Poles, Spec

FOLDER = Path(__file__).parent


class ScaleError(ValueError):
    """The questionnaire does not exist; the message lists the available ones."""


class Questionnaire(Spec):
    """Pairs of opposites, the high end first, by subscale."""

    name: str
    title: str
    source: str
    points: int = Field(default=7, ge=2, le=11)
    subscales: dict[str, tuple[tuple[str, str], ...]] = Field(min_length=1)

    def items(self) -> list[Poles]:
        """One question per pair, in the file's order."""
        return [
            Poles(
                id=re.sub(r"\W+", "_", f"{self.name}_{positive}".lower()),
                positive=positive,
                negative=negative,
                subscale=subscale,
                high=self.points,
            )
            for subscale, pairs in self.subscales.items()
            for positive, negative in pairs
        ]


def ready_made() -> list[str]:
    """Names of the questionnaires that come with Uncanny."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@lru_cache
def load(name: str) -> Questionnaire:
    """A ready-made questionnaire by name. Raises ScaleError."""
    if name not in ready_made():
        raise ScaleError(f"no questionnaire {name!r}; there are {', '.join(ready_made())}")
    told: Any = YAML(typ="safe").load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return Questionnaire.model_validate(told)
