"""Security headers on every response, and a block on paths that no visitor needs.

The policy lets the page run Streamlit's own scripts and nothing else, fetch from nowhere but
here, and be framed by nobody. Sources: W3C Content Security Policy Level 3, OWASP Secure Headers.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Streamlit's own doors that tell or do more than a visitor needs.
CLOSED = ("/_stcore/metrics", "/_stcore/agent")


class SecurityHeaders:
    """ASGI middleware. `frames`: origins that may embed the app; none by default."""

    def __init__(self, app: ASGIApp, frames: Sequence[str] = ()) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": policy(frames),
            # A rater's link holds their secret id: it goes to no other site. Not `no-referrer`,
            # under which browsers hide the origin of the log-in form from ourselves, too.
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        if not frames:
            self.headers["X-Frame-Options"] = "DENY"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 404 for closed doors; add the headers to everything else."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
            await send(message)

        if scope["path"].startswith(CLOSED):
            await PlainTextResponse("Not found", 404)(scope, receive, with_headers)
        else:
            await self.app(scope, receive, with_headers)


def policy(frames: Sequence[str] = ()) -> str:
    """The Content-Security-Policy. Inline scripts of Streamlit's page are allowed by their hash.

    Inline styles have to be allowed: Streamlit's components make them as they go.
    """
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    inline = re.findall(r"<script>(.*?)</script>", page.read_text("utf-8"), re.DOTALL)
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in inline)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {hashes}".strip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {' '.join(frames) or chr(39) + 'none' + chr(39)}",
        )
    )


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
