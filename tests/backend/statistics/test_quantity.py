"""The texts that estimates carry into exports are those of the enum, and stay as they are."""

import pandas as pd

from backend.statistics.bootstrap import Resampling
from backend.statistics.choices import compare
from backend.statistics.discrimination import identify
from backend.statistics.preference import strengths
from backend.statistics.quantity import Quantity

QUICK = Resampling(resamples=20)


def test_estimates_carry_the_texts_that_were_always_exported() -> None:
    verdicts = pd.DataFrame(
        {
            "rater": list("aabb"),
            "dialogue": list("wxyz"),
            "system": ["agenda", None, "agenda", None],
            "simulated": [True, False, True, False],
            "said_simulated": [True, True, False, False],
            "confidence": [1, 2, 3, 4],
        }
    )
    choices = pd.DataFrame(
        {"rater": list("aabb"), "dialogue": list("wxyz"), "system": "agenda", "correct": True}
    )
    preferences = pd.DataFrame(
        {"rater": list("ab"), "dialogue": list("wx"), "left": "one", "right": "two"}
    ).assign(winner=["left", "right"])
    found = [
        *identify(verdicts, how=QUICK),
        *compare(choices, how=QUICK),
        *strengths(preferences, how=QUICK),
    ]
    told = {estimate.quantity for estimate in found}
    assert told == {
        "hit rate", "false-alarm rate", "fooled rate", "d'", "criterion c", "accuracy", "AUC",
        "proportion correct", "log strength", "rank",
    } == set(Quantity)  # fmt: skip
    assert all(type(estimate.quantity) is str for estimate in found)
