"""Ranking of films for a query, by constraints, popularity and similarity to films liked.

Score of a film: log of its popularity, plus what the films the seeker likes have to do with it:
how often people named both in one dialogue (`neighbours`, cosine), and facts they share. A film
meets the whole query or, if none does, all of it but the wishes stated first.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from backend.catalogue import Catalogue, Item
from backend.dialogue import Attribute

#: Weights of a film named together with a liked one, and of a rare fact shared with it: set by
#: hand, there is no measurement behind them.
TOGETHER, ALIKE = 12.0, 0.6

#: Similar films that a liked one brings in.
SIMILAR = 60


class Ranker:
    """Ranks a catalogue's items for a query. `neighbours`: item -> item -> cosine."""

    def __init__(
        self, catalogue: Catalogue, neighbours: Mapping[str, Mapping[str, float]] | None = None
    ) -> None:
        self.catalogue = catalogue
        self.neighbours = neighbours or {}

    @classmethod
    def packaged(cls, catalogue: Catalogue, folder: Path) -> "Ranker":
        """The ranker that goes with a checkpoint; without neighbours if it holds none."""
        path = folder / "neighbours.json"
        return cls(catalogue, _read(path) if path.is_file() else None)

    def rank(
        self,
        wanted: Sequence[Attribute],
        unwanted: Iterable[Attribute] = (),
        liked: Iterable[str] = (),
        allows: Callable[[Item], bool] = lambda _: True,
    ) -> list[Item]:
        """Items that meet the query, the best first; without those that `allows` denies.

        If none meets all of `wanted`, the wishes stated first are given up one by one.
        """
        avoided = list(unwanted)
        left = list(wanted)
        while True:
            found = [i for i in self.catalogue.matching(left, avoided) if allows(i)]
            if found or not (left or avoided):
                break
            left, avoided = (left[1:], avoided) if left else (left, [])
        near = self._near(liked)
        order = {item.id: at for at, item in enumerate(found)}
        return sorted(
            found,
            key=lambda item: (
                -math.log1p(item.popularity) - near.get(item.id, 0.0),
                order[item.id],
            ),
        )

    def _near(self, liked: Iterable[str]) -> dict[str, float]:
        near: dict[str, float] = {}
        for id_ in liked:
            for other, cosine in self.neighbours.get(id_, {}).items():
                near[other] = near.get(other, 0.0) + TOGETHER * cosine
            if id_ in self.catalogue:
                for at, item in enumerate(self.catalogue.similar(self.catalogue.get(id_), SIMILAR)):
                    near[item.id] = near.get(item.id, 0.0) + ALIKE * (1 - at / SIMILAR)
        return near


@lru_cache
def _read(path: Path) -> Mapping[str, Mapping[str, float]]:
    found: Mapping[str, Mapping[str, float]] = json.loads(path.read_text(encoding="utf-8"))
    return found
