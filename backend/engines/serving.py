"""Base of engines with a model in this process: a queue, and one thread that owns the model."""

import os
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Generic, Protocol, TypeVar

from backend.engines import (
    EngineError,
    EngineFailed,
    EngineUnavailable,
    Message,
    Reply,
    Request,
)
from backend.engines.jobs import RequestQueue, Stream
from backend.engines.prompts import Prompts


class Served(Protocol):
    """A request under way. `done` is set once it has left the model."""

    done: "Future[None]"


Row = TypeVar("Row", bound=Served)


class ModelThread(ABC, Generic[Row]):
    """Base of engines whose model belongs to one thread.

    What a subclass sets up comes before `super().__init__`, which starts the thread. Requests that
    have their turn wait in `_arrived`, guarded by `_wake`, until `_work` takes them.
    """

    def __init__(self, model: str, prompts: Prompts, line: RequestQueue) -> None:
        self.model = model
        self._prompts = prompts
        self._line = line
        self._arrived: deque[Row] = deque()
        self._wake = threading.Condition(threading.RLock())
        self._closing = False
        self._thread = threading.Thread(target=self._work, name=f"engine {model}", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> Stream:
        """Queue a request. Raises EngineBusy if the queue is full."""
        return self._line.join(request, self._start)

    def generate(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        """Answer many at once, in order; they enter the batch in order, too."""
        with self._wake:  # nothing is begun before all are in line: the same batches every time
            streams = [self._line.join(one, self._start, bounded=False) for one in requests]
        return [_end(stream) for stream in streams]

    def close(self) -> None:
        """Cancel all, end the thread and give back the memory."""
        self._line.close()
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._thread.join()
        self._release()

    def tokens(
        self, messages: Sequence[Message], begun: str = "", *, prompt: bool = True
    ) -> list[int]:
        """What the model is given for these messages, with the reply's beginning if `prompt`."""
        return self._prompts.tokens(messages, begun, prompt=prompt)

    @abstractmethod
    def _row(self, stream: Stream) -> Row:
        """The request as this model takes it. Raises EngineFailed if it can't be served."""

    @abstractmethod
    def _work(self) -> None:
        """Serve until `_closing`. Runs in the thread that owns the model."""

    @abstractmethod
    def _release(self) -> None:
        """Give back the model's memory."""

    def _start(self, stream: Stream) -> "Future[None]":
        try:
            row = self._row(stream)
        except Exception as error:
            known = error if isinstance(error, EngineError) else None
            stream.fail(known or EngineFailed(f"{self.model} can't take this request: {error}"))
            refused: Future[None] = Future()
            refused.set_result(None)
            return refused
        with self._wake:
            self._arrived.append(row)
            self._wake.notify_all()
        return row.done


def default_threads() -> int:
    """`UNCANNY_THREADS`, else the number of cores less one. Raises EngineUnavailable."""
    given = os.environ.get("UNCANNY_THREADS", "")
    if not given:
        return max(1, (os.cpu_count() or 2) - 1)
    if not given.isdecimal() or int(given) < 1:
        raise EngineUnavailable(f"UNCANNY_THREADS is a number of threads; got {given!r}")
    return int(given)


def _end(stream: Stream) -> Reply | EngineError:
    try:
        return stream.reply()
    except EngineError as error:
        return error
