"""The page says its study's language to screen readers, and is otherwise as Streamlit made it."""

import gzip

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from server.language import PageLanguage

PAGE = '<!DOCTYPE html>\n<html lang="en"><body lang="en">Grüße</body></html>'


async def page(request: Request) -> Response:
    if request.headers.get("if-none-match"):
        return Response(status_code=304)
    if "gzip" in request.headers.get("accept-encoding", ""):
        packed = gzip.compress(PAGE.encode())
        return HTMLResponse(packed, headers={"content-encoding": "gzip"})
    if "in_parts" in request.query_params:
        parts = [PAGE[:20].encode(), PAGE[20:].encode()]
        return StreamingResponse(iter(parts), media_type="text/html")
    return HTMLResponse(PAGE)


async def text(request: Request) -> PlainTextResponse:
    return PlainTextResponse(PAGE)


@pytest.fixture
def visitor() -> TestClient:
    inner = Starlette(routes=[Route("/", page), Route("/other", text)])
    languages = {"deutsch": "de", "natural": "en", "longer": "pt-BR"}
    return TestClient(PageLanguage(inner, languages.get))


@pytest.mark.parametrize("how", ["", "&in_parts=1", "&rater=abc"])
def test_a_study_in_another_language_says_so_once(visitor: TestClient, how: str) -> None:
    told = visitor.get(f"/?study=deutsch{how}", headers={"if-none-match": "x"})
    assert told.text == PAGE.replace('<html lang="en">', '<html lang="de">')
    assert told.headers["content-type"].startswith("text/html")


def test_a_longer_code_has_its_length_told(visitor: TestClient) -> None:
    told = visitor.get("/?study=longer")
    assert '<html lang="pt-BR">' in told.text
    assert int(told.headers["content-length"]) == len(told.content)


@pytest.mark.parametrize("where", ["/", "/?study=natural", "/?study=unknown", "/?study="])
def test_everything_else_stays_as_it_is(visitor: TestClient, where: str) -> None:
    told = visitor.get(where)
    assert told.text == PAGE
    assert told.headers["content-encoding"] == "gzip"


def test_only_the_page_itself_is_touched(visitor: TestClient) -> None:
    assert visitor.get("/other?study=deutsch").text == PAGE
