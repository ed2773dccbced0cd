"""A live chat: every message is stored when it is said, so a reload goes on where it stopped."""

import streamlit as st

from annotations.assignment import Assignment
from annotations.blinding import Screen, ShownTurn
from annotations.live import chats
from annotations.tasks.conversation import Conversation
from backend import moderation
from backend.conversations.partner import NoAnswer, answer
from backend.conversations.talk import is_over, view_of
from backend.dialogue import Brief, Origin, Role, Turn, speaks_next
from backend.simulators import Simulator, SimulatorError
from pages import transcript
from pages.prose import label, visible
from pages.rater import form
from pages.rater.page import Page
from pages.resources import chat_partner, daily_messages, replies


def show(page: Page, given: Assignment, screen: Screen) -> None:
    """The chat while it lasts; then the transcript beside its questions."""
    database, say = page.database, page.say
    task = page.study.task(given.task)
    assert isinstance(task, Conversation)
    unit = chats.unit(database, given)
    assert unit.partner is not None
    assert unit.role is not None
    mine = unit.role
    said = chats.turns(database, given)
    if chats.is_closed(database, given):
        _answer(page, given, screen, said, mine)
        return
    try:
        with st.spinner(say("chat.ready"), show_time=False):
            partner = chat_partner(unit.partner, mine.other)
    except SimulatorError as error:
        chats.note_failure(database, given, len(said), str(error))
        st.error(say("chat.unreachable"))
        st.button(say("chat.try_again"), key=f"reach-{given.id}")
        return
    if screen.brief:
        st.info(say("chat.brief", brief=label(screen.brief.summary)), icon=":material/flag:")
    pane = transcript.scroller(say("page.messages", count=len(said)), talk=True)
    with pane:
        transcript.lines(_as_lines(said), on_the_right=mine, names=transcript.names(say))
        if not said:
            st.caption(say("chat.you_begin" if mine is Role.SEEKER else "chat.partner_begins"))
    if speaks_next(said) is mine.other and not is_over(said, None):
        _reply(page, given, pane, partner, unit.brief, said, mine)
    own = sum(turn.role is mine for turn in said)
    over = is_over(said, None) or own >= task.max_messages
    text = st.chat_input(
        say("chat.over") if over else say("chat.write"),
        max_chars=task.max_length,
        disabled=over,
        key=f"{screen.key}-say",
    )
    if text and text.strip():
        _say(page, given, len(said), Turn(role=mine, text=text.strip()))
    _end(page, given, partner, ready=over or own >= task.min_messages)


def _say(page: Page, given: Assignment, position: int, turn: Turn) -> None:
    try:
        moderation.check(turn.text, Origin.HUMAN)
    except moderation.Refused:
        st.warning(page.say("chat.unfit"), icon=":material/block:")
        return
    chats.say(page.database, given, position, turn)
    st.rerun()


def _reply(
    page: Page,
    given: Assignment,
    pane: st.delta_generator.DeltaGenerator,
    partner: Simulator,
    brief: Brief | None,
    said: list[Turn],
    mine: Role,
) -> None:
    """Stream the partner's turn into the pane and store it; the page then shows what is stored."""
    view = view_of(partner, mine.other, brief or Brief(summary=""), said, targets=())
    pieces = answer(
        lambda: partner.respond(view, seed=given.seed),
        asker=page.rater,
        limits=replies(),
        is_spent=chats.messages_today(page.database) >= daily_messages(),
    )
    with pane, transcript.bubble(mine.other, right=False):
        slot, text = st.empty(), ""
        try:
            for piece in pieces:
                if isinstance(piece, Turn):
                    chats.say(page.database, given, len(said), piece)
                else:
                    text += piece
                    slot.text(visible(text))
        except NoAnswer as error:
            slot.text(page.say("chat.no_answer"))
            _unanswered(page, given, len(said), error)
    st.rerun()


def _unanswered(page: Page, given: Assignment, position: int, error: NoAnswer) -> None:
    """Say that there is no answer, with a way to ask again; what was written is stored."""
    if error.kind != "busy":
        chats.note_failure(page.database, given, position, str(error))
    st.warning(page.say(f"chat.{error.kind}"))
    st.button(page.say("chat.try_again"), key=f"retry-{given.id}")
    st.stop()


def _end(page: Page, given: Assignment, partner: Simulator, *, ready: bool) -> None:
    if not ready:
        st.caption(page.say("chat.more"))
    elif st.button(page.say("chat.finish"), type="primary", key=f"finish-{given.id}"):
        number = page.standing.number or 0
        chats.close(page.database, page.study, given, number, partner.system)
        st.rerun()


def _answer(page: Page, given: Assignment, screen: Screen, said: list[Turn], mine: Role) -> None:
    reading, answering = st.columns([3, 2])
    with reading, transcript.scroller(page.say("page.messages", count=len(said))):
        transcript.lines(_as_lines(said), on_the_right=mine, names=transcript.names(page.say))
    with answering:
        form.show(page, given, screen)


def _as_lines(said: list[Turn]) -> list[ShownTurn]:
    return [ShownTurn(turn.role, turn.text, index) for index, turn in enumerate(said)]
