"""Jobs and their queue, for engines that run requests concurrently rather than in a batch.

`Stream` is a `Job`: a worker pushes pieces in at one end, a reader takes them out at the other.
`RequestQueue` decides who is served when. What a worker does, and where, is the engine's business.
"""

import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from backend.engines import (
    EngineBusy,
    EngineCancelled,
    EngineError,
    EngineFailed,
    EngineTimeout,
    EngineUnavailable,
    Job,
    Reply,
    Request,
)
from backend.engines.drafts import DraftFilter, without_drafts


class Stream:
    """A job under way, thread-safe. Its first end counts; what comes after is ignored.

    A reader never waits beyond the request's timeout, whatever the worker does. `name` says which
    engine in messages; `place` tells the position in its line. The time of a `patient` job runs
    from when it is begun, that of others from now.
    """

    def __init__(
        self,
        request: Request,
        name: str,
        place: Callable[["Stream"], int] = lambda _: 0,
        *,
        patient: bool = False,
    ) -> None:
        self.request = request
        self._name = name
        self._place = place
        self._deadline = math.inf if patient else time.monotonic() + request.timeout
        self._changed = threading.Condition()
        self._pieces: list[str] = []
        self._drafts = DraftFilter()
        self._end: Reply | EngineError | None = None
        self._dropped = False
        self._when_dropped: list[Callable[[], None]] = []

    def begin(self) -> None:
        """Tell a patient job that it is served from now on."""
        with self._changed:
            if self._deadline == math.inf:
                self._deadline = time.monotonic() + self.request.timeout
                self._changed.notify_all()

    def push(self, piece: str) -> None:
        """Add text to what a reader sees, unless it is part of a draft."""
        with self._changed:
            if self._end is None and (shown := self._drafts.push(piece)):
                self._pieces.append(shown)
                self._changed.notify_all()

    def finish(self, reply: Reply) -> None:
        """End well. The drafts of a thinking model are taken out of the reply."""
        others = tuple(
            other.model_copy(update={"text": without_drafts(other.text)}) for other in reply.others
        )
        text = without_drafts(reply.text)
        with self._changed:
            if self._end is None and (rest := self._drafts.flush()):
                self._pieces.append(rest)
        self._settle(reply.model_copy(update={"text": text, "others": others}))

    def fail(self, error: EngineError) -> None:
        """End in an error."""
        self._settle(error)

    def cancel(self) -> None:
        """Stop this job and no other; harmless if it is over."""
        self._settle(EngineCancelled(f"{self._name}: the job was cancelled"), dropped=True)

    def time_out(self) -> None:
        """End because the request's time is up; says how far it came."""
        if place := self.position:
            state = f"it was still waiting, number {place} in line"
        elif self._pieces:
            state = f"{len(self._pieces)} pieces of it had come"
        else:
            state = "nothing of it had come"
        error = EngineTimeout(
            f"{self._name}: no complete reply within {self.request.timeout:g} s, {state};"
            " allow a longer timeout, ask for fewer tokens, or see how busy the engine is"
        )
        self._settle(error, dropped=True)

    def when_dropped(self, call: Callable[[], None]) -> None:
        """Have the worker called once nobody wants the reply: it was cancelled, or time is up."""
        with self._changed:
            if self._end is None:
                self._when_dropped.append(call)
            dropped = self._dropped
        if dropped:
            call()

    def __iter__(self) -> Iterator[str]:
        """Yield the text as it is made, from its start. Raises EngineError."""
        for heard in itertools.count():
            self._wait_for_more_than(heard)
            if heard < len(self._pieces):
                yield self._pieces[heard]
            elif isinstance(self._end, EngineError):
                raise self._end
            else:
                return

    def reply(self) -> Reply:
        """Wait for the whole reply. Raises EngineError."""
        for _ in self:
            pass
        assert isinstance(self._end, Reply)
        return self._end

    @property
    def position(self) -> int:
        """How many requests must end before this one runs; 0 once it does."""
        return self._place(self)

    @property
    def over(self) -> bool:
        """Whether it has ended, well or not."""
        return self._end is not None

    @property
    def remaining(self) -> float:
        """Seconds left of the request's timeout; endless before a patient job is begun."""
        return self._deadline - time.monotonic()

    def _wait_for_more_than(self, heard: int) -> None:
        with self._changed:
            while not (ready := len(self._pieces) > heard or self._end is not None):
                left = self.remaining
                if left <= 0:
                    break
                self._changed.wait(None if left == math.inf else left)
        if not ready:
            self.time_out()

    def _settle(self, end: Reply | EngineError, *, dropped: bool = False) -> None:
        with self._changed:
            if self._end is not None:
                return
            self._end, self._dropped = end, dropped
            self._changed.notify_all()
        for call in self._when_dropped if dropped else ():
            call()


