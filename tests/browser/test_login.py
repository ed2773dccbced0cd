"""Staff pages: open on this machine alone until there are accounts, then by log-in and role."""

import http.client
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import Page, expect

from annotations import journey
from annotations.crowd import staff
from annotations.crowd.staff import StaffRole
from annotations.study import load
from backend.database import Database
from tests.browser.serving import Server, settled

pytestmark = pytest.mark.browser

PHRASE = "correct horse battery"


def log_in(page: Page, server: Server, name: str, phrase: str = PHRASE) -> None:
    page.goto(f"{server.url}/staff/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Passphrase").fill(phrase)
    page.get_by_role("button", name="Log in").click()


@pytest.fixture
def accounts(stored: Database) -> None:
    for role in StaffRole:
        staff.add(stored, role.word, role, passphrase=PHRASE)


def test_with_accounts_a_stranger_sees_no_staff_page(
    server: Server, page: Page, accounts: None
) -> None:
    for path in ("", "studies", "results", "people"):
        page.goto(f"{server.url}/{path}")
        expect(page.get_by_text("You need a link")).to_be_visible()
        assert page.get_by_role("link", name="Results").count() == 0
    with page.expect_popup() as popup:
        page.get_by_role("link", name="log in here").click()
    expect(popup.value.get_by_role("heading", name="Staff log-in")).to_be_visible()


def test_a_wrong_passphrase_is_told_and_too_many_have_to_wait(
    server: Server, page: Page, accounts: None
) -> None:
    for _ in range(staff.FAILURES):
        log_in(page, server, "admin", "wrong and wrong")
        expect(page.get_by_role("alert")).to_contain_text("don't belong together")
    log_in(page, server, "admin")
    expect(page.get_by_role("alert")).to_contain_text("please wait")


def test_each_role_may_what_it_may(
    server: Server, page: Page, accounts: None, stored: Database
) -> None:
    journey.join(stored, load("demo"), "a-rater-with-a-long-id")
    for role, load_it, set_aside, people in (
        ("viewer", 0, 0, 0), ("analyst", 1, 1, 0), ("admin", 1, 1, 1),
    ):  # fmt: skip
        log_in(page, server, role)
        expect(page.get_by_role("heading", name="Can you tell who is real?")).to_be_visible()
        settled(page)
        assert page.get_by_role("link", name="Staff").count() == people
        page.goto(f"{server.url}/studies")
        settled(page)
        page.get_by_role("tab", name="Raters").click()
        expect(page.get_by_text("A flag is an observation")).to_be_visible()
        assert page.get_by_role("button", name="Set aside").count() == set_aside
        page.get_by_role("tab", name="Rehearse").click()
        settled(page)
        assert page.get_by_role("button", name="Rehearse").count() == load_it
        page.goto(f"{server.url}/staff/logout")
    page.goto(server.url)
    expect(page.get_by_text("You need a link")).to_be_visible()


def test_what_staff_do_is_on_record_under_their_name(
    server: Server, page: Page, accounts: None, stored: Database
) -> None:
    log_in(page, server, "admin")
    settled(page)
    page.goto(f"{server.url}/studies")
    settled(page)
    page.get_by_role("tab", name="Export").click()
    page.get_by_role("button", name="Prepare the export").click()
    expect(page.get_by_text("Download (")).to_be_visible(timeout=30_000)
    done = staff.audit(stored)
    assert done[["who", "action", "study"]].values.tolist() == [["admin", "export", "demo"]]
    page.goto(f"{server.url}/people")
    settled(page)
    page.get_by_role("tab", name="What was done").click()
    expect(page.get_by_test_id("stDataFrame").last).to_be_visible()


def test_a_rater_needs_no_account(server: Server, page: Page, accounts: None) -> None:
    page.goto(f"{server.url}/?study=demo")
    expect(page.get_by_role("button", name="I agree")).to_be_visible()


def test_another_sites_form_and_another_hosts_name_are_refused(
    server: Server, accounts: None
) -> None:
    connection = http.client.HTTPConnection("localhost", server.port, timeout=10)
    body = f"name=admin&passphrase={PHRASE.replace(' ', '+')}"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/staff/login", body, {**kind, "Origin": "http://evil.example"})
    answer = connection.getresponse()
    assert answer.status == 403
    assert answer.getheader("Set-Cookie") is None
    answer.read()
    connection.request("POST", "/staff/login", body, {**kind, "Origin": server.url})
    answer = connection.getresponse()
    assert answer.status == 303
    cookie = answer.getheader("Set-Cookie") or ""
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    answer.read()
    connection.request("POST", "/staff/login", "x" * 10_000, kind)
    assert connection.getresponse().status == 413
    connection.close()


def test_a_proxied_visitor_is_not_taken_for_this_machine(server: Server, page: Page) -> None:
    with adding_header(server.port, "X-Forwarded-For: 203.0.113.9") as port:
        page.goto(f"http://localhost:{port}")
        expect(page.get_by_text("You need a link")).to_be_visible()


@contextmanager
def adding_header(port: int, header: str) -> Iterator[int]:
    """Pass connections on to a port with one more header, as a proxy does; gives its own port.

    The browser cannot add the header itself: Chromium sends no extra headers with a web socket.
    """

    class Visit(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("localhost", port)) as there:
                back = threading.Thread(target=pass_on, args=(there, self.request), daemon=True)
                first, _, rest = self.request.recv(65536).partition(b"\r\n")
                there.sendall(b"\r\n".join((first, header.encode(), rest)))
                back.start()
                pass_on(self.request, there)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Visit) as proxy:
        proxy.daemon_threads = True
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield proxy.server_address[1]
        proxy.shutdown()


def pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while told := one.recv(65536):
            other.sendall(told)
        other.shutdown(socket.SHUT_WR)
