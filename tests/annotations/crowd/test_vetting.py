"""Checks, flags and rules: spammers are found, honest raters are left alone, nothing is hidden."""

from pathlib import Path

import pytest

from annotations import assignment, journey, quality, records
from annotations.crowd import vetting
from annotations.rehearse import Rehearsal, Skill, rehearse
from annotations.results import analyse
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from annotations.tasks.base import StudyError
from backend.database import Database
from tests.annotations.studies import fill

GUARDED = """
name: guarded
title: A guarded study
consent: {version: "1", text: "Do you agree?"}
instructions: Read and judge.
practice:
  - {task: identify, transcripts: [["seeker: hi"]], answer: human, why: so}
  - {task: identify, transcripts: [["seeker: beep"]], answer: simulated, why: so}
tasks:
  - kind: identify
    id: identify
    title: Person or simulator?
    units_per_rater: 12
    judgments_per_unit: 40
    reference: {corpus: [people]}
    simulated: {corpus: [machines]}
    per_system: 12
    reason: true
  - kind: rate
    id: rate
    title: How natural?
    units_per_rater: 6
    judgments_per_unit: 40
    dialogues: {corpus: [people, machines]}
    per_system: 8
    questions: [{id: naturalness, kind: scale, text: How natural?}]
checks:
  - {task: identify, transcripts: [["seeker: lol my cat typed that"]], answers: {verdict: human}}
  - {task: identify, transcripts: [["seeker: INTENT(disclose)"]], answers: {verdict: simulated}}
  - {task: identify, transcripts: [["seeker: <|end|>"]], answers: {verdict: simulated}}
  - {task: identify, transcripts: [["seeker: argh, wrong window"]], answers: {verdict: human}}
  - {task: rate, transcripts: [["seeker: NULL NULL"]], answers: {naturalness: [1, 2]}}
  - {task: rate, transcripts: [["seeker: haha yes!!"]], answers: {naturalness: [4, 5]}}
  - {kind: attention, task: identify, transcripts: [["seeker: choose human, certain"]],
     answers: {verdict: human, confidence: 5}}
  - {kind: attention, task: identify, transcripts: [["seeker: choose simulated, a guess"]],
     answers: {verdict: simulated, confidence: 1}}
about:
  - {id: chatbot_use, kind: choice, text: How often?, options: {never: Never, daily: Daily}}
quality:
  practice: {right: 2, tries: 2}
  rules: [{gold_below: 0.7, of: 4}, {attention_failed: 2}, {flags: 2}]
completion: {code: DONE, screened_out: {code: OUT}}
"""


@pytest.fixture
def guarded(tmp_path: Path) -> tuple[Database, Study]:
    database = open_database(tmp_path / "guarded.db")
    fill(database)
    study = parse(GUARDED)
    set_up(database, study)
    return database, study


Crowds = tuple[Database, Study, list[Rehearsal]]


@pytest.fixture(scope="module")
def crowds(tmp_path_factory: pytest.TempPathFactory) -> Crowds:
    """Three crowds of 80 raters, a fifth of them spammers."""
    database = open_database(tmp_path_factory.mktemp("crowd") / "crowd.db")
    fill(database)
    study = parse(GUARDED)
    set_up(database, study)
    skill = Skill(dprime=1.5, spammers=0.2)
    done = [rehearse(database, study, raters=80, seed=seed, skill=skill) for seed in (1, 2, 3)]
    return database, study, done


def test_spammers_are_found_and_the_estimate_comes_closer_to_the_truth(crowds: Crowds) -> None:
    database, study, rehearsals = crowds
    before, after, missed, wronged = [], [], 0, 0
    for done in rehearsals:
        assert len(done.spammers) == 16
        before.append(_dprime(database, done.crowd))
        due = vetting.due(database, study, vetting.vet(database, study, done.crowd))
        numbers = vetting.apply_rules(database, study, done.crowd)
        assert list(due) == numbers, "what is announced is what is done"
        assert all(due.values())
        found = {one.rater for one in vetting.vet(database, study, done.crowd) if one.excluded}
        assert len(found) == len(numbers)
        missed += len(done.spammers - found)
        wronged += len(found - done.spammers)
        after.append(_dprime(database, done.crowd))
        assert _dprime(database, done.crowd, with_excluded=True) == before[-1]
        assert vetting.due(database, study, vetting.vet(database, study, done.crowd)) == {}
        assert vetting.apply_rules(database, study, done.crowd) == []
    assert missed <= 0.1 * 48
    assert wronged <= 0.05 * 192
    assert abs(sum(after) / 3 - 1.5) < abs(sum(before) / 3 - 1.5)


def test_every_manner_of_spamming_shows_in_its_own_flag(crowds: Crowds) -> None:
    database, study, (done, *_) = crowds
    vetted = vetting.vet(database, study, done.crowd)
    flags = {name for one in vetted if one.rater in done.spammers for name in one.flags}
    assert {"hasty", "straight"} <= flags
    honest = [one for one in vetted if one.rater not in done.spammers]
    assert sum(bool(one.flags) for one in honest) <= 0.05 * len(honest)
    spam = [one.agreement for one in vetted if one.rater in done.spammers and one.agreement]
    told = [one.agreement for one in honest if one.agreement]
    assert sum(spam) / len(spam) < sum(told) / len(told)


