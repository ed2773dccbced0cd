"""A comparison of a simulated set with a real one: discriminator, ensemble, coverage, giveaways."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pydantic_core import to_jsonable_python

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Role
from backend.metrics.encoder import Encoder
from backend.realism.discriminator import discrimination
from backend.realism.ensemble import Coverage, Divergence, divergences
from backend.realism.giveaways import Giveaway, giveaways
from backend.realism.sides import said, sides
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import missing

#: Dialogues of a side that are looked at, at most.
MOST = 400


@dataclass(frozen=True)
class Realism:
    """What was found. `dialogues` are those looked at, real and simulated."""

    role: str
    dialogues: tuple[int, int]
    encoder: str
    seed: int
    discrimination: dict[str, Estimate]
    divergences: list[Divergence]
    coverage: Coverage
    giveaways: list[Giveaway]

    def as_json(self) -> str:
        """All of it, for the pool."""
        return json.dumps(to_jsonable_python(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `as_json` wrote."""
        told: dict[str, Any] = json.loads(text)
        return cls(
            **{
                **told,
                "dialogues": tuple(told["dialogues"]),
                "discrimination": {
                    name: _estimate(fields) for name, fields in told["discrimination"].items()
                },
                "divergences": [
                    Divergence(
                        **{
                            **one,
                            "n": tuple(one["n"]),
                            "shares": {k: tuple(v) for k, v in one["shares"].items()},
                        }
                    )
                    for one in told["divergences"]
                ],
                "coverage": Coverage(**told["coverage"]),
                "giveaways": [
                    Giveaway(**{**one, "examples": tuple((d, t) for d, t in one["examples"])})
                    for one in told["giveaways"]
                ],
            }
        )


def compare(
    real: Sequence[Dialogue],
    simulated: Sequence[Dialogue],
    *,
    others: Sequence[Dialogue] = (),
    role: Role = Role.SEEKER,
    catalogue: Catalogue,
    encoder: Encoder,
    most: int = MOST,
    seed: int = 0,
    tell: Callable[[str], object] = lambda step: None,
) -> Realism:
    """Compare how one role speaks in two sets, beside people of other sources. Raises TooFew."""
    tell("reading")
    ours, theirs = sides(real, simulated, role, catalogue, most=most, seed=seed)
    people = [said(d, role, catalogue, simulated=False) for d in _drawn(others, role, most, seed)]
    told_apart = discrimination(ours, theirs, encoder, others=people, seed=seed, tell=tell)
    tell("classifiers")
    apart, coverage = divergences(ours, theirs, encoder, catalogue, role=role, seed=seed)
    tell("giveaways")
    return Realism(
        role=role.value,
        dialogues=(len(ours), len(theirs)),
        encoder=encoder.name,
        seed=seed,
        discrimination=told_apart,
        divergences=apart,
        coverage=coverage,
        giveaways=giveaways(ours, theirs),
    )


def _drawn(dialogues: Sequence[Dialogue], role: Role, most: int, seed: int) -> Sequence[Dialogue]:
    """So many of the dialogues in which the role says anything."""
    spoken = [d for d in dialogues if any(turn.text.strip() for turn in d.turns_of(role))]
    spoken.sort(key=lambda d: d.id)
    return random.Random(f"{seed}/others").sample(spoken, most) if len(spoken) > most else spoken


def _estimate(fields: dict[str, Any]) -> Estimate:
    """A stored estimate; older results name neither the estimator nor the interval's method."""
    if "of" not in fields:
        return Estimate.model_validate(fields)
    bare = missing(
        fields["missing"] or "not computed", fields["of"], estimator="AUC", n=fields["n"]
    )
    if fields["value"] is None:
        return bare
    if fields["low"] is None:
        return bare.measured(fields["value"], interval_missing="stored without one")
    return bare.measured(fields["value"], fields["low"], fields["high"], "bootstrap")
