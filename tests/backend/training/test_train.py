"""Adapters: what is taught, training that goes on where it was stopped, and a pair that talks."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from backend.__main__ import app
from backend.catalogue import Catalogue
from backend.conversations.scenarios import draw, leaks
from backend.conversations.talk import talk
from backend.corpora.demo import PACKAGED
from backend.dialogue import Origin, Role, System
from backend.simulators import simulator
from backend.training import train as training
from backend.training.finish import finish
from backend.training.prepare import prepare, read_part, write
from backend.training.rows import IGNORED, encode, row, rows
from backend.training.train import Recipe, TrainingError, train
from tests.backend.engines import models

FILMS = Catalogue.load()
SYSTEM = System(name="a simulator", simulator="a simulator")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's dialogues, prepared."""
    folder = tmp_path_factory.mktemp("prepared")
    made = prepare([("demo", PACKAGED)], seed=0, catalogue=FILMS)
    made.parts["validation"] = made.parts["validation"] or made.parts["train"][:2]
    write(made, folder, FILMS)
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama-type model made small, which is not the default base."""
    return models.saved(tmp_path_factory.mktemp("base"), longest=8192)


def recipe(part: str, base: Path) -> Recipe:
    return Recipe(
        part=part,  # type: ignore[arg-type]
        base=str(base),
        epochs=1,
        rank=2,
        tokens_a_step=4096,
        tokens_at_once=2048,
        check_every=2,
        limit=6,
    )


def test_what_is_taught_is_what_the_role_commits_to_and_says(prepared: Path) -> None:
    tokenizer = models.tokenizer()
    for dialogue in read_part(prepared, "train")[:6]:
        if dialogue.seeker.origin is Origin.SIMULATED:
            continue
        for role in Role:
            made = row(dialogue, role, FILMS)
            encoded = encode(made, tokenizer, 100_000)
            taught = tokenizer.decode([i for i in encoded["labels"] if i != IGNORED])
            own = [entry for entry in made.entries if entry.speaker == "assistant"]
            parts = [text for entry in own for text, is_taught in entry.parts if is_taught]
            assert taught.replace("<|end|>", "") == "".join(parts)
            assert taught.count("<|end|>") == len(own)


def test_simulated_dialogues_train_nothing(prepared: Path) -> None:
    people = read_part(prepared, "train")
    seeker = people[0].seeker.model_copy(update={"origin": Origin.SIMULATED, "system": SYSTEM})
    simulated = [people[0].model_copy(update={"seeker": seeker})]
    assert list(rows(people, "seeker", FILMS, seed=0))
    assert not list(rows(simulated, "seeker", FILMS, seed=0))


def test_no_target_is_in_what_a_seeker_is_taught(prepared: Path) -> None:
    for dialogue in (d for d in read_part(prepared, "train") if d.scenario):
        assert dialogue.scenario
        header = row(dialogue, Role.SEEKER, FILMS).entries[0].text
        assert not leaks(header, [FILMS.get(id_) for id_ in dialogue.scenario.targets])


def test_the_rows_of_both_sides_are_the_rows_of_each(prepared: Path) -> None:
    people = read_part(prepared, "train")
    found = list(rows(people, "both", FILMS, seed=1))
    assert found == list(rows(people, "both", FILMS, seed=1))
    assert len(found) >= 2 * len(people)


def test_training_that_was_stopped_ends_like_one_that_was_not(
    prepared: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(recipe("seeker", base), prepared, tmp_path / "whole", FILMS)

    class Stopped(Exception):
        pass

    def stop(entry: object) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        train(recipe("seeker", base), prepared, tmp_path / "parts", FILMS, stop)
    parts = train(recipe("seeker", base), prepared, tmp_path / "parts", FILMS)
    assert parts["curve"] == whole["curve"]
    assert whole["curve"][-1]["validation_loss"] == pytest.approx(whole["validation_loss"], abs=1)


def test_steps_of_another_recipe_are_not_gone_on_with(
    prepared: Path, base: Path, tmp_path: Path
) -> None:
    train(recipe("seeker", base), prepared, tmp_path, FILMS)
    with pytest.raises(TrainingError, match="another recipe"):
        train(replace(recipe("seeker", base), seed=1), prepared, tmp_path, FILMS)


def test_data_that_was_not_prepared_is_an_error(base: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"prepared\.json is missing"):
        train(recipe("seeker", base), tmp_path, tmp_path / "out", FILMS)


def test_a_base_without_its_lowest_layer_is_an_error(
    prepared: Path, base: Path, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="has 2 layers"):
        training.train(replace(recipe("seeker", base), lowest_layer=5), prepared, tmp_path, FILMS)


def test_adapters_of_another_base_train_save_load_and_talk(
    prepared: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = {}
    for role in Role:
        folder = tmp_path / role.value
        train(recipe(role.value, base), prepared, folder, FILMS)
        finish(folder, prepared, role.value, FILMS)
        pair[role] = simulator("interplay", role, model=str(folder))
        assert not (folder / "steps").exists()
    dialogue = talk(pair[Role.SEEKER], pair[Role.RECOMMENDER], draw(FILMS, 3), seed=3, max_turns=4)
    assert len(dialogue.turns) >= 2
    assert all(turn.acts for turn in dialogue.turns)


def test_the_command_leaves_a_whole_adapter_and_names_what_is_wrong(
    prepared: Path, base: Path, tmp_path: Path
) -> None:
    def run(part: str, out: Path) -> Result:
        told = ["--data", str(prepared), "--base", str(base), "--out", str(out)]
        return CliRunner().invoke(app, ["train", part, *told, "--epochs", "0.2", "--rank", "2"])

    made = run("recommender", tmp_path / "made")
    assert made.exit_code == 0, made.output
    assert "validation loss" in made.output
    assert (tmp_path / "made" / "neighbours.json").is_file()
    wrong = run("both-of-us", tmp_path / "wrong")
    assert wrong.exit_code == 2
    assert "the part is seeker, recommender or both" in wrong.output
