"""The admission cap: so many seats, a waiting page beyond, and no reload loses a seat."""

from contextlib import suppress

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from server import admission
from server.admission import Admission
from server.settings import SettingError, Settings

PAGE = {"accept": "text/html"}


async def page(request: Request) -> PlainTextResponse:
    return PlainTextResponse("the app")


async def stream(socket: WebSocket) -> None:
    await socket.accept()
    with suppress(WebSocketDisconnect):
        await socket.receive_text()


def app(seats: int | None) -> Admission:
    inner = Starlette(routes=[Route("/", page), Route("/static/x", page),
                              WebSocketRoute("/_stcore/stream", stream)])  # fmt: skip
    return Admission(inner, seats)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("server.admission.time.monotonic", lambda: now[0])
    return now


def test_newcomers_beyond_the_cap_wait_and_come_in_when_somebody_has_gone(
    clock: list[float],
) -> None:
    guarded = app(2)
    one, two, three = (TestClient(guarded) for _ in range(3))
    assert one.get("/", headers=PAGE).text == "the app"
    assert two.get("/", headers=PAGE).text == "the app"
    told = three.get("/", headers=PAGE)
    assert told.status_code == 503
    assert told.headers["retry-after"] == str(admission.RETRY)
    assert 'http-equiv="refresh"' in told.text
    assert one.get("/", headers=PAGE).status_code == 200, "a reload keeps its seat"
    assert three.get("/static/x").status_code == 200, "parts of a page need no seat"
    clock[0] += admission.KEPT + 1
    assert three.get("/", headers=PAGE).text == "the app"


def test_an_open_page_keeps_its_seat_as_long_as_it_is_open(clock: list[float]) -> None:
    guarded = app(1)
    one, two = TestClient(guarded), TestClient(guarded)
    one.get("/", headers=PAGE)
    with one.websocket_connect("/_stcore/stream"):
        clock[0] += 100 * admission.KEPT
        assert two.get("/", headers=PAGE).status_code == 503
        with pytest.raises(WebSocketDisconnect), two.websocket_connect("/_stcore/stream"):
            pass
    assert two.get("/", headers=PAGE).status_code == 503, "the seat is kept for a while"
    clock[0] += admission.KEPT + 1
    assert two.get("/", headers=PAGE).status_code == 200


def test_without_a_cap_everybody_comes_in() -> None:
    guarded = app(None)
    assert all(TestClient(guarded).get("/", headers=PAGE).status_code == 200 for _ in range(9))


@pytest.mark.parametrize(
    ("name", "value"),
    [("UNCANNY_SEATS", "many"), ("UNCANNY_SEATS", "0"), ("UNCANNY_BACKUP_MINUTES", "-1")],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=name):
        Settings.read()
