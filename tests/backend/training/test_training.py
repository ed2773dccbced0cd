"""From dialogues to checkpoints: what is taught, what is held out, and training that goes on."""

import json
from pathlib import Path
from typing import Any

import pytest
from backend.training.tokens import make_tokenizer, marks
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer
from typer.testing import CliRunner

from backend.__main__ import app
from backend.catalogue import Catalogue
from backend.conversations.scenarios import HELD_OUT, leaks, read_list
from backend.conversations.scenarios import given as given_scenarios
from backend.corpora.demo import PACKAGED
from backend.dialogue import Dialogue, Origin, Role, merged
from backend.engines import Decoding, Message, Request
from backend.engines.transformers_engine import TransformersEngine
from backend.training.prepare import prepare, read_part, write
from backend.training.rows import IGNORED, Row, encode, row, rows
from backend.training.splits import split
from backend.training.train import Recipe, TrainingError, train
from tests.backend.engines import models

FILMS = Catalogue.load()
PLAIN = models.tokenizer()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's dialogues and a few simulated ones, prepared."""
    folder = tmp_path_factory.mktemp("prepared")
    made = prepare([("demo", PACKAGED)], seed=0, agenda=12, catalogue=FILMS)
    made.parts["validation"] = made.parts["validation"] or made.parts["train"][:2]
    write(made, folder, FILMS)
    return folder


@pytest.fixture(scope="module")
def dialogues(prepared: Path) -> list[Dialogue]:
    return read_part(prepared, "train")


def taught_text(found: Row, tokenizer: Any) -> str:
    """What a row teaches, read back from its labels."""
    encoded = encode(found, tokenizer, 100_000)
    ids = [label for label in encoded["labels"] if label != IGNORED]
    text: str = tokenizer.decode(ids)
    return text


def test_labels_are_masked_exactly_outside_own_turns(dialogues: list[Dialogue]) -> None:
    for dialogue in dialogues:
        for role in Role:
            found = row(dialogue, role, FILMS, controls={})
            own = "".join(
                f"{message.text}<|end|>"
                for message, taught in zip(found.messages, found.taught, strict=True)
                if taught
            )
            assert taught_text(found, PLAIN) == own
            encoded = encode(found, PLAIN, 100_000)
            for label, token in zip(encoded["labels"], encoded["input_ids"], strict=True):
                assert label in (IGNORED, token)


def test_the_masks_of_both_roles_partition_the_dialogue(dialogues: list[Dialogue]) -> None:
    human = [d for d in dialogues if d.seeker.origin is not Origin.SIMULATED]
    assert human
    for dialogue in human:
        taught: dict[Role, list[str]] = {}
        for role in Role:
            found = row(dialogue, role, FILMS, controls={})
            mine = [
                m for m, is_taught in zip(found.messages, found.taught, strict=True) if is_taught
            ]
            assert all(message.speaker == "assistant" for message in mine)
            taught[role] = [message.text for message in mine[1::2]]
        turns = merged(dialogue.turns)
        assert {role: len(said) for role, said in taught.items()} == {
            role: sum(turn.role is role for turn in turns) for role in Role
        }
        assert sum(map(len, taught.values())) == len(turns)


def test_templates_teach_what_to_do_and_never_what_to_say(dialogues: list[Dialogue]) -> None:
    simulated = [d for d in dialogues if d.seeker.origin is Origin.SIMULATED]
    assert simulated
    for dialogue in simulated:
        for role in Role:
            text = taught_text(row(dialogue, role, FILMS, controls={}), PLAIN)
            assert all(said.startswith("#") for said in text.split("<|end|>") if said)


def test_no_target_is_in_a_reference_free_row(dialogues: list[Dialogue]) -> None:
    for dialogue in (d for d in dialogues if d.scenario):
        assert dialogue.scenario
        items = [FILMS.get(id_) for id_ in dialogue.scenario.targets]
        header = row(dialogue, Role.SEEKER, FILMS, controls={}).messages[0].text
        assert "~told" not in header
        assert not leaks(dialogue.scenario.brief.summary, items)
        told = row(dialogue, Role.SEEKER, FILMS, controls={}, told=True)
        assert "~told" in told.messages[0].text


def test_a_row_that_is_cut_keeps_its_labels_in_step(dialogues: list[Dialogue]) -> None:
    found = row(dialogues[0], Role.SEEKER, FILMS, controls={})
    whole = encode(found, PLAIN, 100_000)
    cut = encode(found, PLAIN, 40)
    assert cut["input_ids"] == whole["input_ids"][:40]
    assert cut["labels"] == whole["labels"][:40]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_the_tokenizer_gives_every_text_back(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER(text)["input_ids"]) == text


def _tokenizer() -> Any:
    return make_tokenizer([" a film about it"] * 5, FILMS, size=300, longest=256)


