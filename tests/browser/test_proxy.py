"""Two processes, one database, a real nginx from `deploy/nginx.conf`: what raters notice of it."""

import asyncio
import re
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from annotations.setup import open_database, set_up
from annotations.study import load
from backend.database import Database
from tests.browser.proxy import NGINX, Process, Proxy
from tests.browser.rater import Rater
from tests.browser.serving import copied, settled
from tests.load.rater import Rater as VirtualRater
from tests.load.rater import Tally

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(NGINX is None, reason="needs nginx (Debian: nginx-light)"),
]


class Site:
    """Two processes behind the proxy."""

    def __init__(self, processes: list[Process], proxy: Proxy) -> None:
        self.processes = processes
        self.proxy = proxy
        self.url = proxy.url

    @property
    def visited(self) -> list[int]:
        """The ports of the processes that answered, oldest visit first."""
        return [int(port) for port in re.findall(r":(\d+)$", self.proxy.log, re.MULTILINE)]

    @property
    def serving(self) -> Process:
        """The process that answered last."""
        port = self.visited[-1]
        return next(process for process in self.processes if process.port == port)


@contextmanager
def behind_a_proxy(demo_file: Path, folder: Path) -> Iterator[Site]:
    """Two processes over a fresh copy of the demo database."""
    path = copied(demo_file, folder)
    with (
        Process(path) as one,
        Process(path) as other,
        Proxy(folder / "nginx", [one.port, other.port]) as proxy,
    ):
        yield Site([one, other], proxy)


