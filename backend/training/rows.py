"""Training rows: a dialogue as one role's model has it, and which tokens the model is taught.

Loss falls on what a role commits to and says, never on what it hears or is told (Interplay,
arXiv 2603.18573: role-specific masking). Words that templates made are not taught either: of a
simulated dialogue only the actions are.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Origin, Role
from backend.engines import Message
from backend.simulators.script.base import Script
from backend.simulators.script.recommender import RecommenderScript
from backend.simulators.script.seeker import SeekerScript
from backend.training.prepare import profile

#: What a model is made for: one role, or both sides of a dialogue.
Part = Literal["seeker", "recommender", "both"]

#: What labels are where nothing is to be learned (PyTorch's `ignore_index`).
IGNORED = -100

#: Share of dialogues with a scenario that are shown to a model that is told the targets, too.
TOLD = 0.3

#: Probability that a session variable is left out of the header, so that a model does without.
UNSAID = 0.3

#: Share of human dialogues shown with an empty header, so that a model can do without that, too.
BARE = 0.15


@dataclass(frozen=True)
class Row:
    """Messages and, for each, whether it is taught."""

    messages: tuple[Message, ...]
    taught: tuple[bool, ...]


def rows(
    dialogues: Iterable[Dialogue], part: Part, catalogue: Catalogue, *, seed: int
) -> Iterator[Row]:
    """The rows of some dialogues for a model of this part.

    A seeker needs a scenario to have a wish; some of the dialogues with one are shown a second
    time to a seeker, or a model of both sides, that is told the targets (reference-dependent). A
    model of both sides learns from people alone: it is the base of the others.
    """
    for dialogue in dialogues:
        if part == "both" and dialogue.seeker.origin is Origin.SIMULATED:
            continue
        rng = random.Random(f"{seed}/{part}/{dialogue.id}")
        roles = [Role.SEEKER, Role.RECOMMENDER] if part == "both" else [Role(part)]
        for role in roles:
            if dialogue.seeker.origin is Origin.HUMAN and rng.random() < BARE:
                yield row(bare(dialogue), role, catalogue, controls={})
                continue
            yield row(dialogue, role, catalogue, controls=_controls(dialogue, role, rng))
            if dialogue.scenario and rng.random() < TOLD and (part != "recommender"):
                controls = _controls(dialogue, role, rng)
                yield row(dialogue, role, catalogue, controls=controls, told=True)


def bare(dialogue: Dialogue) -> Dialogue:
    """The dialogue of somebody whose wish nobody knows."""
    return dialogue.model_copy(update={"scenario": None})


def row(
    dialogue: Dialogue,
    role: Role,
    catalogue: Catalogue,
    *,
    controls: dict[str, str],
    told: bool = False,
) -> Row:
    """A dialogue as the model of this role has it. `told` makes it know the targets."""
    script = _script(dialogue, role, catalogue, controls, told)
    script.read(dialogue.turns)
    human = dialogue.player(role).origin is not Origin.SIMULATED
    taught, own = [], 0
    for message in script.messages:
        mine = message.speaker == "assistant"
        own += mine
        # A role's messages alternate between action and words.
        taught.append(mine and (human or own % 2 == 1))
    return Row(tuple(script.messages), tuple(taught))


def encode(row: Row, tokenizer: Any, most: int) -> dict[str, list[int]]:
    """Token ids and labels of a row, cut off after `most` tokens.

    Each message is rendered by the tokenizer's chat template as the next of those before it, and
    taught from after the generation prompt to its end-of-turn token inclusive. Raises ValueError
    if the template does not render a dialogue as its beginning and more.
    """
    ids: list[int] = []
    labels: list[int] = []
    shown: list[dict[str, str]] = []
    for message, taught in zip(row.messages, row.taught, strict=True):
        prompted = rendered(shown, tokenizer, prompt=True) if taught else ids
        shown.append({"role": message.speaker, "content": message.text})
        whole = rendered(shown, tokenizer, prompt=False)
        if whole[: len(prompted)] != prompted or whole[: len(ids)] != ids:
            raise ValueError(
                "the chat template changes what it rendered before; role masks need one whose "
                "rendering only ever grows"
            )
        start = len(prompted) if taught else len(whole)
        labels += [IGNORED] * (start - len(ids)) + whole[start:]
        ids = whole
        if len(ids) >= most:
            break
    return {"input_ids": ids[:most], "labels": labels[:most]}


def rendered(shown: Sequence[dict[str, str]], tokenizer: Any, *, prompt: bool) -> list[int]:
    """Token ids of messages by the chat template; with `prompt`, up to where the next begins."""
    if not shown:
        return []
    text = tokenizer.apply_chat_template(list(shown), tokenize=False, add_generation_prompt=prompt)
    found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return found


def texts(found: Sequence[Row]) -> Iterator[str]:
    """Every message of some rows, for a tokenizer to learn from."""
    for one in found:
        for message in one.messages:
            yield f" {message.text}"


def _controls(dialogue: Dialogue, role: Role, rng: random.Random) -> dict[str, str]:
    found = profile(dialogue, role)
    # Whoever has no strictness is the usual seeker of the agenda dialogues; people keep theirs.
    return {k: v for k, v in found.items() if k == "strictness" or rng.random() >= UNSAID}


def _script(
    dialogue: Dialogue, role: Role, catalogue: Catalogue, controls: dict[str, str], told: bool
) -> Script:
    scenario = dialogue.scenario
    targets = frozenset(scenario.targets) if scenario and told else None
    if role is Role.SEEKER:
        if scenario is None:
            return SeekerScript(catalogue, controls)
        return SeekerScript(catalogue, controls, brief=scenario.brief, targets=targets)
    if scenario and targets is not None:
        return RecommenderScript(catalogue, controls, brief=scenario.brief, targets=targets)
    return RecommenderScript(catalogue, controls)
