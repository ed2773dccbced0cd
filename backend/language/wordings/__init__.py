"""Sentence templates and recognition cues of the model-free simulators, read from YAML."""

import random
import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent


def seeker_lines(act: str, register: str) -> list[str]:
    """The seeker's templates for an act in a register. Raises KeyError."""
    lines: list[str] = _file("seeker")[act][register]
    return lines


def recommender_lines(act: str) -> list[str]:
    """The recommender's templates for an act. Raises KeyError."""
    lines: list[str] = _file("recommender")[act]
    return lines


def arm_lines(kind: str) -> list[str]:
    """What hedged and off-topic seekers add. Raises KeyError."""
    lines: list[str] = _file("arms")[kind]
    return lines


def fill(lines: Sequence[str], rng: random.Random, said: Collection[str], **slots: str) -> str:
    """One line with its slots filled, worded unlike anything `said` before where possible."""
    earlier = " | ".join(said).casefold()
    fresh = [line for line in lines if _wording(line) not in earlier]
    line = rng.choice(fresh or list(lines))
    return _sentence(line.format_map(slots), line)


def has_cue(cue: str, plain: str) -> bool:
    """Whether lower-case text matches a cue of cues.yaml. Raises KeyError."""
    return bool(_cues()[cue].search(plain))


def without_cue(cue: str, plain: str) -> str:
    """Lower-case text without what matches a cue of cues.yaml. Raises KeyError."""
    return _cues()[cue].sub(" ", plain)


def _wording(line: str) -> str:
    """What a template always says: the longest piece of it that is no slot."""
    return max(re.split(r"\{\w+\}", line), key=len).strip(" ,.!?").casefold()


def _sentence(text: str, template: str) -> str:
    """A slot at the start of a sentence takes the sentence's capital, if that has one."""
    written_large = template[:1] == "{" and template[-1:] in ".!?"
    return text[:1].upper() + text[1:] if written_large else text


@lru_cache
def _file(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(FOLDER / f"{name}.yaml")
    return loaded


@lru_cache
def _cues() -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile("|".join(f"(?:{line})" for line in lines))
        for name, lines in _file("cues").items()
    }
