"""A role played by a fine-tuned model: it writes an action, then the words of the turn.

A turn is made in three steps:

1. The action is sampled under a grammar of what makes sense now (`actions.py`). Films that it
   needs are looked up; their facts are written behind it.
2. Several wordings are sampled in one batch. Those with a fault are dropped (`checks.py`).
3. Of the rest one is chosen (`choosing.py`).

If all wordings have faults, they are sampled once more, calmer; then they begin with words that
the role supplies; then another action is taken. If nothing holds, that is an error.
"""

import random
import re
from abc import abstractmethod
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Mention, Role, System, Turn
from backend.engines import Decoding, Grammar, Message, Reply, Request
from backend.language.act_reader import Labeller
from backend.language.films import films_in
from backend.language.style import OF_STYLE, nearest
from backend.simulators import SimulatorError
from backend.simulators.acts import ACTS
from backend.simulators.asking import Asking, Steps, engine_for
from backend.simulators.checkpoints import identity
from backend.simulators.interplay.actions import Possible, Step
from backend.simulators.interplay.checks import (
    beginning_anew,
    fault_of,
    meant,
    other_role,
    repeats_itself,
    said_before,
    with_right_years,
)
from backend.simulators.interplay.choosing import Chooser, masked
from backend.simulators.interplay.contradictions import contradicts_itself
from backend.simulators.interplay.recital import Recital
from backend.simulators.interplay.script import Script, TurnPlan

#: Number of actions that are tried for one turn before an error is raised.
MAX_ACTIONS = 3

#: Maximum numbers of tokens of an action and of its words.
MAX_ACTION_TOKENS, MAX_WORD_TOKENS = 128, 60

#: Decoding of the second attempt at words: less varied, and seldom wrong.
CALM = {"temperature": 0.6, "min_p": 0.1}

DECODING: dict[str, float] = {
    "temperature": 1.0,
    "top_p": 1.0,
    "min_p": 0.03,
    "action_temperature": 0.8,
    "samples": 5,
}