#: Puts a worker on a job and returns at once; the future is done when the worker is.
Start = Callable[[Stream], "Future[None]"]


class RequestQueue:
    """Who is served when: first come, `parallel` at once, never two of one chat."""

    def __init__(self, name: str, *, parallel: int, limit: int) -> None:
        self._name = name
        self._parallel = parallel
        self._limit = limit
        self._changed = threading.Condition()
        self._waiting: dict[Stream, Start] = {}
        self._running: set[Stream] = set()
        self._closed = False

    def join(self, request: Request, start: Start, *, bounded: bool = True) -> Stream:
        """Queue a request. Raises EngineBusy where `limit` others wait.

        One that is not `bounded` always finds a place, and its time runs from its turn.
        """
        stream = Stream(request, self._name, self._position, patient=not bounded)
        with self._changed:
            if self._closed:
                raise EngineUnavailable(f"{self._name}: the engine is closed; set up a new one")
            if bounded and len(self._waiting) >= self._limit and not self._may_run(stream):
                raise EngineBusy(
                    f"{self._name}: {len(self._waiting)} requests are waiting and no more are"
                    " taken; try again later, or allow more with queue_limit"
                )
            self._waiting[stream] = start
        stream.when_dropped(lambda: self._forget(stream))
        self._advance()
        return stream

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def close(self) -> None:
        """Cancel everything and wait until the workers have left."""
        with self._changed:
            self._closed = True
            streams = [*self._waiting, *self._running]
        for stream in streams:
            stream.cancel()
        with self._changed:
            self._changed.wait_for(lambda: not self._running)

    def _may_run(self, stream: Stream) -> bool:
        chat = stream.request.chat
        return len(self._running) < self._parallel and (
            chat is None or all(chat != other.request.chat for other in self._running)
        )

    def _advance(self) -> None:
        while True:
            with self._changed:
                stream = next(filter(self._may_run, self._waiting), None)
                if stream is None:
                    return
                start = self._waiting.pop(stream)
                self._running.add(stream)
            stream.begin()
            start(stream).add_done_callback(partial(self._leave, stream))

    def _leave(self, stream: Stream, worker: "Future[None]") -> None:
        error = None if worker.cancelled() else worker.exception()
        stream.fail(  # counts only if the worker left without an end
            EngineFailed(f"{self._name}: no reply, for a reason nobody foresaw: {error!r}")
        )
        with self._changed:
            self._running.discard(stream)
            self._changed.notify_all()
        self._advance()

    def _forget(self, stream: Stream) -> None:
        with self._changed:
            self._waiting.pop(stream, None)

    def _position(self, stream: Stream) -> int:
        with self._changed:
            return list(self._waiting).index(stream) + 1 if stream in self._waiting else 0


def work_off(
    submit: Callable[[Request], Job], requests: Sequence[Request], *, parallel: int
) -> list[Reply | EngineError]:
    """Answer many, in order, `parallel` at once; a request's time runs from its own turn."""

    def answer(request: Request) -> Reply | EngineError:
        try:
            return submit(request).reply()
        except EngineError as error:
            return error

    with ThreadPoolExecutor(parallel) as pool:
        return list(pool.map(answer, requests))
