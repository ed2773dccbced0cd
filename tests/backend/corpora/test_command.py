"""The import command: what it stores, says and refuses, and that a second time changes nothing."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from backend.commands.import_corpus import import_corpus
from backend.corpora import CorpusError
from backend.corpora.importing import BATCH, import_into
from backend.database import Database
from backend.dialogue import Origin
from backend.pool import DialogueFilter, Pool, migrations

app = typer.Typer()
app.command()(import_corpus)


def _dialogue(n: int) -> dict[str, Any]:
    return {
        "turns": [{"role": "seeker", "text": f"Hello {n}"}],
        "seeker": {"origin": "simulated", "system": {"name": "toy", "simulator": "own"}},
        "recommender": {"origin": "human"},
        "provenance": {"corpus": "mine", "source_id": str(n), "licence": "own"},
    }


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A file of our own format with two sound lines and a broken one."""
    file = tmp_path / "mine.jsonl"
    labelled = {"dialogue": _dialogue(2), "labels": [{"question": "natural", "value": 3}]}
    lines = [json.dumps(_dialogue(1)), "{}", json.dumps(labelled)]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("corpus", "folder", "imported", "labels"),
    [
        ("ab-redial", "ab_redial", 214, 9579),
        ("cpcd", "cpcd", 50, 0),
        ("crsarena-eval", "crsarena_eval", 467, 7734),
        ("iard", "iard", 336, 0),
        ("laps", "laps", 1406, 0),
        ("redial", "redial", 2342, 0),
        ("usersimcrs", "usersimcrs_synthetic", 3089, 0),
    ],
)
def test_a_real_corpus_imported_twice_is_there_once(
    pool: Pool, shared_data: Path, corpus: str, folder: str, imported: int, labels: int
) -> None:
    first = import_into(pool, corpus, shared_data / folder)
    assert (first.imported, first.known, first.new_labels) == (imported, 0, labels)
    assert first.changed
    assert first.new_labels == first.labels
    assert first.new_scores == first.scores
    before = pool.frame()
    second = import_into(pool, corpus, shared_data / folder)
    assert (second.imported, second.known, second.new_labels) == (0, imported, 0)
    assert not second.changed
    assert pool.frame().equals(before)
    for role in ("seeker", "recommender"):
        simulated = before[before[f"{role}_origin"] == Origin.SIMULATED]
        assert simulated[f"{role}_system"].notna().all()
    assert set(before["corpus"]) == {corpus}
    assert (before["seeker_turns"] > 0).all()


def test_a_corpus_larger_than_a_batch_is_stored_whole_and_progress_is_told(
    pool: Pool, tmp_path: Path
) -> None:
    file, told = tmp_path / "many.jsonl", list[int]()
    file.write_text("\n".join(json.dumps(_dialogue(n)) for n in range(BATCH + 7)))
    summary = import_into(pool, "jsonl", file, told.append)
    assert told == [BATCH, BATCH + 7]
    assert summary.imported == pool.count() == BATCH + 7
    assert pool.count(DialogueFilter(seeker_system=("toy",))) == BATCH + 7


def test_the_summary_says_what_was_read_stored_and_broken(mine: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["jsonl", str(mine), "--db", str(tmp_path / "a.db")])
    assert result.exit_code == 0
    words = " ".join(result.stdout.split())
    assert "read 2 dialogues imported 2 already there 0 labels 1 (1 new)" in words
    assert "systems toy" in words
    assert "broken records 1 mine.jsonl, line 2: turns: Field required" in words
    assert "Nothing new" not in result.stdout
    database = Database(tmp_path / "a.db", migrations)
    assert Pool(database).count() == 2
    assert len(Pool(database).labels()) == 1
    database.close()


def test_a_second_import_says_that_nothing_is_new(mine: Path, tmp_path: Path) -> None:
    arguments = ["jsonl", str(mine), "--db", str(tmp_path / "a.db")]
    CliRunner().invoke(app, arguments)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert "already there 2" in " ".join(result.stdout.split())
    assert result.stdout.endswith("Nothing new: the pool is as it was.\n")


def test_of_many_broken_records_twenty_are_spelled_out_and_all_are_counted(
    pool: Pool, tmp_path: Path
) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join([json.dumps(_dialogue(1)), *["{}"] * 33]), encoding="utf-8")
    lines = import_into(pool, "jsonl", file).lines()
    assert "  broken records  33" in lines
    assert sum(": turns: Field required" in line for line in lines) == 20
    assert "    and 13 more" in lines


@pytest.mark.parametrize(
    ("corpus", "name", "says"),
    [
        ("radial", "mine.jsonl", "Error: no corpus 'radial'; there are"),
        ("jsonl", "nowhere", "does not exist"),
        ("crsarena-eval", "mine.jsonl", "expected a JSON array of dialogues"),
    ],
)
def test_what_can_not_be_read_ends_in_one_clear_line(
    mine: Path, corpus: str, name: str, says: str
) -> None:
    path, db = mine.parent / name, mine.parent / "a.db"
    result = CliRunner().invoke(app, [corpus, str(path), "--db", str(db)])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_database_that_is_none_ends_in_one_clear_line(mine: Path) -> None:
    rubbish = mine.parent / "rubbish.db"
    rubbish.write_bytes(b"no database" * 200)
    result = CliRunner().invoke(app, ["jsonl", str(mine), "--db", str(rubbish)])
    assert result.exit_code == 1
    assert "is not a readable SQLite database" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read any file")
def test_a_file_one_may_not_read_is_named(pool: Pool, mine: Path) -> None:
    mine.chmod(0)
    with pytest.raises(CorpusError, match=r"mine\.jsonl can't be read"):
        import_into(pool, "jsonl", mine)


def test_without_db_the_environment_says_where(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNCANNY_DB", str(tmp_path / "elsewhere.db"))
    assert CliRunner().invoke(app, ["jsonl", str(mine)]).exit_code == 0
    assert (tmp_path / "elsewhere.db").exists()
