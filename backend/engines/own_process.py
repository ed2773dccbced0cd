"""An engine in a separate process, so that it does not delay the pages of this process.

OpenVINO keeps Python's lock during a step: in the process of the app, every page would wait for it.
Two engines in two processes run on two cores. A crash inside a native library ends that process
alone; the requests under way fail, and the next request starts a new one. `worker.py` is the other
end, and says how the two talk.
"""

import itertools
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import backend
from backend import engines
from backend.engines import (
    EngineError,
    EngineFailed,
    EngineUnavailable,
    Grammar,
    Reply,
    Request,
)
from backend.engines.jobs import RequestQueue, Stream

#: Lines that are kept of what the process complains of.
COMPLAINTS = 20

#: Seconds in which a process that was told to end has ended.
ENDS_WITHIN = 10.0


class OwnProcess:
    """Runs the engine of this name, with these settings, in another process.

    At most `parallel` requests run at once and `queue_limit` wait. `enforces` answers for the
    engine, which is not asked for that. Raises EngineUnavailable as the engine does.
    """

    def __init__(
        self,
        engine: str,
        *,
        model: str,
        enforces: Callable[[Grammar], bool],
        parallel: int = 16,
        queue_limit: int = 64,
        **settings: Any,
    ) -> None:
        self.model = model
        self._enforces = enforces
        self._asked = {"engine": engine, "settings": {"model": model, **settings}}
        self._line = RequestQueue(Path(model).name, parallel=parallel, limit=queue_limit)
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._closed = False
        self._running()

    def submit(self, request: Request) -> Stream:
        """Queue a request. Raises EngineBusy if the queue is full."""
        return self._line.join(request, self._start)

    def generate(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        """Answer many at once, in order; they enter the batch in order, too."""
        number, done = next(self._numbers), Future[list[Reply | EngineError]]()
        try:
            process = self._running()
            process.ask_all(number, requests, done)
            return done.result()
        except EngineError as error:
            return [error] * len(requests)

    def enforces(self, grammar: Grammar) -> bool:
        """Whether replies are sure to match this grammar."""
        return self._enforces(grammar)

    def close(self) -> None:
        """Cancel all and end the process."""
        self._line.close()
        with self._lock:
            self._closed = True
            if self._process:
                self._process.end()

    def _running(self) -> "_Process":
        """The process, started if there is none. Raises EngineUnavailable."""
        with self._lock:
            if self._closed:
                raise EngineUnavailable(f"{self.model}: the engine is closed; set up a new one")
            if self._process is None or self._process.has_ended:
                self._process = _Process(self._asked, self.model)
            return self._process

    def _start(self, stream: Stream) -> "Future[None]":
        done: Future[None] = Future()
        number = next(self._numbers)
        try:
            process = self._running()
            process.ask(number, stream, done)
        except EngineError as error:
            stream.fail(error)
            done.set_result(None)
            return done
        stream.when_dropped(lambda: process.cancel(number))
        return done


class _Process:
    """One process, and the requests that it has not answered yet."""

    def __init__(self, asked: dict[str, Any], model: str) -> None:
        self._model = model
        self._jobs: dict[int, tuple[Stream, Future[None]]] = {}
        self._batches: dict[int, Future[list[Reply | EngineError]]] = {}
        self._lock = threading.Lock()
        self.has_ended = False
        self._complaints: deque[str] = deque(maxlen=COMPLAINTS)
        root = str(Path(backend.__file__).parents[1])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "backend.engines.worker", json.dumps(asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            encoding="utf-8",
            errors="replace",
        )
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self._in, self._out, self._err = self._popen.stdin, self._popen.stdout, self._popen.stderr
        self._listener = threading.Thread(target=self._listen, name=f"{model}, errors", daemon=True)
        self._listener.start()
        first = json.loads(self._out.readline() or "{}")
        if "ready" not in first:
            self._over()
            raise _error(first) if first else EngineUnavailable(self._why())
        threading.Thread(target=self._read, name=f"engine {model}", daemon=True).start()

    def ask(self, number: int, stream: Stream, done: "Future[None]") -> None:
        """Send a request; pieces and the end reach the stream. Raises EngineFailed."""
        with self._lock:
            self._check()
            self._jobs[number] = stream, done
        self._send(id=number, request=stream.request.model_dump(mode="json"))

    def ask_all(
        self, number: int, requests: Sequence[Request], done: "Future[list[Reply | EngineError]]"
    ) -> None:
        """Send a batch; the replies reach the future. Raises EngineFailed."""
        with self._lock:
            self._check()
            self._batches[number] = done
        self._send(id=number, requests=[one.model_dump(mode="json") for one in requests])

    def cancel(self, number: int) -> None:
        """Tell that nobody wants the reply any more."""
        if number in self._jobs:
            self._send(id=number, cancel=True)

    def end(self) -> None:
        """End the process: at once if it does not by itself."""
        try:
            self._in.close()
            self._popen.wait(ENDS_WITHIN)
        except (OSError, subprocess.TimeoutExpired):
            self._popen.kill()
            self._popen.wait()

    def _check(self) -> None:
        if self.has_ended:
            raise EngineFailed(self._why())

    def _send(self, **line: Any) -> None:
        try:
            with self._lock:
                self._in.write(json.dumps(line) + "\n")
                self._in.flush()
        except (OSError, ValueError):
            return  # it has ended: `_read` finds out, and tells whoever waits

    def _read(self) -> None:
        for line in self._out:
            told = json.loads(line)
            if "piece" in told:
                if job := self._jobs.get(told["id"]):
                    job[0].push(told["piece"])
            elif "ends" in told:
                if batch := self._batches.pop(told["id"], None):
                    batch.set_result([_end(one) for one in told["ends"]])
            elif job := self._jobs.pop(told["id"], None):
                _finish(*job, _end(told["end"]))
        self._over()

    def _listen(self) -> None:
        """Keep the last complaints: libraries warn a lot, and nobody reads it until it breaks."""
        with self._err:
            for line in self._err:
                if line.strip():
                    self._complaints.append(line.strip())

    def _over(self) -> None:
        """Wait for the end of the process, and let everyone know who waits for a reply."""
        self._popen.wait()
        self._listener.join()
        self._out.close()
        with self._lock:
            self.has_ended = True
            jobs, batches = list(self._jobs.values()), list(self._batches.values())
            self._jobs.clear()
            self._batches.clear()
            with suppress(OSError):  # what it had not read yet can't be sent
                self._in.close()
        for stream, done in jobs:
            _finish(stream, done, EngineFailed(self._why()))
        for batch in batches:
            batch.set_exception(EngineFailed(self._why()))

    def _why(self) -> str:
        last = f": {self._complaints[-1]}" if self._complaints else ""
        return (
            f"the process of {self._model} ended with code {self._popen.poll()}{last}; the next "
            "request starts it anew"
        )


def _finish(stream: Stream, done: "Future[None]", end: Reply | EngineError) -> None:
    if isinstance(end, Reply):
        stream.finish(end)
    else:
        stream.fail(end)
    done.set_result(None)


def _end(told: dict[str, Any]) -> Reply | EngineError:
    return Reply.model_validate(told["reply"]) if "reply" in told else _error(told)


def _error(told: dict[str, Any]) -> EngineError:
    kind: type[EngineError] = getattr(engines, told["error"])
    return kind(told["message"])
