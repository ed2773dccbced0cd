"""Plain HTML pages without scripts: waiting and log-in."""

from html import escape
from string import Template

from starlette.responses import HTMLResponse

_PAGE = Template(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title · Uncanny</title>
$head
<style>
body { font: 1.05rem/1.5 system-ui, sans-serif; background: #fbfaf7; color: #1f2430;
  max-width: 30rem; margin: 12vh auto; padding: 0 1.25rem }
h1 { font-size: 1.6rem }
label { display: block; margin-top: 1rem; font-weight: 600 }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .6rem; margin-top: .25rem;
  border: 1px solid #6b7080; border-radius: .5rem; background: #fff; color: inherit }
button { font: inherit; margin-top: 1.25rem; padding: .6rem 1.25rem; border: 0;
  border-radius: .5rem; background: #3d4fb8; color: #fff; cursor: pointer }
:focus-visible { outline: 3px solid #c2571a; outline-offset: 2px }
.told { color: #96310b }
</style>
</head>
<body><main><h1>$title</h1>$body</main></body>
</html>"""
)


def page(
    title: str, body: str, *, status: int = 200, head: str = "", **headers: str
) -> HTMLResponse:
    """A page. `title` is escaped; `body` and `head` are HTML that this package wrote."""
    html = _PAGE.substitute(title=escape(title), head=head, body=body)
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store", **told})


def waiting(seconds: int) -> HTMLResponse:
    """All seats are taken: the page tries again by itself."""
    return page(
        "Just a moment",
        "<p>Many people are taking part right now. This page tries again by itself every "
        f"{seconds} seconds; you don't have to do anything.</p>"
        "<p>Nothing you have sent is lost.</p>"
        "<p lang='de'>Gerade nehmen viele Menschen teil. Diese Seite versucht es von selbst alle "
        f"{seconds} Sekunden wieder. Nichts, was Sie gesendet haben, ist verloren.</p>",
        status=503,
        head=f'<meta http-equiv="refresh" content="{seconds}">',
        Retry_After=str(seconds),
    )


def login(told: str = "", *, status: int = 200) -> HTMLResponse:
    """The log-in for staff: name and passphrase."""
    message = f'<p class="told" role="alert">{escape(told)}</p>' if told else ""
    return page(
        "Staff log-in",
        f"{message}"
        '<form method="post" action="/staff/login">'
        '<label for="name">Name</label>'
        '<input id="name" name="name" autocomplete="username" required maxlength="64">'
        '<label for="passphrase">Passphrase</label>'
        '<input id="passphrase" name="passphrase" type="password" '
        'autocomplete="current-password" required maxlength="1000">'
        '<button type="submit">Log in</button></form>'
        "<p>Taking part in a study? Please open the link you were given.</p>",
        status=status,
    )
