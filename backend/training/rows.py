r"""Training rows: a dialogue as one role's model has it, and which tokens the model is taught.

Loss falls on what a role commits to and says, never on what it hears, is told or looks up
(Interplay, arXiv 2603.18573: role-specific masking). Taught spans end with the end-of-turn token:

    <|im_start|>user\nHave you seen Scream (1996)?\n(Scream: horror; fits)<|im_end|>\n   not taught
    <|im_start|>assistant\n                                                            not taught
    accept Scream                                                                      taught
    \n                                                                                 not taught
    I will watch it, thanks!<|im_end|>                                                 taught
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Origin, Role
from backend.simulators.interplay.script import RecommenderScript, Script, ScriptEntry, SeekerScript
from backend.training.prepare import profile

#: What a model is made for: one role, or both sides of a dialogue.
Part = Literal["seeker", "recommender", "both"]

#: What labels are where nothing is to be learned (PyTorch's `ignore_index`).
IGNORED = -100

#: Share of dialogues that are shown a second time as a plain transcript, without wish and actions.
PLAIN = 0.35

#: Probability that a session variable is left out of the header, so that a model does without.
UNSAID = 0.3

#: Words of a turn that is taught; longer ones are lists and pasted pages.
MAX_TAUGHT_WORDS = 70


@dataclass(frozen=True)
class TrainingRow:
    """The messages of one dialogue, in parts that say which are taught."""

    entries: tuple[ScriptEntry, ...]


def rows(
    dialogues: Iterable[Dialogue], part: Part, catalogue: Catalogue, *, seed: int
) -> Iterator[TrainingRow]:
    """The rows of the dialogues of people for a model of this part."""
    roles = list(Role) if part == "both" else [Role(part)]
    for dialogue in dialogues:
        if dialogue.seeker.origin is Origin.SIMULATED:
            continue
        rng = random.Random(f"{seed}/{part}/{dialogue.id}")
        for role in roles:
            yield row(dialogue, role, catalogue, controls=_controls(dialogue, role, rng))
            if rng.random() < PLAIN:
                yield row(dialogue, role, catalogue, plain=True)


def row(
    dialogue: Dialogue,
    role: Role,
    catalogue: Catalogue,
    *,
    controls: dict[str, str] | None = None,
    plain: bool = False,
) -> TrainingRow:
    """A dialogue as the model of this role has it; `plain` as a transcript of words alone."""
    script = _script(dialogue, role, catalogue, controls or {}, plain)
    script.read(dialogue.turns)
    return TrainingRow(tuple(map(_kept, script.entries)))


def _kept(entry: ScriptEntry) -> ScriptEntry:
    """The entry, not taught if its words are a pasted page."""
    if len(entry.parts[-1][0].split()) <= MAX_TAUGHT_WORDS:
        return entry
    cut = " ".join(entry.parts[-1][0].split()[:MAX_TAUGHT_WORDS])
    return ScriptEntry(
        entry.speaker, (*((text, False) for text, _ in entry.parts[:-1]), (cut, False))
    )


def encode(row: TrainingRow, tokenizer: Any, most: int) -> dict[str, list[int]]:
    """Token ids and labels of a row, cut off after `most` tokens.

    The chat template is rendered message by message; what it puts before and after a message is
    not taught, but for the first token after a taught one: the end of the turn. Raises ValueError
    if the template does not render a dialogue as its beginning and more.
    """
    ids: list[int] = []
    labels: list[int] = []
    shown: list[dict[str, str]] = []
    before = ""

    def add(text: str, taught: bool) -> None:
        new: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"] if text else []
        ids.extend(new)
        labels.extend(new if taught else [IGNORED] * len(new))

    for entry in row.entries:
        mine = entry.speaker == "assistant"
        prompted = rendered(shown, tokenizer, prompt=True) if mine else before
        shown.append({"role": entry.speaker, "content": entry.text})
        whole = rendered(shown, tokenizer)
        if not (prompted.startswith(before) and whole.startswith(prompted)):
            raise ValueError(
                "the chat template changes what it rendered before; role masks need one whose "
                "rendering only ever grows"
            )
        if not mine:
            add(whole[len(before) :], False)
        else:
            start = whole.index(entry.text, len(prompted)) if entry.text else len(prompted)
            add(whole[len(before) : start], False)
            for text, taught in entry.parts:
                add(text, taught)
            end = len(ids)
            add(whole[start + len(entry.text) :], False)
            if entry.parts[-1][1] and len(ids) > end:
                labels[end] = ids[end]
        before = whole
        if len(ids) >= most:
            break
    return {"input_ids": ids[:most], "labels": labels[:most]}


def rendered(shown: Sequence[dict[str, str]], tokenizer: Any, *, prompt: bool = False) -> str:
    """Messages by the chat template; with `prompt`, up to where the next one begins."""
    if not shown:
        return ""
    text: str = tokenizer.apply_chat_template(
        list(shown), tokenize=False, add_generation_prompt=prompt
    )
    return text


def _controls(dialogue: Dialogue, role: Role, rng: random.Random) -> dict[str, str]:
    return {k: v for k, v in profile(dialogue, role).items() if rng.random() >= UNSAID}


def _script(
    dialogue: Dialogue, role: Role, catalogue: Catalogue, controls: dict[str, str], plain: bool
) -> Script:
    if role is Role.RECOMMENDER:
        return RecommenderScript(catalogue, controls, plain)
    if dialogue.scenario is None or plain:
        return SeekerScript(catalogue, controls, plain)
    return SeekerScript(catalogue, controls, plain, brief=dialogue.scenario.brief)
