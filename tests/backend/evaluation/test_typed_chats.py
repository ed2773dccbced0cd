"""Typed chats: the shipped cases, the checks of replies, and what is told of a bad file."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner

from backend.__main__ import app
from backend.catalogue import Catalogue
from backend.commands import check_chats
from backend.dialogue import Role, System, Turn
from backend.evaluation.reply_checks import CHECKS, failures
from backend.evaluation.typed_chats import Case, ChatsError, cases, play
from backend.simulators import SimulatorError

FILMS = Catalogue.load()
OFFER = "Have you seen Scream (1996)?"


def reply(text: str, role: Role = Role.RECOMMENDER) -> Turn:
    return Turn(role=role, text=text)


def test_the_shipped_cases_are_many_in_both_roles_and_their_checks_can_be_met() -> None:
    found = cases()
    kinds = Counter((case.role, case.is_chat) for case in found)
    assert kinds[Role.RECOMMENDER, False] >= 80
    assert kinds[Role.SEEKER, False] >= 40
    assert kinds[Role.RECOMMENDER, True] >= 12
    assert kinds[Role.SEEKER, True] >= 8
    # A film that the catalogue lacks would be an error here.
    for case in found:
        for message in case.messages:
            failures(message.wants, reply("Hello."), case.turns_before(), FILMS)


@pytest.mark.parametrize(
    ("wants", "good", "bad"),
    [
        ({"tells": {"director": "Heat (1995)"}}, "Michael Mann made it.", "It is a drama."),
        ({"tells": {"year": "Heat (1995)"}}, "It's from 1995.", "It's old."),
        ({"unknown": True}, "I don't know the plot, sorry.", "It's about a shark."),
        ({"offers": True}, OFFER, "What do you like?"),
        ({"has": {"genre": "horror"}}, OFFER, "Have you seen Toy Story (1995)?"),
        ({"lacks": {"genre": "horror"}}, "Have you seen Toy Story (1995)?", OFFER),
        ({"before": 1990}, "How about Psycho (1960)?", OFFER),
        ({"after": 1990}, OFFER, "How about Psycho (1960)?"),
        ({"is_not": ["Scream (1996)"]}, "How about Psycho (1960)?", OFFER),
        ({"asks": True}, "What do you like?", "I see."),
        ({"asks": False}, "I see.", "What do you like?"),
        ({"acts": ["bye"]}, "Goodbye!", OFFER),
        ({"no_acts": ["bye"]}, OFFER, "Goodbye!"),
        ({"says": r"198\d"}, "In 1984.", "In 1994."),
        ({"avoids": "stupid"}, "I see.", "You are stupid."),
        ({"replies": True}, "I see.", " "),
    ],
)
def test_a_check_can_pass_and_fail(wants: dict[str, Any], good: str, bad: str) -> None:
    assert failures(wants, reply(good), (), FILMS) == []
    (failed,) = failures(wants, reply(bad), (), FILMS)
    assert failed.check in wants
    assert failed.of == CHECKS[failed.check][0]


def test_a_seeker_that_takes_a_film_does_not_refuse_it() -> None:
    before = [reply(OFFER)]
    taken = reply("Sounds great, I will watch it!", Role.SEEKER)
    refused = reply("No, I don't like those.", Role.SEEKER)
    assert failures({"refuses": True}, taken, before, FILMS)
    assert failures({"refuses": True}, refused, before, FILMS) == []


class Scripted:
    """A recommender that offers Scream, and breaks when told to."""

    system = System(name="scripted", simulator="scripted")
    informed = False
    variables: ClassVar[dict[str, tuple[str, ...]]] = {}

    def respond(self, view: Any, *, seed: int) -> Iterator[str | Turn]:
        if "break" in view.turns[-1].text:
            raise SimulatorError("broken")
        yield reply(OFFER)


def test_a_chat_is_played_message_by_message_and_ends_where_there_is_no_reply() -> None:
    case = Case.model_validate(
        {
            "id": "one",
            "role": "recommender",
            "messages": [
                {"say": "a horror movie", "wants": {"has": {"genre": "horror"}}},
                {"say": "not Scream", "wants": {"is_not": ["Scream (1996)"]}},
                {"say": "break"},
                {"say": "never typed"},
            ],
        }
    )
    first, second, third = play(case, Scripted(), FILMS, seed=1)
    assert first.failed == []
    assert [failed.check for failed in second.failed] == ["is_not"]
    assert third.reply is None
    assert third.failed[0].wanted == "broken"


def test_what_is_wanted_of_a_reply_that_is_not_there_is_not_met() -> None:
    case = Case.model_validate(
        {
            "id": "one",
            "role": "recommender",
            "messages": [{"say": "break", "wants": {"has": {"genre": "horror"}, "offers": False}}],
        }
    )
    (answered,) = play(case, Scripted(), FILMS, seed=1)
    assert [failed.check for failed in answered.failed] == ["replies", "has", "offers"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {id: a, role: seeker, messages: []}", "bad.yaml, case 1: messages"),
        (
            "- {id: a, role: seeker, messages: [{say: x, wants: {smells: y}}]}",
            "bad.yaml, case a: no check 'smells'; there are replies, tells",
        ),
        ("a: 1", "bad.yaml is to be a list of cases"),
        ("- {id: a", "bad.yaml"),
    ],
)
def test_a_bad_file_is_an_error_that_says_where(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ChatsError, match=told):
        cases(tmp_path)


@pytest.mark.parametrize(
    ("check", "argument", "told"),
    [
        ("offers", "maybe", "true or false expected"),
        ("before", "'1990'", "a year expected"),
        ("after", "true", "a year expected"),
        ("tells", "{director: The Purple Teapot Returns (2013)}", "the catalogue has no film"),
        ("tells", "{colour: Heat (1995)}", "the catalogue has no colour of"),
        ("tells", "director", "attributes expected"),
        ("has", "{genre: scary}", "the catalogue has no genre 'scary'"),
        ("lacks", "{}", "attributes expected"),
        ("is_not", "[The Purple Teapot Returns (2013)]", "the catalogue has no film"),
        ("is_not", "Heat (1995)", "a list expected"),
        ("acts", "[dance]", "'dance' is not a valid ActKind"),
        ("says", "'('", "no regular expression"),
    ],
)
def test_a_bad_argument_is_an_error_that_names_case_and_check(
    check: str, argument: str, told: str, tmp_path: Path
) -> None:
    line = f"- {{id: a, role: recommender, messages: [{{say: x, wants: {{{check}: {argument}}}}}]}}"
    (tmp_path / "bad.yaml").write_text(line, encoding="utf-8")
    with pytest.raises(ChatsError, match="bad.yaml, case a: " + re.escape(f"{check}: {told}")):
        cases(tmp_path)


def test_a_wish_that_the_catalogue_lacks_is_an_error(tmp_path: Path) -> None:
    line = "- {id: a, role: seeker, wish: {genre: scary}, messages: [{say: x}]}"
    (tmp_path / "bad.yaml").write_text(line, encoding="utf-8")
    with pytest.raises(ChatsError, match="case a: wish: the catalogue has no genre 'scary'"):
        cases(tmp_path)


def test_a_file_that_is_no_text_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ChatsError, match=re.escape("bad.yaml")):
        cases(tmp_path)


CASES = """
- {id: a, role: recommender, messages: [{say: horror, wants: {has: {genre: horror}}}]}
- {id: b, role: recommender, messages: [{say: no horror, wants: {lacks: {genre: horror}}}]}
- id: c
  role: recommender
  messages:
    - {say: who made Heat, wants: {tells: {director: Heat (1995)}}}
    - {say: thanks}