TOKENIZER = _tokenizer()


def test_every_mark_is_one_token() -> None:
    for mark in marks(FILMS):
        assert len(TOKENIZER(f" {mark}")["input_ids"]) == 1, mark


def test_people_are_on_one_side_of_the_line() -> None:
    from backend.dialogue import Player, Provenance

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
        agenda=0,
        catalogue=FILMS,
        keep={one.source: one.part for one in read_list(HELD_OUT)},
    )
    listed = {one.source for one in read_list(HELD_OUT)}
    trained = {f"laps:{d.provenance.source_id}" for d in made.parts["train"]}
    assert trained
    assert not trained & listed


@pytest.fixture(params=["llama", "neox"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return models.saved(tmp_path / "base", request.param, longest=1024)


TINY = {"epochs": 2, "rate": 3e-3, "rows_a_step": 4, "rows_at_once": 4, "most_tokens": 256}
QUIET = pytest.mark.filterwarnings("ignore")  # trl and peft warn about each other


@QUIET
@pytest.mark.parametrize("lora", [0, 4])
def test_any_base_is_trained_in_whole_or_by_lora(
    prepared: Path, base: Path, tmp_path: Path, lora: int
) -> None:
    out = tmp_path / "out"
    told = train(
        Recipe(part="seeker", base=str(base), lora=lora, limit=8, **TINY),  # type: ignore[arg-type]
        prepared,
        out,
        FILMS,
    )
    first, last = told["curve"][0], told["curve"][-1]
    assert told["taught_tokens"] < told["tokens"]
    assert len(told["data_sha256"]) == 64
    assert last.get("loss", last.get("eval_loss")) is not None
    assert first is not None
    assert (out / "adapter_config.json").is_file() == bool(lora)
    engine = TransformersEngine(str(out), threads=1)
    request = Request(
        messages=(Message(speaker="user", text="hi"),), decoding=Decoding(max_tokens=5)
    )
    assert engine.submit(request).reply().new_tokens
    engine.close()


@QUIET
def test_training_goes_on_where_it_was_stopped_and_refuses_another_recipe(
    prepared: Path, tmp_path: Path
) -> None:
    recipe = Recipe(part="recommender", width=32, layers=1, vocabulary=300, limit=12, **TINY)  # type: ignore[arg-type]
    seen: list[int] = []

    class Stop(Exception):
        pass

    def stop(entry: Any) -> None:
        raise Stop

    out = tmp_path / "out"
    with pytest.raises(Stop):
        train(recipe, prepared, out, FILMS, stop)
    told = train(recipe, prepared, out, FILMS, lambda entry: seen.append(int(entry["step"])))
    assert told["validation_loss"] is not None
    assert seen
    with pytest.raises(TrainingError, match="steps of another recipe"):
        train(Recipe(part="seeker", **TINY), prepared, out, FILMS)  # type: ignore[arg-type]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"prepared\.json is missing"):
        train(Recipe(part="seeker"), tmp_path, tmp_path / "out", FILMS)


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_prepare_says_what_it_made_and_what_is_wrong(tmp_path: Path) -> None:
    made = run("prepare", "--out", tmp_path / "p", "--corpus", f"demo={PACKAGED}", "--agenda", 6)
    assert made.exit_code == 0, made.output
    assert json.loads((tmp_path / "p" / "prepared.json").read_text())["sha256"][:12] in made.output
    for corpus, message in (("demo", "a corpus is NAME=PATH"), ("nope=x", "no corpus 'nope'")):
        wrong = run("prepare", "--out", tmp_path / "q", "--corpus", corpus)
        assert wrong.exit_code == 1
        assert message in wrong.output
    wrong = run("train", "both-of-us", "--data", tmp_path, "--out", tmp_path / "m")
    assert "the part is seeker, recommender or both" in wrong.output


@QUIET
def test_the_command_shows_the_curve_and_leaves_a_whole_checkpoint(
    prepared: Path, base: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    made = run(
        "train",
        "recommender",
        "--base",
        base,
        "--data",
        prepared,
        "--out",
        out,
        "--epochs",
        1,
        "--rows-a-step",
        8,
        "--most-tokens",
        128,
    )
    assert made.exit_code == 0, made.output
    assert "validation loss" in made.output
    assert (out / "neighbours.json").is_file()
    assert not (out / "steps").exists()
    assert AutoTokenizer.from_pretrained(out).chat_template


def test_the_rows_of_both_sides_are_of_people_alone(dialogues: list[Dialogue]) -> None:
    found = list(rows(dialogues, "both", FILMS, seed=1))
    people = [d for d in dialogues if d.seeker.origin is not Origin.SIMULATED]
    assert len(found) >= 2 * len(people)
    again = list(rows(dialogues, "both", FILMS, seed=1))
    assert found == again
