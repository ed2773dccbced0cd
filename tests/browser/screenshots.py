"""Retakes the README pictures: `make screenshots`. A rehearsed demo, a real server and browser."""

import tempfile
from pathlib import Path

from annotations.rehearse import rehearse
from annotations.setup import open_database, set_up
from annotations.study import load
from backend import demo
from backend.pool import Pool
from tests.browser.rater import Rater
from tests.browser.serving import NARROW, ROOT, WIDE, Server, chromium, settled

IMAGES = ROOT / "docs" / "images"


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.db"
        database = open_database(path)
        demo.fill(Pool(database))
        set_up(database, load("demo"))
        rehearse(database, load("demo"), raters=30, seed=1)
        database.close()
        with Server(path) as server, chromium() as browser:
            wide = browser.new_page(viewport=WIDE)
            rater = Rater(wide, server.url)
            rater.begin()
            rater.answer("2")
            wide.get_by_role("textbox").last.wait_for()  # drawn a moment after the buttons
            settled(wide)
            wide.screenshot(path=IMAGES / "identify.png")
            narrow = browser.new_page(viewport=NARROW)
            rater = Rater(narrow, server.url)
            rater.begin()
            while not rater.chatting:
                rater.answer()
                rater.send()
            rater.say("hi! something funny for tonight? i liked groundhog day")
            rater.say("seen it. who's in that one?")
            narrow.screenshot(path=IMAGES / "chat-phone.png")
            wide.goto(f"{server.url}/results")
            settled(wide)
            wide.get_by_role("combobox", name="Crowd").click()
            wide.get_by_role("option", name="rehearsal-1").click()
            wide.get_by_role("heading", name="Can raters tell?").wait_for()
            settled(wide)
            wide.wait_for_timeout(800)  # the figure fades in
            wide.screenshot(path=IMAGES / "results.png")


if __name__ == "__main__":
    main()
