"""The `prepare` command: what is held out, and what is left out with its reason."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from backend.__main__ import app
from backend.catalogue import Catalogue
from backend.conversations.scenarios import HELD_OUT, leaks, read_list
from backend.conversations.scenarios import given as given_scenarios
from backend.corpora.demo import PACKAGED
from backend.dialogue import Dialogue, Origin, Player, Provenance
from backend.training.prepare import prepare
from backend.training.splits import split

FILMS = Catalogue.load()


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_people_are_on_one_side_of_the_line() -> None:
    made = [
        Dialogue(
            turns=(),
            seeker=Player(origin=Origin.HUMAN, person=f"p{at % 40}"),
            recommender=Player(origin=Origin.HUMAN, person=f"q{at % 37}"),
            provenance=Provenance(corpus="c", source_id=str(at), licence="MIT"),
        )
        for at in range(200)
    ]
    parts = split(made, seed=1)
    assert sum(map(len, parts.values())) == 200
    assert len(parts["held_out"]) >= 20
    again = split(made, seed=1)
    assert {k: [d.id for d in v] for k, v in parts.items()} == {
        k: [d.id for d in v] for k, v in again.items()
    }


def test_the_list_of_what_is_never_trained_on_holds_no_text() -> None:
    listed = read_list(HELD_OUT)
    assert sum(one.part == "held_out" for one in listed) == 278
    assert sum(one.scenario is not None for one in listed) == 188
    assert all(one.scenario.brief.summary == "" for one in listed if one.scenario)
    for scenario in given_scenarios("held-out"):
        items = [FILMS.get(id_) for id_ in scenario.targets]
        assert scenario.brief.summary
        assert not leaks(scenario.brief.summary, items)
        assert not set(scenario.targets) & set(scenario.brief.likes)


def test_prepare_keeps_what_is_held_out_held_out(shared_data: Path, tmp_path: Path) -> None:
    made = prepare(
        [("laps", shared_data / "laps")],
        seed=5,
        catalogue=FILMS,
        keep={one.source: one.part for one in read_list(HELD_OUT)},
    )
    listed = {one.source for one in read_list(HELD_OUT)}
    trained = {f"laps:{d.provenance.source_id}" for d in made.parts["train"]}
    assert trained
    assert not trained & listed


def test_prepare_says_what_it_made_and_what_is_wrong(tmp_path: Path) -> None:
    made = run("prepare", "--out", tmp_path / "p", "--corpus", f"demo={PACKAGED}")
    assert made.exit_code == 0, made.output
    assert json.loads((tmp_path / "p" / "prepared.json").read_text())["sha256"][:12] in made.output
    for corpus, message in (("demo", "a corpus is NAME=PATH"), ("nope=x", "no corpus 'nope'")):
        wrong = run("prepare", "--out", tmp_path / "q", "--corpus", corpus)
        assert wrong.exit_code == 1
        assert message in wrong.output
