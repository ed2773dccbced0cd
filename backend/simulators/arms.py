"""Seekers with the same behaviour and different language: arms of standard and holistic evaluation.

All follow the agenda. `targeted` ones wait for a hidden target, as standard protocols have it
(iEvaLM: Wang et al. 2023); others take what meets their wish. `language` is what the recommender
has to cope with: acts and entities as such, fixed sentences, sentences with slips of the keyboard,
hedged ones, or ones with remarks that are about something else.
"""

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, get_args

from typing_extensions import override

from backend.catalogue import Item
from backend.dialogue import Act, ActKind, Attribute, Brief, Turn
from backend.language.wordings import arm_lines
from backend.simulators import InformedView, RecommenderView, SeekerView, Simulator, SimulatorError
from backend.simulators.agenda import AgendaSeeker
from backend.simulators.agenda_stack import Persona, Register

Language = Literal["entities", "templates", "noisy", "hedged", "off_topic"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

#: Share of the longer words that slip, and of the turns that hold a hedge or a remark.
SLIPS, HEDGES, REMARKS = 0.15, 0.8, 0.5

#: What an act is in a word, for a seeker that speaks in entities.
_IN_A_WORD = {
    ActKind.ACCEPT: "yes",
    ActKind.REJECT: "no",
    ActKind.SEEN: "seen",
    ActKind.GREET: "hi",
    ActKind.BYE: "bye",
    ActKind.ACKNOWLEDGE: "thanks",
}


class ArmSeeker(AgendaSeeker):
    """An agenda seeker in one of the `LANGUAGES`, `targeted` or not. Raises SimulatorError."""

    def __init__(self, *, language: str = "templates", targeted: bool = True, **knobs: Any) -> None:
        if language not in LANGUAGES:
            raise SimulatorError(f"no language {language!r}; there are {', '.join(LANGUAGES)}")
        super().__init__(**{"patience": (5, 8), "keenness": (0.9, 1.0), "seen": 0.0, **knobs})
        self.language = language
        self.informed = targeted
        self.targets: frozenset[str] = frozenset()
        name = f"arm({language}{', targeted' if targeted else ''})"
        controls = {**self.system.controls, "language": language, "targeted": targeted}
        self.system = self.system.model_copy(
            update={"name": name, "simulator": "arm", "controls": controls}
        )

    @override
    def respond(self, view: SeekerView | InformedView, *, seed: int) -> Iterator[str | Turn]:
        told = copy.copy(self)  # no state is kept between calls
        told.targets = frozenset(view.targets if isinstance(view, InformedView) else ())
        bare = SeekerView(brief=view.brief, turns=view.turns)
        return super(ArmSeeker, told).respond(bare, seed=seed)

    @override
    def best(self, brief: Brief, items: Sequence[Item]) -> Item:
        return next((item for item in items if item.id in self.targets), super().best(brief, items))

    @override
    def takes(
        self,
        brief: Brief,
        item: Item | None,
        has: Callable[[Attribute], bool],
        persona: Persona,
        rng: random.Random,
    ) -> bool:
        if self.informed:
            return item is not None and item.id in self.targets
        return super().takes(brief, item, has, persona, rng)

    @override
    def words(
        self,
        acts: Sequence[Act],
        item: Item | None,
        turns: Sequence[Turn],
        register: Register,
        rng: random.Random,
    ) -> str:
        if self.language == "entities":
            return entities(acts)
        text = super().words(acts, item, turns, register, rng)
        if self.language == "noisy":
            return noisy(text, rng, kept=item.title if item else "")
        if self.language == "hedged":
            return hedged(text, rng)
        if self.language == "off_topic":
            return off_topic(text, rng)
        return text


class WordsOnly:
    """A recommender that hears what a seeker says and not what it committed to."""

    def __init__(self, inner: Simulator) -> None:
        self.inner = inner
        self.system, self.informed, self.variables = inner.system, inner.informed, inner.variables

    def respond(self, view: RecommenderView, *, seed: int) -> Iterator[str | Turn]:
        """What the recommender answers to the words."""
        return self.inner.respond(_bare(view), seed=seed)

    def ranking(self, view: RecommenderView) -> list[str]:
        """How it ranks the catalogue by the words."""
        found: list[str] = self.inner.ranking(_bare(view))  # type: ignore[attr-defined]
        return found


def _bare(view: RecommenderView) -> RecommenderView:
    turns = tuple(
        turn.model_copy(update={"acts": (), "mentions": ()})
        if turn.role.value == "seeker"
        else turn
        for turn in view.turns
    )
    return view.model_copy(update={"turns": turns})


def entities(acts: Sequence[Act]) -> str:
    """Acts as a protocol would pass them: attributes by name, verdicts in a word."""
    said = []
    for act in acts:
        if act.attributes:
            said += [str(attribute) for attribute in act.attributes]
        elif act.kind is ActKind.INQUIRE:
            said.append(f"{act.code or 'genre'}?")
        else:
            said.append(_IN_A_WORD.get(act.kind, "anything"))
    return ", ".join(said)


def noisy(text: str, rng: random.Random, *, kept: str = "") -> str:
    """Slips: letters swapped, left out or doubled in some of the longer words; no capitals."""
    words = []
    safe = set(kept.lower().split())
    for word in text.lower().split():
        if len(word) > 3 and word not in safe and rng.random() < SLIPS:
            at = rng.randrange(1, len(word) - 1)
            word = rng.choice(
                (
                    word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                    word[:at] + word[at + 1 :],
                    word[:at] + word[at] + word[at:],
                )
            )
        words.append(word)
    return " ".join(words)


def hedged(text: str, rng: random.Random) -> str:
    """The same, unsurely."""
    if rng.random() >= HEDGES:
        return text
    if rng.random() < 0.5:
        return f"{rng.choice(arm_lines('hedge_before'))} {text[:1].lower()}{text[1:]}"
    return f"{text.rstrip('.!')}, {rng.choice(arm_lines('hedge_after'))}"


def off_topic(text: str, rng: random.Random) -> str:
    """The same, with a remark about something else before or after it."""
    if rng.random() >= REMARKS:
        return text
    remark = rng.choice(arm_lines("remark"))
    return f"{remark} {text}" if rng.random() < 0.5 else f"{text} {remark}"
