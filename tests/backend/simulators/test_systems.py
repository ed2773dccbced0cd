"""Systems by name: what comes with Uncanny, what a file of one's own adds, and what is refused."""

from pathlib import Path

import pytest

from backend.dialogue import Role
from backend.simulators import SIMULATORS, SimulatorError, about, names, simulator


def test_every_simulator_is_a_system_and_says_what_it_is() -> None:
    for role in Role:
        assert set(SIMULATORS[role]) <= set(names(role))
        for name in names(role):
            assert len(about(name, role)) > 20


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "systems.yaml"
    monkeypatch.setenv("UNCANNY_SYSTEMS", str(path))
    return path


def test_a_file_of_ones_own_adds_systems_and_their_settings(own: Path) -> None:
    own.write_text(
        "seekers:\n  impatient:\n    simulator: agenda\n    about: Gives up soon.\n"
        "    settings: {patience: [1, 1]}\n"
    )
    assert "impatient" in names(Role.SEEKER)
    made = simulator("impatient", Role.SEEKER)
    assert made.system.name == "impatient"
    assert made.system.controls["patience"] == [1, 1]
    assert simulator("impatient", Role.SEEKER, seen=0.0).system.name == "impatient(seen=0.0)"
    assert simulator("agenda", Role.SEEKER).system.name == "agenda"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seekers: [", r"systems\.yaml, line \d: not valid YAML"),
        ("seekers: {a: {simulatr: agenda}}", "seekers.a.simulatr: Extra inputs"),
        ("lurkers: {}", "lurkers: Extra inputs"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_the_place(own: Path, text: str, message: str) -> None:
    own.write_text(text)
    with pytest.raises(SimulatorError, match=message):
        names(Role.SEEKER)


def test_a_file_that_is_not_there_is_an_error(own: Path) -> None:
    with pytest.raises(SimulatorError, match="no file of systems at"):
        names(Role.SEEKER)


def test_settings_and_simulators_that_do_not_exist_are_named(own: Path) -> None:
    own.write_text("seekers: {a: {simulator: oracle}, b: {simulator: agenda, settings: {x: 1}}}")
    with pytest.raises(SimulatorError, match=r"'a' is to be a 'oracle'.*there are agenda"):
        simulator("a", Role.SEEKER)
    with pytest.raises(SimulatorError, match=r"'b' can't be set up: .*'x'"):
        simulator("b", Role.SEEKER)
