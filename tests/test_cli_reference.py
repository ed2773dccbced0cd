"""The reference of all commands in the docs is that of the commands as they are."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.__main__ import app
from tests.cli_reference import FILE, reference


def test_the_reference_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == reference(), "run `make reference`"


def test_the_reference_names_no_path_of_this_machine() -> None:
    assert str(Path(__file__).parents[1]) not in reference()
    assert str(Path.home()) not in reference()


@pytest.mark.parametrize("package", ["backend", "annotations"])
def test_the_list_of_commands_imports_nothing_heavy(package: str) -> None:
    program = (
        "import runpy, sys\n"
        f"sys.argv = ['{package}', '--help']\n"
        "try:\n"
        f"    runpy.run_module('{package}', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert not end.code\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'sklearn', 'torch', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "Commands" in run.stdout


def test_a_misspelt_command_is_told_the_right_one() -> None:
    run = CliRunner().invoke(app, ["bakup"])
    assert run.exit_code == 2
    assert "backup" in run.output
