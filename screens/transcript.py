"""A dialogue as chat bubbles. Text is hostile: always shown with `st.text`, never as markdown."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import streamlit as st

from annotations.blinding import Line, Transcript
from annotations.wording import Wording
from backend.dialogue import Role
from screens.prose import label, visible

NAMES = {Role.SEEKER: "Seeker", Role.RECOMMENDER: "Recommender"}
AVATARS = {Role.SEEKER: ":material/person_search:", Role.RECOMMENDER: ":material/movie:"}

#: Height of a transcript beside a form, in pixels: fits a phone with the first question below.
PANE = 420


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


def lines(shown: Iterable[Line], *, on_the_right: Role, names: Mapping[Role, str] = NAMES) -> None:
    """Messages in order; the first of each role says whose it is."""
    named: set[Role] = set()
    for line in shown:
        heading = "" if line.role in named else names[line.role]
        named.add(line.role)
        with bubble(line.role, right=line.role is on_the_right, heading=heading):
            st.text(visible(line.text))


def pane(
    transcript: Transcript,
    *,
    judge: Role,
    height: int = PANE,
    names: Mapping[Role, str] = NAMES,
) -> None:
    """A scrolling pane with one transcript, the judged role on the right."""
    if transcript.name:
        st.subheader(label(transcript.name), anchor=False)
    with st.container(border=True, height=height):
        lines(transcript.lines, on_the_right=judge, names=names)
