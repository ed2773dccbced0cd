"""A dialogue as chat bubbles. Text is hostile: always shown with `st.text`, never as markdown."""

import html
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from annotations.blinding import ShownTurn, Transcript
from annotations.wording import Wording
from backend.dialogue import Role
from pages.prose import label, visible

NAMES = {Role.SEEKER: "Seeker", Role.RECOMMENDER: "Recommender"}
AVATARS = {Role.SEEKER: ":material/person_search:", Role.RECOMMENDER: ":material/movie:"}

#: Height of a transcript beside a form, in pixels.
PANE = 420

#: Shares of a phone's height, where columns stand one below the other: the first question has to be
#: on the screen too; under a talk, which has a brief above it, the box that one writes into.
_ALONE, _ALONE_TALK, _OF_TWO = "48vh", "38vh", "25vh"


@contextmanager
def bubble(role: Role, *, right: bool, heading: str = "") -> Iterator[None]:
    """One message of `role`; the judged or own side stands on the right."""
    with (
        st.container(horizontal_alignment="right" if right else "left", gap=None),
        st.chat_message("user" if right else "assistant", avatar=AVATARS[role], width=520),
    ):
        if heading:
            st.caption(heading)
        yield


def names(say: Wording) -> Mapping[Role, str]:
    """What the roles are called in the study's language."""
    return {role: say(f"page.{role.value}") for role in Role}


def lines(
    shown: Iterable[ShownTurn], *, on_the_right: Role, names: Mapping[Role, str] = NAMES
) -> None:
    """Messages in order; the first of each role says whose it is."""
    named: set[Role] = set()
    for line in shown:
        heading = "" if line.role in named else names[line.role]
        named.add(line.role)
        with bubble(line.role, right=line.role is on_the_right, heading=heading):
            st.text(visible(line.text))


def scroller(said: str, *, at: int = 1, of: int = 1, talk: bool = False) -> DeltaGenerator:
    """An empty scrolling pane, number `at` of `of` on the screen, which begins with what is `said`.

    A `talk` goes on while it is shown: the pane keeps to its end.
    Streamlit's own can't be reached by keyboard in every browser. What is said here can, and from
    there the arrow keys scroll.
    """
    key = f"pane-{at}"
    pane = st.container(border=True, height=PANE, autoscroll=talk, key=key)
    phone = _OF_TWO if of > 1 else _ALONE_TALK if talk else _ALONE
    pane.html(
        f"<style>@media (max-width: 640px) {{ .st-key-{key}, :has(> .st-key-{key}) "
        f"{{ max-height: min({PANE}px, {phone}) }} }}</style>"
    )
    pane.html(
        '<p tabindex="0" role="note" style="margin: 0; font-size: 0.875rem">'
        f"{html.escape(visible(said))}</p>"
    )
    return pane


def pane(
    transcript: Transcript,
    *,
    judge: Role,
    say: Wording,
    at: int = 1,
    of: int = 1,
) -> None:
    """A scrolling pane with one transcript, the judged role on the right."""
    if transcript.name:
        st.subheader(label(transcript.name), anchor=False)
    with scroller(say("page.messages", count=len(transcript.lines)), at=at, of=of):
        lines(transcript.lines, on_the_right=judge, names=names(say))
