"""The Watch page: two simulators talk live, with their views, acts and settings."""

import streamlit as st

from backend import moderation
from backend.conversations.talk import is_over
from backend.dialogue import Origin, Role
from backend.simulators import SimulatorError
from pages import look, transcript
from pages.showcase import panels, stage

look.page("Watch: Uncanny")
st.title("Two simulators talk", anchor=False)
st.caption(
    "A seeker has a wish, a recommender does not know it. Watch, change who they are, or take "
    "either side. Nothing here is a person unless you take over."
)

play = stage.choose()
buttons = st.container(horizontal=True)
middle, left, right = st.columns([2, 1, 1])
try:
    agents = {role: play.agent(role) for role in Role}
except SimulatorError as error:
    st.error("One of the two can't talk here.", icon=":material/voice_over_off:")
    st.text(str(error))
    st.stop()
with left:
    panels.seeker(play, agents[Role.SEEKER])
with right:
    panels.recommender(play, agents[Role.RECOMMENDER])
with middle:
    over = is_over(play.turns)
    pane = st.container(border=True, height=stage.HEIGHT, autoscroll=True)
    with pane:
        for turn in play.turns:
            with transcript.bubble(turn.role, right=turn.role is Role.SEEKER):
                panels.head(turn.role, turn)
                st.text(turn.text)
        if not play.turns:
            st.caption("Press Play, or take a step.")
        if over:
            panels.outcome(play)
    whose = play.next_role
    mine = not over and play.is_mine(whose)
    if mine:
        said = st.chat_input(f"You are the {whose.value}: write a message", max_chars=500)
        if said and said.strip():
            try:
                moderation.check(said, Origin.HUMAN)
            except moderation.Refused:
                st.warning("This message can't be sent. Please word it differently.")
            else:
                play.say(said.strip())
                st.rerun()
with buttons:
    if play.playing and not over and not mine:
        st.button("Pause", icon=":material/pause:", on_click=play.pause)
    else:
        st.button(
            "Play",
            icon=":material/play_arrow:",
            type="primary",
            on_click=play.resume,
            disabled=over or mine,
        )
    st.button("Step", icon=":material/skip_next:", on_click=play.step, disabled=over or mine)
    st.button("Start over", icon=":material/restart_alt:", on_click=play.restart)
    st.button("Another wish", icon=":material/casino:", on_click=play.another)
if play.is_due and not over and not mine:
    with pane:
        problem = stage.perform(play, agents[whose])
    if problem:
        st.warning(f"The {whose.value} gave no answer. What was said is kept; try again.")
        st.text(str(problem))
        play.pause()
    else:
        st.rerun()
