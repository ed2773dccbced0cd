"""`python -m annotations`, as a researcher types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from annotations.__main__ import app
from annotations.setup import open_database
from tests.annotations.studies import PROTOCOL, fill


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "lab.db"
    database = open_database(path)
    fill(database)
    database.close()
    (tmp_path / "small.yaml").write_text(PROTOCOL)
    return path


def run(db: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--db", str(db)])


def test_from_a_file_to_results_and_an_export(db: Path, tmp_path: Path) -> None:
    loaded = run(db, "load", str(tmp_path / "small.yaml"))
    assert loaded.exit_code == 0
    assert "http://localhost:8501/?study=small" in loaded.output
    assert "identify: 24 units, 3 judgments each" in loaded.output
    assert "stored already" in run(db, "load", str(tmp_path / "small.yaml")).output
    assert "0 of" in run(db, "studies").output
    assert "No judgments by people" in run(db, "analyse", "small").output
    rehearsed = run(db, "rehearse", "small", "--raters", "8", "--seed", "4")
    assert "simulated raters" in rehearsed.output
    assert "planted: d' = 1" in rehearsed.output
    told = run(db, "analyse", "small", "--crowd", "rehearsal-4")
    assert "Can raters tell?" in told.output
    said = json.loads(run(db, "analyse", "small", "--crowd", "rehearsal-4", "--json").output)
    assert [task["kind"] for task in said["tasks"]] == [
        "identify", "compare", "rate", "prefer", "chat",
    ]  # fmt: skip
    estimates = said["tasks"][0]["findings"][0]["estimates"]
    assert all(e["n"] > 0 and e["estimator"] for e in estimates)
    exported = run(db, "export", "small", "--to", str(tmp_path / "out"))
    assert exported.exit_code == 0
    assert (tmp_path / "out" / "judgments_rehearsal_4.parquet").is_file()


def test_load_says_how_many_raters_a_study_needs_and_warns_of_many(
    db: Path, tmp_path: Path
) -> None:
    # identify: 24 units of 3 judgments, 4 a rater, 18 raters; the chat: 1 unit of 9, 9 raters.
    loaded = run(db, "load", str(tmp_path / "small.yaml"))
    assert "It needs 18 raters in all." in loaded.output
    assert "Warning" not in loaded.output
    many = PROTOCOL.replace("name: small", "name: many").replace(
        "units_per_rater: 4\n    judgments_per_unit: 3",
        "units_per_rater: 1\n    judgments_per_unit: 9",
    )
    (tmp_path / "many.yaml").write_text(many)
    loaded = run(db, "load", str(tmp_path / "many.yaml"))
    assert "It needs 216 raters in all." in loaded.output
    assert "Warning: that is a large crowd." in loaded.output


def test_setting_a_rater_aside_changes_the_results(db: Path, tmp_path: Path) -> None:
    run(db, "load", str(tmp_path / "small.yaml"))
    run(db, "rehearse", "small", "--raters", "4", "--seed", "4")
    words = ("exclude", "small", "--rater", "2", "--reason", "spam", "--who", "Ada")
    assert "no longer counts" in run(db, *words).output
    crowd = ("analyse", "small", "--crowd", "rehearsal-4", "--json")
    assert json.loads(run(db, *crowd).output)["tasks"][0]["raters"] == 3
    assert json.loads(run(db, *crowd, "--with-excluded").output)["tasks"][0]["raters"] == 4
    assert (
        run(db, "exclude", "small", "--rater", "99", "--reason", "x", "--who", "x").exit_code == 1
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("analyse", "nothing"), "no study 'nothing'"),
        (("load", "nothing"), "ready-made ones are"),
        (("load", "matched_seekers"), "Import crsarena-eval first"),
        (("export", "nothing", "--to", "out"), "no study 'nothing'"),
    ],
)
def test_a_mistake_is_told_in_a_line(db: Path, words: tuple[str, ...], told: str) -> None:
    result = run(db, *words)
    assert result.exit_code == 1
    assert told in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_no_database_is_told_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"\xff\xd8 not a database" * 50)
    result = run(path, "studies")
    assert result.exit_code == 1
    assert "not a readable SQLite database" in result.output


@pytest.mark.parametrize("command", ["analyse", "rehearse", "correlate"])
def test_a_negative_seed_is_refused_with_the_option_named(db: Path, command: str) -> None:
    result = run(db, command, "small", "--seed", "-1")
    assert result.exit_code == 2
    assert "--seed" in result.output
    assert "Traceback" not in result.output
