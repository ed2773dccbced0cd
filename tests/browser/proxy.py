"""nginx from `deploy/nginx.conf` before app processes on free ports, for tests and `tests.load`."""

import grp
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.browser.serving import ROOT, Server

#: Debian keeps it where a user's PATH does not lead.
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")

CONFIGURATION = ROOT / "deploy" / "nginx.conf"

_AROUND = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/start.log;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
    default_type application/octet-stream;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Process(Server):
    """An app process that can also be asked to stop."""

    def stop(self, timeout: float = 60) -> int:
        """SIGTERM, as systemd sends it; returns the exit status once it has ended."""
        assert self._process, "it does not run"
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(timeout)
        self._process = None
        return status


class Proxy:
    """nginx over processes at these ports; everything it writes is in `folder`."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://localhost:{self.port}"
        self.maintenance = folder / "maintenance"
        (folder / "site.conf").write_text(self._rendered(ports))
        owner = pwd.getpwuid(os.getuid()).pw_name
        group = grp.getgrgid(os.getgid()).gr_name
        user = f"user {owner} {group};" if os.getuid() == 0 else ""
        (folder / "nginx.conf").write_text(_AROUND.format(folder=folder, user=user))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it has logged of visits."""
        return (self.folder / "uncanny.log").read_text()

    def logged(self, said: str, times: int = 1, timeout: float = 20) -> bool:
        """Wait for this in the log: nginx writes a line down after it has answered."""
        deadline = time.monotonic() + timeout
        while self.log.count(said) < times and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.log.count(said) >= times

    @property
    def all_logs(self) -> str:
        """Everything it has logged."""
        return "".join(path.read_text() for path in self.folder.glob("*.log"))

    def forget(self) -> None:
        """Empty the log of visits; nginx goes on at its new end."""
        with (self.folder / "uncanny.log").open("w"):
            pass

    def start(self, timeout: float = 10) -> None:
        """Serve, and return once it accepts visitors."""
        assert NGINX, "there is no nginx"
        self._process = subprocess.Popen(
            [NGINX, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")],
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + timeout
        while not self._accepts():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self.folder / "start.log").read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        """End it and its worker."""
        if self._process:
            self._process.terminate()
            self._process.wait(10)
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
        self.stop()

    def _rendered(self, ports: list[int]) -> str:
        """The deployed configuration with this test's ports and paths in place of a host's."""
        text = CONFIGURATION.read_text()
        first, *others = re.findall(r"^ *server 127\.0\.0\.1:\d+.*\n", text, re.MULTILINE)
        lines = [re.sub(r":\d+", f":{port}", first) for port in ports]
        for other in others:
            text = _replaced(text, other, "")
        text = _replaced(text, first, "".join(lines))
        text = _replaced(text, "    listen [::]:80;\n", "")
        text = _replaced(text, "listen 80;", f"listen 127.0.0.1:{self.port};")
        text = _replaced(text, "/opt/uncanny/deploy;", f"{ROOT}/deploy;")
        text = _replaced(text, "(-f /run/uncanny-maintenance)", f"(-f {self.maintenance})")
        return text.replace("/var/log/nginx/", f"{self.folder}/")

    def _accepts(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _replaced(text: str, old: str, new: str) -> str:
    """`text` with its one `old` replaced; a configuration that moved on must not pass unseen."""
    assert text.count(old) == 1, f"{CONFIGURATION} has {text.count(old)} of {old!r}"
    return text.replace(old, new)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
