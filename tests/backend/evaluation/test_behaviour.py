"""The table of behaviour: counts by hand on dialogues written for these tests."""

from pathlib import Path

import numpy as np
import pytest

from backend.catalogue import Catalogue
from backend.dialogue import (
    Act,
    ActKind,
    Dialogue,
    Mention,
    Origin,
    Player,
    Provenance,
    Role,
    System,
    Turn,
)
from backend.evaluation import contrast
from backend.evaluation.behaviour import COUNTS, DIST, MEDIAN, observe, observed, rows
from backend.evaluation.construction import constructed
from backend.language.typing_habits import TITLE, begins_small, ends_open, has_slip
from backend.metrics.distinct import distinct
from backend.simulators.people import OPENINGS, opening

FILMS = Catalogue.load()


def dialogue(*turns: tuple[str, str], name: str = "one", origin: Origin = Origin.HUMAN) -> Dialogue:
    """A dialogue of ("S" or "R", text) turns; the text of its first turn is part of its id."""
    roles = {"S": Role.SEEKER, "R": Role.RECOMMENDER}
    return Dialogue(
        turns=tuple(Turn(role=roles[role], text=text) for role, text in turns),
        seeker=Player(origin=origin),
        recommender=Player(origin=origin),
        provenance=Provenance(corpus="redial", source_id=name, licence="MIT"),
    )


#: Five turns of the seeker in four runs; two films named, one of them the seeker's own; accepted.
TAKEN = dialogue(
    ("R", "Hello! What kind of movies do you like?"),
    ("S", "Hi"),
    ("S", "I loved The Matrix (1999)"),
    ("R", "Have you seen Inception (2010)?"),
    ("S", "I have seen it already."),
    ("R", "How about Gladiator (2000)?"),
    ("S", "Sounds great, i will watch Gladiator (2000)!"),
    ("R", "Enjoy."),
    ("S", "Thanks, bye!"),
    name="taken",
)

#: Three turns of the seeker, who opens, refuses, and leaves with nothing.
REFUSED = dialogue(
    ("S", "I'm looking for a comedy"),
    ("R", "Have you seen Saw (2004)?"),
    ("S", "No, I don't like horror movies."),
    ("R", "Sorry!"),
    ("S", "ok"),
    ("R", "Bye!"),
    name="refused",
)


def counts(name: str, of: Dialogue) -> tuple[float, float]:
    """The numerator and denominator of a row."""
    found = observed(of, FILMS)
    assert found
    return COUNTS[name][1](found)


@pytest.mark.parametrize(
    ("name", "taken", "refused"),
    [
        ("titles named a dialogue", (2, 1), (0, 1)),
        ("of these, not named by the recommender before", (1, 1), (0, 1)),
        ("refusals per 100 turns", (0, 4), (100, 3)),
        ("refusals and critiques per 100 turns", (0, 4), (100, 3)),
        ("dialogues without an accepted film", (0, 1), (1, 1)),
        ("turns of one word", (0, 4), (1, 3)),
        ("seeker's turns a dialogue", (4, 1), (3, 1)),
        ("seeker speaks first", (0, 1), (1, 1)),
        ("first turn greets", (1, 1), (0, 1)),
        (f"first turn: {OPENINGS[1]}", (1, 1), (0, 1)),
        (f"first turn: {OPENINGS[2]}", (0, 1), (1, 1)),
        ("last turn thanks or says goodbye", (1, 1), (0, 1)),
        ("last turn thanks", (1, 1), (0, 1)),
        ("last turn says goodbye", (1, 1), (0, 1)),
        ("seeker speaks last", (1, 1), (0, 1)),
        ("turns that begin with a small letter", (0, 4), (1, 3)),
        # The first turn of TAKEN ends with a title, and is not counted.
        ("turns without a closing mark", (0, 3), (2, 3)),
        ("turns closed by an exclamation mark", (2, 3), (0, 1)),
        ("turns that end with a question mark", (0, 4), (0, 3)),
        ("turns with a typing slip", (1, 4), (0, 3)),
        # The reader takes "ok" for an acceptance, here of a film that was refused before.
        ("act: accept", (1, 4), (1, 3)),
        ("act: seen", (1, 4), (0, 3)),
    ],
)
def test_what_a_seeker_does_is_counted(
    name: str, taken: tuple[float, float], refused: tuple[float, float]
) -> None:
    assert counts(name, TAKEN) == taken
    assert counts(name, REFUSED) == refused


