"""Simulating at scale: taken up where it stopped, reproducible, and honest about what broke."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from backend.catalogue import Catalogue
from backend.conversations.scenarios import ScenarioError, draw, given
from backend.conversations.simulation import STORED, SimulationSummary, plans, simulate_into
from backend.conversations.talk import talk
from backend.database import Database
from backend.dialogue import Role, System, Turn
from backend.pool import Pool, migrations
from backend.simulators import SimulatorError, simulator

FILMS = Catalogue.load()
SEEKER, RECOMMENDER = simulator("agenda", Role.SEEKER), simulator("critiquing", Role.RECOMMENDER)


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    database = Database(tmp_path / "pool.db", migrations)
    yield Pool(database)
    database.close()


class Killed(Exception):
    pass


def test_a_run_that_was_killed_goes_on_and_ends_as_if_it_had_not(
    pool: Pool, tmp_path: Path
) -> None:
    planned = plans(FILMS, 2 * STORED + 10, seed=3)

    def kill(so_far: SimulationSummary) -> None:
        if so_far.dialogues >= STORED:
            raise Killed

    with pytest.raises(Killed):
        simulate_into(pool, SEEKER, RECOMMENDER, planned, progress=kill)
    assert pool.count() == STORED
    summary = simulate_into(pool, SEEKER, RECOMMENDER, planned)
    assert (summary.dialogues, summary.stored, summary.made) == (
        len(planned),
        STORED + 10,
        STORED + 10,
    )
    whole = Pool(Database(tmp_path / "whole.db", migrations))
    simulate_into(whole, SEEKER, RECOMMENDER, planned)
    ids = sorted(pool.frame()["id"])
    assert ids == sorted(whole.frame()["id"])
    assert pool.get_many(ids) == whole.get_many(ids)
    whole.database.close()


def test_a_dialogue_can_be_made_again_from_its_provenance(pool: Pool) -> None:
    simulate_into(pool, SEEKER, RECOMMENDER, plans(FILMS, 5, seed=1))
    for dialogue in pool.get_many(list(pool.frame()["id"])).values():
        noted = dialogue.provenance
        assert noted.seed is not None
        assert dialogue.scenario is not None
        assert dialogue.seeker.system is not None
        settings: Any = dialogue.seeker.system.controls
        again = talk(
            simulator(dialogue.seeker.system.simulator, Role.SEEKER, **settings),
            RECOMMENDER,
            dialogue.scenario,
            seed=noted.seed,
            max_turns=int(str(noted.notes["max_turns"])),
            opens=Role(str(noted.notes["opens"])),
        )
        assert again.turns == dialogue.turns


class Moody:
    """A recommender that answers some and breaks on others."""

    system = System(name="moody", simulator="moody")
    informed = False
    variables: ClassVar[dict[str, tuple[str, ...]]] = {}

    def respond(self, view: Any, *, seed: int) -> Iterator[str | Turn]:
        if seed % 3 == 0:
            raise SimulatorError("not today")
        yield from RECOMMENDER.respond(view, seed=seed)


def test_what_breaks_off_is_recorded_with_its_reason_and_not_in_the_pool(pool: Pool) -> None:
    planned = plans(FILMS, 20, seed=5)
    bad = sum(plan.seed % 3 == 0 for plan in planned)
    assert 0 < bad < 20
    summary = simulate_into(pool, SEEKER, Moody(), planned)
    assert len(summary.failures) == bad
    assert pool.count() == 20 - bad
    frame = pool.failures()
    assert set(frame["reason"]) == {"not today"}
    assert frame["turns"].str.contains("seeker").any()
    assert "broke off" in "\n".join(summary.lines())
    simulate_into(pool, SEEKER, Moody(), planned)
    assert len(pool.failures()) == bad


def test_scenarios_come_from_a_file_round_and_round(tmp_path: Path) -> None:
    path = tmp_path / "wishes.jsonl"
    mine = [draw(FILMS, seed) for seed in (1, 2)]
    path.write_text("".join(f'{{"scenario":{one.model_dump_json()}}}\n' for one in mine))
    assert given(str(path)) == tuple(mine)
    assert [plan.scenario for plan in plans(FILMS, 3, seed=0, scenarios=mine)] == [
        mine[0],
        mine[1],
        mine[0],
    ]
    assert len(given("held-out")) == 188
    assert given("drawn") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [("{}\n", "holds no scenario"), ("{\n", "line 1"), ('{"scenario": {}}\n', "line 1: scenario")],
)
def test_a_file_of_scenarios_that_is_wrong_is_named(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "wishes.jsonl"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=message):
        given(str(path))
    with pytest.raises(ScenarioError, match="scenarios are `drawn`"):
        given(str(tmp_path / "nothing"))
