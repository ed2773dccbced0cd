"""Live games: pairing, turns, ends; nobody is told who is simulated, and nothing is lost."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from annotations import assignment, journey, records
from annotations.assignment import Assignment
from annotations.crowd import withdrawal
from annotations.export import export
from annotations.live import games, lobby
from annotations.live.games import Game, NotNow
from annotations.rehearse import Skill, rehearse
from annotations.results import analyse
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from backend.dialogue import Act, ActKind, Origin, Role, System, Turn
from backend.pool import DialogueFilter, Pool

LIVE = """
name: live
title: Live
consent: {{version: "1", text: "Do you agree?"}}
instructions: Talk.
tasks:
  - kind: interrogate
    id: game
    title: Who is it?
    parties: {parties}
    human_share: {share}
    units_per_rater: 3
    judgments_per_unit: 30
    minutes: 5
    lobby_seconds: 40
    min_messages: {least}
    partners: [{{simulator: agenda}}]
    judge_plays: {plays}
    briefs: [{{summary: Something funny, attributes: {{genre: comedy}}}},
             {{summary: Something scary, attributes: {{genre: horror}}}}]
completion: {{code: DONE}}
"""

NOW = 1_000_000.0
MACHINE = System(name="agenda", simulator="agenda")


class Table:
    """A study of live games, with raters who wait and talk at stated times."""

    def __init__(
        self, path: Path, parties: int, share: float, plays: str = "either", least: int = 1
    ) -> None:
        self.database = open_database(path)
        self.study = parse(LIVE.format(parties=parties, share=share, plays=plays, least=least))
        set_up(self.database, self.study)

    def rater(self, name: str, now: float = NOW) -> Assignment:
        journey.join(self.database, self.study, name)
        given = assignment.claim(self.database, self.study, name, now=now)
        assert given
        return given

    def wait(self, given: Assignment, now: float) -> str:
        return lobby.wait(self.database, self.study, given, now=now)

    def look(self, given: Assignment, now: float) -> Game:
        game = games.look(self.database, self.study, given, now=now)
        assert game
        return game

    def say(self, given: Assignment, text: str, now: float, channel: int = 0) -> None:
        games.say(self.database, given, channel, text, 300, now=now)

    def answer(self, given: Assignment, text: str, now: float, *acts: ActKind) -> None:
        """Every simulated turn that is due, said at once."""
        for due in games.due(self.database, given, now=now):
            turn = Turn(role=due.role, text=text, acts=tuple(Act(kind=kind) for kind in acts))
            games.answer(self.database, due, turn, now, MACHINE)

    def submit(self, given: Assignment, answers: dict[str, Any], now: float) -> None:
        form = games.questions(self.study, given, self.look(given, now))
        held = {**answers, "confidence": 3}
        assignment.submit(
            self.database, self.study, given, held, key=given.next_key, seconds=9, form=form,
            now=now,
        )  # fmt: skip


def pair(tmp_path: Path) -> tuple[Table, Assignment, Assignment]:
    table = Table(tmp_path / "pair.db", 2, 1.0)
    one, two = table.rater("rater one, an id"), table.rater("rater two, an id")
    assert table.wait(one, NOW) == "waiting"
    assert table.wait(two, NOW + 5) == "seated"
    assert table.wait(one, NOW + 6) == "seated"
    return table, one, two


def sides(table: Table, one: Assignment, two: Assignment, now: float) -> list[Assignment]:
    """The two in the order seeker, recommender."""
    return sorted((one, two), key=lambda given: table.look(given, now).role is not Role.SEEKER)


def test_two_people_are_paired_and_talk_in_turns(tmp_path: Path) -> None:
    table, one, two = pair(tmp_path)
    start = NOW + 20
    seeker, recommender = sides(table, one, two, start)
    game = table.look(seeker, start)
    assert game.brief is not None, "a person who seeks gets the same brief as a simulator"
    assert table.look(recommender, start).brief is None
    with pytest.raises(NotNow):
        table.say(recommender, "me first", start)
    table.say(seeker, "hello, something funny please", start)
    with pytest.raises(NotNow):
        table.say(seeker, "and another thing", start + 1)
    table.say(recommender, "Airplane! (1980)?", start + 9)
    (talk,) = table.look(seeker, start + 10).talks
    assert [turn.text for turn in talk.turns] == [
        "hello, something funny please", "Airplane! (1980)?",
    ]  # fmt: skip
    assert talk.my_turn
    games.decide(table.database, seeker, now=start + 20)
    for given in (seeker, recommender):
        assert table.look(given, start + 21).over
        table.submit(given, {"verdict": "human"}, start + 30)
    judged = records.judgments(table.database, "live")
    verdicts = judged[judged["question"] == "verdict"]
    assert verdicts["origins"].tolist() == [("human",), ("human",)]
    kept = Pool(table.database).frame(DialogueFilter(corpus=("games",)))
    assert kept[["seeker_origin", "recommender_origin"]].values.tolist() == [["human", "human"]]


def test_whoever_waits_in_vain_plays_with_a_simulator(tmp_path: Path) -> None:
    table = Table(tmp_path / "alone.db", 2, 1.0)
    given = table.rater("all alone with an id")
    assert table.wait(given, NOW) == "waiting"
    assert table.wait(given, NOW + 39) == "waiting"
    assert table.wait(given, NOW + 41) == "seated"
    start = NOW + 50
    if table.look(given, start).role is Role.SEEKER:
        table.say(given, "hello", start)
    table.answer(given, "hello to you", start + 1)
    game = table.look(given, start + 2)
    assert game.talks[0].turns[-1].text == "hello to you"
    if game.role is Role.RECOMMENDER:
        table.say(given, "The Ring?", start + 3)
    games.decide(table.database, given, now=start + 4)
    table.submit(given, {"verdict": "simulated"}, start + 5)
    judged = records.judgments(table.database, "live")
    assert judged["origins"].tolist() == [("simulated",)] * len(judged)
    assert judged["groups"].tolist() == [("agenda",)] * len(judged)


def test_whoever_came_while_the_clock_was_ahead_waits_no_longer_than_others(
    tmp_path: Path,
) -> None:
    table = Table(tmp_path / "ahead.db", 2, 1.0)
    given = table.rater("all alone with an id")
    assert table.wait(given, NOW + 365 * 86400) == "waiting"
    assert table.wait(given, NOW) == "waiting"
    assert table.wait(given, NOW + 41) == "seated"


def test_a_drawn_simulator_comes_after_a_drawn_time_and_takes_nobody_away(tmp_path: Path) -> None:
    table = Table(tmp_path / "drawn.db", 2, 0.0)
    one, two = table.rater("rater one, an id"), table.rater("rater two, an id")
    waits = {}
    for given in (one, two):
        second = next(s for s in range(60) if table.wait(given, NOW + s) == "seated")
        waits[given.id] = second
        assert lobby.LEAST <= second <= 41
    assert len(set(waits.values())) == 2, "both waited the same time"
    row = table.database.rows("SELECT count(*) AS n FROM games")[0]
    assert row["n"] == 2


def test_a_line_appears_only_when_it_would_have_been_typed(tmp_path: Path) -> None:
    table = Table(tmp_path / "paced.db", 2, 0.0, plays="seeker")
    given = table.rater("a rater with an id")
    for second in range(60):
        table.wait(given, NOW + second)
    start = NOW + 90
    table.say(given, "hello", start)
    (due,) = games.due(table.database, given, now=start)
    turn = Turn(role=Role.RECOMMENDER, text="How about Airplane?")
    assert games.answer(table.database, due, turn, start + 12, MACHINE)
    assert not games.answer(table.database, due, turn, start + 13, MACHINE), "said twice"
    before, after = table.look(given, start + 11), table.look(given, start + 13)
    assert [len(view.talks[0].turns) for view in (before, after)] == [1, 2]
    assert [view.talks[0].my_turn for view in (before, after)] == [False, True]
    with pytest.raises(NotNow):
        table.say(given, "too soon", start + 11)


def three(path: Path, start: float, least: int = 1) -> tuple[Table, Assignment, Assignment]:
    """A table of three whose talk begins at `start`, its judge, and the witness who is a person."""
    table = Table(path, 3, 0.5, plays="recommender", least=least)
    one, two = table.rater("rater one, an id"), table.rater("rater two, an id")
    table.wait(one, NOW)
    assert table.wait(two, NOW + 4) == "seated"
    judge, witness = sorted((one, two), key=lambda given: not table.look(given, start).judge)
    return table, judge, witness


def test_three_parties_a_judge_and_two_witnesses(tmp_path: Path) -> None:
    start = NOW + 20
    table, judge, witness = three(tmp_path / "three.db", start)
    seen = table.look(judge, start)
    assert seen.judge
    assert len(seen.talks) == 2
    assert len(table.look(witness, start).talks) == 1
    assert table.look(witness, start).brief is not None
    person = table.look(witness, start).talks[0].channel
    table.say(witness, "hi, I want to laugh", start, channel=person)
    with pytest.raises(NotNow):
        table.say(witness, "hello over there", start, channel=1 - person)
    table.answer(judge, "INTENT(disclose)", start + 1)
    for channel in (0, 1):
        table.say(judge, "how about Airplane?", start + 2, channel=channel)
    games.decide(table.database, judge, now=start + 9)
    held = assignment.current(table.database, judge.rater)
    assert held
    right = "right" if held.swapped else "left"
    assert held.swapped == (person == 1), "the left talk is the first one"
    table.submit(judge, {"verdict": right}, start + 20)
    table.submit(witness, {"taken_for": "human"}, start + 20)
    (result,) = analyse(table.database, "live")
    (correct, *_) = result.findings[0].estimates
    assert (correct.value, correct.n) == (1.0, 1)
    assert result.findings[-1].counts is not None
    kept = Pool(table.database).frame(DialogueFilter(corpus=("games",)))
    assert Counter(kept["seeker_origin"]) == {"human": 1, "simulated": 1}


def test_alone_in_a_game_of_three_is_let_go_and_counts_as_done(tmp_path: Path) -> None:
    table = Table(tmp_path / "odd.db", 3, 0.5)
    given = table.rater("all alone with an id")
    table.wait(given, NOW)
    assert table.wait(given, NOW + 41) == "alone"
    following = assignment.claim(table.database, table.study, given.rater, now=NOW + 42)
    assert following
    assert following.unit != given.unit
    assert journey.standing(table.database, table.study, given.rater).done == 1
    assert records.progress(table.database, "live")["done"].sum() == 0


def test_a_partner_who_leaves_ends_the_game_for_both_and_nothing_is_lost(tmp_path: Path) -> None:
    table, one, two = pair(tmp_path)
    start = NOW + 20
    seeker, recommender = sides(table, one, two, start)
    table.say(seeker, "hello", start)
    table.say(recommender, "hello back", start + 5)
    for second in range(6, 40, 2):  # the recommender's window is closed
        game = table.look(seeker, start + second)
        if game.over:
            break
    assert game.over
    assert game.reason == "left"
    assert second >= lobby.GONE
    assert game.enough, "there is enough to judge"
    table.submit(seeker, {"verdict": "human"}, start + 60)
    # Who comes back finds the game over, and may still judge.
    table.submit(recommender, {"verdict": "simulated"}, start + 600)
    assert len(table.database.rows("SELECT 1 FROM submissions")) == 2


def test_a_game_that_broke_off_at_once_is_let_go(tmp_path: Path) -> None:
    table, one, _ = pair(tmp_path)
    for second in range(7, 60, 2):
        game = table.look(one, NOW + second)
    assert game.over
    assert not game.enough
    games.go_on(table.database, one, "short")
    following = assignment.claim(table.database, table.study, one.rater, now=NOW + 70)
    assert following
    assert following.id != one.id


def test_time_is_up_for_everybody(tmp_path: Path) -> None:
    table, one, two = pair(tmp_path)
    end = NOW + 400
    for given in (one, two):
        table.database.rows("SELECT 1")
        game = table.look(given, end)
        assert game.over
        assert game.reason == "time"
    with pytest.raises(NotNow):
        table.say(one, "one more thing", end + 1)


def test_a_goodbye_closes_a_talk(tmp_path: Path) -> None:
    table = Table(tmp_path / "bye.db", 2, 0.0, plays="recommender")
    given = table.rater("a rater with an id")
    for second in range(60):
        table.wait(given, NOW + second)
    start = NOW + 90
    table.answer(given, "something funny?", start)
    table.say(given, "Airplane!", start + 1)
    table.answer(given, "perfect, bye", start + 2, ActKind.BYE)
    game = table.look(given, start + 3)
    assert game.over
    assert game.enough


def test_a_judge_whose_one_witness_has_left_decides_after_talking_enough_with_the_other(
    tmp_path: Path,
) -> None:
    start = NOW + 20
    table, judge, witness = three(tmp_path / "one_left.db", start, least=2)
    person = table.look(witness, start).talks[0].channel
    table.say(witness, "hi, I want to laugh", start, channel=person)
    table.answer(judge, "something funny?", start + 1)
    for channel in (0, 1):
        table.say(judge, "how about Airplane?", start + 2, channel=channel)
    table.answer(judge, "perfect, bye", start + 3, ActKind.BYE)
    there = table.look(judge, start + 4)
    assert [talk.closed for talk in there.talks] == [channel != person for channel in (0, 1)]
    assert not there.ready, "one message to the witness who is still there"
    table.say(witness, "seen it", start + 5, channel=person)
    table.say(judge, "then Top Secret!", start + 6, channel=person)
    there = table.look(judge, start + 7)
    assert there.ready
    assert not there.over
    assert not table.look(witness, start + 7).ready, "the judge's to say"


def test_what_a_rater_sees_says_nothing_of_who_is_simulated(tmp_path: Path) -> None:
    alone = Table(tmp_path / "blind.db", 2, 0.0, plays="seeker")
    given = alone.rater("a rater with an id")
    for second in range(60):
        alone.wait(given, NOW + second)
    told = repr(alone.look(given, NOW + 90))
    for secret in ("agenda", "simulated", "partner", "human"):
        assert secret not in told


def test_forty_people_at_once_are_all_seated_in_pairs(tmp_path: Path) -> None:
    table = Table(tmp_path / "race.db", 2, 1.0)
    given = [table.rater(f"rater number {number:04d}") for number in range(40)]
    problems: list[BaseException] = []

    def work(one: Assignment) -> None:
        try:
            for second in range(30):
                if table.wait(one, NOW + second) == "seated":
                    return
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(one,)) for one in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    seats = table.database.rows("SELECT game, count(*) AS n FROM seats GROUP BY game")
    assert [row["n"] for row in seats] == [2] * 20
    people = table.database.rows("SELECT count(DISTINCT assignment) AS n FROM seats")
    assert people[0]["n"] == 40


def test_a_withdrawal_takes_the_whole_conversation_along(tmp_path: Path) -> None:
    table, one, two = pair(tmp_path)
    start = NOW + 20
    seeker, recommender = sides(table, one, two, start)
    table.say(seeker, "my very own words", start)
    table.say(recommender, "an answer to them", start + 5)
    games.decide(table.database, seeker, now=start + 9)
    table.look(seeker, start + 10)
    table.submit(recommender, {"verdict": "human"}, start + 20)
    withdrawal.withdraw(table.database, seeker.rater)
    folder = tmp_path / "export"
    export(table.database, "live", folder)
    everything = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"my very own words" not in everything
    assert len(records.judgments(table.database, "live")) == 2, "the other's answers stay"


def test_a_rehearsal_finds_what_was_planted_in_both_forms(tmp_path: Path) -> None:
    for parties in (2, 3):
        table = Table(tmp_path / f"planted{parties}.db", parties, 0.5)
        done = rehearse(table.database, table.study, raters=40, seed=1, skill=Skill(dprime=2.0))
        (result,) = analyse(table.database, "live", crowd=done.crowd)
        found = [e for f in result.findings for e in f.estimates if e.quantity.startswith("d'")]
        assert found
        assert all(e.value is not None and 1.2 < e.value < 2.8 for e in found)
        assert Origin.HUMAN.value in str(
            records.judgments(table.database, "live", done.crowd)["origins"].tolist()
        )


def study_of(parties: int) -> Study:
    return parse(LIVE.format(parties=parties, share=0.5, plays="either", least=1))


def test_the_questions_fit_the_seat() -> None:
    for parties, judge, asked in (
        (2, True, "verdict"), (3, True, "verdict"), (3, False, "taken_for"),
    ):  # fmt: skip
        task: Any = study_of(parties).task("game")
        assert next(q.id for q in task.questions_of(judge=judge)) == asked