class AdaptedRole(Asking):
    """Base of the simulators that play a role by an adapter trained on the script.

    `model` is an adapter's folder, or a base model of its own; `engine` runs it, and
    `engine_settings` are further settings of that. `decoding` overrides `DECODING`; `controls` are
    kept for provenance. `choose` switches the choice among wordings on or off.
    """

    role: Role
    simulator: str
    #: Session variables set by hand, and the act to perform in every turn that allows it.
    session: Mapping[str, str] = MappingProxyType({})
    act: ActKind | None = None
    #: Decoding of this role where it differs from `DECODING`.
    usual: ClassVar[dict[str, float]] = {}

    def __init__(
        self,
        *,
        model: str | Path,
        engine: str = "local",
        engine_settings: dict[str, Any] | None = None,
        decoding: dict[str, float] | None = None,
        controls: dict[str, Any] | None = None,
        choose: bool = True,
        catalogue: Catalogue | None = None,
    ) -> None:
        unknown = set(decoding or {}) - set(DECODING)
        if unknown:
            raise SimulatorError(
                f"no decoding setting {sorted(unknown)[0]!r}; there are {', '.join(DECODING)}"
            )
        self.catalogue = catalogue or Catalogue.load()
        self.recital = Recital.packaged(Path(model))
        self.chooser = Chooser.packaged(Path(model)) if choose else None
        self.decoding = {**DECODING, **self.usual, **(decoding or {})}
        self.system = System(
            name=self.simulator,
            simulator=self.simulator,
            model=identity(model),
            decoding=dict(self.decoding),
            controls={**(controls or {}), **({} if choose else {"choose": False})},
        )
        self.engine = engine_for(
            self.simulator, engine, {"model": str(model), **(engine_settings or {})}
        )

    def steps(self, view: Any, *, seed: int) -> Steps:
        """Generate the next turn. Raises SimulatorError if all attempts fail.

        Each attempt asks the model for an action under a grammar, looks its films up, then asks for
        several wordings, checks each, and chooses one of those that pass.
        """
        script = self.script(view, seed)
        faults: list[str] = []
        for attempt in range(MAX_ACTIONS):
            plan = yield from self._plan(script, view, seed, attempt, faults)
            if plan is None:
                continue
            turns = yield from self._wordings(plan, script, view, seed, attempt, faults)
            if turns:
                return self._chosen(turns, view, _seed(seed, len(view.turns), attempt, "choice"))
        raise SimulatorError(
            f"{self.system.name} found no words that hold ({len(faults)} tries; the last: "
            f"{faults[-1] if faults else 'none'})"
        )

    def reads(self, view: Any, *, seed: int) -> Sequence[Message]:
        """The messages that the model reads before it writes its next action."""
        return self.script(view, seed).messages

    # Methods in which the two roles differ.

    @abstractmethod
    def script(self, view: Any, seed: int) -> Script:
        """The dialogue so far in the script format of this role's model."""

    @abstractmethod
    def possible(self, script: Any, view: Any) -> Possible:
        """The actions that are allowed in the next turn."""

    @abstractmethod
    def commit(self, steps: Sequence[Step], script: Any, rng: random.Random) -> tuple[Act, ...]:
        """The acts of an action, with films looked up. Raises ValueError if there are none."""

    @abstractmethod
    def fault(self, text: str, named: Sequence[Item], plan: TurnPlan, script: Any) -> str | None:
        """The fault of a text by rules of this role only, or None."""

    def typed(self, turn: Turn, script: Any, seed: int) -> str:
        """The text of a turn as this side types it."""
        return turn.text

    def is_worded(self, plan: TurnPlan) -> bool:
        """Whether `opening` already expresses the whole plan, so that no words are generated."""
        return False

    @abstractmethod
    def opening(self, plan: TurnPlan, script: Any, rng: random.Random) -> str:
        """Template words for the plan, with which the last attempt at a wording begins."""

    def _plan(
        self, script: Script, view: Any, seed: int, attempt: int, faults: list[str]
    ) -> Generator[Request, Reply, TurnPlan | None]:
        at = len(view.turns)
        possible = self.possible(script, view)
        reply = yield Request(
            messages=script.messages,
            decoding=Decoding(
                max_tokens=MAX_ACTION_TOKENS, temperature=self.decoding["action_temperature"]
            ),
            grammar=Grammar(regex=possible.grammar()),
            seed=_seed(seed, at, attempt, "action"),
            chat=self._chat(script, seed),
        )
        try:
            steps = possible.parse(reply.text)
            acts = self.commit(steps, script, random.Random(f"{seed}/{at}/{attempt}/films"))
        except ValueError as error:
            faults.append(f"{error}")
            return None
        return script.plan(acts)

    def _wordings(
        self,
        plan: TurnPlan,
        script: Script,
        view: Any,
        seed: int,
        attempt: int,
        faults: list[str],
    ) -> Generator[Request, Reply, list[Turn]]:
        """Distinct turns without a fault that perform the plan; an empty list if there are none."""
        opening = self.opening(plan, script, random.Random(f"{seed}/{len(view.turns)}/opening"))
        if self.is_worded(plan):
            return self._worded(opening, plan, script, view, seed, faults)
        warm = {name: self.decoding[name] for name in ("temperature", "min_p")}
        calm = warm if self.decoding["temperature"] == 0 else CALM
        # Three attempts: the usual decoding, a calmer one, and calm decoding after a template.
        for begin, how in (("", calm if self.act else warm), ("", calm), (opening, calm)):
            reply = yield Request(
                messages=script.messages,
                begun=f"{plan.begun}{begin}",
                samples=int(self.decoding["samples"]),
                decoding=Decoding(
                    max_tokens=MAX_WORD_TOKENS, top_p=self.decoding["top_p"], stop=("\n",), **how
                ),
                seed=_seed(seed, len(view.turns), attempt, f"words {begin} {how}"),
                chat=self._chat(script, seed),
            )
            by_text: dict[str, Turn] = {}
            for sample in reply.samples:
                ended = sample.text if sample.finish == "stop" else _whole_sentences(sample.text)
                turn = self._checked(f"{begin}{ended}", plan, script, view, seed, faults)
                if turn:
                    by_text.setdefault(turn.text, turn)
            if by_text:
                return list(by_text.values())
        return self._worded(opening, plan, script, view, seed, faults)

    def _worded(
        self, opening: str, plan: TurnPlan, script: Script, view: Any, seed: int, faults: list[str]
    ) -> list[Turn]:
        whole = f"{opening}." if opening[-1:].isalnum() else opening
        turn = (
            self._checked(whole, plan, script, view, seed, faults, may_repeat=True)
            if whole
            else None
        )
        return [turn] if turn else []

    def _checked(
        self,
        text: str,
        plan: TurnPlan,
        script: Script,
        view: Any,
        seed: int,
        faults: list[str],
        *,
        may_repeat: bool = False,
    ) -> Turn | None:
        """The turn with this text, or None if the text has a fault, which is added to `faults`."""
        text = with_right_years(" ".join(text.split()), plan.films)
        text = self.typed(Turn(role=self.role, text=text), script, seed)
        bare = Turn(role=self.role, text=text)
        places = {f.item: f for f in reversed(films_in(bare, self.catalogue)) if f.item}
        mentions = [
            Mention(title=text[place.start : place.end], item=id_)
            for id_, place in reversed(places.items())
            if id_ in self.catalogue
        ]
        named = [self.catalogue.get(mention.item or "") for mention in mentions]
        turn = bare.model_copy(update={"acts": plan.acts, "mentions": tuple(mentions)})
        fault = (
            fault_of(text, named, plan, self.role, script.named, script.last_heard)
            or self.recital.fault(masked(turn, self.catalogue))
            or self.fault(text, named, plan, script)
            or ("speaks as the other side" if other_role(text, self.role) else None)
            or self._differs(turn, view)
            or ("contradicts itself" if contradicts_itself(text) else None)
            or (None if may_repeat else _repetition(text, view.turns, self.role))
        )
        if fault:
            faults.append(f"{text!r} {fault}")
        return None if fault else turn

    def _differs(self, turn: Turn, view: Any) -> str | None:
        """The relevant difference between the acts of the plan and those read from the words."""
        bare = turn.model_copy(update={"acts": ()})
        read = Labeller(self.catalogue).of_last((*view.turns, bare))
        return meant({act.kind for act in read}, turn.acts, self.role, self.act)

    def _chosen(self, turns: Sequence[Turn], view: Any, seed: int) -> Turn:
        """Choose a turn: the nearest to the style in the session variables, or by the chooser."""
        if any(name in self.session for name in OF_STYLE):
            return nearest(turns, self.session, self.catalogue)
        turns = beginning_anew(turns, view.turns)
        if self.chooser is None or len(turns) == 1:
            return turns[0]
        return self.chooser.choose(turns, view.turns, random.Random(seed), self.catalogue)

    def _chat(self, script: Script, seed: int) -> str:
        return f"{self.simulator}/{self.role.value}/{seed}/{script.entries[0].text}"


