"""Consistency of a seeker with its brief and with its own earlier turns.

Prompt-to-line, line-to-line and question-answer consistency as in Abdulhai et al. 2025
('Consistently simulating human personas with multi-turn reinforcement learning'), judged here by
rule: what attributes a line wants or refuses. The rule sees contradictions about attributes and no
others; a language model as judge sees more and is less certain (`judged-consistency`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from backend.catalogue import Catalogue
from backend.dialogue import Attribute, Dialogue, Role
from backend.language.wishes import find_wishes
from backend.metrics.base import Metric, Missing, Value, said

#: Attribute -> wanted or not, of a line or a brief.
Stance = Mapping[Attribute, bool]


class Consistency(Metric):
    """Of seekers, shares in [0, 1]; higher is more consistent.

    `prompt-to-line`: lines that say something of attributes and don't refuse one the brief wants.
    `line-to-line`: pairs of lines about the same attribute that agree on it.
    `question-answer`: wishes of the brief whose last mention, asked as a question, answers yes.
    """

    name: ClassVar[str] = "consistency"
    about: ClassVar[str] = "whether the seeker keeps to its wish and to itself, by rule"
    films_only: ClassVar[bool] = True

    @override
    def of(self, dialogue: Dialogue) -> dict[str, Value]:
        lines = [stance(text, self.tools.catalogue) for text in said(dialogue, Role.SEEKER)]
        wishes = dialogue.scenario.brief.attributes if dialogue.scenario else ()
        return {
            "prompt-to-line": _to_prompt(lines, wishes),
            "line-to-line": _to_lines(lines),
            "question-answer": _answered(lines, wishes),
        }


def stance(text: str, catalogue: Catalogue) -> dict[Attribute, bool]:
    """What attributes a line wants (True) or refuses (False), as far as words show it."""
    return {wish.attribute: wish.wanted for wish in find_wishes(text, catalogue)}


def _to_prompt(lines: Sequence[Stance], wishes: Iterable[Attribute]) -> Value:
    wanted = set(wishes)
    if not wanted:
        return Missing("no wish is known")
    telling = [line for line in lines if line]
    if not telling:
        return Missing("no line says anything of attributes")
    kept = [all(line.get(wish, True) for wish in wanted) for line in telling]
    return sum(kept) / len(kept)


def _to_lines(lines: Sequence[Stance]) -> Value:
    agree = pairs = 0
    for at, line in enumerate(lines):
        for other in lines[:at]:
            for attribute in line.keys() & other.keys():
                pairs += 1
                agree += line[attribute] == other[attribute]
    return agree / pairs if pairs else Missing("no two lines are about the same attribute")


def _answered(lines: Sequence[Stance], wishes: Sequence[Attribute]) -> Value:
    if not wishes:
        return Missing("no wish is known")
    answers = []
    for wish in wishes:
        about = [line[wish] for line in lines if wish in line]
        answers += about[-1:]
    return sum(answers) / len(answers) if answers else Missing("no wish of the brief is told")
