"""A seeker with controls at two levels: variables of the session, and acts of each turn.

Session-level variables hold for a whole dialogue, turn-level ones for a turn (RecLLM: Friedman et
al., arXiv 2305.07961). On the shipped checkpoint they are marks it was trained on; an instruct
model is told in words.
"""

from typing import Any

from backend.simulators.asking import Asking
from backend.simulators.interplay.seeker import InterplaySeeker
from backend.simulators.zero_shot import ZeroShotSeeker


class ControlledSeeker(InterplaySeeker):
    """The shipped seeker with session variables, and optionally one act, set."""

    simulator = "controlled"


class ControlledInstructSeeker(ZeroShotSeeker):
    """An instruct model with the same variables, put in words."""

    simulator = "controlled"


def controlled_seeker(*, instruct: bool = False, **settings: Any) -> Asking:
    """Set up a controlled seeker: `instruct` for any instruct model, else a script checkpoint."""
    return (ControlledInstructSeeker if instruct else ControlledSeeker)(**settings)
