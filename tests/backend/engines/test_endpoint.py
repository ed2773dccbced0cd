"""The endpoint engine against a recorded contract, and against a real `transformers serve`."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from pydantic import BaseModel

from backend.engines import (
    Decoding,
    EngineBusy,
    EngineCancelled,
    EngineFailed,
    EngineTimeout,
    EngineUnavailable,
    Message,
    Reply,
    Request,
)
from backend.engines.base_model import base_folder
from backend.engines.endpoint import EndpointEngine
from backend.engines.structured import json_reply, schema_grammar, structured


class Said(BaseModel):
    act: str


#: Events, or a status with its message and, where wanted, the seconds of `Retry-After`.
Answer = Callable[[dict[str, Any]], Iterator[str] | tuple[int, str] | tuple[int, str, str]]


def words(*pieces: str, finish: str | None = "stop") -> Iterator[str]:
    """Server-sent events as OpenAI's protocol has them."""
    for piece in pieces:
        yield json.dumps({"choices": [{"index": 0, "delta": {"content": piece}}]})
    if finish:
        yield json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        usage = {"prompt_tokens": 7, "completion_tokens": len(pieces), "total_tokens": 9}
        yield json.dumps({"choices": [], "usage": usage})
        yield "[DONE]"


@contextmanager
def server(answer: Answer) -> Iterator[str]:
    """A server that speaks the protocol and says what `answer` makes of a request's body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = answer(body)
            if isinstance(said, tuple):
                status, message, *retry_after = said
                payload = json.dumps({"error": {"message": message}}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(payload)))
                for seconds in retry_after:
                    self.send_header("Retry-After", seconds)
                self.end_headers()
                self.wfile.write(payload)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for event in said:
                self.wfile.write(f"data: {event}\n\n".encode())
                self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}/v1"
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def ask(**more: Any) -> Request:
    return Request(messages=(Message(speaker="user", text="go"),), **more)


@contextmanager
def endpoint(answer: Answer, **settings: Any) -> Iterator[EndpointEngine]:
    with server(answer) as url:
        made = EndpointEngine("m", base_url=url, **{"first_wait": 0.01, **settings})
        yield made
        made.close()


def test_a_reply_is_streamed_and_its_tokens_counted() -> None:
    seen: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> Iterator[str]:
        seen.append(body)
        return words("hello", " there")

    with endpoint(answer) as made:
        decoding = Decoding(max_tokens=9, temperature=0.5, stop=("!",), top_k=4)
        job = made.submit(ask(decoding=decoding, seed=3))
        assert list(job) == ["hello", " there"]
        assert job.reply() == Reply(
            text="hello there", finish="stop", prompt_tokens=7, new_tokens=2
        )
    sent = seen[0]
    assert (sent["max_tokens"], sent["temperature"], sent["stop"]) == (9, 0.5, ["!"])
    assert (sent["seed"], sent["top_k"], sent["model"]) == (3, 4, "m")
    assert "min_p" not in sent


def test_a_server_that_takes_a_schema_is_sent_it() -> None:
    def answer(body: dict[str, Any]) -> Iterator[str]:
        schema = body["response_format"]["json_schema"]["schema"]
        assert schema == Said.model_json_schema()
        return words('{"act": "greet"}')

    with endpoint(answer) as made:
        said = structured(made, ask(grammar=schema_grammar(Said)), json_reply(Said))
        assert said.act == "greet"


def test_a_server_that_refuses_a_schema_is_asked_without_from_then_on() -> None:
    bodies: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> Iterator[str] | tuple[int, str]:
        bodies.append(body)
        if "response_format" in body:
            return 400, "Unsupported: response_format"
        return words("no json" if len(bodies) == 2 else '{"act": "bye"}')

    with endpoint(answer) as made:
        asked = ask(grammar=schema_grammar(Said))
        assert structured(made, asked, json_reply(Said)).act == "bye"
        assert ["response_format" in body for body in bodies] == [True, False, False]
        assert len(bodies[2]["messages"]) == 3


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (401, EngineUnavailable, "refuses the key"),
        (404, EngineUnavailable, "is not there"),
        (429, EngineBusy, "takes no more requests"),
        (500, EngineFailed, "answered 500"),
        (400, EngineFailed, "answered 400: .*too long"),
    ],
)
def test_what_a_server_refuses_is_said_in_our_words(
    status: int, kind: type[Exception], message: str
) -> None:
    with (
        endpoint(lambda _: (status, "prompt too long")) as made,
        pytest.raises(kind, match=message),
    ):
        made.submit(ask()).reply()


def test_a_stream_that_breaks_off_is_a_failure_not_a_reply() -> None:
    with (
        endpoint(lambda _: words("half a", finish=None)) as made,
        pytest.raises(EngineFailed, match="ended before the reply did"),
    ):
        made.submit(ask()).reply()


def test_nobody_there_is_told_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = EndpointEngine("m", base_url=f"http://127.0.0.1:{port}/v1", first_wait=0.01)
    with pytest.raises(EngineUnavailable, match="is the server running"):
        made.submit(ask()).reply()
    made.close()


def test_a_server_that_hangs_costs_the_timeout_and_one_that_dawdles_can_be_cancelled() -> None:
    hold = threading.Event()

    def answer(body: dict[str, Any]) -> Iterator[str]:
        if body["seed"]:
            yield from words("first", finish=None)
        hold.wait(30)
        yield from words("last")

    with endpoint(answer) as made:
        with pytest.raises(EngineTimeout, match="nothing of it had come"):
            made.submit(ask(timeout=0.3)).reply()
        job = made.submit(ask(seed=1))
        assert next(iter(job)) == "first"
        job.cancel()
        with pytest.raises(EngineCancelled):
            job.reply()
        hold.set()


def test_many_are_asked_side_by_side_and_come_back_in_order() -> None:
    together = threading.Barrier(4, timeout=20)

    def answer(body: dict[str, Any]) -> Iterator[str]:
        together.wait()  # four at once, or nobody gets an answer
        return words(f"seed {body['seed']}")

    with endpoint(answer, parallel=4) as made:
        replies = made.generate([ask(seed=seed) for seed in range(8)])
    assert [r.text for r in replies if isinstance(r, Reply)] == [f"seed {n}" for n in range(8)]


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """A real server with the shipped checkpoint."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = str(base_folder())
    command = Path(sys.executable).with_name("transformers")
    process = subprocess.Popen(
        [command, "serve", model, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urlopen(f"{url}/health", timeout=1).close()
            break
        except (URLError, OSError):
            assert process.poll() is None, "the server ended before it began to serve"
            time.sleep(0.1)
    yield f"{url}/v1"
    process.terminate()
    process.wait(20)


def test_a_real_server_answers_and_what_it_says_is_read_or_refused(served: str) -> None:
    made = EndpointEngine(str(base_folder()), base_url=served)
    messages = (Message(speaker="user", text="Name a film."),)
    decoding = Decoding(max_tokens=4)
    reply = made.submit(Request(messages=messages, decoding=decoding, timeout=60)).reply()
    assert reply.new_tokens
    asked = Request(messages=messages, decoding=decoding, grammar=schema_grammar(Said), timeout=60)
    with pytest.raises(EngineFailed, match=r"no readable reply in 2 attempt"):
        structured(made, asked, json_reply(Said))  # too short for any JSON
    made.close()
