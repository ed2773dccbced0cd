"""Files that leave the house: complete, blinded to who raters are, and the same in every form."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import assignment, export, journey, quality, records, tables
from annotations.export import ExportError
from annotations.rehearse import rehearse
from annotations.study import Study, parse
from annotations.tables import FORMS, Columns
from backend.database import Database
from tests.annotations.test_assignment import answers, take

Stored = tuple[Database, Study]
SECRET = "a-secret-link-token"


@pytest.fixture
def folder(stored: Stored, tmp_path: Path) -> Path:
    """An export with a person, a formula, a correction, an exclusion and a rehearsal in it."""
    database, study = stored
    journey.join(database, study, SECRET)
    first = assignment.claim(database, study, SECRET)
    assert first
    said = {
        **answers(study.task(first.task)),
        "reason": '=HYPERLINK("x")\nsecond line',
        "marks": [1],
    }
    assignment.submit(database, study, first, said, key=first.next_key, seconds=3)
    take(database, study, SECRET)
    quality.exclude(
        database, "small", rule="named person", reason="+1 ü", who="Ada", assignment=first.id
    )
    rehearse(database, study, raters=3, seed=1)
    export.export(database, "small", tmp_path / "out")
    return tmp_path / "out"


def test_every_form_reads_back_as_the_same_frames(folder: Path) -> None:
    csv, jsonl, parquet = (export.read(folder, form) for form in FORMS)
    assert set(csv) == {
        "judgments", "judgments_rehearsal_1", "raters", "backgrounds", "vetting", "exclusions",
        "dialogues", "turns",
    }  # fmt: skip
    for name, frame in csv.items():
        pd.testing.assert_frame_equal(frame, jsonl[name])
        pd.testing.assert_frame_equal(frame, parquet[name])
    assert '=HYPERLINK("x")\nsecond line' in csv["judgments"]["text"].dropna().tolist()


def test_what_is_exported_is_what_is_stored(folder: Path, stored: Stored) -> None:
    held = records.judgments(stored[0], "small", with_excluded=True)
    found = export.read(folder)["judgments"]
    assert len(found) == len(held)
    assert found["question"].tolist() == held["question"].tolist()
    assert found["excluded"].tolist() == [bool(x) for x in held["excluded"]]
    assert export.read(folder)["exclusions"]["reason"].tolist() == ["+1 ü"]


def test_the_secret_of_a_raters_link_never_leaves(folder: Path) -> None:
    for path in folder.iterdir():
        assert SECRET.encode() not in path.read_bytes(), path.name
    assert export.read(folder)["raters"]["rater"].tolist() == ["r1", "r2", "r3", "r4"]


def test_a_spreadsheet_finds_no_formula(folder: Path) -> None:
    cells = pd.read_csv(folder / "judgments.csv", dtype=str)["text"].dropna()
    assert not [cell for cell in cells if cell[0] in "=+-@\t\r"]


def test_the_protocol_comes_along_and_is_the_one_that_was_stored(
    folder: Path, stored: Stored
) -> None:
    kept = json.loads((folder / "protocol.json").read_text())
    assert kept["hash"] == stored[1].hash
    assert parse((folder / "protocol.yaml").read_text()).hash == stored[1].hash
    assert stored[1].hash in (folder / "README.md").read_text()


def test_another_folder_is_not_overwritten_and_an_export_is_replaced(
    folder: Path, stored: Stored, tmp_path: Path
) -> None:
    mine = tmp_path / "thesis"
    mine.mkdir()
    (mine / "chapter1.txt").write_text("years of work")
    with pytest.raises(ExportError, match="no Uncanny export"):
        export.export(stored[0], "small", mine)
    assert [path.name for path in mine.iterdir()] == ["chapter1.txt"]
    export.export(stored[0], "small", folder)
    assert len(export.read(folder)["raters"]) == 4
    assert not list(tmp_path.glob(".out-*"))


COLUMNS: Columns = {"t": "text", "n": "number", "c": "count", "f": "flag", "l": "list"}
TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"))


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "t": TEXTS | st.sampled_from(["=1+1", "'", "", "NA", "nan", "-3", "@x", "a\nb"]),
                "n": st.none() | st.floats(allow_nan=False, allow_infinity=False),
                "c": st.none() | st.integers(-(2**53), 2**53),
                "f": st.none() | st.booleans(),
                "l": st.none() | st.lists(st.sampled_from(["a", 'b"', "ü,", ""])),
            }
        )
    )
)
def test_any_table_reads_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]
) -> None:
    folder = tmp_path_factory.mktemp("table")
    frame = tables.typed(pd.DataFrame(rows, columns=list(COLUMNS), dtype=object), COLUMNS)
    tables.write(frame, COLUMNS, folder, "x")
    for form in FORMS:
        pd.testing.assert_frame_equal(tables.read(folder, "x", COLUMNS, form), frame)


def test_the_consent_texts_people_agreed_to_come_along(folder: Path) -> None:
    (text,) = json.loads((folder / "consents.json").read_text())
    assert (text["version"], text["text"], text["raters"]) == ("1", "Do you agree?", 1)


def test_a_file_in_the_folders_place_is_told(stored: Stored, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(ExportError, match="is a file"):
        export.export(stored[0], "small", tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"