def test_the_table_has_values_n_and_ratios_by_hand() -> None:
    people, pair = observe([TAKEN, REFUSED], FILMS), observe([TAKEN, TAKEN], FILMS)
    table = {row.name: row for row in rows(people, pair)}
    titles = table["titles named a dialogue"]
    assert (titles.people.value, titles.pair.value, titles.ratio.value) == (1, 2, 2)
    assert (titles.people.n, titles.people.counted) == (2, "dialogues")
    assert titles.is_within is False
    turns = table["seeker's turns a dialogue"]
    assert turns.people.value == 3.5
    assert turns.ratio.value == pytest.approx(8 / 7)
    assert turns.is_within
    # Words a turn: 6, 5, 7 and 2 of TAKEN; 5, 6 and 1 of REFUSED.
    assert table[MEDIAN].people.value == 5
    assert table[MEDIAN].pair.value == 5.5
    assert table[MEDIAN].tolerance == 0.1
    refusals = table["refusals per 100 turns"]
    assert refusals.people.value == pytest.approx(100 / 7)
    assert (refusals.pair.value, refusals.ratio.value, refusals.is_within) == (0, 0, False)
    assert table["Dist-2"].people.missing == "fewer than 250 tokens"
    assert table["Dist-2"].is_within is None
    for row in table.values():
        if row.people.value is not None:
            assert row.people.low is not None
            assert row.people.high is not None
            assert row.people.low <= row.people.value <= row.people.high
    explained = rows(observe([TAKEN], FILMS), pair)
    critiques = next(row for row in explained if row.name == "critiques per 100 turns")
    assert critiques.ratio.missing == "people's value is 0"


def test_both_groups_are_read_from_their_words_alone() -> None:
    labelled = TAKEN.model_copy(
        update={
            "turns": tuple(
                turn.model_copy(
                    update={
                        "acts": (Act(kind=ActKind.REJECT),),
                        "mentions": (Mention(title="Enjoy", item="1"),),
                    }
                )
                for turn in TAKEN.turns
            )
        }
    )
    assert observed(labelled, FILMS) == observed(TAKEN, FILMS)


def test_a_seeker_who_says_nothing_is_left_out() -> None:
    silent = dialogue(("R", "Hello?"), ("S", "  "), name="silent")
    assert observe([silent, TAKEN], FILMS) == observe([TAKEN], FILMS)


def test_openings_are_told_by_acts() -> None:
    assert opening(frozenset({ActKind.GREET, ActKind.CHAT})) == OPENINGS[0]
    assert opening(frozenset({ActKind.GREET, ActKind.REQUEST})) == OPENINGS[1]
    assert opening(frozenset({ActKind.DISCLOSE})) == OPENINGS[2]
    assert opening(frozenset({ActKind.CHAT})) == OPENINGS[3]


@pytest.mark.parametrize(
    "slipped",
    ["i liked it", "Dont know", "Im sure", "the the best", "Nice , thanks", "Yes,please", "ok.Bye"],
)
def test_slips_are_found(slipped: str) -> None:
    assert has_slip(slipped)


@pytest.mark.parametrize(
    "clean",
    [
        "I liked it",
        "Don't know",
        "It was very very good",
        "Hmm... Not sure ...",
        "sci-fi, i.e. space",
        f"I liked {TITLE} .",
        "Released in 1999.",
        "so so",
    ],
)
def test_what_is_no_slip_is_not_found(clean: str) -> None:
    assert not has_slip(clean)


def test_titles_say_nothing_of_typing() -> None:
    assert begins_small(f"{TITLE} is great") == (0, 0)
    assert ends_open(f"I liked {TITLE}") == (0, 0)


