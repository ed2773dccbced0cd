"""The reference of all commands in the docs is that of the commands as they are."""

from pathlib import Path

from tests.cli_reference import FILE, reference


def test_the_reference_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == reference(), "run `make reference`"


def test_the_reference_names_no_path_of_this_machine() -> None:
    assert str(Path(__file__).parents[1]) not in reference()
    assert str(Path.home()) not in reference()
