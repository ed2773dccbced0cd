"""The questions of a screen. Every click is kept as a draft, so a reload loses nothing."""

import re
import time
from dataclasses import replace
from typing import Any

import streamlit as st

from annotations import assignment, blinding
from annotations.assignment import Assignment, Stale
from annotations.blinding import Screen
from annotations.questions import (
    NEVER,
    AnswerError,
    Choice,
    Marks,
    Numbers,
    Place,
    Poles,
    Question,
    Scale,
    Text,
)
from annotations.records import NoConsent
from backend.database import Database, DatabaseError
from pages.prose import label, visible
from pages.rater.page import Page

#: What the next screen says of an answer that was stored as sent.
SAVED = "saved"


@st.fragment
def show(
    page: Page, given: Assignment, screen: Screen, asked: list[Question] | None = None
) -> None:
    """All questions and the button that sends; only this part of the page runs at each click.

    `asked` are the questions where they depend on more than the task.
    """
    if asked is not None:
        screen = replace(screen, questions=blinding.worded(asked, page.say))
    database, say = page.database, page.say
    draft = assignment.draft(database, given)
    keyed = _keyed(screen, draft)
    for question in screen.questions:
        name = f"{screen.key}-{question.id}"
        if isinstance(question, Numbers | Choice | Place):
            options = _places(question, screen) if isinstance(question, Place) else question.options
            shortcuts = question.id == keyed
            _options(database, given, question, options, draft, name, shortcuts=shortcuts)
        elif isinstance(question, Text):
            _text(database, given, question, draft, name)
        elif isinstance(question, Marks):
            _marks(page, given, question, draft, name, screen)
    send = say("form.save") if given.revision else say("form.send")
    if st.button(send, type="primary", key=f"{screen.key}-send", shortcut="Ctrl+Enter"):
        _send(page, given, screen, asked)


def _keyed(screen: Screen, draft: dict[str, Any]) -> str | None:
    """The question that number keys answer: the first closed one still open."""
    closed = [question for question in screen.questions if question.closed]
    return next((q.id for q in closed if q.id not in draft), None)


def _options(
    database: Database,
    given: Assignment,
    question: Numbers | Choice | Place,
    options: dict[str, str],
    draft: dict[str, Any],
    name: str,
    *,
    shortcuts: bool,
) -> None:
    sign = " :material/keyboard:" if shortcuts else ""
    if isinstance(question, Poles):
        left, right = (label(end) for end in question.ends)
        st.markdown(f"**{left}** ⟷ **{right}**{sign}", help=_help(question.help))
    else:
        st.markdown(f"**{label(question.text)}**{sign}", help=_help(question.help))
    chosen = _as_value(draft.get(question.id))
    # Seven points of a pair stay in one row on a phone; messages stand one below the other.
    with st.container(
        horizontal=not isinstance(question, Place),
        gap=None if isinstance(question, Poles) else "small",
    ):
        keys = number_keys(options) if shortcuts else {}
        for value, said in options.items():
            key = keys.get(value)
            clicked = st.button(
                # The button shows its key; a scale point would then read '4 4'.
                "○" if said == key else label(said),
                key=f"{name}-{value}",
                type="primary" if value == chosen else "secondary",
                icon=":material/check:" if value == chosen else None,
                shortcut=key,
                on_click=_keep,
                args=(database, given, question.id, value),
            )
            if clicked and value != chosen:
                # The click outlived a server restart: its callback is gone, the answer is not.
                _keep(database, given, question.id, value)
                st.rerun()
    if isinstance(question, Scale) and question.anchors:
        st.caption(" · ".join(f"{point} = {label(w)}" for point, w in question.anchors.items()))


def number_keys(options: dict[str, str]) -> dict[str, str]:
    """The key of each option, by stored value: the digit it shows, else its place from 1.

    Only the first nine places have keys, and of numbers only those of one digit.
    """
    if all(re.fullmatch(r"-?[0-9]+", said) for said in options.values()):
        return {value: said for value, said in options.items() if len(said) == 1}
    return {value: str(place) for place, value in enumerate(options, 1) if place <= 9}


