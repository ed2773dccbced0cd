"""Deletion of a study: nothing of it stays but the audit log's row, and nothing else is touched."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from annotations import assignment, journey, records
from annotations.__main__ import app
from annotations.crowd import deletion, staff, withdrawal
from annotations.rehearse import rehearse
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from annotations.tasks.base import StudyError
from backend.database import Database
from backend.pool import Pool
from tests.annotations.crowd.working_crowd import NAMES, PAID, walk
from tests.annotations.studies import PROTOCOL


def rows_but_of_the_pool(database: Database) -> str:
    """All rows of the tables of studies and raters, as SQL."""
    with database.reading() as db:
        lines = [line for line in db.conn.iterdump() if line.startswith("INSERT")]
    return "\n".join(line for line in lines if not line.startswith('INSERT INTO "dialogues"'))


def ids(database: Database, study: str) -> list[str]:
    return [row["id"] for row in database.rows("SELECT id FROM raters WHERE study = ?", [study])]


def run(database: Database, *words: str) -> Result:
    return CliRunner().invoke(app, ["delete", *words, "--db", str(database.path)])


def test_nothing_of_a_study_stays_but_that_it_was_deleted(
    crowd: tuple[Database, Study], tmp_path: Path
) -> None:
    database, study = crowd
    rehearse(database, study, raters=3, seed=1)
    other = parse(PAID.replace("name: paid", "name: other"))
    set_up(database, other)
    walk(database, other, "another", "finished")
    there, kept = ids(database, "paid"), ids(database, "other")
    dialogues = Pool(database).count()
    held = deletion.delete(database, "paid", who="Ada")
    assert held.raters == len(there) == len(NAMES) + 3
    assert held.answers > 0
    left = rows_but_of_the_pool(database)
    assert not [rater for rater in there if rater in left]
    assert all(rater in left for rater in kept)
    mentions = [line for line in left.splitlines() if "'paid'" in line]
    assert len(mentions) == 1
    assert "delete study" in mentions[0]
    assert Pool(database).count() == dialogues
    assert staff.audit(database, "paid")["who"].tolist() == ["Ada"]
    with pytest.raises(StudyError, match="no study 'paid'"):
        records.study(database, "paid")
    assert records.study(database, "other") == other


def test_a_study_of_the_same_name_starts_anew(stored: tuple[Database, Study]) -> None:
    database, study = stored
    journey.join(database, study, "one")
    assert assignment.claim(database, study, "one")
    deletion.delete(database, study.name, who="Ada")
    again = parse(PROTOCOL.replace("corpus: [people]", "corpus: [people], max_turns: 90"))
    assert set_up(database, again)
    journey.join(database, again, "two")
    given = assignment.claim(database, again, "two")
    assert given
    assert given.unit in set(records.progress(database, again.name)["unit"])


def test_the_record_of_consent_of_a_rater_who_withdrew_is_kept_until_then(
    crowd: tuple[Database, Study],
) -> None:
    database, study = crowd
    assert withdrawal.withdrawals(database, study.name)
    consents = database.rows("SELECT 1 FROM consents")
    assert len(consents) == len(NAMES)
    with pytest.raises(Exception, match="append-only"), database.writing() as db:
        db.conn.execute("DELETE FROM consents")
    deletion.delete(database, study.name, who="Ada")
    assert database.rows("SELECT 1 FROM consents") == []


def test_the_command_offers_an_export_and_writes_it(crowd: tuple[Database, Study]) -> None:
    database, study = crowd
    with database.writing() as db:  # nobody is under way: all took their steps days ago
        db.conn.execute(
            "UPDATE raters SET created_at = 1, instructed_at = min(instructed_at, 1), "
            "about_at = min(about_at, 1)"
        )
        db.conn.execute(
            "UPDATE assignments SET claimed_at = 1, lease_until = 2, done_at = min(done_at, 1)"
        )
    told = run(database, study.name)
    assert told.exit_code == 1
    assert "--export-to FOLDER" in told.output
    assert records.study_names(database) == [study.name]
    folder = database.path.parent / "exported"
    told = run(database, study.name, "--export-to", str(folder), "--who", "Ada")
    assert told.exit_code == 0, told.output
    protocol = json.loads((folder / "protocol.json").read_text())
    assert protocol["hash"] == study.hash
    assert records.study_names(database) == []
    assert "no study" in run(database, study.name, "--yes").output


def test_the_command_refuses_while_raters_are_under_way(crowd: tuple[Database, Study]) -> None:
    database, study = crowd
    told = run(database, study.name, "--export-to", str(database.path.parent / "exported"))
    assert told.exit_code == 1
    assert "under way" in told.output
    assert records.study_names(database) == [study.name]
    assert run(database, study.name, "--yes").exit_code == 0
    assert records.study_names(database) == []


def test_a_study_that_cannot_be_read_is_named_left_out_and_can_be_deleted(tmp_path: Path) -> None:
    database = open_database(tmp_path / "old.db")
    readable = parse(PROTOCOL)
    protocol = {**json.loads(readable.model_dump_json()), "lease_minutes": None, "name": "forever"}
    with database.writing() as db:  # as an older version stored `lease_minutes: .inf`
        for name, text in (
            ("small", readable.model_dump_json()),
            ("forever", json.dumps(protocol)),
        ):
            db.conn.execute("INSERT INTO studies VALUES (?, 'x', ?, 1)", [name, text])
    assert records.study_names(database) == ["small"]
    assert records.unreadable_studies(database) == ["forever"]
    for refused in (
        lambda: records.study(database, "forever"),
        lambda: set_up(database, parse(PROTOCOL.replace("name: small", "name: forever"))),
    ):
        with pytest.raises(StudyError, match=r"can't be read.*annotations delete forever --yes"):
            refused()
    assert run(database, "forever", "--yes").exit_code == 0
    assert records.unreadable_studies(database) == []
    database.close()
