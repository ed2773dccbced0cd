"""A live chat: every message is stored when it is said, so a reload goes on where it stopped."""

import streamlit as st

from annotations import chats
from annotations.assignment import Assignment, Standing
from annotations.blinding import Line, Screen
from annotations.study import Study
from annotations.tasks.chat import Chat
from backend.database import Database
from backend.dialogue import ActKind, Brief, Role, Turn
from backend.simulators import Simulator, SimulatorError
from backend.simulators.talk import view_of
from screens import transcript
from screens.rater import form
from screens.resources import chat_partner


def show(
    database: Database, study: Study, given: Assignment, screen: Screen, standing: Standing
) -> None:
    """The chat while it lasts; then the transcript beside its questions."""
    task = study.task(given.task)
    assert isinstance(task, Chat)
    mine = task.role
    unit = chats.unit(database, given)
    assert unit.partner is not None
    try:
        partner = chat_partner(unit.partner, mine.other)
    except SimulatorError as error:
        chats.note_failure(database, given, len(chats.turns(database, given)), str(error))
        st.error("Your partner can't be reached just now. What you wrote is kept.")
        st.button("Try again", key=f"reach-{given.id}")
        return
    said = chats.turns(database, given)
    if chats.is_closed(database, given):
        _answer(database, study, given, screen, said, mine)
        return
    if screen.brief:
        st.info(f"What you are looking for: {screen.brief.summary}", icon=":material/flag:")
    pane = st.container(border=True, height=transcript.PANE, autoscroll=True)
    with pane:
        transcript.lines(_as_lines(said), on_the_right=mine)
        if not said:
            st.caption("You begin." if mine is Role.SEEKER else "Your partner begins.")
    if _partner_is_due(said, mine):
        _reply(database, given, pane, partner, unit.brief, said, mine)
    own = sum(turn.role is mine for turn in said)
    over = _is_over(said, mine) or own >= task.max_messages
    text = st.chat_input(
        "The chat is over" if over else "Write a message",
        max_chars=task.max_length,
        disabled=over,
        key=f"{screen.key}-say",
    )
    if text and text.strip():
        chats.say(database, given, len(said), Turn(role=mine, text=text.strip()))
        st.rerun()
    _end(database, study, given, standing, partner, ready=over or own >= task.min_messages)


def _partner_is_due(said: list[Turn], mine: Role) -> bool:
    if not said:
        return mine is Role.RECOMMENDER
    return said[-1].role is mine and not said[-1].does(ActKind.BYE)


def _is_over(said: list[Turn], mine: Role) -> bool:
    return bool(said) and said[-1].role is mine.other and said[-1].does(ActKind.BYE)


def _reply(
    database: Database,
    given: Assignment,
    pane: st.delta_generator.DeltaGenerator,
    partner: Simulator,
    brief: Brief | None,
    said: list[Turn],
    mine: Role,
) -> None:
    """Stream the partner's turn into the pane and store it; the page then shows what is stored."""
    view = view_of(partner, mine.other, brief or Brief(summary=""), said, targets=())
    with pane, transcript.bubble(mine.other, right=False):
        slot, text = st.empty(), ""
        try:
            for piece in partner.respond(view, seed=given.seed):
                if isinstance(piece, Turn):
                    chats.say(database, given, len(said), piece)
                else:
                    text += piece
                    slot.text(text)
        except SimulatorError as error:
            chats.note_failure(database, given, len(said), str(error))
            slot.text("(no answer)")
            st.warning("Your partner did not answer. Your message is kept; please try again.")
            st.button("Try again", key=f"retry-{given.id}")
            st.stop()
    st.rerun()


def _end(
    database: Database,
    study: Study,
    given: Assignment,
    standing: Standing,
    partner: Simulator,
    *,
    ready: bool,
) -> None:
    if not ready:
        st.caption("You can finish after a few more messages.")
    elif st.button("Finish the chat", type="primary", key=f"finish-{given.id}"):
        chats.close(database, study, given, standing.number or 0, partner.system)
        st.rerun()


def _answer(
    database: Database,
    study: Study,
    given: Assignment,
    screen: Screen,
    said: list[Turn],
    mine: Role,
) -> None:
    reading, answering = st.columns([3, 2])
    with reading, st.container(border=True, height=transcript.PANE):
        transcript.lines(_as_lines(said), on_the_right=mine)
    with answering:
        form.show(database, study, given, screen)


def _as_lines(said: list[Turn]) -> list[Line]:
    return [Line(turn.role, turn.text, index) for index, turn in enumerate(said)]
