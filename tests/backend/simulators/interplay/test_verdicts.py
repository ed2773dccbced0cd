"""Verdicts on films that fit: a seeker does what its person did, one film at a time."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from backend.dialogue import Act, ActKind, Role, Turn
from backend.simulators.checkpoints import shipped
from backend.simulators.interplay.standing import Standing
from backend.simulators.interplay.verdicts import WITHOUT_VERDICT, verdict
from backend.simulators.people import OPENINGS, Person, drawn, read

PERSON = Person(
    manner={},
    films=1,
    opening=OPENINGS[0],
    begins=True,
    is_asked=False,
    turns=6,
    asks=1,
    accepts=2,
    seen=1,
    refuses=1,
    says_bye=True,
    small=0.0,
    open=0.0,
    exclaims=0.0,
)
#: An offer that fits, after one turn of the seeker.
OFFERED = Standing(
    heard=("1",),
    fitting=("1",),
    unfitting=(),
    unjudged=(),
    seeable=("1",),
    askable=("1",),
    is_fresh=True,
    has_taken=False,
    unsaid=(),
    own=1,
    answered=(),
    refused=0,
    accepted=0,
    seen=0,
    asked=0,
    is_missed=False,
    may_leave=False,
)


def draws(standing: Standing, person: Person = PERSON, n: int = 2000) -> Counter[ActKind]:
    rng = random.Random(1)
    return Counter(kind for _ in range(n) for kind in verdict(person, standing, rng))


def test_verdicts_come_as_often_as_the_person_gave_them() -> None:
    found = draws(OFFERED)
    assert set(found) == {ActKind.ACCEPT, ActKind.SEEN, ActKind.INQUIRE, ActKind.REJECT}
    assert found[ActKind.ACCEPT] == pytest.approx(2000 * 2 / 5, rel=0.1)
    assert found[ActKind.SEEN] == pytest.approx(2000 * 1 / 5, rel=0.2)


def test_what_was_said_as_often_as_the_person_said_it_is_not_said_again() -> None:
    later = replace(OFFERED, seen=1, asked=1, refused=1, own=3)
    assert set(draws(later)) == {ActKind.ACCEPT}
    done = replace(later, accepted=2, has_taken=True)
    assert set(draws(done)) == WITHOUT_VERDICT


def test_nobody_leaves_without_a_film_that_fits() -> None:
    assert set(draws(replace(OFFERED, own=5))) == {ActKind.ACCEPT}
    never = PERSON.model_copy(update={"accepts": 0})
    assert ActKind.ACCEPT in draws(OFFERED, never)


def test_an_answer_is_followed_by_a_verdict_and_no_second_question() -> None:
    answered = replace(OFFERED, is_fresh=False, answered=("1",))
    assert set(draws(answered)) == {ActKind.ACCEPT, ActKind.REJECT}


def test_the_shipped_people_are_many_and_the_same_seed_draws_the_same_one() -> None:
    folder = shipped("seeker")
    people = read(folder)
    assert len(people) >= 200
    assert {person.opening for person in people} == set(OPENINGS)
    greeted = Turn(role=Role.RECOMMENDER, text="Hi", acts=(Act(kind=ActKind.GREET),))
    asked = Turn(role=Role.RECOMMENDER, text="Hi, what?", acts=(Act(kind=ActKind.ELICIT),))
    began = {(): (True, False), (greeted,): (False, False), (asked,): (False, True)}
    for before, how in began.items():
        one = drawn(folder, 7, before)
        assert one is not None
        assert (one.begins, one.is_asked) == how
        assert one == drawn(folder, 7, before)
