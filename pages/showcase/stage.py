"""The state of the dialogue on the Watch page: systems, turns so far, whose turn it is."""

import json
import random
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from backend.catalogue import Catalogue
from backend.conversations.partner import NoAnswer, answer
from backend.conversations.scenarios import draw
from backend.conversations.talk import view_of
from backend.dialogue import Role, Scenario, Turn, speaks_next
from backend.simulators import Simulator, names
from pages import resources, transcript

#: Pixels of the transcript, and seconds a word is held back so that eyes can follow.
HEIGHT, A_WORD = 520, 0.06

#: What is watched first: the pair the project is about.
FIRST = "interplay"


@st.cache_resource(show_spinner=False)
def films() -> Catalogue:
    """The catalogue the talks are about."""
    return Catalogue.load()


@dataclass
class Play:
    """One talk. A reload starts it again from the address: same systems, same wish, same words."""

    names: dict[Role, str]
    seed: int
    turns: list[Turn] = field(default_factory=list)
    playing: bool = False
    is_due: bool = False
    visitor: str = field(default_factory=lambda: f"watch-{secrets.token_hex(8)}")

    @property
    def scenario(self) -> Scenario:
        """What the seeker wants."""
        return draw(films(), self.seed)

    @property
    def next_role(self) -> Role:
        """Whose turn it is; the seeker begins."""
        return speaks_next(self.turns)

    def is_mine(self, role: Role) -> bool:
        """Whether the visitor has taken over this side."""
        return bool(st.session_state.get(f"mine-{role.value}"))

    def settings(self, role: Role) -> dict[str, Any]:
        """Session variables and the act asked for, as they stand in the panel."""
        prefix = f"control-{role.value}-"
        found = {
            key.removeprefix(prefix): value
            for key, value in st.session_state.items()
            if isinstance(key, str) and key.startswith(prefix) and value
        }
        act = found.pop("act", None)
        return {**({"controls": found} if found else {}), **({"act": act} if act else {})}

    def agent(self, role: Role) -> Simulator:
        """Who plays this side now. Raises SimulatorError."""
        usual = resources.system(self.names[role], role, {})
        settings = self.settings(role) if usual.variables else {}
        return resources.system(self.names[role], role, settings) if settings else usual

    def view(self, role: Role, agent: Simulator) -> Any:
        """What this side may see now."""
        return view_of(agent, role, self.scenario.brief, self.turns, self.scenario.targets)

    def say(self, text: str) -> None:
        """Add the visitor's own message."""
        mentions = tuple(films().mentions(text))
        self.turns.append(Turn(role=self.next_role, text=text, mentions=mentions))
        self.is_due = True

    def resume(self) -> None:
        """Go on by itself."""
        self.playing = self.is_due = True

    def pause(self) -> None:
        """Stop after what has been said."""
        self.playing = self.is_due = False

    def step(self) -> None:
        """One turn, and no more."""
        self.playing, self.is_due = False, True

    def restart(self) -> None:
        """The same wish again."""
        self.turns.clear()
        self.pause()

    def another(self) -> None:
        """Another wish."""
        st.query_params["wish"] = str(random.randrange(1, 10_000))
        self.restart()


def choose() -> Play:
    """The talk that the address and the selectors name; a fresh one if they have changed."""
    chosen = {}
    for role, column in zip(Role, st.columns(2), strict=True):
        options = names(role)
        asked = st.query_params.get(role.value, FIRST)
        with column:
            chosen[role] = st.selectbox(
                transcript.NAMES[role],
                options,
                index=options.index(asked) if asked in options else 0,
                key=f"pick-{role.value}",
            )
        st.query_params[role.value] = chosen[role]
    wish = st.query_params.get("wish", "1")
    seed = int(wish) if wish.isdigit() and len(wish) < 10 else 1
    key = json.dumps([sorted((r.value, n) for r, n in chosen.items()), seed])
    if st.session_state.get("watch-key") != key:
        st.session_state["watch-key"] = key
        st.session_state["watch"] = Play(names=chosen, seed=seed)
    play: Play = st.session_state["watch"]
    return play


def perform(play: Play, agent: Simulator) -> NoAnswer | None:
    """Let the next side speak into the transcript; why it gave no answer, if it gave none."""
    role = play.next_role
    view = play.view(role, agent)
    pieces = answer(
        lambda: agent.respond(view, seed=play.seed),
        asker=play.visitor,
        limits=resources.replies(),
    )
    with transcript.bubble(role, right=role is Role.SEEKER, heading=transcript.NAMES[role]):
        slot, text = st.empty(), ""
        slot.caption("…")
        try:
            for piece in pieces:
                if isinstance(piece, Turn):
                    play.turns.append(piece)
                else:
                    text += piece
                    slot.text(text)
                    time.sleep(A_WORD)
        except NoAnswer as error:
            slot.caption("(no answer)")
            return error
    play.is_due = play.playing
    return None
