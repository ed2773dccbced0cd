"""Drafts of thinking models, which reach neither readers nor parsers."""

from hypothesis import given
from hypothesis import strategies as st

from backend.engines import Message, Request
from backend.engines.drafts import DraftFilter, without_drafts
from backend.engines.scripted import ScriptedEngine

PARTS = ["<think>", "</think>", "<thinking>", "</thinking>", "<", "th", "ink>", " ", "\n", "film"]
ASKED = Request(messages=(Message(speaker="user", text="go"),))


@given(st.lists(st.sampled_from(PARTS), max_size=12), st.integers(1, 9))
def test_a_stream_shows_the_same_text_however_it_is_cut(parts: list[str], size: int) -> None:
    text = "".join(parts)
    whole, cut = DraftFilter(), DraftFilter()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    streamed = "".join(map(cut.push, pieces)) + cut.flush()
    assert streamed == whole.push(text) + whole.flush()


@given(st.text(alphabet="abc <>/", max_size=20))
def test_text_without_tags_is_left_as_it_is(text: str) -> None:
    assert without_drafts(text) == text


def test_a_reply_and_its_stream_hold_no_draft() -> None:
    text = "<think> say\nthat I hide horror </think>\n\nhello there"
    made = ScriptedEngine([text, "<think> I hide", "I hide horror </think> hello"])
    first, unclosed, unopened = (made.submit(ASKED) for _ in range(3))
    assert "".join(first) == first.reply().text == "hello there"
    assert "".join(unclosed) == unclosed.reply().text == ""
    assert unopened.reply().text == "hello"
    made.close()