@pytest.fixture
def site(demo_file: Path, tmp_path: Path) -> Iterator[Site]:
    """A site of the test's own: it may kill processes."""
    with behind_a_proxy(demo_file, tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def standing(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for all tests that leave it standing."""
    with behind_a_proxy(demo_file, tmp_path_factory.mktemp("standing")) as found:
        yield found


@pytest.fixture
def lasting(standing: Site) -> Site:
    """The standing site, with what was visited before forgotten."""
    standing.proxy.forget()
    return standing


@pytest.fixture
def held(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The database behind the test's site."""
    name = "lasting" if "lasting" in request.fixturenames else "site"
    site: Site = request.getfixturevalue(name)
    database = open_database(site.processes[0].database)
    yield database
    database.close()


def submissions(database: Database) -> int:
    return len(database.rows("SELECT 1 FROM submissions"))


def asked(url: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of a page asked for by nobody in particular."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, dict(answer.headers.items()), answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers.items()), error.read().decode()


def test_a_study_starts_through_the_proxy_and_a_visitor_stays_with_one_process(
    lasting: Site, page: Page, held: Database
) -> None:
    rater = Rater(page, lasting.url)
    rater.begin()
    rater.answer()
    rater.send()
    assert rater.position == "2 of 12"
    assert submissions(held) == 1
    for _ in range(3):
        page.reload()
        settled(page)
        expect(page.get_by_text(re.compile("^2 of 12"))).to_be_visible()
    page.goto("about:blank")  # the socket's line is written when it closes
    assert lasting.proxy.logged("/_stcore/stream 101", times=3)
    assert len(set(lasting.visited)) == 1, lasting.proxy.log


def test_visitors_are_spread_over_the_processes(lasting: Site) -> None:
    for _ in range(24):  # all on one of two: once in eight million
        status, headers, _ = asked(lasting.url)
        assert status == 200
        assert "nginx/" not in headers["Server"]
    assert set(lasting.visited) == {process.port for process in lasting.processes}


def test_staff_pages_are_closed_through_the_proxy_even_on_this_machine(
    lasting: Site, page: Page
) -> None:
    for path in ("", "studies", "results", "dialogues"):
        page.goto(f"{lasting.url}/{path}")
        expect(page.get_by_role("heading", name="You need a link")).to_be_visible()
    page.goto(f"{lasting.processes[0].url}/studies")  # past the proxy it is this machine
    settled(page)
    expect(page.get_by_role("heading", name="You need a link")).to_have_count(0)


def test_what_the_proxy_writes_down_names_no_rater(site: Site, page: Page) -> None:
    Rater(page, site.url).press("I agree")
    identifier = parse_qs(urlsplit(page.url).query)["rater"][0]
    asked(f"{page.url}&PROLIFIC_PID=5f0000000000000000000000")
    for process in site.processes:
        process.kill()
    assert asked(page.url)[0] == 503  # what fails is written down no more than what works
    assert site.proxy.logged("GET / 200")
    assert site.proxy.logged("GET /maintenance.html 503")
    told = site.proxy.all_logs
    assert [word for word in (identifier, "PROLIFIC", "127.0.0.1 ") if word in told] == []


def test_a_rater_goes_on_through_the_other_process_when_theirs_is_killed(
    site: Site, page: Page, held: Database
) -> None:
    rater = Rater(page, site.url)
    rater.begin()
    rater.answer("2")
    rater.send()
    rater.press("A simulator")
    chosen = page.get_by_role("button", name=re.compile("A simulator"))
    expect(chosen).to_have_attribute("kind", "primary")
    dead = site.serving
    dead.kill()
    page.goto(page.url)
    settled(page)
    assert rater.position == "2 of 12"
    expect(chosen).to_have_attribute("kind", "primary")  # not sent yet, and still there
    rater.answer()
    rater.send()
    assert rater.position == "3 of 12"
    assert submissions(held) == 2
    assert site.serving is not dead


def test_an_open_page_goes_on_by_itself_when_its_process_is_killed(
    site: Site, page: Page, held: Database
) -> None:
    rater = Rater(page, site.url)
    rater.begin()
    rater.answer()
    assert len(set(site.visited)) == 1, site.proxy.log
    with page.expect_websocket(timeout=90_000):  # the page connects anew, to the other process
        site.serving.kill()
    rater.send_through(lambda: submissions(held) > 0)
    expect(page.get_by_text(re.compile("^2 of 12"))).to_be_visible()
    assert submissions(held) == 1


def test_a_stop_folds_the_log_in_and_visitors_see_the_maintenance_page(
    site: Site, page: Page
) -> None:
    rater = Rater(page, site.url)
    rater.begin()
    rater.answer()
    rater.send()
    path = site.processes[0].database
    start = time.monotonic()
    for process in site.processes:
        assert process.stop() in (0, -15)  # the open page's socket does not hold it up
    assert time.monotonic() - start < 30
    log = path.with_name(f"{path.name}-wal")
    assert not log.exists() or log.stat().st_size == 0
    status, headers, text = asked(site.url)
    assert (status, headers["Retry-After"]) == (503, "10")
    assert "Back in a moment" in text
    database = open_database(path)
    assert submissions(database) == 1
    database.close()


def test_the_maintenance_page_is_put_up_and_taken_down_by_a_file(lasting: Site) -> None:
    lasting.proxy.maintenance.touch()
    status, _, text = asked(f"{lasting.url}/?study=demo")
    assert status == 503
    assert "your link leads back to where you were" in text
    lasting.proxy.maintenance.unlink()
    assert asked(lasting.url)[0] == 200


def test_both_processes_at_once_over_fill_neither_of_two_studies(
    lasting: Site, held: Database
) -> None:
    names = ("first", "second")
    identify = load("demo").tasks[0]
    tight = identify.model_copy(
        update={"judgments_per_unit": 1, "units_per_rater": 8, "per_system": 12}
    )
    for name in names:
        fields = {"name": name, "practice": (), "tasks": (tight,)}
        set_up(held, load("demo").model_copy(update=fields))
    tally = Tally()
    end = time.monotonic() + 300

    async def judge() -> None:
        # 6 raters with 8 screens each want 48 of the 24 that a study has.
        people = [
            VirtualRater(lasting.url, name, tally, 0, seed) for name in names for seed in range(6)
        ]
        await asyncio.gather(*(person.take_part(end, people=1) for person in people))

    # In a thread of its own: Playwright's loop may run in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, judge()).result()
    assert tally.errors == []
    assert tally.finished == 12
    done = held.rows(
        "SELECT u.study, count(*) AS units, sum(wanted) AS wanted, max(n) AS most, sum(n) AS n "
        "FROM units AS u JOIN (SELECT study, unit, count(*) AS n FROM assignments "
        "WHERE state = 'done' GROUP BY study, unit) AS a ON (a.study, a.unit) = (u.study, u.unit) "
        "WHERE u.study != 'demo' GROUP BY u.study"
    )
    assert [row["study"] for row in done] == sorted(names)
    for row in done:
        assert row["most"] == 1
        assert row["n"] == row["wanted"] == row["units"] == 24
    judged = held.rows(
        "SELECT 1 FROM submissions JOIN assignments ON id = assignment WHERE study != 'demo'"
    )
    assert len(judged) == sum(tally.acknowledged.values()) == 48
    assert len(set(lasting.visited)) == 2, "all went through one process"
