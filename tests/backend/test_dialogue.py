"""The nouns: they go to JSON and back, and refuse what makes no sense."""

import pytest
from hypothesis import given
from pydantic import ValidationError

from backend.dialogue import (
    IARD_ACTS,
    ActKind,
    Dialogue,
    Origin,
    Player,
    Provenance,
    Role,
    System,
)
from tests.annotations.studies import dialogue
from tests.backend.corpora.strategies import dialogues


@given(dialogues)
def test_a_dialogue_goes_to_json_and_back(one: Dialogue) -> None:
    assert Dialogue.model_validate_json(one.model_dump_json(exclude_defaults=True)) == one


def test_an_id_is_stable_and_names_nothing() -> None:
    one, again = dialogue("machines", 1, "secret_robin"), dialogue("machines", 1, "secret_robin")
    assert one.id == again.id
    assert "robin" not in one.id
    assert one.id != dialogue("machines", 2, "secret_robin").id


def test_only_a_simulated_player_has_a_system() -> None:
    with pytest.raises(ValidationError, match="names its system"):
        Player(origin=Origin.SIMULATED)
    with pytest.raises(ValidationError, match="names its system"):
        Player(origin=Origin.HUMAN, system=System(name="x", simulator="x"))


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(ValidationError, match="licens"):
        Provenance.model_validate(
            {"corpus": "c", "source_id": "1", "licence": "MIT", "licens": "MIT"}
        )


def test_every_iard_code_has_an_act_for_its_role() -> None:
    assert set(IARD_ACTS) == set(Role)
    assert len(IARD_ACTS[Role.SEEKER]) == 16
    assert all(isinstance(kind, ActKind) for codes in IARD_ACTS.values() for kind in codes.values())
