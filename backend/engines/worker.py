"""The process that runs one engine for another process: requests on stdin, replies on stdout.

`python -m backend.engines.worker '{"engine": "openvino", "settings": {...}}'` is started by
`own_process.py`. Each line is one JSON object. In come

    {"id": 1, "request": {...}}      answer it: pieces of text, then a reply or an error
    {"id": 2, "requests": [...]}     answer all, in order, and report once
    {"id": 1, "cancel": true}        stop that request

and out go `{"ready": true}` once the model is loaded, then

    {"id": 1, "piece": "..."}
    {"id": 1, "end": {"reply": {...}}}  or  {"id": 1, "end": {"error": "EngineFailed", ...}}
    {"id": 2, "ends": [...]}

The process ends when its stdin does, so that it never outlives who started it.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TextIO

from backend.engines import Engine, EngineError, EngineUnavailable, Job, Reply, Request, engine

#: Requests that are listened to at once: more than any engine runs.
LISTENERS = 256


def main() -> None:
    """Load the engine that the first argument describes, and serve until stdin ends."""
    out = _only_ours()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this process decides when it ends
    asked = json.loads(sys.argv[1])
    writer = _Writer(out)
    try:
        made = engine(asked["engine"], **asked["settings"])
    except EngineError as error:
        writer.write(**as_error(error))
        return
    except TypeError as error:
        writer.write(
            **as_error(EngineUnavailable(f"{asked['engine']} does not take this: {error}"))
        )
        return
    writer.write(ready=True)
    _serve(made, writer)


def as_error(error: EngineError) -> dict[str, Any]:
    """An error as it is sent."""
    return {"error": type(error).__name__, "message": str(error)}


def as_end(end: Reply | EngineError) -> dict[str, Any]:
    """A reply or an error as it is sent."""
    return {"reply": end.model_dump(mode="json")} if isinstance(end, Reply) else as_error(end)


class _Writer:
    """Writes lines, whole ones, from any thread."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._lock = out, threading.Lock()

    def write(self, **line: Any) -> None:
        with self._lock:
            self._out.write(json.dumps(line) + "\n")
            self._out.flush()


def _only_ours() -> TextIO:
    """What stdout was; whatever a library prints goes to stderr from here on."""
    ours = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return ours


def _serve(made: Engine, writer: _Writer) -> None:
    jobs: dict[int, Job] = {}
    with ThreadPoolExecutor(LISTENERS) as pool:
        for line in sys.stdin:
            asked = json.loads(line)
            number = asked["id"]
            if asked.get("cancel"):
                if job := jobs.get(number):
                    job.cancel()
            elif "requests" in asked:
                pool.submit(_all, made, number, asked["requests"], writer)
            else:
                try:
                    jobs[number] = made.submit(Request.model_validate(asked["request"]))
                except EngineError as error:
                    writer.write(id=number, end=as_error(error))
                else:
                    pool.submit(_one, jobs, number, writer)
        made.close()


def _one(jobs: dict[int, Job], number: int, writer: _Writer) -> None:
    job = jobs[number]
    try:
        for piece in job:
            writer.write(id=number, piece=piece)
        end: Reply | EngineError = job.reply()
    except EngineError as error:
        end = error
    jobs.pop(number)
    writer.write(id=number, end=as_end(end))


def _all(made: Engine, number: int, requests: Sequence[Any], writer: _Writer) -> None:
    try:
        ends = made.generate([Request.model_validate(one) for one in requests])
    except EngineError as error:
        ends = [error] * len(requests)
    writer.write(id=number, ends=[as_end(end) for end in ends])


if __name__ == "__main__":
    main()