def test_an_interval_resamples_dialogues_and_not_turns() -> None:
    # All spread lies between dialogues: 10 of 10 turns in one half, none in the other.
    split = [(10.0, 10.0)] * 10 + [(0.0, 10.0)] * 10
    found = contrast.ratio_of_sums(split, "turns", seed=1).estimate
    assert (found.value, found.n) == (0.5, 200)
    # Standard error of 20 dialogues: 0.5 / sqrt(20) = 0.112.
    assert found.low == pytest.approx(0.5 - 1.96 * 0.112, abs=0.06)
    assert found.high == pytest.approx(0.5 + 1.96 * 0.112, abs=0.06)


def test_the_median_is_numpys() -> None:
    rng = np.random.default_rng(3)
    values = [rng.integers(0, 40, rng.integers(1, 9)).tolist() for _ in range(30)]
    found = contrast.median_of(values, "turns", seed=0).estimate
    assert found.value == np.median(np.concatenate(values))
    assert found.low <= found.value <= found.high  # type: ignore[operator]
    assert contrast.median_of([[], []], "turns", seed=0).estimate.missing == "no turns"


def test_distinct_n_is_that_of_the_metric_with_an_interval_around_it() -> None:
    rng = np.random.default_rng(4)
    texts = [
        [" ".join(f"w{word}" for word in rng.geometric(0.02, 8)) for _ in range(5)]
        for _ in range(60)
    ]
    found = contrast.distinct_at(texts, 2, 500, seed=0).estimate
    flat = [text for turns in texts for text in turns]
    assert found.value == pytest.approx(distinct(flat, 2, budget=500), abs=0.01)
    assert found.low < found.value < found.high  # type: ignore[operator]
    assert contrast.distinct_at(texts[:2], 2, 500, seed=0).estimate.value is None
    # 2,400 tokens bear a budget of 500 with a margin, and not 1,000.
    assert contrast.shared_budget([texts, texts * 3]) == 500


def test_a_ratio_says_which_side_is_missing() -> None:
    there = contrast.ratio_of_sums([(1, 2)] * 9, "turns", seed=0)
    nothing = contrast.ratio_of_sums([(0, 0)], "turns", seed=0)
    assert contrast.ratio_of(there, nothing).missing == "people: no turns"
    assert contrast.ratio_of(nothing, there).missing == "pair: no turns"
    assert contrast.ratio_of(there, there).value == 1


@pytest.mark.parametrize(
    ("simulator_name", "row", "how"),
    [
        ("interplay", MEDIAN, "steered: verbosity"),
        ("interplay", "titles named a dialogue", "steered"),
        ("interplay", "turns of one word", "wordings drawn by how human they look"),
        ("agenda", "act: accept", "fixed: templates"),
        ("zero_shot", "seeker speaks first", "drawn"),
    ],
)
def test_what_holds_by_construction_is_said(simulator_name: str, row: str, how: str) -> None:
    found = constructed(System(name="x", simulator=simulator_name))
    assert how in found[row]
    assert set(found) <= {*COUNTS, MEDIAN, *DIST}


def test_a_manner_set_by_hand_is_not_drawn() -> None:
    seeker = System(name="x", simulator="interplay", controls={"verbosity": "short"})
    assert constructed(seeker)[MEDIAN] == "fixed: verbosity is set to short"
    assert MEDIAN not in constructed(System(name="x", simulator="zero_shot"))


def test_people_of_the_test_part_are_like_the_held_out_ones(shared_data: Path) -> None:
    # Held-out part, 235 dialogues: 2.82 titles [2.60, 3.03], median 10 words [9, 10].
    from backend.corpora import ImportReport, reader

    entries = reader("redial")(shared_data / "redial" / "redial_test.jsonl", ImportReport())
    people = observe((entry.dialogue for _, entry in zip(range(150), entries, strict=False)), FILMS)
    table = {row.name: row.people.value for row in rows(people, people)}
    assert table["titles named a dialogue"] == pytest.approx(2.8, abs=0.7)
    assert table[MEDIAN] == pytest.approx(10, abs=2)
