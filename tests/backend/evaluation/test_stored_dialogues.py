"""The command `evaluate-simulators` on dialogues that a database holds."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.__main__ import app
from backend.catalogue import Catalogue
from backend.conversations.simulation import plans, simulate_into
from backend.database import Database
from backend.dialogue import Provenance, Role
from backend.pool import Entry, Failure, Pool, migrations
from backend.simulators import simulator
from backend.statistics.estimate import Estimate
from tests.backend.evaluation.test_behaviour import REFUSED, TAKEN

FILMS = Catalogue.load()


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Path, Path]:
    """A database with simulated dialogues, and a folder with held-out people."""
    path = tmp_path / "pool.db"
    database = Database(path, migrations)
    pool = Pool(database)
    seeker = simulator("agenda", Role.SEEKER)
    recommender = simulator("critiquing", Role.RECOMMENDER)
    simulate_into(pool, seeker, recommender, plans(FILMS, 6, seed=3))
    failed = Provenance(corpus="simulated", source_id="agenda+critiquing:1:x", licence="MIT")
    if (name := seeker.system.name) != "agenda":
        failed = failed.model_copy(update={"source_id": f"{name}+critiquing:1:x"})
    pool.add_failures([Failure(provenance=failed, reason="fell over")])
    pool.add([Entry(dialogue=TAKEN)])
    database.close()
    held_out = [TAKEN, REFUSED, TAKEN.model_copy(update={"provenance": _of_laps()})]
    lines = (one.model_dump_json(exclude_defaults=True) for one in held_out)
    (tmp_path / "held_out.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, tmp_path


def _of_laps() -> Provenance:
    return Provenance(corpus="laps", source_id="l", licence="MIT")


def evaluated(*options: object) -> str:
    """What the command prints, which has to succeed."""
    run = CliRunner().invoke(app, ["evaluate-simulators", *map(str, options)])
    assert run.exit_code == 0, run.output
    return run.output


def test_stored_dialogues_are_measured_without_simulating(stored: tuple[Path, Path]) -> None:
    path, data = stored
    made = data / "out.json"
    printed = evaluated("--from-db", path, "--data", data, "--json", made)
    assert "| titles named a dialogue | 1.000" in printed
    told = json.loads(made.read_text())
    (name,) = told["rows"]
    assert name.endswith("+critiquing")
    assert told["rows"][name]["broken off"]["value"] == pytest.approx(1 / 7)
    table = {row["name"]: row for row in told["behaviour"][name]}
    # People are ReDial's: the third dialogue, of another corpus, is not counted.
    people = Estimate.model_validate(table["seeker speaks first"]["people"])
    assert (people.value, people.n, people.counted) == (0.5, 2, "dialogues")
    assert (people.low, people.high) == (0.0, 1.0)
    assert people.interval == "percentile, bootstrap over dialogues, 1000 resamples, seed 0"
    assert table["seeker speaks first"]["within"] is False
    assert table["seeker speaks first"]["construction"].startswith("drawn")
    assert told["perplexity"] == {}
    assert f"{name}, behaviour" in told["seconds"]


def test_a_group_is_any_filter_of_the_pool(stored: tuple[Path, Path]) -> None:
    path, data = stored
    printed = evaluated(
        "--from-db", path, "--data", data, "--group", "mine:corpus=simulated", "-n", "4"
    )
    assert "What seekers do: mine beside people" in printed
    assert "| turns |" in printed
    assert "missing: the pool keeps failures by pair of systems" in printed
    bare = evaluated("--from-db", path, "--group", "mine:corpus=simulated")
    assert "What seekers do" not in bare


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--group", "mine:corpus=redial"], "--group is of dialogues in a database"),
        (["--from-db", "/nowhere.db"], "no database file /nowhere.db"),
        (["--from-db", "DB", "--group", "mine"], "a group is NAME:FILTER; got 'mine'"),
        (["--from-db", "DB", "--pair", "interplay"], "a pair is SEEKER+RECOMMENDER"),
        (["--from-db", "DB", "--pair", "a+b"], "no dialogue of a+b"),
    ],
)
def test_what_cannot_be_evaluated_is_said(
    stored: tuple[Path, Path], options: list[str], told: str
) -> None:
    named = [str(stored[0]) if option == "DB" else option for option in options]
    run = CliRunner().invoke(app, ["evaluate-simulators", *named])
    assert run.exit_code == 1
    assert told in run.output


def test_a_pool_without_simulated_dialogues_says_so(tmp_path: Path) -> None:
    Database(tmp_path / "empty.db", migrations).close()
    run = CliRunner().invoke(app, ["evaluate-simulators", "--from-db", str(tmp_path / "empty.db")])
    assert run.exit_code == 1
    assert "no simulated dialogue in" in run.output
