"""A limit on concurrent visitors: beyond it, newcomers see a waiting page.

Whoever was let in keeps their seat for a while after losing the connection, so that a reload, or
a phone that went through a tunnel, is not sent to the back of the queue.
"""

import secrets
import time
from http.cookies import SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server import pages

#: Seconds for which a browser keeps its seat.
SECONDS = 3600

#: The cookie that holds a visitor's seat.
COOKIE = "uncanny_seat"

#: Seconds a seat is kept after the last connection, and between tries of the waiting page.
KEPT, RETRY = 120.0, 10


class Admission:
    """ASGI middleware that seats at most `seats` visitors. `None` seats everybody.

    A visitor takes a seat with the page itself; the page's web socket keeps it.
    """

    def __init__(self, app: ASGIApp, seats: int | None = None) -> None:
        self.app = app
        self.seats = seats
        self._until: dict[str, float] = {}
        self._open: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass, or show the waiting page."""
        if self.seats is None or scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        seat = self._seat(scope)
        if scope["type"] == "websocket":
            await self._socket(seat, scope, receive, send)
        elif not _is_page(scope):
            await self.app(scope, receive, send)
        elif not self._may_sit(seat):
            await pages.waiting(RETRY)(scope, receive, send)
        else:
            seat = seat or secrets.token_urlsafe(16)
            self._until[seat] = time.monotonic() + KEPT
            await self.app(scope, receive, _with_cookie(send, seat, secure=_is_https(scope)))

    async def _socket(self, seat: str, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._may_sit(seat):
            await send({"type": "websocket.close", "code": 1013, "reason": "no seat free"})
            return
        self._open[seat] = self._open.get(seat, 0) + 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._open[seat] -= 1
            if not self._open[seat]:
                del self._open[seat]
            self._until[seat] = time.monotonic() + KEPT

    def _may_sit(self, seat: str) -> bool:
        now = time.monotonic()
        for gone in [one for one, until in self._until.items() if until < now]:
            del self._until[gone]
        taken = self._open.keys() | self._until.keys()
        return (bool(seat) and seat in taken) or len(taken) < (self.seats or 0)

    def _seat(self, scope: Scope) -> str:
        cookies: SimpleCookie = SimpleCookie(Headers(scope=scope).get("cookie", ""))
        return cookies[COOKIE].value if COOKIE in cookies else ""


def _is_page(scope: Scope) -> bool:
    """Whether a request is for a page rather than for one of its parts."""
    accepts = Headers(scope=scope).get("accept", "")
    inside = scope["path"].startswith(("/_stcore/", "/static/", "/staff/", "/auth/", "/media/"))
    return scope["method"] == "GET" and "text/html" in accepts and not inside


def _is_https(scope: Scope) -> bool:
    """Whether the visitor came by HTTPS, to us or to the proxy before us."""
    told = Headers(scope=scope).get("x-forwarded-proto", scope.get("scheme", ""))
    return str(told) == "https"


def _with_cookie(send: Send, seat: str, *, secure: bool) -> Send:
    bare = Response()
    bare.set_cookie(COOKIE, seat, max_age=SECONDS, secure=secure, httponly=True, samesite="lax")
    header = bare.headers["set-cookie"]

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).append("Set-Cookie", header)
        await send(message)

    return wrapped
