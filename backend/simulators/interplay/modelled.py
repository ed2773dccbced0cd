"""A role played by a model that knows the script: commits to an action, then words it.

The action is decoded under a grammar of what is possible now; new films are looked up; the words
are decoded, their slots filled, and the finished text is checked (`checks.py`). A text with a
fault is worded anew, with another seed; after a few the action is chosen anew. If nothing passes,
that is an error, never a turn that was made up.
"""

import random
from abc import abstractmethod
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Role, System, Turn
from backend.engines import Decoding, Grammar, Message, Reply, Request
from backend.language.act_reader import Labeller
from backend.language.style import OF_STYLE, WAYS, nearest
from backend.simulators import SimulatorError
from backend.simulators.asking import Asking, Steps, engine_for
from backend.simulators.checkpoints import identity
from backend.simulators.interplay.checks import (
    fault_of,
    meant,
    no_slots_left,
    other_role,
    said_before,
)
from backend.simulators.interplay.recital import Recital
from backend.simulators.script.actions import ACTS, Possible
from backend.simulators.script.base import Plan, Script
from backend.simulators.script.slots import SlotError
from backend.simulators.script.wording import joined, needed, wording
from backend.simulators.vocabulary import Vocabulary

#: How often an action is chosen, and worded, before giving up.
ACTIONS, WORDINGS = 4, 8

#: Wordings at the usual temperature, before a calmer one is tried, and what that is.
WARMLY, CALM = 5, (0.9, 0.08)

#: Wordings that are free to leave a wish out, before it is made to come up.
FREELY = 2

DECODING: dict[str, float] = {
    "temperature": 1.0,
    "top_p": 1.0,
    "min_p": 0.05,
    "action_temperature": 0.7,
}


