"""A person with a browser, taking a study: what tests and the README's pictures share."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.serving import settled


def answer(page: Page, key: str = "1") -> None:
    """Answer every closed question that is still open with this key, one after the other."""
    settled(page)  # while the page redraws, the sign has left one question and not reached the next
    sign = page.get_by_label("keyboard icon")
    while sign.count():
        asked = page.locator("p", has=sign).inner_text()
        page.keyboard.press(key)
        expect(page.locator("p", has=sign).filter(has_text=asked)).to_have_count(0)
        settled(page)


class Rater:
    """Drives one page of a study. Every method waits for what a person would wait for."""

    def __init__(self, page: Page, url: str, study: str = "demo") -> None:
        self.page = page
        page.goto(f"{url}/?study={study}")
        settled(page)

    def press(self, name: str) -> None:
        """Click the button whose label starts so, and wait for the screen to settle."""
        self.page.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).first.click()
        settled(self.page)

    def begin(self) -> None:
        """Consent, instructions, practice: up to the first task."""
        self.press("I agree")
        expect(self.page.get_by_role("heading", name="What you will do")).to_be_visible()
        self.press("Start")
        for number in (1, 2):
            expect(self.page.get_by_text(f"Example {number} of 2")).to_be_visible()
            settled(self.page)
            self.page.keyboard.press("2")
            expect(self.page.get_by_text("You said: A simulator")).to_be_visible()
            self.press("Go on")
        expect(self.progress_text).to_be_visible()
        settled(self.page)

    @property
    def progress_text(self) -> Locator:
        """The line above the progress bar."""
        return self.page.get_by_text(re.compile(r"^\d+ of \d+ · about"))

    @property
    def position(self) -> str:
        """'3 of 12'."""
        return self.progress_text.inner_text().split(" ·")[0]

    @property
    def title(self) -> str:
        """The heading of the task at hand."""
        return self.page.get_by_role("heading", level=2).first.inner_text()

    def answer(self, key: str = "1") -> None:
        """Answer every closed question by keyboard; nothing is sent yet."""
        answer(self.page, key)

    def send(self) -> None:
        """Send the form, and wait until the app has moved on."""
        # The form's key holds the assignment's number: it goes when the next screen is there.
        form = self.page.locator("[class*='-send']").first.get_attribute("class") or ""
        key = next(name for name in form.split() if name.startswith("st-key-"))
        self.page.keyboard.press("Control+Enter")
        # The next screen may be a chat whose model is still being loaded.
        expect(self.page.locator(f".{key}")).to_have_count(0, timeout=60_000)
        following = self.page.get_by_role("button", name=re.compile("^(Send|Finish)"))
        waiting = self.page.get_by_text("You can finish after a few more messages")
        done = self.page.get_by_role("heading", name="All done")
        expect(following.or_(waiting).or_(done).first).to_be_visible()
        settled(self.page)

    def send_through(self, stored: Callable[[], bool]) -> None:
        """Click send until it is stored: the first click may meet the page while it reconnects."""
        send = self.page.get_by_role("button", name=re.compile("^Send and go on"))
        for _ in range(3):
            if stored():
                break
            expect(send).to_be_enabled(timeout=30_000)
            send.click()
            settled(self.page)

    @property
    def chatting(self) -> bool:
        """Whether the screen is a chat that is not finished."""
        finish = self.page.get_by_role("button", name="Finish the chat")
        # Not the input: the browser draws that a moment after the rest.
        return finish.or_(self.page.get_by_text("You can finish after a few more")).count() > 0

    def say(self, text: str) -> None:
        """Say something and wait for the partner's answer."""
        bubbles = self.page.get_by_test_id("stChatMessage")
        count = bubbles.count()
        box = self.page.get_by_test_id("stChatInputTextArea")
        box.fill(text)
        box.press("Enter")
        expect(bubbles).to_have_count(count + 2, timeout=30_000)
        settled(self.page)

    def chat(self) -> None:
        """Hold the chat at hand and finish it."""
        lines = ["hi, what can you tell me?", "something funny maybe", "have you seen Heat (1995)?"]
        for line in lines:
            if self.page.get_by_test_id("stChatInputTextArea").is_disabled():
                break
            self.say(line)
        self.press("Finish the chat")
        expect(self.page.get_by_role("button", name=re.compile("^Send and go on"))).to_be_visible()
        settled(self.page)

    def finish(self) -> list[str]:
        """Do every task that is left; returns their titles."""
        titles = []
        while self.progress_text.count():
            titles.append(self.title)
            if self.chatting:
                self.chat()
            self.answer()
            self.send()
        return titles
