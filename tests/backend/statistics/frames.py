"""Judgments for the tests of the statistics: planted ones, and strategies that make any."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from backend.statistics.bootstrap import Resampling
from backend.statistics.estimate import Estimate

#: Enough resamples to see an interval, few enough to be quick.
QUICK = Resampling(resamples=100)


def one(found: list[Estimate], quantity: str, group: str | None = None) -> Estimate:
    """The first estimate of this quantity and group."""
    return next(e for e in found if (e.quantity, e.group) == (quantity, group))


def same_answers(found: list[Estimate], others: list[Estimate]) -> None:
    """Fail unless both hold the same quantities with the same numbers, up to rounding."""
    names = ("value", "low", "high", "se")
    for one_, other in zip(found, others, strict=True):
        left, right = ([getattr(e, name) for name in names] for e in (one_, other))
        assert (one_.quantity, one_.group, one_.n) == (other.quantity, other.group, other.n)
        np.testing.assert_allclose(
            np.array(left, dtype=float), np.array(right, dtype=float), rtol=1e-6, atol=1e-9
        )


def identified(n: int = 600, strength: float = 1.0, seed: int = 0) -> pd.DataFrame:
    """Judgments of 30 raters on 60 dialogues, half simulated by systems 'agenda' and 'tuned'."""
    rng = np.random.default_rng(seed)
    dialogue = rng.integers(0, 60, n)
    simulated = dialogue < 30
    said = strength * (simulated - 0.5) + rng.normal(0, 1, n) > 0
    return pd.DataFrame(
        {
            "rater": [f"r{code:02}" for code in rng.integers(0, 30, n)],
            "dialogue": [f"d{code:02}" for code in dialogue],
            "simulated": simulated,
            "system": [None if d >= 30 else "agenda" if d < 15 else "tuned" for d in dialogue],
            "said_simulated": said,
            "confidence": rng.integers(1, 5, n),
            "scenario": dialogue % 15,
        }
    )


def counted(hits: int, misses: int, false_alarms: int, rejections: int) -> pd.DataFrame:
    """A frame for `identify` with exactly these counts, spread over 10 raters and dialogues."""
    rows = [
        (simulated, said)
        for simulated, said, times in (
            (True, True, hits),
            (True, False, misses),
            (False, True, false_alarms),
            (False, False, rejections),
        )
        for _ in range(times)
    ]
    frame = pd.DataFrame(rows, columns=["simulated", "said_simulated"])
    return frame.assign(
        rater=[f"r{i % 10}" for i in range(len(frame))],
        dialogue=[f"{'s' if s else 'h'}{i // 7 % 10}" for i, s in enumerate(frame["simulated"])],
        system=frame["simulated"].map({True: "agenda", False: None}),
    )


@st.composite
def identify_frames(draw: st.DrawFn) -> pd.DataFrame:
    """Any frame for `identify`: few raters, dialogues and answers, empty ones among them."""
    rows = draw(
        st.lists(st.tuples(st.integers(0, 4), st.integers(0, 7), st.booleans()), max_size=40)
    )
    frame = pd.DataFrame(rows, columns=["rater", "dialogue", "said_simulated"])
    frame["simulated"] = frame["dialogue"] < 4
    frame["system"] = frame["dialogue"].map({0: "a", 1: "a", 2: "b", 3: "b"})
    frame["scenario"] = frame["dialogue"] % 3
    return frame.astype({"said_simulated": bool, "simulated": bool, "system": "str"})


@st.composite
def rating_frames(draw: st.DrawFn) -> pd.DataFrame:
    """Any frame of ratings from 1 to 5, empty ones among them."""
    rows = draw(
        st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(1, 5)), max_size=30)
    )
    frame = pd.DataFrame(rows, columns=["rater", "dialogue", "value"]).astype("int64")
    return frame.assign(system=frame["dialogue"].map(lambda d: "ab"[d % 2]), question="natural")


@st.composite
def vote_frames(draw: st.DrawFn) -> pd.DataFrame:
    """Any A/B votes between up to four systems, empty ones among them."""
    system = st.sampled_from("abcd")
    vote = st.tuples(st.integers(0, 4), system, system, st.sampled_from(["left", "right", "tie"]))
    rows = draw(st.lists(vote, max_size=40))
    return pd.DataFrame(rows, columns=["rater", "left", "right", "winner"])