class ModelledRole(Asking):
    """Base of the simulators that play a role by a script model.

    `model` is a checkpoint's folder or name, `engine` the engine that runs it, `engine_settings`
    further settings of that. `decoding` overrides `DECODING`; `controls` are kept for provenance.
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
        engine: str = "transformers",
        engine_settings: dict[str, Any] | None = None,
        decoding: dict[str, float] | None = None,
        controls: dict[str, Any] | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        unknown = set(decoding or {}) - set(DECODING)
        if unknown:
            raise SimulatorError(
                f"no decoding setting {sorted(unknown)[0]!r}; there are {', '.join(DECODING)}"
            )
        self.catalogue = catalogue or Catalogue.load()
        self.vocabulary = Vocabulary.packaged(Path(model))
        self.recital = Recital.packaged(Path(model))
        self.decoding = {**DECODING, **self.usual, **(decoding or {})}
        self.system = System(
            name=self.simulator,
            simulator=self.simulator,
            model=identity(model),
            decoding=dict(self.decoding),
            controls=dict(controls or {}),
        )
        settings = {"model": str(model), **(engine_settings or {})}
        self.engine = engine_for(self.simulator, engine, settings)

    def steps(self, view: Any, *, seed: int) -> Steps:
        """The next turn: an action, films for it, words; each as often as it takes, in bounds."""
        script = self.script(view, seed)
        faults: list[str] = []
        for attempt in range(ACTIONS):
            plan = yield from self._plan(script, view, seed, attempt, faults)
            if plan is None:
                continue
            ways: list[Turn] = []
            for tries in range(WORDINGS):
                turn = yield from self._words(plan, script, view, seed, (attempt, tries), faults)
                ways += [turn] if turn else []
                if len(ways) == self._wanted_ways:
                    break
            if ways:
                return nearest(ways, self.session, self.catalogue)
        raise SimulatorError(
            f"{self.system.name} found no words that hold ({len(faults)} tries; the last: "
            f"{faults[-1] if faults else 'none'})"
        )

    def reads(self, view: Any, *, seed: int) -> Sequence[Message]:
        """What the model reads before it commits to its next action."""
        return self.script(view, seed).before_action()

    # What the roles differ in.

    @abstractmethod
    def script(self, view: Any, seed: int) -> Script:
        """The dialogue so far, as this role's model has it."""

    @abstractmethod
    def possible(self, script: Any, view: Any) -> Possible:
        """The actions that make sense now."""

    @abstractmethod
    def choose(self, script: Any, action: str, rng: random.Random) -> dict[str, str]:
        """Films for the new slots of an action. Raises ValueError if there are none."""

    @abstractmethod
    def fault(self, text: str, named: Sequence[Item], plan: Plan, script: Any) -> str | None:
        """What is wrong with a text for this role, beside what is wrong for either."""

    @property
    def _wanted_ways(self) -> int:
        return WAYS if any(name in self.session for name in OF_STYLE) else 1

    def _plan(
        self, script: Script, view: Any, seed: int, attempt: int, faults: list[str]
    ) -> Generator[Request, Reply, Plan | None]:
        at = len(view.turns)
        reply = yield self._ask(
            script.before_action(),
            seed=_seed(seed, at, attempt, -1),
            chat=self._chat(script, seed),
            temperature=self.decoding["action_temperature"],
            most=40,
            grammar=Grammar(regex=f" ?{self.possible(script, view).grammar()}"),
        )
        try:
            action = reply.text.strip()
            rng = random.Random(f"{seed}/{at}/{attempt}/films")
            return script.plan(action, self.choose(script, action, rng))
        except ValueError as error:
            faults.append(f"{error}")
            return None

    def _words(
        self,
        plan: Plan,
        script: Script,
        view: Any,
        seed: int,
        attempt: tuple[int, int],
        faults: list[str],
    ) -> Generator[Request, Reply, Turn | None]:
        """The turn in words, each part of it worded by itself; None if there is a fault."""
        said: list[str] = []
        tries = attempt[1]
        for part in script.parts(plan):
            need = needed(part) if self.role is Role.SEEKER else None
            reply = yield self._ask(
                script.before_words(part),
                seed=_seed(seed, len(view.turns), *attempt) + len(said),
                chat=self._chat(script, seed),
                calm=tries >= WARMLY or self.act is not None,
                most=60,
                grammar=Grammar(regex=wording(part, need if tries >= FREELY else None)),
            )
            whole = reply.text if reply.finish == "stop" else _sentences(reply.text)
            if not whole.strip():
                faults.append(f"{reply.text!r} is cut off")
                return None
            said.append(whole.strip())
        words = joined(said)
        try:
            text, named = plan.worded(words)
        except SlotError as error:
            faults.append(f"{words!r}: {error}")
            return None
        read = Labeller(self.catalogue).of_last((*view.turns, self._turn(text, named, ())))
        fault = (
            no_slots_left(words, plan)
            or self.vocabulary.no_word(words)
            or self.recital.fault(words)
            or fault_of(text, words, named, plan, self.catalogue)
            or self.fault(text, named, plan, script)
            or ("speaks as the other side" if other_role(text, self.role) else None)
            or meant({act.kind for act in read}, plan.acts, self.role, self._told(attempt))
            or ("was said before" if said_before(text, view.turns, self.role) else None)
        )
        if fault:
            faults.append(f"{text!r} {fault}")
            return None
        return self._turn(text, named, plan.acts)

    def _told(self, attempt: tuple[int, int]) -> ActKind | None:
        """The act that has to be read from the text; at last, the model's own word is enough."""
        return self.act if attempt[0] < ACTIONS - 1 else None

    def _turn(self, text: str, named: Sequence[Item], acts: Sequence[Act]) -> Turn:
        return Turn(
            role=self.role,
            text=text,
            acts=tuple(acts),
            mentions=tuple(item.mention() for item in named),
        )

    def _chat(self, script: Script, seed: int) -> str:
        return f"{self.simulator}/{self.role.value}/{seed}/{script.messages[0].text}"

    def _ask(
        self,
        messages: Sequence[Any],
        *,
        seed: int,
        chat: str,
        most: int,
        grammar: Grammar,
        temperature: float | None = None,
        calm: bool = False,
    ) -> Request:
        usual = (self.decoding["temperature"], self.decoding["min_p"])
        heat, min_p = (min(usual[0], CALM[0]), max(usual[1], CALM[1])) if calm else usual
        return Request(
            messages=tuple(messages),
            decoding=Decoding(
                max_tokens=most,
                temperature=heat if temperature is None else temperature,
                top_p=self.decoding["top_p"],
                min_p=min_p,
            ),
            grammar=grammar,
            seed=seed,
            chat=chat,
        )


def _sentences(text: str) -> str:
    """The sentences of a text that breaks off, without the last one."""
    return text[: max(map(text.rfind, ".!?")) + 1]


def barred(turns: Sequence[Turn], role: Role) -> set[ActKind]:
    """Acts that make no sense yet: goodbye at the start, a greeting later on."""
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


def _seed(seed: int, turn: int, attempt: int, wording: int) -> int:
    return random.Random(f"{seed}/{turn}/{attempt}/{wording}").getrandbits(31)
