"""Says in the page itself which language its study is in, for screen readers and translators.

Streamlit's page always says English, and would have German questions read with an English voice
(WCAG 2.2, 3.1.1 Language of Page).
"""

from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from annotations import records
from annotations.tasks.base import StudyError
from annotations.wording import Language
from backend.database import Database, DatabaseError

#: What Streamlit's page says of its language.
SAID = b'<html lang="en">'


class PageLanguage:
    """ASGI middleware. `language_of` maps a study's name to its language code, or None."""

    def __init__(self, app: ASGIApp, language_of: Callable[[str], str | None]) -> None:
        self.app = app
        self.language_of = language_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the page of a study in another language; pass everything else on untouched."""
        code = None
        if scope["type"] == "http" and (name := _study(scope)):
            code = await run_in_threadpool(self.language_of, name)
        if code in (None, "en"):
            await self.app(scope, receive, send)
            return
        # The page is changed as text: as it stands, neither packed nor taken from a cache.
        untouched = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
        headers = [(key, value) for key, value in scope["headers"] if key not in untouched]
        sending = _InLanguage(send, f'<html lang="{code}">'.encode())
        await self.app({**scope, "headers": headers}, receive, sending)


class _InLanguage:
    """Holds a page back until it is whole, then sends it in its own words' language."""

    def __init__(self, send: Send, says: bytes) -> None:
        self.send = send
        self.says = says
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            is_page = MutableHeaders(scope=message).get("content-type", "").startswith("text/html")
            if is_page:
                self.start = message
                return
        elif message["type"] == "http.response.body" and self.start is not None:
            self.body += message.get("body", b"")
            if message.get("more_body"):
                return
            self.body = self.body.replace(SAID, self.says, 1)
            MutableHeaders(scope=self.start)["content-length"] = str(len(self.body))
            await self.send(self.start)
            message = {**message, "body": self.body}
        await self.send(message)


def of_studies(database: Database) -> Callable[[str], Language | None]:
    """The language of each study in `database`; None where there is no such study."""

    def language(name: str) -> Language | None:
        try:
            return records.study(database, name).language
        except (StudyError, DatabaseError):
            return None  # the page itself will say so

    return language


def _study(scope: Scope) -> str:
    """The study a request for a page names, or nothing."""
    if scope["method"] != "GET" or scope["path"] != "/":
        return ""
    named = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("study")
    return named[0] if named else ""
