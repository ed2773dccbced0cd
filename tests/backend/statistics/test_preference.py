"""Preference: a published table, a second implementation, and what cannot be ranked."""

import choix
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from backend.statistics.bootstrap import Resampling
from backend.statistics.preference import strengths, win_matrix
from tests.backend.statistics.frames import QUICK, one, same_answers, vote_frames

#: Agresti 2002, section 10.6: wins of the row's team, American League East 1987.
TEAMS = ["Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore"]
WINS = [
    [0, 7, 9, 7, 7, 9, 11],
    [6, 0, 7, 5, 11, 9, 9],
    [4, 6, 0, 7, 7, 8, 12],
    [6, 8, 6, 0, 6, 7, 10],
    [6, 2, 6, 7, 0, 7, 12],
    [4, 4, 5, 6, 6, 0, 6],
    [2, 4, 1, 3, 1, 7, 0],
]


def season() -> pd.DataFrame:
    """The league's games as votes of 12 raters, sides in turn."""
    votes: list[tuple[str, ...]] = []
    for winner, row in zip(TEAMS, WINS, strict=True):
        for loser, times in zip(TEAMS, row, strict=True):
            for game in range(times):
                sides = (winner, loser, "left") if game % 2 else (loser, winner, "right")
                votes.append((f"r{len(votes) % 12}", *sides))
    return pd.DataFrame(votes, columns=["rater", "left", "right", "winner"])


def test_the_baseball_season_of_the_textbook_has_the_textbook_s_strengths() -> None:
    found = strengths(season(), how=QUICK)
    logs = {e.group: e.value for e in found if e.quantity == "log strength"}
    assert all(value is not None for value in logs.values())
    against_baltimore = {team: round(logs[team] - logs["Baltimore"], 2) for team in TEAMS}  # type: ignore[operator]

    # Agresti 2002, table 10.11: contrasts to Baltimore, home advantage ignored.
    assert against_baltimore == {
        "Milwaukee": 1.58,
        "Detroit": 1.44,
        "Toronto": 1.29,
        "New York": 1.25,
        "Boston": 1.11,
        "Cleveland": 0.68,
        "Baltimore": 0.0,
    }
    assert [one(found, "rank", team).value for team in TEAMS] == [1, 2, 3, 4, 5, 6, 7]


def test_choix_finds_the_same_strengths() -> None:
    rng = np.random.default_rng(1)
    pairs = [tuple(rng.permutation(5)[:2]) for _ in range(300)]
    names = [f"s{i}" for i in range(5)]
    frame = pd.DataFrame(
        [(f"r{i % 9}", names[a], names[b], "left") for i, (a, b) in enumerate(pairs)],
        columns=["rater", "left", "right", "winner"],
    )
    oracle = choix.ilsr_pairwise(5, pairs)

    found = [e.value for e in strengths(frame, how=QUICK) if e.quantity == "log strength"]

    assert found == pytest.approx(oracle - oracle.mean(), abs=1e-4)


def test_a_tie_counts_half_a_win_for_each() -> None:
    votes = [("r1", "a", "b", "tie")] * 2 + [("r2", "a", "b", "left")] * 2
    frame = pd.DataFrame(votes, columns=["rater", "left", "right", "winner"])

    found = strengths(frame, how=QUICK)

    assert win_matrix(frame).to_numpy().tolist() == [[0, 3], [1, 0]]
    assert one(found, "log strength", "a").value == pytest.approx(np.log(3) / 2, abs=1e-4)


def test_the_interval_over_raters_is_wider_where_raters_disagree_than_where_each_is_torn() -> None:
    def width(frame: pd.DataFrame) -> float:
        found = one(strengths(frame, how=Resampling(resamples=300)), "log strength", "a")
        assert found.high is not None
        assert found.low is not None
        return found.high - found.low

    sides = [(f"r{i % 20}", "a", "b", i) for i in range(200)]
    frame = pd.DataFrame(sides, columns=["rater", "left", "right", "i"])
    torn = frame.assign(winner=np.where(frame["i"] // 20 % 2, "left", "right"))
    split = frame.assign(winner=np.where(frame["i"] % 20 < 10, "left", "right"))
    torn.loc[torn["rater"] == "r3", "winner"] = "left"
    split.loc[0, "winner"] = "right"

    assert width(split) > 2 * width(torn)


def test_clearly_ordered_systems_have_ranks_without_doubt_and_close_ones_share_them() -> None:
    found = strengths(season(), how=QUICK)
    best, worst = one(found, "rank", "Milwaukee"), one(found, "rank", "Baltimore")

    assert (worst.low, worst.high) == (7, 7)
    assert best.high is not None
    assert best.high > 1


def test_systems_never_compared_are_not_ranked_and_the_parts_are_named() -> None:
    votes = [("r1", "a", "b", "tie"), ("r2", "c", "d", "tie")]
    frame = pd.DataFrame(votes, columns=["rater", "left", "right", "winner"])

    reasons = {e.missing for e in strengths(frame)}

    assert reasons == {"systems in different parts were never compared: a, b | c, d"}


def test_a_system_that_never_wins_has_no_finite_strength_and_the_reason_says_so() -> None:
    votes = [("r1", "a", "b", "left"), ("r2", "b", "a", "left"), ("r3", "a", "c", "left")]
    frame = pd.DataFrame(votes, columns=["rater", "left", "right", "winner"])

    found = strengths(frame)

    assert all(e.value is None for e in found)
    assert all("never beat or tied" in (e.missing or "") for e in found)
    assert all({"a, b", "c"} == set((e.missing or "").split(": ")[1].split(" | ")) for e in found)


def test_all_ties_are_equal_strengths_without_an_invented_interval() -> None:
    votes = [(f"r{i}", "a", "b", "tie") for i in range(6)]
    frame = pd.DataFrame(votes, columns=["rater", "left", "right", "winner"])

    found = one(strengths(frame, how=QUICK), "log strength", "a")

    assert found.value == pytest.approx(0)
    assert found.interval_missing


def test_no_votes_are_missing_with_a_reason_and_another_winner_is_refused() -> None:
    assert [e.missing for e in strengths(season().iloc[:0])] == ["no comparisons"] * 2
    assert win_matrix(season().iloc[:0]).empty
    with pytest.raises(ValueError, match="both"):
        strengths(season().assign(winner="both"))


@settings(max_examples=30, deadline=None)
@given(frame=vote_frames())
def test_sides_and_the_order_of_votes_do_not_matter(frame: pd.DataFrame) -> None:
    swapped = frame.rename(columns={"left": "right", "right": "left"})
    swapped["winner"] = swapped["winner"].replace({"left": "right", "right": "left"})
    how = Resampling(resamples=20)

    same_answers(
        strengths(frame, how=how), strengths(frame.sample(frac=1, random_state=3), how=how)
    )
    same_answers(strengths(frame, how=how), strengths(swapped, how=how))


@settings(max_examples=30, deadline=None)
@given(frame=vote_frames())
def test_a_second_copy_of_every_rater_keeps_every_strength(frame: pd.DataFrame) -> None:
    twice = pd.concat([frame, frame.assign(rater=frame["rater"] + 100)])
    how = Resampling(resamples=5)

    for found, other in zip(strengths(frame, how=how), strengths(twice, how=how), strict=True):
        assert (found.value is None) == (other.value is None)
        if found.value is not None:
            assert found.value == pytest.approx(other.value, abs=1e-5)
