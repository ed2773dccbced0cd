"""Panels of the Watch page: what each side may see, its settings, and the outcome."""

import streamlit as st

from backend.dialogue import ActKind, Role, Turn
from backend.simulators import InformedView, ShowsPrompt, Simulator, about
from backend.simulators.acts import ACTS
from pages.showcase.stage import Play, films
from pages.transcript import NAMES

#: Acts by what they do to the talk; the rest is grey.
COLOURS = {
    ActKind.RECOMMEND: "blue",
    ActKind.EXPLAIN: "blue",
    ActKind.INFORM: "blue",
    ActKind.ELICIT: "violet",
    ActKind.INQUIRE: "violet",
    ActKind.DISCLOSE: "orange",
    ActKind.REQUEST: "orange",
    ActKind.CRITIQUE: "orange",
    ActKind.ACCEPT: "green",
    ActKind.REJECT: "red",
}


#: Values that are shown side by side; more are a list to open.
MOST_PILLS = 12


def head(role: Role, turn: Turn | None = None) -> None:
    """Who speaks, and what the turn does."""
    with st.container(horizontal=True, gap="small"):
        st.caption(NAMES[role], width="content")
        for act in turn.acts if turn else ():
            st.badge(act.kind.value, color=COLOURS.get(act.kind, "gray"))  # type: ignore[arg-type]


def seeker(play: Play, agent: Simulator) -> None:
    """What the seeker may see."""
    view = play.view(Role.SEEKER, agent)
    brief = play.scenario.brief
    with st.container(border=True):
        _heading(play, Role.SEEKER)
        st.caption("It sees its wish and what was said.")
        st.text(brief.summary)
        for attribute in brief.attributes:
            st.text(f"· {attribute.name}: {attribute.value}")
        names = [films().get(item).name for item in brief.likes if item in films()]
        if names:
            st.text(f"· likes {', '.join(names)}")
        if isinstance(view, InformedView):
            st.caption("It is told the hidden films: this simulator depends on targets.")
        _controls(play, Role.SEEKER, agent)
        _reads(play, Role.SEEKER, agent)
    with st.container(border=True):
        if st.toggle("Reveal the hidden films", key="reveal"):
            for item in play.scenario.targets:
                st.text(f"· {films().get(item).name}")
            st.caption("They meet the whole wish. Neither side of a reference-free pair sees them.")


def recommender(play: Play, agent: Simulator) -> None:
    """What the recommender may see."""
    view = play.view(Role.RECOMMENDER, agent)
    with st.container(border=True):
        _heading(play, Role.RECOMMENDER)
        if isinstance(view, InformedView):
            st.caption(
                "It is told the wish and the hidden films: this simulator depends on targets."
            )
        else:
            st.caption("It sees what was said, and nothing else.")
        _controls(play, Role.RECOMMENDER, agent)
        _reads(play, Role.RECOMMENDER, agent)


def outcome(play: Play) -> None:
    """How the talk ended."""
    taken = [
        item
        for turn in play.turns
        for act in turn.acts
        if turn.role is Role.SEEKER and act.kind is ActKind.ACCEPT
        for item in act.items
        if item in films()
    ]
    if not taken:
        st.info("The talk is over: no film was taken.", icon=":material/flag:")
        return
    film, wishes = films().get(taken[-1]), play.scenario.brief.attributes
    met = sum(film.has(attribute) for attribute in wishes)
    hidden = " It is one of the hidden films." if film.id in play.scenario.targets else ""
    st.success("The talk is over: a film was taken.", icon=":material/flag:")
    st.text(f"{film.name} meets {met} of {len(wishes)} wishes.{hidden}")


def _heading(play: Play, role: Role) -> None:
    st.subheader(f"What the {role.value} sees", anchor=False)
    st.caption(about(play.names[role], role))
    st.toggle(f"I am the {NAMES[role].lower()}", key=f"mine-{role.value}")


def _controls(play: Play, role: Role, agent: Simulator) -> None:
    """Session and turn variables; what is changed counts from the next turn on."""
    if not agent.variables:
        return
    with st.expander("Who it is", icon=":material/tune:"):
        for name, values in agent.variables.items():
            _choice(name.capitalize(), list(values), f"control-{role.value}-{name}")
        acts = [kind.value for kind in ACTS[role]]
        _choice("Next act", acts, f"control-{role.value}-act")


def _choice(label: str, values: list[str], key: str) -> None:
    """One of a few values, or none: then it is as drawn, or the model's own choice."""
    if len(values) > MOST_PILLS:
        st.selectbox(label, values, index=None, placeholder="as it comes", key=key)
    else:
        st.pills(label, values, key=key)


def _reads(play: Play, role: Role, agent: Simulator) -> None:
    if not isinstance(agent, ShowsPrompt):
        return
    with st.expander("What its model reads", icon=":material/code:"):
        messages = agent.reads(play.view(role, agent), seed=play.seed)
        st.code(
            "\n".join(f"{m.speaker}: {m.text}" for m in messages), language=None, wrap_lines=True
        )
