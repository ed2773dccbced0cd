"""Questionnaires of opposite pairs: the Partner Modelling Questionnaire, and a study's own."""

from pathlib import Path

import pandas as pd
import pingouin
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import assignment, blinding, journey, records, scales
from annotations.questions import Poles
from annotations.rehearse import rehearse
from annotations.results import analyse
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from annotations.tasks.base import StudyError
from backend.database import Database
from backend.statistics.bootstrap import Resampling
from backend.statistics.internal import cronbach_alpha
from tests.annotations.studies import fill

PROTOCOL = """
name: partners
title: Partners
consent: {version: "1", text: "Do you agree?"}
instructions: Read and judge.
tasks:
  - kind: questionnaire
    id: pmq
    title: What is this seeker like?
    units_per_rater: 3
    judgments_per_unit: 9
    scale: SCALE
    dialogues: {corpus: [machines]}
    per_system: 2
completion: {code: DONE}
"""


def stored(path: Path, scale: str = "pmq") -> tuple[Database, Study]:
    database = open_database(path)
    fill(database)
    study = parse(PROTOCOL.replace("SCALE", scale))
    set_up(database, study)
    return database, study


def test_the_published_questionnaire_has_eighteen_pairs_in_three_subscales() -> None:
    pmq = scales.load("pmq")
    assert {name: len(pairs) for name, pairs in pmq.subscales.items()} == {
        "competence and dependability": 9,
        "human-likeness": 6,
        "communicative flexibility": 3,
    }
    items = pmq.items()
    assert len({item.id for item in items}) == 18
    assert all(item.low == 1 and item.high == 7 for item in items)


def test_poles_change_sides_and_what_is_stored_does_not() -> None:
    warm = Poles(id="warm", positive="Warm", negative="Cold")
    other = warm.model_copy(update={"flipped": True})
    assert warm.text == "Warm or Cold?"
    assert warm.ends == ("Warm", "Cold")
    assert other.ends == ("Cold", "Warm")
    # The button next to 'Warm' stores 7 on either side; what buttons say runs from the left.
    assert next(iter(warm.options)) == "7"
    assert list(other.options)[-1] == "7"
    assert list(warm.options.values()) == list(other.options.values())
    assert warm.check("7") == other.check("7") == 7.0


def test_every_rater_sees_an_order_and_sides_of_their_own_that_stay(tmp_path: Path) -> None:
    database, study = stored(tmp_path / "a.db")
    seen = []
    for name in ("ann", "bob", "cem"):
        journey.join(database, study, name)
        claimed = assignment.claim(database, study, name)
        assert claimed
        first = blinding.screen(database, study, claimed)
        assert blinding.screen(database, study, claimed).questions == first.questions
        pairs = [q for q in first.questions if isinstance(q, Poles)]
        seen.append([(pair.id, pair.flipped) for pair in pairs])
        assert {pair.flipped for pair in pairs} == {True, False}
        answers = {pair.id: "7" for pair in pairs}
        assignment.submit(database, study, claimed, answers, key=claimed.next_key, seconds=9)
    assert len({tuple(order) for order in seen}) == 3
    assert set(records.judgments(database, study.name)["value"]) == {7.0}
    database.close()


def test_a_rehearsal_gives_subscale_means_and_alphas(tmp_path: Path) -> None:
    database, study = stored(tmp_path / "a.db")
    rehearse(database, study, raters=9, seed=1)
    (result,) = analyse(database, study.name, crowd="rehearsal-1")
    titles = [finding.title for finding in result.findings]
    assert titles[0] == "Partner Modelling Questionnaire: competence and dependability"
    assert titles[-1] == "Do the items hang together?"
    means = [e for e in result.findings[0].estimates if e.value is not None]
    assert {e.group for e in means} >= {"secret_robin", "secret_wren"}
    assert all(1 <= e.value <= 7 for e in means if e.value is not None)
    assert all(e.value is not None for e in result.findings[-1].estimates)
    (empty,) = analyse(database, study.name)
    assert all(e.missing for finding in empty.findings for e in finding.estimates)
    database.close()


def test_a_study_may_bring_a_questionnaire_of_its_own_and_none_that_is_not_there(
    tmp_path: Path,
) -> None:
    own = "{name: own, title: Own, source: ours, points: 5, subscales: {tone: [[Kind, Rude]]}}"
    database, study = stored(tmp_path / "a.db", own)
    assert [question.id for question in study.tasks[0].form()] == ["own_kind"]
    database.close()
    with pytest.raises(StudyError, match="no questionnaire 'moods'; there are pmq"):
        parse(PROTOCOL.replace("SCALE", "moods"))


@given(st.lists(st.lists(st.integers(1, 7), min_size=3, max_size=3), min_size=3, max_size=12))
def test_alpha_is_pingouins_and_knows_no_order(sheets: list[list[int]]) -> None:
    frame = pd.DataFrame(
        [
            (f"r{at:02}", "x", f"i{item}", float(value))
            for at, sheet in enumerate(sheets)
            for item, value in enumerate(sheet)
        ],
        columns=["rater", "dialogue", "item", "value"],
    )
    found = cronbach_alpha(frame, how=Resampling(resamples=20))
    if len({sum(sheet) for sheet in sheets}) == 1:
        assert found.missing == "all sheets have the same sum"
        return
    theirs = pingouin.cronbach_alpha(data=frame, items="item", scores="value", subject="rater")[0]
    assert found.value == pytest.approx(theirs, abs=1e-3)
    mixed = frame.sample(frac=1, random_state=1)
    assert cronbach_alpha(mixed, how=Resampling(resamples=20)) == found
