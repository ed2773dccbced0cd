"""An engine that returns predefined replies, for tests and for demos without a model."""

import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from backend.engines import EngineBusy, EngineError, EngineFailed, Grammar, Reply, Request
from backend.engines.jobs import RequestQueue, Stream, work_off

#: What may be scripted: a text, a failure, or a function that makes a text of the request.
Scripted = str | EngineError | Callable[[Request], str]


class ScriptedEngine:
    """Says its replies in the order of submission, or whatever a function makes of each request.

    A reply is said as written, `piece` words at a time; decoding and grammar are not applied. A
    scripted EngineBusy is raised by `submit`, any other error by the job; functions may raise an
    EngineError too. With `delay`, each reply stops after `delay_after` pieces until the event is
    set, so that a test can cancel it there, let it time out, or fill the line behind it. One
    request runs at a time. `requests` keeps all that were queued.
    """

    def __init__(
        self,
        replies: Sequence[Scripted] | Callable[[Request], str],
        *,
        model: str = "scripted",
        piece: int = 1,
        delay: threading.Event | None = None,
        delay_after: int = 0,
        queue_limit: int = 64,
    ) -> None:
        self.model = model
        self.requests: list[Request] = []
        self._replies = replies
        self._piece = piece
        self._delay = delay
        self._delay_after = delay_after
        self._lock = threading.Lock()
        self._line = RequestQueue(model, parallel=1, limit=queue_limit)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix=model)

    def submit(self, request: Request) -> Stream:
        """Queue a request. Raises EngineBusy if the queue is full, or if that is scripted."""
        return self._submit(request, bounded=True)

    def generate(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        """Answer many, in order."""
        return work_off(partial(self._submit, bounded=False), requests, parallel=1)

    def enforces(self, grammar: Grammar) -> bool:
        """Tell whether replies match a grammar: what is said as written may not."""
        return False

    def close(self) -> None:
        """End the worker; jobs under way end in EngineCancelled."""
        self._line.close()
        self._worker.shutdown()

    def _submit(self, request: Request, *, bounded: bool) -> Stream:
        with self._lock:
            scripted = self._scripted(len(self.requests))
            if isinstance(scripted, EngineBusy):
                self.requests.append(request)
                raise scripted
            stream = self._line.join(request, partial(self._start, scripted), bounded=bounded)
            self.requests.append(request)
            return stream

    def _scripted(self, index: int) -> Scripted:
        if callable(self._replies):
            return self._replies
        if index < len(self._replies):
            return self._replies[index]
        return EngineFailed(
            f"{self.model}: request {index + 1} came, but {len(self._replies)} replies were"
            " scripted; script more, or give a function"
        )

    def _start(self, scripted: Scripted, stream: Stream) -> "Future[None]":
        return self._worker.submit(self._say, scripted, stream)

    def _say(self, scripted: Scripted, stream: Stream) -> None:
        try:
            text = scripted(stream.request) if callable(scripted) else scripted
        except EngineError as error:
            text = error
        pieces = [] if isinstance(text, EngineError) else self._pieces(text)
        for piece in pieces[: self._delay_after]:
            stream.push(piece)
        self._wait(stream)
        for piece in pieces[self._delay_after :]:
            stream.push(piece)
        if isinstance(text, EngineError):
            stream.fail(text)
        else:
            stream.finish(Reply(text=text, finish="stop"))

    def _pieces(self, text: str) -> list[str]:
        words = re.findall(r"\s*\S+|\s+\Z", text)
        return ["".join(words[at : at + self._piece]) for at in range(0, len(words), self._piece)]

    def _wait(self, stream: Stream) -> None:
        if self._delay is None:
            return
        while not stream.over and not self._delay.wait(
            0.01
        ):  # an Event or an end: no one awaits both
            if stream.remaining <= 0:
                stream.time_out()
