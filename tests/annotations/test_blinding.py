"""What a rater may see: nothing that tells the sides apart but the words."""

from dataclasses import replace

import pytest

from annotations import assignment, blinding, journey
from annotations.study import Study
from backend.database import Database
from backend.pool import Pool
from tests.annotations.studies import SYSTEMS
from tests.annotations.test_assignment import take

Stored = tuple[Database, Study]


def test_no_screen_holds_a_system_an_origin_or_a_source(stored: Stored) -> None:
    database, study = stored
    frame = Pool(database).frame()
    secrets = {*SYSTEMS, "secret_owl", "critiquing", *frame["source_id"], *frame["id"], "external"}
    for number in range(8):
        name = f"rater {number}"
        journey.join(database, study, name)
        while given := assignment.claim(database, study, name):
            shown = repr(blinding.screen(database, study, given))
            assert [secret for secret in secrets if secret in shown] == []
            assert "simulated" not in shown.replace("'simulated': 'A simulator'", "")
            take(database, study, name)


def test_an_opening_that_only_software_utters_is_not_shown(stored: Stored) -> None:
    database, study = stored
    journey.join(database, study, "ann")
    given = assignment.claim(database, study, "ann")
    assert given
    lines = blinding.screen(database, study, given).transcripts[0].lines
    assert [line.turn for line in lines] == [1, 2, 3, 4, 5, 6]
    assert "GREETING" not in repr(lines)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_swapped_pair_is_shown_in_reverse(stored: Stored, swapped: bool) -> None:
    database, study = stored
    journey.join(database, study, "ann")
    while (given := assignment.claim(database, study, "ann")) and given.task != "compare":
        take(database, study, "ann")
    assert given
    straight, turned = (
        blinding.screen(database, study, replace(given, swapped=value)).transcripts
        for value in (swapped, not swapped)
    )
    assert [t.lines for t in straight] == [t.lines for t in turned][::-1]
    assert (
        [t.name for t in straight]
        == [t.name for t in turned]
        == [
            "Conversation A",
            "Conversation B",
        ]
    )


def test_practice_is_shown_as_it_is_written(stored: Stored) -> None:
    _, study = stored
    shown = blinding.practice_screen(study, 0)
    assert [line.text for line in shown.transcripts[0].lines] == ["hi", "hello"]
    assert [question.id for question in shown.questions] == ["verdict"]
