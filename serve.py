"""Serves the app with what a crowd on the open internet needs: `streamlit run serve.py`."""

import sys

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from streamlit.starlette import App

from annotations.setup import open_database
from backend.database import DatabaseError, default_path
from server.admission import Admission
from server.errors import sorry
from server.headers import SecurityHeaders
from server.language import PageLanguage, of_studies
from server.life import lifespan
from server.login import routes
from server.settings import SettingError, Settings

try:
    settings = Settings.read()
    database = open_database(default_path())
except (SettingError, DatabaseError) as error:
    sys.exit(f"Uncanny can't start: {error}")

language_of = of_studies(database)
app = App(
    "app.py",
    on_script_error=sorry(language_of),
    lifespan=lifespan(database, settings),
    routes=routes(database),
    middleware=[
        Middleware(SecurityHeaders, frames=settings.frames),
        Middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts), www_redirect=False),
        Middleware(Admission, seats=settings.seats),
        Middleware(PageLanguage, language_of=language_of),
    ],
)
