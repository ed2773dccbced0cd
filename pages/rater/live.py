"""A live game: the lobby, the talk or the two talks, and the verdict beside what was said."""

import random
import threading
import time

import streamlit as st

from annotations.assignment import Assignment
from annotations.blinding import Screen, ShownTurn
from annotations.live import chats, games, lobby
from annotations.live.games import Due, Game, NotNow, Talk
from annotations.tasks.conversation import LiveGame
from annotations.wording import Wording
from backend import moderation
from backend.conversations import pacing
from backend.conversations.partner import NoAnswer, answer
from backend.conversations.replies import Replies
from backend.conversations.talk import view_of
from backend.dialogue import Brief, Origin, Role, Turn
from backend.language.act_reader import is_farewell
from backend.simulators import Simulator, SimulatorError
from pages import transcript
from pages.prose import label
from pages.rater import form
from pages.rater.page import Page
from pages.resources import chat_partner, daily_messages, replies

#: Seconds between looks at the game. Also what decides how fresh a sign of life is.
EVERY = 2.0


def show(page: Page, given: Assignment, screen: Screen) -> None:
    """The lobby until there is a game; the talk until it is over; then the questions."""
    if st.session_state.get(f"alone-{given.id}"):
        _let_go(page, given, "live.alone")
        return
    game = games.look(page.database, page.study, given)
    if game is None:
        _lobby(page, given)
    elif not game.over:
        _talk(page, given)
    elif not game.enough and not given.revision:
        _let_go(page, given, "live.short")
    else:
        _judge(page, given, screen, game)


@st.fragment(run_every=EVERY)
def _lobby(page: Page, given: Assignment) -> None:
    found = lobby.wait(page.database, page.study, given)
    if found == "waiting":
        st.info(page.say("live.lobby"), icon=":material/hourglass_top:")
        st.caption(page.say("live.lobby_why"))
        return
    if found == "alone":
        st.session_state[f"alone-{given.id}"] = True
    st.rerun()


@st.fragment(run_every=EVERY)
def _talk(page: Page, given: Assignment) -> None:
    game = games.look(page.database, page.study, given)
    if game is None or game.over:
        st.rerun()
    assert game is not None
    say = page.say
    if game.begins_in > 0:
        st.info(say("live.starts"), icon=":material/hourglass_bottom:")
        return
    task = page.study.task(given.task)
    assert isinstance(task, LiveGame)
    _have_made(page, given, task)
    _head(say, game, task)
    columns = st.columns(len(game.talks))
    for column, talk in zip(columns, game.talks, strict=True):
        with column:
            _one(page, given, game, talk, task, f"g{given.id}-{talk.channel}")
    if game.ready:
        st.button(
            say("live.decided"),
            key=f"decide-{given.id}",
            on_click=games.decide,
            args=(page.database, given),
        )


