"""Grafting: a person's beginning stays as it is, simulators go on, and it is stored once, whole."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest
import typer
from typer.testing import CliRunner, Result

from backend.catalogue import Catalogue
from backend.commands.graft import graft
from backend.conversations.grafting import (
    AFTER,
    NO_PLACE,
    NO_WISH,
    TOO_SHORT,
    Graft,
    GraftSummary,
    graft_into,
    human,
    plan,
)
from backend.database import Database
from backend.dialogue import (
    Attribute,
    Brief,
    Dialogue,
    Origin,
    Player,
    Provenance,
    Role,
    Scenario,
    System,
    Turn,
)
from backend.pool import DialogueFilter, Entry, Pool, migrations
from backend.simulators import SimulatorError, simulator

FILMS = Catalogue.load()
SEEKER, RECOMMENDER = simulator("agenda", Role.SEEKER), simulator("critiquing", Role.RECOMMENDER)
COMEDY = Scenario(
    brief=Brief(summary="Something funny.", attributes=(Attribute(name="genre", value="comedy"),))
)

app = typer.Typer()
app.command()(graft)


def person(
    number: int,
    texts: tuple[str, ...] = ("I feel like a comedy", "hm, older please", "and another", "ok then"),
    scenario: Scenario | None = None,
) -> Dialogue:
    """A human dialogue: these seeker turns, each answered; the recommender greets."""
    turns = [Turn(role=Role.RECOMMENDER, text="good day")]
    for text in texts:
        turns.append(Turn(role=Role.SEEKER, text=text, time=float(len(turns))))
        turns.append(Turn(role=Role.RECOMMENDER, text=f"let me think about that ({number})"))
    return Dialogue(
        turns=tuple(turns),
        seeker=Player(origin=Origin.HUMAN, person=f"worker {number}"),
        recommender=Player(origin=Origin.HUMAN),
        provenance=Provenance(corpus="people", source_id=f"{number}", licence="CC BY 4.0"),
        scenario=scenario,
    )


def fill(pool: Pool, n: int = 30) -> list[Dialogue]:
    made = [person(number) for number in range(n)]
    pool.add(Entry(dialogue=one) for one in made)
    return made


def grafted(pool: Pool, **settings: Any) -> GraftSummary:
    usual = {"n": 30, "seed": 1, "catalogue": FILMS}
    return graft_into(pool, SEEKER, RECOMMENDER, human(["people"]), **{**usual, **settings})


def held(pool: Pool) -> list[Dialogue]:
    ids = list(pool.frame(DialogueFilter(corpus=("grafted",)))["id"])
    return list(pool.get_many(ids).values())


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    database = Database(tmp_path / "pool.db", migrations)
    yield Pool(database)
    database.close()


def test_the_human_beginning_is_kept_word_for_word_and_the_swap_is_where_it_ends(
    pool: Pool,
) -> None:
    people = {one.id: one for one in fill(pool)}
    grafted(pool)
    found = held(pool)
    assert len(found) > 15
    for one in found:
        swap, source = one.provenance.notes["swap"], people[str(one.provenance.notes["source"])]
        assert isinstance(swap, int)
        assert one.turns[:swap] == source.turns[:swap]
        assert one.turns[swap].role is Role.SEEKER
        assert one.turns[swap].text != source.turns[swap].text
        assert any(turn.role is Role.SEEKER for turn in one.turns[:swap])
        assert sum(turn.role is Role.SEEKER for turn in one.turns[swap:]) >= AFTER
        after = one.turns[swap:]
        assert all(a.role is b.role.other for a, b in pairwise(after))
        assert len(one.turns) <= 20
        assert one.turns[-1].acts  # simulated to the end
    assert len({one.provenance.notes["swap"] for one in found}) > 1


def test_a_grafted_dialogue_says_who_goes_on_whose_words_it_holds_and_on_what_terms(
    pool: Pool,
) -> None:
    fill(pool)
    grafted(pool)
    for one in held(pool):
        assert (one.seeker.origin, one.seeker.system) == (Origin.SIMULATED, SEEKER.system)
        assert one.recommender.system == RECOMMENDER.system
        assert one.seeker.person is None
        assert one.provenance.licence == "CC BY 4.0"
        assert one.provenance.seed is not None
        assert set(one.provenance.notes) == {"swap", "source"}


def test_the_same_seed_again_adds_nothing_and_another_seed_swaps_elsewhere(
    pool: Pool, tmp_path: Path
) -> None:
    fill(pool)
    first = grafted(pool)
    assert first.stored == first.grafted == len(held(pool))
    before = held(pool)
    again = grafted(pool)
    assert (again.stored, again.grafted, again.skipped) == (0, first.grafted, first.skipped)
    assert held(pool) == before
    other = Pool(Database(tmp_path / "other.db", migrations))
    fill(other)
    grafted(other)
    assert held(other) == before
    other.database.close()
    assert grafted(pool, seed=2).stored > 0


def test_a_larger_n_holds_the_smaller_ones(pool: Pool) -> None:
    fill(pool)
    grafted(pool, n=5)
    few = {one.id for one in held(pool)}
    grafted(pool, n=20)
    assert few < {one.id for one in held(pool)}


def test_the_wish_is_the_scenarios_or_what_the_prefix_asks_for() -> None:
    with_one = plan(person(1, scenario=COMEDY), FILMS, seed=1)
    assert isinstance(with_one, Graft)
    assert with_one.scenario == COMEDY
    without = plan(person(1, ("I love the 80s, but no horror please", *["hm"] * 5)), FILMS, seed=1)
    assert isinstance(without, Graft)
    assert [str(one) for one in without.scenario.brief.attributes] == ["decade: 1980s"]
    assert without.scenario.brief.summary
    assert without.scenario.targets == ()


def test_what_can_not_be_grafted_is_counted_with_its_reason(pool: Pool) -> None:
    short = person(1, ("a comedy", "thanks"))
    wishless = person(2, ("hello there", "hm", "hm", "hm"))
    simulated = person(3).model_copy(update={"seeker": Player(origin=Origin.AUTHORED)})
    pool.add(Entry(dialogue=one) for one in (short, wishless, simulated))
    summary = grafted(pool)
    assert summary.skipped == {NO_PLACE: 1, NO_WISH: 1}
    assert held(pool) == []
    assert f"1: {NO_WISH}" in "\n".join(summary.lines())


class Hasty:
    """A seeker that says goodbye at once."""

    system = System(name="hasty", simulator="hasty")
    informed = False
    variables: ClassVar[dict[str, tuple[str, ...]]] = {}

    def respond(self, view: Any, *, seed: int) -> Iterator[str | Turn]:
        yield Turn(role=Role.SEEKER, text="goodbye")


class Mute(Hasty):
    """A seeker that breaks."""

    def respond(self, view: Any, *, seed: int) -> Iterator[str | Turn]:
        raise SimulatorError("not today")


def test_what_ends_too_soon_or_breaks_off_is_not_stored(pool: Pool) -> None:
    fill(pool, 4)
    which = human(["people"])
    hasty = graft_into(pool, Hasty(), RECOMMENDER, which, n=4, seed=1, catalogue=FILMS)
    assert hasty.skipped == {TOO_SHORT: 4}
    mute = graft_into(pool, Mute(), RECOMMENDER, which, n=4, seed=1, catalogue=FILMS)
    assert mute.skipped == {"broke off: not today": 4}
    assert held(pool) == []
    failures = pool.failures()
    assert set(failures["reason"]) == {"not today"}
    assert not failures["turns"].str.contains("good day").any()


def test_a_simulator_that_takes_over_sees_all_that_was_said(pool: Pool) -> None:
    seen = []

    class Watched(Hasty):
        def respond(self, view: Any, *, seed: int) -> Iterator[str | Turn]:
            seen.append((view.turns, view.brief))
            return SEEKER.respond(view, seed=seed)

    (source,) = fill(pool, 1)
    graft_into(pool, Watched(), RECOMMENDER, human(["people"]), n=1, seed=1, catalogue=FILMS)
    turns, brief = seen[0]
    assert turns == source.turns[: len(turns)]
    assert len(turns) >= 3
    assert [str(one) for one in brief.attributes] == ["genre: comedy"]


def run(path: Path, *arguments: object) -> Result:
    quick = ["--seeker", "agenda", "--recommender", "critiquing", "--db", path]
    return CliRunner().invoke(app, list(map(str, [*quick, *arguments])))


def test_the_command_stores_once_and_says_what_it_skipped(tmp_path: Path) -> None:
    path = tmp_path / "pool.db"
    database = Database(path, migrations)
    fill(Pool(database))
    Pool(database).add([Entry(dialogue=person(99, ("hello there", "hm", "hm", "hm")))])
    database.close()
    told = run(path, "--corpus", "people", "-n", 40)
    assert told.exit_code == 0, told.output
    assert f"1: {NO_WISH}" in told.output
    assert "(0 new in the pool)" in run(path, "--corpus", "people", "-n", 40).output


def test_the_command_names_what_is_missing(tmp_path: Path) -> None:
    told = run(tmp_path / "pool.db", "--corpus", "redial")
    assert told.exit_code == 1
    assert "no dialogue of redial with a human seeker" in told.output


def test_what_raters_said_here_is_not_grafted() -> None:
    with pytest.raises(SimulatorError, match="who may withdraw it"):
        human(["chats"])
