"""A turn of a simulated partner, with limits and moderation, for all live conversations."""

from collections.abc import Callable, Iterator
from typing import Literal

from backend import moderation
from backend.conversations.replies import Replies, TooBusy
from backend.dialogue import Origin, Turn
from backend.simulators import SimulatorError

#: Starts a turn: pieces of text, then the turn itself.
Respond = Callable[[], Iterator[str | Turn]]


class NoAnswer(Exception):
    """The partner gave no turn.

    `kind` says what a person is told: `spent` (the day's budget is used up), `busy` (too many ask
    at once; asking again helps) or `silent` (the partner failed, or was refused by the moderator).
    The message is the reason, for whoever runs the app.
    """

    def __init__(self, kind: Literal["spent", "busy", "silent"], reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def answer(
    respond: Respond, *, asker: str, limits: Replies, is_spent: bool = False
) -> Iterator[str | Turn]:
    """The pieces of a partner's turn as they come, and at the end the turn.

    `asker` names who waits: each has one reply in flight. With a moderator, no piece comes before
    the whole turn was looked at. Raises NoAnswer.
    """
    if is_spent:
        raise NoAnswer("spent", "the daily budget of messages is used up")
    try:
        for piece in limits.ask(asker, respond):
            if isinstance(piece, Turn):
                moderation.check(piece.text, Origin.SIMULATED)
                yield piece
                return
            if not moderation.active():
                yield piece
    except TooBusy as error:
        raise NoAnswer("busy", str(error)) from error
    except (SimulatorError, moderation.Refused) as error:
        raise NoAnswer("silent", str(error) or "no reason was given") from error
    raise NoAnswer("silent", "the reply ended without a turn")
