"""A real server on a free port and a real Chromium, for tests and for the README's pictures."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}


class Server:
    """The app served from this checkout over one database file. Killed, it can start again."""

    def __init__(self, database: Path, **environment: str) -> None:
        self.database = database
        self.environment = environment
        self.port = _free_port()
        self.url = f"http://localhost:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process is not None
        return self._process.pid

    def start(self, timeout: float = 60) -> None:
        """Serve, and return once the server says it is healthy."""
        log = self.database.with_suffix(".log").open("ab")
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                "app.py",
                "--server.port",
                str(self.port),
                "--server.fileWatcherType",
                "none",
            ],
            cwd=ROOT,
            env={**os.environ, **self.environment, "UNCANNY_DB": str(self.database)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        deadline = time.monotonic() + timeout
        while not self._healthy():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(self.database.with_suffix(".log").read_text())
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL: no goodbye, no clean-up."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.kill()

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium from the system's packages."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        raise RuntimeError("no chromium: install the Debian package `chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


def copied(source: Path, folder: Path) -> Path:
    """A database of one's own in this folder."""
    return Path(shutil.copy(source, folder / "uncanny.db"))


def settled(page: Page) -> None:
    """Wait until the app has run to its end and nothing is being redrawn."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    # Not wait_for_function: it evaluates text, which the page's own policy forbids.
    expect(page.locator("[data-stale=true]")).to_have_count(0)


def unfold(where: Page | Locator, name: str) -> None:
    """Open a section, and wait until it lies still: a click may miss what slides."""
    where.get_by_text(name).first.click()
    where.locator("details").filter(has_text=name).first.evaluate(
        """async section => {
            do {
                await new Promise(requestAnimationFrame);
                await Promise.allSettled(section.getAnimations().map(one => one.finished));
            } while (!section.open || section.getAnimations().length);
        }"""
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
