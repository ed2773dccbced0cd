"""Realism measures on planted differences, against scipy and scikit-learn, and by the command."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from typer.testing import CliRunner

from backend.__main__ import app
from backend.catalogue import Catalogue
from backend.database import Database
from backend.dialogue import Dialogue, Origin, Player, Provenance, Role, System, Turn
from backend.metrics.encoder import Encoder
from backend.pool import DialogueFilter, Entry, Pool, migrations
from backend.realism.compare import Realism, compare
from backend.realism.discriminator import (
    DISCRIMINATOR,
    FLOOR,
    FORMAT,
    LENGTH,
    MATCHED,
    OTHER_PEOPLE,
    WORDS,
    discrimination,
    format_of,
)
from backend.realism.ensemble import jensen_shannon
from backend.realism.matched import matched
from backend.realism.sides import FILM, Said, TooFew, said

FILMS = Catalogue.load()
OPENINGS = ["hi", "hello there", "hey", "good evening"]
WISHES = ["something funny", "a scary one", "maybe a drama", "old westerns", "space adventures"]
ANSWERS = ["not seen it", "yes, loved it!", "no thanks", "who is in it?", "ok, I will watch it"]
STRANGE = ["kindly advise", "per my preference", "I require assistance", "as previously stated"]


def person(
    seed: int, *, strange: float = 0, capitals: bool = False, system: str | None = None
) -> Dialogue:
    """A made-up speaker; `strange` is how often it uses words that the others do not have."""
    rng = random.Random(seed)
    lines = [rng.choice(OPENINGS), f"I want {rng.choice(WISHES)}", rng.choice(ANSWERS)]
    lines += [rng.choice(ANSWERS) for _ in range(rng.randint(0, 3))]
    lines = [f"{line}, {rng.choice(STRANGE)}" if rng.random() < strange else line for line in lines]
    lines = [line.capitalize() + "." if capitals else line for line in lines]
    turns = []
    for line in lines:
        turns += [Turn(role=Role.SEEKER, text=line), Turn(role=Role.RECOMMENDER, text="this one?")]
    seeker = (
        Player(origin=Origin.SIMULATED, system=System(name=system, simulator="made-up"))
        if system
        else Player(origin=Origin.HUMAN)
    )
    return Dialogue(
        turns=tuple(turns),
        seeker=seeker,
        recommender=Player(origin=Origin.AUTHORED),
        provenance=Provenance(corpus=system or "people", source_id=str(seed), licence="MIT"),
    )


def compared(real: list[Dialogue], simulated: list[Dialogue]) -> Realism:
    return compare(real, simulated, catalogue=FILMS, encoder=Encoder.named(), seed=1)


PEOPLE = [person(seed) for seed in range(60)]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8))
def test_divergence_is_scipys_squared_distance(counts: list[tuple[int, int]]) -> None:
    one, other = np.array(counts, dtype=float).T
    if not one.sum() or not other.sum():
        return
    expected = jensenshannon(one, other, base=2) ** 2
    assert float(jensen_shannon(one, other)) == pytest.approx(np.nan_to_num(expected), abs=1e-9)
    assert jensen_shannon(one, other) == pytest.approx(jensen_shannon(other, one))


def test_the_same_kind_of_people_cannot_be_told_apart() -> None:
    found = compared(PEOPLE, [person(seed, system="same") for seed in range(100, 160)])
    for name in (DISCRIMINATOR, WORDS, LENGTH, FLOOR):
        figure = found.discrimination[name]
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < 0.58, name
    assert all(one.p > 0.001 for one in found.divergences)
    assert found.discrimination[OTHER_PEOPLE].missing


def test_strange_words_are_found_and_named() -> None:
    strangers = [person(seed, strange=0.7, system="strange") for seed in range(100, 160)]
    found = compared(PEOPLE, strangers)
    assert (found.discrimination[DISCRIMINATOR].value or 0) > 0.9
    assert (found.discrimination[WORDS].value or 0) > 0.9
    named = [one for one in found.giveaways if one.weight > 0]
    told = " ".join(one.feature for one in named)
    assert any(word in told for word in ("kindly", "advise", "require", "preference", "stated"))
    words = next(one for one in named if "“" in one.feature)
    assert words.simulated > words.real
    dialogue, turn = words.examples[0]
    ids = {d.id: d for d in strangers}
    word = words.feature.strip("“”").split()[0]
    assert turn is not None
    assert word in ids[dialogue].turns_of(Role.SEEKER)[turn].text.lower()


def test_format_alone_is_seen_by_the_control_that_sees_only_format() -> None:
    neat = [person(seed, capitals=True, system="neat") for seed in range(100, 160)]
    found = compared(PEOPLE, neat)
    assert (found.discrimination[LENGTH].value or 0) > 0.95
    # Words in lower case are the same words.
    assert (found.discrimination[WORDS].low or 0) < 0.6


def test_titles_are_masked_on_both_sides() -> None:
    film = FILMS.matching()[0]
    dialogue = PEOPLE[0].model_copy(
        update={
            "turns": (
                Turn(role=Role.SEEKER, text=f"I liked {film.name}", mentions=(film.mention(),)),
                Turn(role=Role.RECOMMENDER, text="ok"),
            )
        }
    )
    assert said(dialogue, Role.SEEKER, FILMS, simulated=False).turns == (f"I liked {FILM}",)


def test_format_has_a_name_for_each_measure() -> None:
    assert len(format_of(["Hi there.", "ok"])) == len(FORMAT)


def test_a_comparison_survives_the_pool() -> None:
    found = compared(PEOPLE, [person(seed, system="same") for seed in range(100, 130)])
    assert Realism.from_json(found.as_json()) == found


def test_too_few_dialogues_are_told() -> None:
    with pytest.raises(TooFew, match="the simulated side has 3 dialogues"):
        compared(PEOPLE, [person(seed, system="few") for seed in range(3)])


def test_one_command_makes_the_table(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = Database(path, migrations)
    Pool(database).add(
        Entry(dialogue=d)
        for d in [*PEOPLE, *(person(s, strange=0.5, system="odd") for s in range(40))]
    )
    run = CliRunner().invoke
    asked = ["realism", "--real", "seeker_origin=human", "--db", str(path)]
    told = run(app, [*asked, "--simulated", "odd:seeker_system=odd"])
    assert told.exit_code == 0, told.output
    assert "| AUC, length and format only |" in told.output
    assert "JSD of topics" in told.output
    kept = Pool(database).realisms()
    assert list(kept["name"]) == ["odd"]
    assert Realism.from_json(kept["body"][0]).dialogues == (60, 40)
    wrong = run(app, [*asked, "--simulated", "x:colour=red"])
    assert wrong.exit_code == 1
    assert "there are corpus, seeker_origin" in wrong.output
    odd = run(app, [*asked, "--simulated", "x:min_turns=many"])
    assert odd.exit_code == 1
    assert "no such filter 'min_turns=many'" in odd.output
    unnamed = run(app, [*asked, "--simulated", "seeker_system=odd"])
    assert "a simulated side is NAME:FILTER" in unnamed.output
    nobody = run(app, [*asked, "--simulated", "x:seeker_system=odd", "--same-recommenders"])
    assert "no recommender in common" in nobody.output
    database.close()


def test_people_of_two_sources_are_set_against_each_other() -> None:
    """Two groups of people that differ in nothing but capitals: the row says how much that is."""

    def sides(dialogues: list[Dialogue], *, simulated: bool = False) -> list[Said]:
        return [said(d, Role.SEEKER, FILMS, simulated=simulated) for d in dialogues]

    real, odd = sides(PEOPLE[:30]), sides([person(s, system="odd") for s in range(30)])
    neat = sides([person(seed, capitals=True) for seed in range(200, 230)])
    areas = discrimination(real, odd, Encoder.named(), others=neat, seed=1)
    assert (areas[OTHER_PEOPLE].value or 0) > 0.9
    assert 0 < areas[f"{DISCRIMINATOR}{MATCHED}"].n <= 60


def test_people_are_no_simulated_side(tmp_path: Path) -> None:
    path = tmp_path / "pool.db"
    database = Database(path, migrations)
    Pool(database).add(Entry(dialogue=d) for d in PEOPLE)
    database.close()
    asked = ["realism", "--real", "corpus=people", "--simulated", "mine:corpus=people"]
    run = CliRunner().invoke(app, [*asked, "--db", str(path)])
    assert run.exit_code == 1
    assert "60 of 60 dialogues whose seeker is not simulated" in run.output


def test_a_result_of_other_sides_is_kept_beside_one_of_the_same_name(tmp_path: Path) -> None:
    database = Database(tmp_path / "pool.db", migrations)
    pool, theirs = Pool(database), DialogueFilter(corpus=("simulated",))
    for real in ("redial", "laps", "laps"):
        pool.keep_realism("mine", Role.SEEKER, DialogueFilter(corpus=(real,)), theirs, "{}")
    assert list(pool.realisms()["name"]) == ["mine", "mine"]
    database.close()


def test_matched_dialogues_are_of_nearly_the_same_length() -> None:
    ours = [said(person(seed), Role.SEEKER, FILMS, simulated=False) for seed in range(30)]
    theirs = [said(person(seed), Role.SEEKER, FILMS, simulated=True) for seed in range(50, 100)]
    mine, them = matched(ours, theirs)
    assert len(mine) == len(them) > 15
    assert {one.simulated for one in mine} == {False}
    for one, other in zip(mine, them, strict=True):
        words = [len(side.text.split()) for side in (one, other)]
        assert max(words) - min(words) <= 0.1 * max(words)
    assert matched(ours, []) == ([], [])