def spoken(text: str) -> str:
    """A question as a widget's name, which a screen reader is told just as it is written here.

    What markdown could read is left out; escaped, it would be read out with its backslashes.
    """
    return " ".join(re.sub(r"[\\`*_\[\]{}:$<>~#!|&@/^=]|(?<=www)\.", " ", visible(text)).split())


def _help(text: str | None) -> str | None:
    return label(text) if text else None


def _places(question: Place, screen: Screen) -> dict[str, str]:
    """The judged side's messages by turn, and none of them."""
    return {**{str(turn): said for turn, said in _messages(screen).items()}, NEVER: question.none}


def _messages(screen: Screen) -> dict[int, str]:
    """The judged side's messages by turn, whole and numbered, as two may read the same."""
    mine = [line for line in screen.transcripts[0].lines if line.role is screen.judge]
    return {line.turn: f"{number} · {line.text}" for number, line in enumerate(mine, 1)}


def _text(
    database: Database, given: Assignment, question: Text, draft: dict[str, Any], name: str
) -> None:
    st.markdown(label(question.text), help=_help(question.help))
    st.text_area(
        spoken(question.text),
        label_visibility="collapsed",
        value=draft.get(question.id, ""),
        key=name,
        max_chars=question.max_length,
        height=80,
        on_change=lambda: _keep(database, given, question.id, st.session_state[name]),
    )


def _marks(
    page: Page,
    given: Assignment,
    question: Marks,
    draft: dict[str, Any],
    name: str,
    screen: Screen,
) -> None:
    lines = _messages(screen)
    st.markdown(label(question.text), help=_help(question.help))
    st.multiselect(
        spoken(question.text),
        label_visibility="collapsed",
        options=list(lines),
        default=[turn for turn in draft.get(question.id, []) if turn in lines],
        # No markdown is read in this list.
        format_func=lambda turn: visible(lines[turn]),
        key=name,
        placeholder=page.say("form.choose_messages"),
        on_change=lambda: _keep(page.database, given, question.id, st.session_state[name]),
    )


def _keep(database: Database, given: Assignment, question: str, value: Any) -> None:
    """Keep one answer in the draft. A refused write stops nobody: sending will tell."""
    try:
        answers = {**assignment.draft(database, given), question: value}
        assignment.save_draft(database, given, answers)
    except NoConsent:
        pass  # withdrawn in another window: sending will lead to the page that says so
    except DatabaseError:
        st.session_state[f"unsaved-{given.id}"] = True


def _send(page: Page, given: Assignment, screen: Screen, asked: list[Question] | None) -> None:
    say = page.say
    answers = assignment.draft(page.database, given)
    for question in screen.questions:
        if not question.closed and (name := f"{screen.key}-{question.id}") in st.session_state:
            answers[question.id] = st.session_state[name]
    answers = {name: value for name, value in answers.items() if value not in ("", [], None)}
    seconds = time.monotonic() - st.session_state.get(f"since-{screen.key}", time.monotonic())
    try:
        assignment.submit(
            page.database,
            page.study,
            given,
            answers,
            key=given.next_key,
            seconds=seconds,
            form=asked,
        )
    except AnswerError as error:
        left = error.question
        told = say("form.please", question=label(left)) if left else say("form.unfit")
        st.warning(told, icon=":material/error:")
        return
    except Stale:
        st.session_state["said"] = say("task.stale")
    except NoConsent:
        pass  # withdrawn in another window: the page says so
    except DatabaseError:
        st.error(say("form.refused"), icon=":material/cloud_off:")
        return
    else:
        st.session_state["said"] = SAVED
    st.session_state.pop("stepped_back", None)
    st.rerun()


def _as_value(kept: Any) -> str | None:
    """A kept answer as the option's value: 4.0 is '4'."""
    return None if kept is None else str(kept).removesuffix(".0")
