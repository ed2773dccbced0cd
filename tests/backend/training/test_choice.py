"""The choice among wordings, refined on simulated dialogues."""

import random
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from backend.__main__ import app
from backend.catalogue import Catalogue
from backend.database import Database
from backend.dialogue import Dialogue, Origin, Player, Provenance, Role, System, Turn
from backend.pool import Entry, Pool, migrations
from backend.simulators.interplay.choosing import BY_ACT, WEIGHTS, Chooser
from backend.training import choice

FILMS = Catalogue.load()
WORN, VARIED = "Haven't seen that one", ("No, what is it like?", "Never heard of it", "Not yet!")


def dialogue(number: int, said: list[str], *, simulated: bool) -> Dialogue:
    origin = Origin.SIMULATED if simulated else Origin.HUMAN
    system = System(name="interplay", simulator="interplay") if simulated else None
    turns: list[Turn] = []
    for text in said:
        turns += [Turn(role=Role.RECOMMENDER, text="Seen it?"), Turn(role=Role.SEEKER, text=text)]
    return Dialogue(
        turns=tuple(turns),
        seeker=Player(origin=origin, system=system),
        recommender=Player(origin=origin, system=system),
        provenance=Provenance(
            corpus="simulated" if simulated else choice.CORPUS,
            source_id=str(number),
            licence="MIT",
        ),
    )


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A folder as `prepare` writes it, whose people answer in three ways."""
    rng = random.Random(0)
    people = [dialogue(n, rng.choices(VARIED, k=4), simulated=False) for n in range(40)]
    lines = [one.model_dump_json() for one in people]
    (tmp_path / "train.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    folder = tmp_path / "adapter"
    folder.mkdir()
    weights = np.zeros(len(BY_ACT) + 1, dtype=np.float16)
    np.savez_compressed(folder / WEIGHTS, weights=weights)
    return folder


def test_a_phrase_that_is_worn_out_is_chosen_less_often(prepared: Path, adapter: Path) -> None:
    rng = random.Random(1)
    said = [rng.choices((WORN, *VARIED), (6, 1, 1, 1), k=4) for _ in range(40)]
    database = prepared / "made.db"
    pool = Pool(Database(database, migrations))
    pool.add(Entry(dialogue=dialogue(n, s, simulated=True)) for n, s in enumerate(said))
    pool.database.close()

    done = CliRunner().invoke(
        app,
        ["train-choice", str(adapter), "--data", str(prepared), "--refine", str(database)],
    )

    assert done.exit_code == 0, done.output
    chooser = Chooser.packaged(adapter)
    assert chooser is not None
    odds = chooser.log_odds([WORN, *VARIED], ["chat"] * 4)
    assert odds[0] < min(odds[1:]) - 1


def test_without_simulated_dialogues_nothing_is_refined(prepared: Path, adapter: Path) -> None:
    with pytest.raises(ValueError, match="needs simulated dialogues"):
        choice.refine(adapter, Role.SEEKER, [], prepared, FILMS)
