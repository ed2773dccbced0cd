"""locate: at which message a simulator takes over, from the pool to what the answers say."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from annotations import assignment, blinding, journey, records
from annotations.questions import AnswerError, Place
from annotations.rehearse import Skill, rehearse
from annotations.results import analyse
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from annotations.tasks.base import StudyError
from annotations.tasks.locate import Locate, places
from annotations.tasks.locating import locate
from backend.database import Database
from backend.dialogue import Dialogue, Role
from backend.pool import Entry, Pool
from backend.statistics.bootstrap import Resampling
from backend.statistics.estimate import Estimate
from tests.annotations.studies import SYSTEMS, dialogue

PROTOCOL = """
name: takeover
title: A takeover
consent: {version: "1", text: "Do you agree?"}
instructions: Read and judge.
tasks:
  - kind: locate
    id: locate
    title: Where does it change?
    units_per_rater: 12
    judgments_per_unit: 4
    reference: {corpus: [people]}
    per_system: 4
completion: {code: DONE}
"""

Stored = tuple[Database, Study]


def human(number: int) -> Dialogue:
    """Six seeker turns of a person, at 1, 3, 5, 7, 9 and 11, after a greeting by software."""
    one = dialogue("people", number)
    return one.model_copy(update={"turns": (*one.turns, *one.turns[1:])})


def graft(number: int, system: str, swap: int) -> Dialogue:
    """The same with a simulator from `swap` on."""
    source, simulated = human(number), dialogue("grafted", number, system)
    notes = {"swap": swap, "source": source.id}
    provenance = simulated.provenance.model_copy(update={"notes": notes})
    return source.model_copy(update={"provenance": provenance, "seeker": simulated.seeker})


def fill(database: Database) -> None:
    grafts = [
        graft(10 * at + number, system, swap=(3, 5, 7)[number % 3])
        for at, system in enumerate(SYSTEMS)
        for number in range(5)
    ]
    people = [human(number) for number in (*range(5), *range(10, 15), *range(30, 36))]
    Pool(database).add([Entry(dialogue=one) for one in (*grafts, *people)])


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Stored]:
    database = open_database(tmp_path / "a.db")
    fill(database)
    study = parse(PROTOCOL)
    set_up(database, study)
    yield database, study
    database.close()


def units(database: Database, study: Study) -> list[str]:
    return list(records.progress(database, study.name)["unit"])


def test_units_are_swapped_dialogues_of_each_system_and_unswapped_ones_of_people(
    stored: Stored,
) -> None:
    database, study = stored
    frame = records.progress(database, study.name)
    assert frame.groupby("groups").size().to_dict() == {"human": 4, **dict.fromkeys(SYSTEMS, 4)}
    pool, task = Pool(database), study.tasks[0]
    sources = []
    for id_ in units(database, study):
        unit = records.unit(database, study.name, "locate", id_)
        noted = pool.get(id_).provenance.notes
        truth = task.truth(unit, swapped=False)["place"]
        assert truth == str(noted.get("swap", "never"))
        assert places(unit.facts) == ["1", "3", "5", "7", "9", "11"]
        sources.append(noted.get("source", id_))
    # Nobody reads the same beginning twice, on whichever side.
    assert len(set(sources)) == len(sources)


def test_no_screen_tells_the_swap_or_who_speaks(stored: Stored) -> None:
    database, study = stored
    journey.join(database, study, "ann")
    while given := assignment.claim(database, study, "ann"):
        shown = blinding.screen(database, study, given)
        unit = records.unit(database, study.name, "locate", given.unit)
        said = repr(shown)
        secrets = [*SYSTEMS, "swap", "places", "facts", "grafted", "secret_owl", unit.id]
        assert [secret for secret in secrets if secret in said] == []
        # The question is the same on every screen, swapped or not.
        assert shown.questions[0] == Place(
            id="place",
            text="At which message does a simulator take over from the person?",
            none="At none: it is a person throughout",
        )
        lines = [line.turn for line in shown.transcripts[0].lines if line.role is Role.SEEKER]
        assert [str(turn) for turn in lines] == places(unit.facts)
        answers = {"place": "never", "confidence": "3"}
        assignment.submit(database, study, given, answers, key=given.next_key, seconds=9)
    assert set(records.judgments(database, study.name)["value"]) == {"never", 3.0}


def test_a_place_is_a_turn_or_never() -> None:
    place = Place(id="place", text="Where?")
    assert (place.check("7"), place.check(7), place.check("never")) == ("7", "7", "never")
    for unfit in ("seven", "-1", "1.5", "²", True):
        with pytest.raises(AnswerError, match="a place is a turn number or never"):
            place.check(unfit)
    with pytest.raises(AnswerError, match="Please answer: Where"):
        place.check(None)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ("dialogues: {corpus: [people]}", "notes no swap at a seeker turn"),
        ("dialogues: {corpus: [nothing]}", "the pool has no dialogue"),
        ("reference: {corpus: [grafted]}", "10 of 10 dialogues of its `reference` side"),
        ("reference: {corpus: [people], max_seeker_words: 0}", "the pool has no dialogue"),
    ],
)
def test_a_filter_that_does_not_fit_is_named(stored: Stored, filters: str, message: str) -> None:
    protocol = PROTOCOL.replace("    reference: {corpus: [people]}\n", f"    {filters}\n")
    with pytest.raises(StudyError, match=message):
        set_up(stored[0], parse(protocol.replace("takeover", "other")))


def test_a_swap_in_mid_air_is_refused(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db")
    for number, swap in enumerate((2, 99)):
        Pool(database).add([Entry(dialogue=graft(number, SYSTEMS[0], swap=swap))])
    plain = PROTOCOL.replace("    reference: {corpus: [people]}\n", "")
    with pytest.raises(StudyError, match="notes no swap at a seeker turn"):
        set_up(database, parse(plain))
    database.close()


TURNS = ["1", "3", "5", "7"]


def answers(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    """Rows of rater, dialogue, system, swap, said, each shown four seeker turns."""
    frame = pd.DataFrame(rows, columns=["rater", "dialogue", "system", "swap", "said"])
    return frame.assign(places=pd.Series([TURNS] * len(frame), frame.index, object))


def by_name(found: list[Estimate], group: str | None = None) -> dict[str, Estimate]:
    return {e.quantity: e for e in found if e.group == group}


KNOWN = answers(
    ("ann", "x", "robin", "5", "5"),
    ("bob", "x", "robin", "5", "7"),
    ("cem", "x", "robin", "5", "never"),
    ("ann", "y", "robin", "7", "1"),
    ("bob", "y", "robin", "7", "7"),
    ("cem", "z", "wren", "3", "5"),
    ("ann", "h", "human", "never", "never"),
    ("bob", "h", "human", "never", "3"),
    ("cem", "i", "human", "never", "never"),
    ("ann", "i", "human", "never", "never"),
)


def test_shares_errors_and_chance_are_those_counted_by_hand() -> None:
    found = locate(KNOWN, how=Resampling(resamples=200))
    robin, every = by_name(found, "robin"), by_name(found)
    assert robin["located exactly"].value == pytest.approx(2 / 5)
    assert robin["located within one seeker turn"].value == pytest.approx(3 / 5)
    assert robin["said never"].value == pytest.approx(1 / 5)
    # One late by one, one early by three, two right; the 'never' has no distance.
    assert robin["signed error"].value == pytest.approx((0 + 1 - 3 + 0) / 4)
    assert (robin["signed error"].n, robin["located exactly"].n) == (4, 5)
    assert robin["by chance, exactly"].value == pytest.approx(1 / 4)
    # The last turn has one neighbour, the one before it two.
    assert robin["by chance, within one"].value == pytest.approx((3 * 3 / 4 + 2 * 2 / 4) / 5)
    assert every["located exactly"].value == pytest.approx(2 / 6)
    assert every["false alarm"].value == pytest.approx(1 / 4)
    assert every["false alarm"].n == 4
    assert {e.group for e in found} == {"robin", "wren", None}
    assert every["located exactly"].interval
    assert "two-way cluster bootstrap" in str(every["located exactly"].interval)


def test_the_order_of_judgments_and_an_unfit_answer_change_nothing() -> None:
    found = locate(KNOWN, how=Resampling(resamples=50))
    mixed = KNOWN.sample(frac=1, random_state=3)
    assert locate(mixed, how=Resampling(resamples=50)) == found
    stray = answers(("dan", "x", "robin", "5", "2"))
    assert locate(pd.concat([KNOWN, stray]), how=Resampling(resamples=50)) == found


@pytest.mark.parametrize(
    ("frame", "without"),
    [
        (KNOWN.iloc[:0], {"located exactly", "signed error", "false alarm", "by chance, exactly"}),
        (KNOWN[KNOWN["swap"] == "never"], {"located exactly", "said never", "signed error"}),
        (KNOWN[KNOWN["swap"] != "never"], {"false alarm"}),
        (KNOWN[(KNOWN["said"] == "never") & (KNOWN["swap"] != "never")], {"signed error"}),
    ],
)
def test_what_can_not_be_computed_is_missing_with_a_reason(
    frame: pd.DataFrame, without: set[str]
) -> None:
    found = by_name(locate(frame, how=Resampling(resamples=20)))
    for quantity in without:
        assert found[quantity].value is None
        assert "no judgments of" in str(found[quantity].missing)
    assert all(e.missing or e.interval_missing or e.low is not None for e in found.values())


def test_an_unjudged_study_has_every_finding_and_no_number(stored: Stored) -> None:
    (result,) = analyse(stored[0], "takeover")
    assert len(result.findings) == 6
    assert all(finding.estimates for finding in result.findings)
    assert all(e.missing for finding in result.findings for e in finding.estimates)
    assert result.findings[0].reference is None


def test_a_skilled_rehearsal_finds_what_a_clueless_one_misses(stored: Stored) -> None:
    database, study = stored
    found = {}
    for seed, dprime in ((1, 0.0), (2, 4.0)):
        rehearse(database, study, raters=4, seed=seed, skill=Skill(dprime=dprime))
        (result,) = analyse(database, study.name, crowd=f"rehearsal-{seed}")
        assert (result.screens, result.raters) == (48, 4)
        found[dprime] = by_name([e for f in result.findings for e in f.estimates])
    exact, alarm = "located exactly", "false alarm"
    guessing, skilled = found[0.0][exact].value, found[4.0][exact].value
    chance = found[0.0]["by chance, exactly"].value
    assert chance == pytest.approx(1 / 6)
    assert guessing is not None
    assert skilled is not None
    assert guessing < 0.4 < 0.55 < skilled
    near = found[4.0]["located within one seeker turn"].value
    assert near is not None
    assert near > 0.9
    alarms = (found[4.0][alarm].value, found[0.0][alarm].value)
    assert None not in alarms
    assert alarms[0] < alarms[1]  # type: ignore[operator]


def test_the_task_says_who_is_judged() -> None:
    with pytest.raises(ValueError, match="judge"):
        Locate.model_validate({"id": "a", "title": "A", "judge": "recommender"})
