"""Staff log-in by passphrase: the form, the signed cookie, and log-out."""

import asyncio
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from annotations.crowd import staff
from backend.database import Database
from server import pages

#: Bytes of a log-in form; more is no log-in.
LARGEST = 4096


def routes(database: Database) -> list[Route]:
    """`/staff/login` and `/staff/logout`."""

    async def form(request: Request) -> Response:
        return pages.login()

    async def enter(request: Request) -> Response:
        if not _is_own(request):
            return pages.login("Please log in from this page.", status=403)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                return pages.login("That is too long.", status=413)
        told = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
        name = told.get("name", [""])[0].strip()[:64]
        passphrase = told.get("passphrase", [""])[0]
        address = request.client.host if request.client else "unknown"
        try:
            # argon2 takes a while by design: not on the event loop.
            member = await asyncio.to_thread(
                staff.log_in, database, name, passphrase, address=address
            )
        except staff.Throttled as error:
            return pages.login(f"{str(error).capitalize()}.", status=429)
        if member is None:
            told_ = "This name and passphrase don't belong together."
            return pages.login(told_, status=401)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            staff.COOKIE,
            staff.pass_for(database, member),
            max_age=staff.HOURS * 3600,
            httponly=True,
            samesite="strict",
            secure=request.headers.get("x-forwarded-proto", request.url.scheme) == "https",
        )
        return answer

    async def leave(request: Request) -> Response:
        answer = RedirectResponse("/staff/login", 303)
        answer.delete_cookie(staff.COOKIE)
        return answer

    return [
        Route("/staff/login", form, methods=["GET"]),
        Route("/staff/login", enter, methods=["POST"]),
        Route("/staff/logout", leave, methods=["GET"]),
    ]


def _is_own(request: Request) -> bool:
    """Whether a form was sent from this site: browsers tell the origin with every POST."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
