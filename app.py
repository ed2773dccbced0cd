"""The app: the pages behind what a server on the open internet needs. `streamlit run app.py`.

The pages' main script lies in `pages/`, so that Streamlit does not take that folder for one of its
older multi-page apps, which answer the first deep link after a start with "Page not found".
"""

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
    "pages/router.py",
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
