"""The endpoint engine with servers that fail for a while, refuse parameters, or break off."""

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from backend.engines import Decoding, EngineBusy, EngineFailed, Message, Request
from backend.engines.endpoint import EndpointEngine
from backend.engines.structured import schema_grammar
from tests.backend.engines.test_endpoint import ask, endpoint, words


class Said(BaseModel):
    act: str


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_outage_is_waited_out(status: int) -> None:
    bodies: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> Iterator[str] | tuple[int, str]:
        bodies.append(body)
        return words("hello") if len(bodies) == 3 else (status, "later")

    with endpoint(answer) as made:
        assert made.submit(ask()).reply().text == "hello"


def test_a_server_that_wants_a_longer_wait_than_the_request_has_is_not_asked_again() -> None:
    bodies: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> tuple[int, str, str]:
        bodies.append(body)
        return 429, "later", "90"

    with endpoint(answer) as made, pytest.raises(EngineBusy, match="takes no more requests"):
        made.submit(ask(timeout=30)).reply()
    assert len(bodies) == 1


def test_the_wait_a_server_asks_for_goes_first() -> None:
    bodies: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> Iterator[str] | tuple[int, str, str]:
        bodies.append(body)
        return words("hello") if len(bodies) > 1 else (429, "later", "0.01")

    with endpoint(answer, first_wait=1000) as made:
        assert made.submit(ask(timeout=30)).reply().text == "hello"


@pytest.mark.parametrize(
    "event", ["null", "", "{}", '{"choices": null}', '{"choices": []}', '{"usage": null}']
)
def test_events_without_a_choice_are_skipped(event: str) -> None:
    def answer(_: dict[str, Any]) -> Iterator[str]:
        yield event
        for other in words("hello"):
            yield from (other, event)

    with endpoint(answer) as made:
        assert made.submit(ask()).reply().text == "hello"


def test_a_complete_stream_needs_no_finish_reason() -> None:
    with endpoint(lambda _: iter([*words("hello", finish=None), "[DONE]"])) as made:
        assert made.submit(ask()).reply().text == "hello"


def test_an_error_within_a_stream_is_told() -> None:
    event = json.dumps({"error": {"message": "out of memory"}})
    with (
        endpoint(lambda _: iter([*words("hel", finish=None), event])) as made,
        pytest.raises(EngineFailed, match=r"mid-reply.*out of memory"),
    ):
        made.submit(ask()).reply()


def test_a_connection_cut_in_mid_reply_is_called_that() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def cut() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                connection.sendall(head + b"20\r\ndata: ")

        thread = threading.Thread(target=cut)
        thread.start()
        made = EndpointEngine("m", base_url=f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
        with pytest.raises(EngineFailed, match="broke off in mid-reply"):
            made.submit(ask()).reply()
        made.close()
        thread.join()


@pytest.mark.parametrize(
    ("refusal", "name", "instead"),
    [
        ("Unrecognized schema: maxLength", "response_format", None),
        ("json_schema is not supported", "response_format", None),
        ("guided decoding is off", "response_format", None),
        (
            "Use 'max_completion_tokens' instead of max_tokens",
            "max_tokens",
            "max_completion_tokens",
        ),
        ("unknown field: seed", "seed", None),
        ("unknown field: top_k", "top_k", None),
    ],
)
def test_a_parameter_that_is_refused_by_name_is_not_sent_again(
    refusal: str, name: str, instead: str | None
) -> None:
    bodies: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> Iterator[str] | tuple[int, str]:
        bodies.append(body)
        return (400, refusal) if name in body else words("hello")

    asked = ask(grammar=schema_grammar(Said), decoding=Decoding(max_tokens=9, top_k=4))
    with endpoint(answer) as made:
        for _ in range(2):
            assert made.submit(asked).reply().text == "hello"
    assert [name in body for body in bodies] == [True, False, False]
    assert instead is None or bodies[-1][instead] == 9


def test_a_setting_leaves_parameters_out() -> None:
    bodies: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> Iterator[str]:
        bodies.append(body)
        return words("hello")

    with endpoint(answer, leave_out=["seed", "stream_options"]) as made:
        made.submit(ask()).reply()
    assert not {"seed", "stream_options"} & set(bodies[0])


def test_a_server_without_a_system_role_gets_its_text_in_the_first_message() -> None:
    bodies: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> Iterator[str] | tuple[int, str]:
        bodies.append(body)
        if body["messages"][0]["role"] == "system":
            return 400, "System role not supported"
        return words("hello")

    messages = (Message(speaker="system", text="be kind"), Message(speaker="user", text="go"))
    with endpoint(answer) as made:
        assert made.submit(Request(messages=messages)).reply().text == "hello"
    assert bodies[-1]["messages"] == [{"role": "user", "content": "be kind\n\ngo"}]


def test_a_stream_leaves_the_draft_of_a_thinking_model_out() -> None:
    thought = json.dumps({"choices": [{"delta": {"reasoning_content": "hm", "content": None}}]})
    events = [thought, *words("<th", "ink>my secret</thi", "nk>\n\nhel", "lo")]
    with endpoint(lambda _: iter(events)) as made:
        job = made.submit(ask())
        assert "".join(job) == job.reply().text == "hello"
