"""A database and an export made by an earlier version open, and come to the same numbers.

`earlier_version/` was made by version 0.1.0 at commit 93fa1a3: the demo study, rehearsed by eight
simulated raters (seed 3), its analysis as that version printed it, and its export.
"""

import gzip
import json
import tarfile
from pathlib import Path

import pytest

from annotations import export, records, results
from annotations.setup import open_database, set_up
from annotations.study import load
from annotations.tables import Form
from backend.pool import Pool

MADE = Path(__file__).parent / "earlier_version"
CROWD = "rehearsal-3"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "study.db"
    path.write_bytes(gzip.decompress((MADE / "study.db.gz").read_bytes()))
    return path


def test_its_analysis_comes_to_the_same_numbers(database: Path) -> None:
    opened = open_database(database)
    found = [
        ((result.task, finding.title, estimate.quantity, estimate.group), estimate)
        for result in results.analyse(opened, "demo", crowd=CROWD)
        for finding in result.findings
        for estimate in finding.estimates
    ]
    opened.close()
    earlier = json.loads((MADE / "analysis.json").read_text(encoding="utf-8"))
    assert len(earlier) == 73
    for row, (key, estimate) in zip(earlier, found, strict=True):
        assert key == (row["task"], row["finding"], row["quantity"], row["group"])
        then = (row["value"], row["low"], row["high"], row["n"])
        now = (estimate.value, estimate.low, estimate.high, estimate.n)
        for number, earlier_number in zip(now, then, strict=True):
            assert (number is None) is (earlier_number is None), row
            assert number is None or number == pytest.approx(earlier_number, rel=1e-9), row


def test_its_study_and_dialogues_are_the_ones_of_today(database: Path) -> None:
    opened = open_database(database)
    stored = records.study(opened, "demo")
    assert stored.hash == "01509a4427e1875e446d525829de42ec5e71c65e56d6d1f5209a0b99b372bab2"
    # The same protocol loads again without a word about a changed study.
    assert set_up(opened, load("demo")) is False
    assert Pool(opened).count() == 124
    opened.close()


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_its_export_reads_as_the_database_exports_today(
    database: Path, tmp_path: Path, form: Form
) -> None:
    earlier = tmp_path / "earlier"
    with tarfile.open(MADE / "export.tar.gz") as archive:
        archive.extractall(earlier, filter="data")
    opened = open_database(database)
    export.export(opened, "demo", tmp_path / "today")
    opened.close()
    then, now = export.read(earlier, form), export.read(tmp_path / "today", form)
    assert set(then) == set(now)
    for name, table in then.items():
        shared = [column for column in table.columns if column in now[name].columns]
        assert list(table.columns) == shared, name
        assert table[shared].equals(now[name][shared]), name
