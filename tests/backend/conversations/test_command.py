"""`python -m backend simulate`: stored once, reported with its n, and clear about mistakes."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from backend.commands.simulate import simulate
from backend.database import Database
from backend.pool import DialogueFilter, Pool, migrations

app = typer.Typer()
app.command()(simulate)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def bodies(path: Path) -> list[str]:
    database = Database(path, migrations)
    found = [str(row["body"]) for row in database.rows("SELECT body FROM dialogues ORDER BY id")]
    database.close()
    return found


def test_simulated_dialogues_are_stored_and_summed_up(tmp_path: Path) -> None:
    path = tmp_path / "pool.db"
    result = run("-n", 60, "--seed", 1, "--db", path)
    assert result.exit_code == 0, result.output
    assert "60 (60 new in the pool)" in result.output
    assert "of n = 60" in result.output
    database = Database(path, migrations)
    pool = Pool(database)
    assert pool.count(DialogueFilter(seeker_system=("agenda",), corpus=("simulated",))) == 60
    database.close()


def test_the_same_seed_again_adds_nothing_and_more_of_it_only_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "pool.db"
    run("-n", 5, "--seed", 1, "--db", path)
    before = bodies(path)
    assert "5 (0 new in the pool)" in run("-n", 5, "--seed", 1, "--db", path).output
    assert bodies(path) == before
    assert "8 (3 new in the pool)" in run("-n", 8, "--seed", 1, "--db", path).output
    assert set(before) < set(bodies(path))


def test_two_databases_with_one_seed_hold_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    run("-n", 5, "--seed", 9, "--db", one)
    run("-n", 5, "--seed", 9, "--db", two)
    assert bodies(one) == bodies(two)


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ("--seeker", "parrot", "no seeker 'parrot'; there are agenda"),
        ("--recommender", "agenda", "no recommender 'agenda'; there are critiquing"),
    ],
)
def test_an_unknown_name_is_an_error_that_names_those_there_are(
    option: str, name: str, message: str, tmp_path: Path
) -> None:
    result = run(option, name, "--db", tmp_path / "pool.db")
    assert result.exit_code == 1
    assert message in result.output
    assert not (tmp_path / "pool.db").exists()
