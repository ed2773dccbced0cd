"""Live chats: stored as they are said, and a dialogue of the pool afterwards."""

from annotations import assignment, journey
from annotations.assignment import Assignment
from annotations.live import chats
from annotations.study import Study
from backend.database import Database
from backend.dialogue import Origin, Role, System, Turn
from backend.pool import Pool
from tests.annotations.test_assignment import take

Stored = tuple[Database, Study]
BOT = System(name="critiquing", simulator="critiquing")


def chat(stored: Stored) -> Assignment:
    database, study = stored
    journey.join(database, study, "ann")
    while (given := assignment.claim(database, study, "ann")) and given.task != "chat":
        take(database, study, "ann")
    assert given
    return given


def test_two_windows_do_not_say_the_same_turn_twice(stored: Stored) -> None:
    given = chat(stored)
    assert chats.say(stored[0], given, 0, Turn(role=Role.SEEKER, text="hello"))
    assert not chats.say(stored[0], given, 0, Turn(role=Role.SEEKER, text="hello again"))
    assert [turn.text for turn in chats.turns(stored[0], given)] == ["hello"]


def test_a_finished_chat_joins_the_pool_with_its_human_side_marked(stored: Stored) -> None:
    database, study = stored
    given = chat(stored)
    chats.say(database, given, 0, Turn(role=Role.SEEKER, text="hello"))
    chats.say(database, given, 1, Turn(role=Role.RECOMMENDER, text="hi"))
    assert not chats.is_closed(database, given)
    made = chats.close(database, study, given, 7, BOT)
    again = chats.close(database, study, given, 7, BOT)
    assert chats.is_closed(database, given)
    found = Pool(database).get(made.id)
    assert found == made == again
    assert (found.seeker.origin, found.seeker.person) == (Origin.HUMAN, "small:7")
    assert found.recommender.system == BOT
    assert found.scenario
    assert found.scenario.brief.summary == "Something funny"


def test_why_a_partner_failed_is_kept_once_for_the_researcher(stored: Stored) -> None:
    database, study = stored
    given = chat(stored)
    for reason in ("no server", "no server", "out of memory"):
        chats.note_failure(database, given, 1, reason)
    found = chats.failures(database, study.name)
    assert sorted(found["reason"]) == ["no server", "out of memory"]
    assert set(found["task"]) == {"chat"}
    assert chats.failures(database, "another").empty
