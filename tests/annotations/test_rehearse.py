"""Rehearsal: what was planted is found, and nobody takes it for people."""

import pytest

from annotations import records
from annotations.rehearse import Skill, rehearse
from annotations.results import analyse
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from annotations.validity.correlating import correlate
from annotations.validity.opinions import named, opinions
from backend.database import Database
from tests.annotations.studies import PROTOCOL, fill

Stored = tuple[Database, Study]


def test_the_same_rehearsal_twice_adds_nothing(stored: Stored) -> None:
    database, study = stored
    first = rehearse(database, study, raters=3, seed=5)
    assert first.submissions > 20
    assert rehearse(database, study, raters=3, seed=5).submissions == 0


def test_crowds_are_never_pooled(stored: Stored) -> None:
    database, study = stored
    rehearse(database, study, raters=4, seed=1)
    rehearse(database, study, raters=2, seed=2)
    assert all(result.screens == 0 for result in analyse(database, "small"))
    one = analyse(database, "small", crowd="rehearsal-1")
    two = analyse(database, "small", crowd="rehearsal-2")
    assert [result.raters for result in one] == [4] * 5
    assert [result.raters for result in two] == [2] * 5
    assert records.progress(database, "small")["done"].sum() == 0


def test_an_empty_study_says_why_nothing_can_be_computed(stored: Stored) -> None:
    for result in analyse(stored[0], "small"):
        for finding in result.findings:
            for estimate in finding.estimates:
                assert estimate.value is None
                assert estimate.missing


def test_every_finding_of_a_rehearsed_study_has_its_n_and_its_estimator(stored: Stored) -> None:
    database, study = stored
    rehearse(database, study, raters=12, seed=3)
    estimates = [
        estimate
        for result in analyse(database, "small", crowd="rehearsal-3")
        for finding in result.findings
        for estimate in finding.estimates
    ]
    known = [estimate for estimate in estimates if estimate.value is not None]
    assert len(known) > 40
    assert all(e.n > 0 and e.estimator and (e.interval or e.interval_missing) for e in known)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """The small study with 120 dialogues to identify and room for 30 raters with 20 each."""
    database = open_database(tmp_path_factory.mktemp("wide") / "wide.db")
    fill(database, per_system=30)
    protocol = PROTOCOL.split("  - kind: compare")[0] + "completion: {code: X}\n"
    protocol = protocol.replace("units_per_rater: 4", "units_per_rater: 20")
    protocol = protocol.replace("judgments_per_unit: 3", "judgments_per_unit: 5")
    study = parse(protocol.replace("per_system: 6", "per_system: 30"))
    set_up(database, study)
    return database, study


#: Of so many intervals, each of which covers with 0.95, so many or more with probability 0.98.
COVERED = [(5, 4), pytest.param(20, 17, marks=pytest.mark.slow)]


@pytest.mark.parametrize(("crowds", "least"), COVERED)
def test_the_planted_dprime_is_covered_at_the_nominal_rate(
    wide: Stored, crowds: int, least: int
) -> None:
    database, study = wide
    covered, widths = 0, []
    for seed in range(1000 * crowds, 1001 * crowds):  # no crowd is in both cases
        rehearse(database, study, raters=30, seed=seed, skill=Skill(dprime=1.0))
        result = analyse(database, "small", crowd=f"rehearsal-{seed}", seed=seed)[0]
        assert (result.screens, result.raters) == (600, 30)
        found = next(e for e in result.findings[0].estimates if e.group is None)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 1.0 <= found.high
        widths.append(found.high - found.low)
    assert covered >= least
    assert sum(widths) / len(widths) < 0.8


def test_more_skill_is_found_as_more_skill(stored: Stored) -> None:
    database, study = stored
    found = []
    for seed, dprime in ((1, 0.0), (2, 2.5)):
        rehearse(database, study, raters=18, seed=seed, skill=Skill(dprime=dprime))
        results = analyse(database, "small", crowd=f"rehearsal-{seed}")
        for task in ("identify", "compare"):
            result = next(r for r in results if r.task == task)
            estimates = [e for f in result.findings for e in f.estimates if e.quantity == "d'"]
            found.append(next(e.value for e in estimates if e.group is None))
    assert None not in found
    assert found[0] < found[2]  # type: ignore[operator]
    assert found[1] < found[3]  # type: ignore[operator]


def test_raters_agree_on_dialogues_as_far_as_it_was_planted(stored: Stored) -> None:
    database, study = stored
    reliable = []
    for seed, spread in ((11, 0.0), (12, 2.0)):
        rehearse(database, study, raters=16, seed=seed, skill=Skill(spread=0, dialogue_sd=spread))
        found = correlate(
            database, named(opinions(database, "small"), "naturalness"), crowd=f"rehearsal-{seed}"
        )
        assert found.reliability.value is not None
        reliable.append(found.reliability.value)
    without, planted = reliable
    assert planted > 0.6
    assert planted > without
