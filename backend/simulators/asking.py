"""Simulators that use an engine: a turn is a coroutine that yields requests to it.

A turn written as `steps` can be driven alone, for a chat, or beside a hundred others whose
requests go to the engine in one batch (`lockstep.py`).
"""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from backend.dialogue import System, Turn
from backend.engines import Engine, EngineError, Reply, Request, shared
from backend.simulators import SimulatorError

#: What a simulator asks of its engine, one request at a time, and its turn at the end.
Steps = Generator[Request, Reply, Turn]


class Asking(ABC):
    """Base of simulators with a model behind an engine."""

    informed = False
    system: System
    engine: Engine

    @property
    def variables(self) -> Mapping[str, Sequence[str]]:
        """None, unless a simulator says otherwise."""
        return {}

    @abstractmethod
    def steps(self, view: Any, *, seed: int) -> Steps:
        """The next turn, as requests to the engine: send each one's reply, get the turn.

        Raises SimulatorError where nothing that was answered will do.
        """

    def respond(self, view: Any, *, seed: int) -> Iterator[str | Turn]:
        """The next turn: its words, once they have passed the checks, then the turn.

        Raises SimulatorError, which is chained to the engine's own error if there was one.
        """
        steps = self.steps(view, seed=seed)
        try:
            request = next(steps)
            while True:
                request = steps.send(self.engine.submit(request).reply())
        except StopIteration as done:
            turn: Turn = done.value
        except EngineError as error:
            raise SimulatorError(f"{self.system.name} got no answer: {error}") from error
        for at, word in enumerate(turn.text.split(" ")):
            yield f" {word}" if at else word
        yield turn


def engine_for(who: str, engine: str, settings: dict[str, Any]) -> Engine:
    """The shared engine of these settings. Raises SimulatorError saying who has no model."""
    try:
        return shared(engine, **settings)
    except EngineError as error:
        raise SimulatorError(f"{who} has no model: {error}") from error
    except TypeError as error:
        raise SimulatorError(
            f"{who}: the engine {engine!r} does not take {settings}: {error}"
        ) from error