def _head(say: Wording, game: Game, task: LiveGame) -> None:
    left = int(game.seconds_left)
    told = say("live.time", minutes=left // 60, seconds=left % 60)
    st.caption(say("live.you_are", role=say(f"page.{game.role.value}"), time=told))
    if task.parties == 3:
        st.markdown(say("live.judge" if game.judge else "live.witness"))
    if game.brief:
        st.info(say("chat.brief", brief=label(game.brief.summary)), icon=":material/flag:")


def _one(page: Page, given: Assignment, game: Game, talk: Talk, task: LiveGame, key: str) -> None:
    say = page.say
    name = _name(say, game, talk)
    st.subheader(name, anchor=False)
    said = say("page.messages", count=len(talk.turns))
    at, of = talk.channel + 1 if len(game.talks) > 1 else 1, len(game.talks)
    with transcript.scroller(said, at=at, of=of, talk=True):
        shown = [ShownTurn(turn.role, turn.text, n) for n, turn in enumerate(talk.turns)]
        transcript.lines(shown, on_the_right=game.role, names=transcript.names(say))
        if not talk.closed:
            st.caption(say("live.your_turn" if talk.my_turn else "live.their_turn"))
    text = st.chat_input(
        _invitation(say, game, talk, name),
        max_chars=task.max_length,
        disabled=not talk.my_turn,
        key=f"{key}-say",
    )
    if text and text.strip():
        try:
            moderation.check(text, Origin.HUMAN)
            games.say(
                page.database,
                given,
                talk.channel,
                text,
                task.max_length,
                farewell=is_farewell(Turn(role=game.role, text=text)),
            )
        except moderation.Refused:
            st.warning(say("chat.unfit"), icon=":material/block:")
        except NotNow:
            pass  # the picture on screen was a moment old: the next look shows what holds
        else:
            st.rerun(scope="fragment")


def _invitation(say: Wording, game: Game, talk: Talk, name: str) -> str:
    if talk.closed:
        return say("chat.over")
    return say("chat.write") if len(game.talks) == 1 else say("live.write_to", name=name)


def _name(say: Wording, game: Game, talk: Talk) -> str:
    return (
        say("live.partner") if len(game.talks) == 1 else say("live.b" if talk.channel else "live.a")
    )


def _judge(page: Page, given: Assignment, screen: Screen, game: Game) -> None:
    say = page.say
    st.caption(say("live.over"))
    reading, answering = st.columns([3, 2])
    with reading:
        for talk in game.talks:
            if len(game.talks) > 1:
                st.subheader(_name(say, game, talk), anchor=False)
            said = say("page.messages", count=len(talk.turns))
            at, of = talk.channel + 1 if len(game.talks) > 1 else 1, len(game.talks)
            with transcript.scroller(said, at=at, of=of):
                shown = [ShownTurn(turn.role, turn.text, n) for n, turn in enumerate(talk.turns)]
                transcript.lines(shown, on_the_right=game.role, names=transcript.names(say))
    with answering:
        form.show(page, given, screen, games.questions(page.study, given, game))


def _let_go(page: Page, given: Assignment, told: str) -> None:
    st.info(page.say(told), icon=":material/waving_hand:")
    if st.button(page.say("live.go_on"), type="primary", key=f"on-{given.id}"):
        games.go_on(page.database, given, told.partition(".")[2])
        st.rerun()


def _have_made(page: Page, given: Assignment, task: LiveGame) -> None:
    """Have simulated turns made that are due, off this page, each once in this process."""
    for due in games.due(page.database, given):
        if chats.messages_today(page.database) >= daily_messages():
            games.give_up(page.database, due.game, "the daily budget of messages is used up")
            return
        try:
            # Set up here: what the process shares is reached from a page's own run alone.
            partner = chat_partner(due.partner, due.role)
        except SimulatorError as error:
            games.give_up(page.database, due.game, str(error))
            return
        name = f"game-{due.game}-{due.channel}-{due.position}"
        if not any(thread.name == name for thread in threading.enumerate()):
            threading.Thread(
                target=_make,
                args=(page, given, due, partner, replies(), task.paced),
                name=name,
                daemon=True,
            ).start()


def _make(
    page: Page, given: Assignment, due: Due, partner: Simulator, limits: Replies, paced: bool
) -> None:
    name = f"game-{due.game}-{due.channel}-{due.position}"
    try:
        wish = due.brief if due.role is Role.SEEKER else Brief(summary="")
        view = view_of(partner, due.role, wish, due.turns, targets=())
        pieces = answer(lambda: partner.respond(view, seed=due.seed), asker=name, limits=limits)
        turn = next(piece for piece in pieces if isinstance(piece, Turn))
    except NoAnswer as error:
        if error.kind == "busy":
            return  # the next look asks again
        chats.note_failure(page.database, given, due.position, str(error))
        games.give_up(page.database, due.game, str(error))
        return
    read = due.turns[-1].text if due.turns else ""
    # Drawn by the game's seed and the turn: a second process that makes it too waits as long.
    player = f"{due.seed}-{due.channel}"
    rng, tempo = random.Random(f"{player}-{due.position}"), pacing.tempo_of(player)
    delay = pacing.DEFAULT.delay(due.role, read, turn.text, rng, tempo=tempo) if paced else 0.0
    games.answer(page.database, due, turn, max(time.time(), due.since + delay), partner.system)