def _repetition(text: str, turns: Sequence[Turn], role: Role) -> str | None:
    if said_before(text, turns, role):
        return "was said before"
    return "repeats itself" if repeats_itself(text, turns, role) else None


def _whole_sentences(text: str) -> str:
    """The complete sentences of a text that is cut off."""
    return text[: max(map(text.rfind, ".!?")) + 1]


def first_words(text: str) -> str:
    """A sentence without its final punctuation, so that it can be continued."""
    return re.sub(r"[.!]+$", "", text)


def _seed(seed: int, turn: int, attempt: int, what: str) -> int:
    return random.Random(f"{seed}/{turn}/{attempt}/{what}").getrandbits(31)


def barred(turns: Sequence[Turn], role: Role) -> set[ActKind]:
    """Acts that are not allowed now: a goodbye at the start, a greeting after it."""
    own = [turn for turn in turns if turn.role is role]
    return {ActKind.GREET} if own else {ActKind.BYE}


def act_named(act: str | None, role: Role) -> ActKind | None:
    """The act of a role by this name, None by none. Raises SimulatorError."""
    if act is None:
        return None
    if act not in {kind.value for kind in ACTS[role]}:
        raise SimulatorError(
            f"no act {act!r} of a {role.value}; there are "
            f"{', '.join(kind.value for kind in ACTS[role])}"
        )
    return ActKind(act)
