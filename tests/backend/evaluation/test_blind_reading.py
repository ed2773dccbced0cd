"""Blind reading: a sheet that tells no source, and marks counted by the key."""

import csv
from pathlib import Path

import pytest

from backend.dialogue import Dialogue, Origin, Player, Provenance, Role, Turn
from backend.evaluation.blind_reading import SheetError, count, drawn, write


def dialogue(name: str, words: str) -> Dialogue:
    turns = [
        Turn(role=Role.RECOMMENDER, text="What do you like?"),
        Turn(role=Role.SEEKER, text=f"I like {words} {name}."),
        Turn(role=Role.RECOMMENDER, text="How about this one?"),
        Turn(role=Role.SEEKER, text=f"Not {words} enough for {name}."),
    ]
    return Dialogue(
        turns=tuple(turns),
        seeker=Player(origin=Origin.HUMAN),
        recommender=Player(origin=Origin.HUMAN),
        provenance=Provenance(corpus="made", source_id=f"{words}{name}", licence="MIT"),
    )


SIDES = {
    "simulated": [dialogue(str(at), "red") for at in range(12)],
    "people": [dialogue(str(at), "blue") for at in range(15)],
}


def marked(sheet: Path, mark: str) -> None:
    """Mark turns that say 'red' with `mark`, others as coherent."""
    with sheet.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with sheet.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, "coherent": mark if "red" in row["turn"] else "Y"})


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    write(drawn(SIDES, 10, Role.SEEKER, seed=1), tmp_path / "sheet.csv", tmp_path / "key.csv")
    return tmp_path / "sheet.csv", tmp_path / "key.csv"


def test_a_sheet_has_as_many_turns_of_each_side_one_a_dialogue_and_tells_no_source(
    paths: tuple[Path, Path],
) -> None:
    reads = drawn(SIDES, 10, Role.SEEKER, seed=1)
    assert len({read.dialogue.id for read in reads}) == 20
    assert [read.side for read in reads] != sorted(read.side for read in reads)
    assert all(read.dialogue.turns[read.at].role is Role.SEEKER for read in reads)
    sheet = paths[0].read_text(encoding="utf-8")
    assert "people" not in sheet
    assert all(one.id not in sheet for one in SIDES["people"])
    assert "recommender: What do you like?" in sheet


def test_marks_are_counted_by_the_key(paths: tuple[Path, Path]) -> None:
    marked(paths[0], "n")
    counted = count(*paths)
    assert counted.shares["simulated"].value == 1
    assert counted.shares["people"].value == 0
    assert counted.difference.value == 1
    marked(paths[0], "yes")
    none = count(*paths).difference
    # Newcombe's interval of 0/10 less 0/10, from Wilson's [0, 0.278] of either.
    assert none.value == 0
    assert none.low == pytest.approx(-0.278, abs=1e-3)
    assert none.high == pytest.approx(0.278, abs=1e-3)


def test_a_turn_without_a_mark_is_an_error_that_names_it(paths: tuple[Path, Path]) -> None:
    marked(paths[0], "perhaps")
    with pytest.raises(SheetError, match=r"sheet.csv, turn \d+: coherent is 'perhaps'"):
        count(*paths)


def test_too_few_dialogues_are_an_error() -> None:
    with pytest.raises(SheetError, match=r"simulated has 12 dialogues .* 13 are wanted"):
        drawn(SIDES, 13, Role.SEEKER, seed=1)
