"""Replies with a form: read, asked for once more, or recorded as nonsense."""

import pytest
from pydantic import BaseModel

from backend.engines import EngineFailed, Message, Request
from backend.engines.scripted import ScriptedEngine
from backend.engines.structured import Nonsense, json_reply, schema_grammar, structured


class Said(BaseModel):
    act: str
    utterance: str


ASKED = Request(messages=(Message(speaker="user", text="go"),), grammar=schema_grammar(Said))
GOOD = '{"act": "greet", "utterance": "hi {there}"}'


def test_a_reply_in_prose_and_fences_is_read() -> None:
    engine = ScriptedEngine([f"Of course {{smile}}:\n```json\n{GOOD}\n``` I hope it helps"])
    assert structured(engine, ASKED, json_reply(Said)) == Said(act="greet", utterance="hi {there}")


def test_nonsense_is_asked_about_once_and_told_why() -> None:
    engine = ScriptedEngine(['{"act": "greet"}', GOOD])
    assert structured(engine, ASKED, json_reply(Said)).act == "greet"
    again = engine.requests[1].messages
    assert again[-2].text == '{"act": "greet"}'
    assert "utterance: Field required" in again[-1].text


def test_nonsense_twice_is_an_error_with_both_attempts() -> None:
    engine = ScriptedEngine(["no", "no {never", GOOD])
    with pytest.raises(Nonsense, match=r"no readable reply in 2 attempt") as caught:
        structured(engine, ASKED, json_reply(Said))
    assert caught.value.attempts == ("no", "no {never")
    assert isinstance(caught.value, EngineFailed)


def test_an_engine_that_enforces_the_form_is_not_asked_again() -> None:
    class Strict(ScriptedEngine):
        def enforces(self, grammar: object) -> bool:
            return True

    engine = Strict(["no", GOOD])
    with pytest.raises(Nonsense, match="1 attempt"):
        structured(engine, ASKED, json_reply(Said))


@pytest.mark.parametrize(
    "text", ["", "}{", '{"act": "a", "utterance"', "{" * 100_000, '{"a": NaN}']
)
def test_what_is_no_object_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        json_reply(Said)(text)
