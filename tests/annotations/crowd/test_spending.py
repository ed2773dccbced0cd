"""What a crowd costs and when it has done enough: nothing is made up, rules say what lacks."""

import re
import time
from pathlib import Path

import pytest

from annotations import assignment
from annotations.crowd import withdrawal
from annotations.crowd.monitoring import Told
from annotations.crowd.spending import spending
from annotations.crowd.stopping import live, stopping
from annotations.rehearse import Skill, rehearse
from annotations.study import Study, parse
from backend.database import Database
from tests.annotations.crowd.working_crowd import PAID, send, stored, walk
from tests.annotations.studies import SYSTEMS


def test_cost_counts_who_gets_a_code(crowd: tuple[Database, Study]) -> None:
    database, study = crowd
    found = spending(database, study)
    # One finished and one screened out with a code, each 2.00 and a quarter for the recruiter.
    assert (found.paid, found.cost, found.currency) == (2, Told(5.0), "GBP")
    # Two of the three raters whom the protocol wants, each with as many screened out as so far.
    assert (found.to_go, found.cost_to_go) == (2, Told(10.0))
    assert any("paid in full" in note for note in found.notes)
    codeless = parse(PAID.replace(", screened_out: {code: OUT}", ""))
    found = spending(database, codeless)
    assert (found.paid, found.cost, found.cost_to_go) == (1, Told(2.5), Told(5.0))
    assert any("unpaid" in note for note in found.notes)
    free = parse(re.sub(r"(?m)^pay:.*\n", "", PAID))
    assert spending(database, free).cost == Told(None, "the protocol names no pay")


def test_a_finished_rater_who_withdraws_was_paid_and_is_wanted_again(
    crowd: tuple[Database, Study],
) -> None:
    database, study = crowd
    withdrawal.withdraw(database, "finished-of-the-raters")
    found = spending(database, study)
    assert (found.paid, found.to_go) == (2, 3)


def test_pace_and_pay_an_hour_are_known_once_two_have_finished(
    paid: tuple[Database, Study],
) -> None:
    database, study = paid
    start = time.time()
    for name, minutes in (("one", 12), ("two", 20)):
        walk(database, study, name, "told")
        rater = f"{name}-of-the-raters"
        if name == "two":
            early = spending(database, study, now=start + 3600)
            assert early.minutes.value == pytest.approx(12, abs=0.1)
            assert early.hours_to_go.missing == "no pace yet: 1 finished in the last 24 hours"
        while given := assignment.claim(database, study, rater, now=start + minutes * 60):
            send(database, study, given, seconds=30)
    found = spending(database, study, now=start + 2 * 3600)
    assert found.minutes.value == pytest.approx(16, abs=0.1)
    # 2.00 for 16 minutes; one rater to go, and two came in the two hours there were.
    assert found.hourly.value == pytest.approx(7.5, rel=0.01)
    assert found.hours_to_go.value == pytest.approx(1, rel=0.01)
    old = spending(database, study, now=start + 50 * 3600)
    assert old.hours_to_go.missing == "no pace yet: 0 finished in the last 24 hours"
    assert old.hourly == found.hourly


def test_without_a_number_of_raters_it_goes_on_until_the_units_are_full(tmp_path: Path) -> None:
    database, study = stored(tmp_path, re.sub(r"(?m)^stopping:.*\n", "", PAID))
    # 16 units of 40 judgments in twos, 6 units of 40 one by one.
    found = spending(database, study)
    assert found.to_go == max(16 * 40 // 2, 6 * 40)
    assert found.cost_to_go.value == found.to_go * 2.5
    assert stopping(database, study, live(database, study)) is None


def test_the_stopping_rule_says_what_is_missing_until_it_is_met(
    paid: tuple[Database, Study],
) -> None:
    database, study = paid
    empty = stopping(database, study, live(database, study))
    assert empty is not None
    assert not empty.met
    assert empty.missing[0] == "0 of 3 raters have finished"
    assert "Person or simulator?: nobody has judged it yet" in empty.missing
    for name in ("one", "two", "three"):
        walk(database, study, name, "finished")
        wide = stopping(database, study, live(database, study))
        assert wide is not None
        assert wide.met == (name == "three")
    withdrawal.withdraw(database, "two-of-the-raters")
    less = stopping(database, study, live(database, study))
    assert less is not None
    assert not less.met


def test_a_width_is_met_once_every_systems_interval_is_narrow(tmp_path: Path) -> None:
    width = PAID.replace("{raters: 3, task: identify, width: 0.5}", "{task: identify, width: 1.5}")
    database, study = stored(tmp_path, width)
    crowd = rehearse(database, study, raters=60, seed=1, skill=Skill(dprime=1.0)).crowd
    found = live(database, study, crowd)
    finding = found[0].finding
    assert finding is not None
    widths = {
        e.group: e.high - e.low
        for e in finding.estimates
        if e.group and e.high is not None and e.low is not None
    }
    assert set(widths) == set(SYSTEMS)
    widest = max(widths.values())
    for wanted in (widest * 1.01, widest * 0.99):
        rule = parse(width.replace("width: 1.5", f"width: {wanted}"))
        told = stopping(database, rule, found, crowd)
        assert told is not None
        assert told.met == (wanted > widest)
        if not told.met:
            group = max(widths, key=lambda name: widths[name])
            assert (
                f"interval of d' for {group} is {widest:.3g} wide, {wanted:g} wanted"
                in told.missing
            )


def test_a_system_nobody_has_judged_keeps_the_rule_from_being_met(tmp_path: Path) -> None:
    wide = PAID.replace("{raters: 3, task: identify, width: 0.5}", "{task: rate, width: 99}")
    database, study = stored(tmp_path, wide)
    crowd = rehearse(database, study, raters=20, seed=1).crowd
    found = live(database, study, crowd)
    finding = found[1].finding
    assert finding is not None
    told = stopping(database, study, found, crowd)
    assert told is not None
    assert told.met, told.missing
    finding.estimates[:] = [e for e in finding.estimates if e.group != SYSTEMS[0]]
    told = stopping(database, study, found, crowd)
    assert told is not None
    assert told.missing == [f"{SYSTEMS[0]}: nobody has judged it yet"]
    assert not told.met