def test_whom_a_person_lets_back_stays_back(crowds: Crowds) -> None:
    database, study, (done, *_) = crowds
    vetting.apply_rules(database, study, done.crowd)
    one = next(one for one in vetting.vet(database, study, done.crowd) if one.excluded)
    quality.revoke(database, study.name, rater=one.rater)
    assert one.number not in vetting.apply_rules(database, study, done.crowd)


def test_checks_come_at_drawn_places_and_never_first(guarded: tuple[Database, Study]) -> None:
    database, study = guarded
    places = set()
    for number in range(12):
        rater = f"rater-{number:012d}"
        journey.join(database, study, rater)
        units = []
        while given := assignment.claim(database, study, rater):
            form = study.task(given.task).form()
            said = {q.id: next(iter(q.options)) for q in form if q.kind in ("scale", "choice")}
            assignment.submit(database, study, given, said, key=given.next_key, seconds=9)
            units.append((given.task, given.unit))
        checks = [n for n, (_, unit) in enumerate(units) if unit.startswith("check-")]
        assert len(checks) == len(study.checks)
        assert len(units) == 12 + 6 + len(study.checks)
        assert not units[0][1].startswith("check-")
        places.add(tuple(checks))
    assert len(places) > 6, "the places are the same for everybody"


def test_checks_are_in_no_analysis(guarded: tuple[Database, Study]) -> None:
    database, study = guarded
    done = rehearse(database, study, raters=3, seed=1)
    for frame in (
        records.judgments(database, "guarded", done.crowd),
        records.judgments(database, "guarded", done.crowd, with_excluded=True),
        records.progress(database, "guarded", done.crowd),
    ):
        assert not frame["unit"].str.startswith("check-").any()
    assert analyse(database, "guarded", crowd=done.crowd)[0].screens == 3 * 12


def test_practice_not_passed_is_tried_again_and_then_screens_out(
    guarded: tuple[Database, Study],
) -> None:
    database, study = guarded
    rater = "somebody-or-other"
    journey.join(database, study, rater)
    journey.instructed(database, rater)
    for attempt in (1, 2):
        for example in (0, 1):
            now = journey.standing(database, study, rater)
            assert (now.step, now.practised, now.attempt) == (
                journey.JourneyStep.PRACTICE, example, attempt,
            )  # fmt: skip
            quality.practise(database, study, rater, example, "human")
            for _ in range(2):  # a double click
                quality.practised(database, study, rater, example, attempt)
    assert journey.standing(database, study, rater).step is journey.JourneyStep.SCREENED_OUT


def test_what_raters_say_about_themselves_is_asked_before_the_tasks(
    guarded: tuple[Database, Study],
) -> None:
    database, study = guarded
    rater = "somebody-or-other"
    journey.join(database, study, rater)
    journey.instructed(database, rater)
    for example, answer in enumerate(("human", "simulated")):
        quality.practise(database, study, rater, example, answer)
        quality.practised(database, study, rater, example)
    assert journey.standing(database, study, rater).step is journey.JourneyStep.ABOUT
    for said in ("daily", "never"):
        journey.tell_about(database, study, rater, {"chatbot_use": said})
    assert journey.standing(database, study, rater).step is journey.JourneyStep.TASK
    assert database.rows("SELECT text FROM backgrounds") == [{"text": "daily"}]


def test_a_study_nobody_has_judged_yet_has_nobody_to_vet(guarded: tuple[Database, Study]) -> None:
    database, study = guarded
    journey.join(database, study, "somebody-or-other")
    assert vetting.vet(database, study) == []
    assert vetting.apply_rules(database, study) == []


def test_pasted_reasons_are_flagged(guarded: tuple[Database, Study]) -> None:
    database, study = guarded
    for rater, reason, seconds in (
        ("first-of-the-raters", "it says so in every single line", 60.0),
        ("second-of-the-raters", "it says so in every single line", 60.0),
        ("third-of-the-raters", "x" * 300, 4.0),
        ("fourth-of-the-raters", "a reason of my very own, slowly", 60.0),
    ):
        journey.join(database, study, rater)
        given = assignment.claim(database, study, rater)
        assert given
        said = {"verdict": "human", "confidence": 3, "reason": reason}
        assignment.submit(database, study, given, said, key=given.next_key, seconds=seconds)
    flags = [set(one.flags) for one in vetting.vet(database, study)]
    assert flags == [{"pasted"}, {"pasted"}, {"pasted"}, set()]


def test_a_protocol_with_impossible_checks_names_the_line() -> None:
    for wrong, told in (
        (
            GUARDED.replace("answers: {verdict: human}}", "answers: {verdict: martian}}", 1),
            "martian",
        ),
        (GUARDED.replace("{naturalness: [1, 2]}", "{wit: 1}"), "asks no 'wit'"),
        (GUARDED.replace("right: 2, tries", "right: 3, tries"), "there are 2"),
        (GUARDED.replace("{flags: 2}", "{flags: 1}"), "a whole number of at least 2"),
        (GUARDED.replace("{flags: 2}", "{flags: 2, attention_failed: 2}"), "one of"),
    ):
        with pytest.raises(StudyError, match=told) as error:
            parse(wrong)
        assert "line" in str(error.value)


def _dprime(database: Database, crowd: str, *, with_excluded: bool = False) -> float:
    (result, _) = analyse(database, "guarded", crowd=crowd, with_excluded=with_excluded)
    estimates = [e for finding in result.findings for e in finding.estimates]
    values = [e.value for e in estimates if e.quantity == "d'" and e.value is not None]
    assert values
    return sum(values) / len(values)
