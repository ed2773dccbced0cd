"""Limits on replies: one at a time for each person, a bounded queue, a time limit."""

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from backend.dialogue import Turn
from backend.simulators import SimulatorError

_END = object()


class TooBusy(Exception):
    """The queue is full, or this person's last reply is still being made: nothing was begun."""


class Replies:
    """Makes replies for many people at once without being run over by them.

    `workers` replies are made at a time, `waiting` more may wait, and each has `timeout` seconds
    from the asking. What is asked beyond that is refused at once.
    """

    def __init__(self, workers: int = 8, waiting: int = 32, timeout: float = 60.0) -> None:
        self.bound = workers + waiting
        self.timeout = timeout
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="replies")
        self._lock = threading.Lock()
        self._in_flight: set[str] = set()

    @classmethod
    def configured(cls) -> "Replies":
        """With `UNCANNY_REPLIES_AT_ONCE`, `UNCANNY_REPLIES_WAITING`, `UNCANNY_REPLY_SECONDS`."""
        return cls(
            workers=int(os.environ.get("UNCANNY_REPLIES_AT_ONCE", 8)),
            waiting=int(os.environ.get("UNCANNY_REPLIES_WAITING", 32)),
            timeout=float(os.environ.get("UNCANNY_REPLY_SECONDS", 60)),
        )

    def ask(self, who: str, respond: Callable[[], Iterator[str | Turn]]) -> Iterator[str | Turn]:
        """The pieces of a reply as they come, made on another thread.

        Raises TooBusy before anything is begun, SimulatorError when the time is over or whatever
        `respond` raised.
        """
        with self._lock:
            if who in self._in_flight or len(self._in_flight) >= self.bound:
                raise TooBusy("one reply at a time" if who in self._in_flight else "queue full")
            self._in_flight.add(who)
        return self._pieces(who, respond)

    def _pieces(
        self, who: str, respond: Callable[[], Iterator[str | Turn]]
    ) -> Iterator[str | Turn]:
        pieces: queue.SimpleQueue[object] = queue.SimpleQueue()
        given_up = threading.Event()
        deadline = time.monotonic() + self.timeout

        def work() -> None:
            try:
                if not given_up.is_set():
                    for piece in respond():
                        pieces.put(piece)
                        if given_up.is_set():
                            break
                pieces.put(_END)
            except BaseException as error:
                pieces.put(error)
            finally:
                with self._lock:
                    self._in_flight.discard(who)

        self._pool.submit(work)
        try:
            while True:
                try:
                    piece = pieces.get(timeout=max(deadline - time.monotonic(), 0))
                except queue.Empty:
                    raise SimulatorError(f"no reply within {self.timeout:g} s") from None
                if piece is _END:
                    return
                if isinstance(piece, BaseException):
                    raise piece
                assert isinstance(piece, str | Turn)
                yield piece
        finally:
            given_up.set()
