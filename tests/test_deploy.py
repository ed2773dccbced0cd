"""What stands in `deploy/` fits the code: settings, files of the container, the service."""

import asyncio
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit import config

from annotations.setup import open_database
from server.life import lifespan
from server.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
ROOMS = ("annotations", "backend", "pages", "server")


def settings_read() -> set[str]:
    """Every UNCANNY_... that the app's code names."""
    files = [ROOT / "app.py"]
    files += [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return {
        name
        for path in files
        for name in re.findall(r"""["'](UNCANNY_[A-Z_]+)["']""", path.read_text())
    }


@pytest.mark.parametrize("place", ["deploy/uncanny.env.example", "docs/deployment.md"])
def test_every_setting_is_explained_and_none_is_made_up(place: str) -> None:
    told = set(re.findall(r"\bUNCANNY_[A-Z_]*[A-Z]\b", (ROOT / place).read_text()))
    assert settings_read() <= told, "missing"
    assert told <= settings_read(), "read by nobody"


def test_the_example_can_be_read_by_a_shell_and_by_systemd() -> None:
    for line in (DEPLOY / "uncanny.env.example").read_text().splitlines():
        assert re.fullmatch(r"(#.*|#?[A-Z_]+=[^\s\"'$;&]*|)", line), line


def test_the_container_is_let_have_what_it_needs_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    let_in = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert [path for path in let_in if not (ROOT / path).exists()] == []
    assert {*ROOMS, "app.py", ".streamlit/config.toml"} <= set(let_in)
    kept_out = [line for line in lines if line.startswith("**/")]
    assert {"**/*.db", "**/*.key", "**/secrets.toml"} <= set(kept_out)


def test_systemd_accepts_the_service(tmp_path: Path) -> None:
    analyse = shutil.which("systemd-analyze")
    if analyse is None:
        pytest.skip("needs systemd-analyze")
    text = (DEPLOY / "uncanny@.service").read_text()
    # Its program stands where a host has it.
    program = "/opt/uncanny/.venv/bin/streamlit"
    assert program in text
    unit = tmp_path / "uncanny@.service"
    unit.write_text(text.replace(program, "/bin/true"))
    instance = tmp_path / "uncanny@8501.service"
    instance.symlink_to(unit)
    done = subprocess.run(
        [analyse, "verify", "--man=no", str(instance)], capture_output=True, text=True, check=False
    )
    assert "uncanny" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr


def test_a_click_pays_for_no_walk_through_all_objects(tmp_path: Path) -> None:
    before = config.get_option("runner.postScriptGC")

    async def serve() -> bool:
        async with lifespan(open_database(tmp_path / "one.db"), Settings())(None):
            return bool(config.get_option("runner.postScriptGC"))

    try:
        # In a thread of its own: Playwright's loop may run in this one.
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(asyncio.run, serve()).result() is False
    finally:
        config.set_option("runner.postScriptGC", before)
