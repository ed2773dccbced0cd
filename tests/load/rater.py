"""A virtual rater for `tests.load`: reads, thinks, clicks, sends, and keeps the times."""

import asyncio
import math
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.load.session import Button, Lost, Session

#: Seconds before somebody whose connection broke tries again.
AGAIN = 1.0


@dataclass
class Tally:
    """What all raters did: seconds by kind, submissions by rater, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    acknowledged: Counter[str] = field(default_factory=Counter)
    unsure: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    errors: list[str] = field(default_factory=list)

    def note(self, kind: str, seconds: float) -> None:
        """One measured wait."""
        self.seconds.setdefault(kind, []).append(seconds)


class Rater:
    """One person after another, each with a link of their own."""

    def __init__(self, url: str, study: str, tally: Tally, think: float, seed: int) -> None:
        self.url, self.study, self.tally, self.think = url, study, tally, think
        self.random = random.Random(seed)

    async def take_part(self, end: float, people: float = math.inf) -> None:
        """Until `end` (monotonic), or until so many people are done."""
        query = f"study={self.study}"
        gone = 0
        while time.monotonic() < end and gone < people:
            session = Session(self.url, query)
            try:
                self.tally.note("open", await session.open())
                await self._go_through(session, end)
            except Lost as error:
                self.tally.errors.append(str(error))
                query = session.query  # their own link leads back to their place
                await asyncio.sleep(AGAIN)
            else:
                query = f"study={self.study}"
                gone += 1
            finally:
                self.tally.errors += session.errors
                await session.close()

    async def _go_through(self, session: Session, end: float) -> None:
        while time.monotonic() < end:
            buttons = {button.key: button for button in session.buttons}
            if send := next((b for key, b in buttons.items() if key.endswith("-send")), None):
                await self._judge(session, send)
                continue
            step = next((b for key, b in buttons.items() if _leads_on(key)), None)
            if step is None:
                self.tally.finished += 1
                return
            await self._pause(0.5)
            self.tally.note("step", await session.click(step))

    async def _judge(self, session: Session, send: Button) -> None:
        """Read, answer every closed question, send. Half the time goes by before the first click,
        and amid it the page runs once with nothing clicked, for comparison.
        """
        await self._pause(0.25)
        self.tally.note("empty", await session.rerun())
        await self._pause(0.25)
        questions = _questions(session.buttons, send)
        for options in questions:
            await self._pause(0.5 / len(questions))
            self.tally.note("click", await session.click(self.random.choice(options)))
        rater = parse_qs(session.query)["rater"][0]
        refused = len(session.errors)
        try:
            self.tally.note("submit", await session.click(send))
        except Lost:
            self.tally.unsure[rater] += 1
            raise
        if len(session.errors) > refused or send in session.buttons:
            self.tally.errors.append(f"{send.key} was not taken")
        else:
            self.tally.acknowledged[rater] += 1

    async def _pause(self, share: float) -> None:
        await asyncio.sleep(share * self.think * self.random.uniform(0.5, 1.5))


def _leads_on(key: str) -> bool:
    """Whether a button is the way on: consent, instructions, an example, its feedback."""
    return key in ("agree", "start") or key.startswith(("p1-", "on-"))


def _questions(buttons: list[Button], send: Button) -> list[list[Button]]:
    """The options of each closed question of a form."""
    form = send.key.removesuffix("send")
    found: dict[str, list[Button]] = {}
    for button in buttons:
        if button.key.startswith(form) and button != send:
            question, _, _ = button.key.removeprefix(form).rpartition("-")
            found.setdefault(question, []).append(button)
    return list(found.values())
