"""A reference-dependent seeker: it knows the hidden targets, as in most of the literature.

It is what Interplay (arXiv 2603.18573) compares its independent seeker to. The model is the same:
it sees of each film whether it is one of the targets, and takes no other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from typing_extensions import override

from backend.simulators.interplay.script import SeekerScript
from backend.simulators.interplay.seeker import InterplaySeeker


@dataclass
class TargetScript(SeekerScript):
    """A dialogue as a seeker has it that waits for certain films."""

    targets: tuple[str, ...] = ()

    @override
    def meets(self, id_: str) -> float:
        """1 for a target, 0 for any other film."""
        return float(id_ in self.targets)


class SeekerWithTarget(InterplaySeeker):
    """The Interplay seeker, told the targets: it knows a film it waits for when it comes."""

    informed = True
    simulator = "two_model_with_target"

    @override
    def script_class(self, view: Any) -> Callable[..., SeekerScript]:
        """A script that knows the targets."""
        return partial(TargetScript, targets=view.targets)