"""


def test_the_command_counts_by_class_and_lists_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some.yaml").write_text(CASES, encoding="utf-8")
    monkeypatch.setattr(check_chats, "simulator", lambda name, role: Scripted())
    kept = tmp_path / "kept.json"
    given = ["check-chats", "--folder", str(tmp_path), "--role", "recommender"]
    told = CliRunner().invoke(app, [*given, "--json", str(kept)]).stdout
    single, chats, together = told.split("recommender, ")[1:]
    assert "wish     0.500 [0.095, 0.905], n = 2 checks" in single
    assert "fact     0.000 [0.000, 0.793], n = 1 checks" in chats
    assert "fitting  0.500 [0.150, 0.850], n = 4 replies" in together
    assert f"b: 'no horror' -> '{OFFER}' (wish: lacks {{'genre': 'horror'}})" in told
    assert [len(row["failed"]) for row in json.loads(kept.read_text())] == [0, 1, 1, 0]
    limited = CliRunner().invoke(app, [*given, "--limit", "1"]).stdout
    assert "fitting  1.000 [0.207, 1.000], n = 1 replies" in limited


def test_the_command_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("a: 1", encoding="utf-8")
    result = CliRunner().invoke(app, ["check-chats", "--folder", str(tmp_path)])
    assert result.exit_code == 1
    assert "bad.yaml is to be a list of cases" in result.output


def test_two_cases_of_one_name_are_an_error(tmp_path: Path) -> None:
    line = "- {id: a, role: seeker, messages: [{say: x}]}\n"
    (tmp_path / "twice.yaml").write_text(line * 2, encoding="utf-8")
    with pytest.raises(ChatsError, match="two cases are called 'a'"):
        cases(tmp_path)
