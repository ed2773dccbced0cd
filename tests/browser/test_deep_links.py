"""A link to a page works as the very first request to a server that has just started."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import Server

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("address", "heading"), [("watch", "Two simulators talk"), ("?study=demo", "Demo")]
)
def test_the_first_request_may_be_a_deep_link(
    server: Server, page: Page, address: str, heading: str
) -> None:
    page.goto(f"{server.url}/{address}")
    expect(page.get_by_role("heading", name=heading).first).to_be_visible()
    expect(page.get_by_text("Page not found")).to_have_count(0)
