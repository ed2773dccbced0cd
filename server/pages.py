"""Plain HTML pages without scripts: waiting and log-in."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
)


def waiting(seconds: int) -> HTMLResponse:
    """All seats are taken: the page tries again by itself."""
    return _page("waiting.html", 503, {"Retry-After": str(seconds)}, seconds=seconds)


def login(message: str = "", *, status: int = 200) -> HTMLResponse:
    """The log-in for staff: name and passphrase. `message` says what went wrong, as plain text."""
    return _page("login.html", status, message=message)


def _page(
    template: str, status: int, headers: dict[str, str] | None = None, **values: object
) -> HTMLResponse:
    html = _TEMPLATES.get_template(template).render(**values)
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store", **(headers or {})})
