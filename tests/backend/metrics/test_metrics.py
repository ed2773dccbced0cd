"""Metrics on dialogues small enough to count by hand, and invariants."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.catalogue import Catalogue, Item
from backend.dialogue import (
    Act,
    ActKind,
    Attribute,
    Brief,
    Dialogue,
    Origin,
    Player,
    Provenance,
    Role,
    Scenario,
    Turn,
)
from backend.metrics import metric
from backend.metrics.base import Tools
from backend.metrics.distinct import distinct, tokens
from backend.metrics.kneser_ney import END, UNKNOWN, KneserNey
from backend.metrics.leakage import audit, singled_out
from backend.metrics.outcome import accepted, calibration, match_score, offers, success
from backend.metrics.recall import by_chance, recall

FILMS = Catalogue.load()
HORROR = Attribute(name="genre", value="horror")
NINETIES = Attribute(name="decade", value="1990s")


def film(*wanted: Attribute, lacks: Attribute | None = None, at: int = 0) -> Item:
    found = FILMS.matching(wanted, [lacks] if lacks else ())
    return found[at]


def dialogue(*turns: Turn, targets: tuple[str, ...] = (), likes: tuple[str, ...] = ()) -> Dialogue:
    brief = Brief(summary="something scary", attributes=(HORROR, NINETIES), likes=likes)
    return Dialogue(
        turns=turns,
        seeker=Player(origin=Origin.AUTHORED),
        recommender=Player(origin=Origin.AUTHORED),
        provenance=Provenance(corpus="test", source_id="1", licence="MIT"),
        scenario=Scenario(brief=brief, targets=targets or (film(HORROR).id,)),
    )


def offer(*items: Item) -> Turn:
    acts = (Act(kind=ActKind.RECOMMEND, items=tuple(item.id for item in items)),)
    mentions = tuple(item.mention() for item in items)
    return Turn(role=Role.RECOMMENDER, text="this?", acts=acts, mentions=mentions)


def answer(kind: ActKind, *items: Item, text: str = "hm") -> Turn:
    act = Act(kind=kind, items=tuple(item.id for item in items))
    return Turn(role=Role.SEEKER, text=text, acts=(act,))


BOTH = film(HORROR, NINETIES)
HALF = film(HORROR, lacks=NINETIES)


def test_offers_are_decided_by_the_next_turn_of_the_seeker() -> None:
    talk = dialogue(
        offer(HALF), answer(ActKind.REJECT), offer(BOTH, HALF), answer(ActKind.ACCEPT, BOTH)
    )
    assert [(o.item, o.met, o.decision) for o in offers(talk, FILMS)] == [
        (HALF.id, 1, "refuse"),
        (BOTH.id, 2, "accept"),
        (HALF.id, 1, None),
    ]
    assert accepted(talk, FILMS) == [BOTH.id]
    assert success(talk, FILMS)
    assert match_score(talk, FILMS) == 1.0
    assert calibration([talk], FILMS) == {"match": (1, 1, 1), "contradict": (0, 1, 2)}


def test_what_was_never_offered_cant_be_accepted() -> None:
    talk = dialogue(offer(HALF), answer(ActKind.ACCEPT, BOTH))
    assert not success(talk, FILMS)
    assert match_score(talk, FILMS) is None


def test_seen_is_no_decision() -> None:
    talk = dialogue(offer(BOTH), answer(ActKind.SEEN, BOTH))
    assert calibration([talk], FILMS)["match"] == (0, 0, 1)


def test_leaks_are_found_in_brief_likes_and_the_seekers_mouth() -> None:
    target = film(HORROR)
    said = Turn(role=Role.SEEKER, text=f"I'd love {target.title} tonight")
    spoken = dialogue(said, offer(target), targets=(target.id,))
    named = dialogue(offer(target), said, targets=(target.id,))
    liked = dialogue(offer(target), targets=(target.id,), likes=(target.id,))
    n, found = audit([spoken, named, liked], FILMS)
    assert n == 3
    assert [leak.where for leak in found] == ["seeker's turn 1", "films liked"]


def test_attributes_that_leave_one_film_single_it_out() -> None:
    assert not singled_out(dialogue(), FILMS)


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.sets(st.sampled_from("abcdefg")))
def test_recall_grows_with_k_and_stays_in_bounds(ranked: list[str], targets: set[str]) -> None:
    if not targets:
        with pytest.raises(ValueError, match="at least one target"):
            recall(ranked, targets, 1)
        return
    found = [recall(ranked, targets, k) for k in range(8)]
    assert found == sorted(found)
    assert found[0] == 0
    assert found[-1] == len(targets & set(ranked)) / len(targets)


def test_recall_by_chance_is_what_shuffling_gives() -> None:
    rng, items = random.Random(1), list("abcdefghij")
    drawn = [recall(rng.sample(items, 10), {"a", "b"}, 3) for _ in range(4000)]
    assert math.isclose(sum(drawn) / 4000, by_chance(10, 3), abs_tol=0.02)


def test_distinct_by_hand() -> None:
    # a b a b: three pairs, two of them different.
    assert distinct(["a b a b"], 2, budget=4) == pytest.approx(2 / 3)
    assert distinct(["a b", "a b"], 2, budget=4) == pytest.approx(1 / 2)
    assert distinct(["a b"], 2, budget=3) is None


@given(st.lists(st.text("ab c!", min_size=1), min_size=1), st.integers(1, 4))
def test_distinct_is_a_ratio_and_knows_no_order(texts: list[str], n: int) -> None:
    budget = sum(len(tokens(text)) for text in texts)
    if not budget:
        return
    value = distinct(texts, n, budget=budget)
    assert value is None or 0 < value <= 1
    assert value == pytest.approx(distinct(texts[::-1], n, budget=budget), abs=1e-12)


WORDS = st.lists(st.sampled_from("abcd"), max_size=6)


@settings(max_examples=40)
@given(st.lists(WORDS, min_size=1, max_size=12), WORDS, st.integers(1, 5))
def test_kneser_ney_is_a_distribution(texts: list[list[str]], context: list[str], n: int) -> None:
    model = KneserNey(texts, order=n)
    shares = [model.probability(word, context) for word in model.vocabulary]
    assert sum(shares) == pytest.approx(1)
    assert min(shares) >= 0


def test_kneser_ney_counts_contexts_not_occurrences() -> None:
    # 'francisco' is frequent and only ever follows 'san' (Chen and Goodman 1999, section 2.7).
    texts = [["san", "francisco"]] * 9 + [["the", "glass"], ["my", "glass"], ["a", "glass"]]
    model = KneserNey([*texts, ["the", "my"], ["my", "a"], ["a", "the"]], order=2)
    assert model.probability("glass", ["unheard"]) > model.probability("francisco", ["unheard"])
    assert model.probability("francisco", ["san"]) > 0.5


def test_kneser_ney_bigram_by_hand() -> None:
    # a b </s> twice. Bigrams <s>a, ab, b</s> twice each: n1 = 0, so D = 0.5 by convention;
    # each word continues one of three bigrams: n1 = 3, n2 = 0, D = 1 for unigrams.
    model = KneserNey([["a", "b"], ["a", "b"]], order=2)
    assert model.discounts == [1.0, 0.5]
    uniform = 1 / len(model.vocabulary)
    assert model.vocabulary == {"a", "b", END, UNKNOWN}
    assert model.probability("b", ["a"]) == pytest.approx(1.5 / 2 + 0.5 * 1 / 2 * uniform)


@pytest.mark.parametrize("name", ["success", "match", "ranking", "leakage", "consistency"])
def test_a_metric_of_films_says_so_of_a_dialogue_on_something_else(name: str) -> None:
    wish = Attribute(name="colour", value="blue")
    said = Turn(
        role=Role.RECOMMENDER,
        text="Take this case.",
        acts=(Act(kind=ActKind.RECOMMEND, items=("case-7",)),),
    )
    yes = Turn(role=Role.SEEKER, text="Yes.", acts=(Act(kind=ActKind.ACCEPT, items=("case-7",)),))
    shopping = dialogue(said, yes, targets=("case-7",)).model_copy(
        update={
            "scenario": Scenario(
                brief=Brief(summary="a blue case", attributes=(wish,)), targets=("case-7",)
            )
        }
    )
    scores = list(metric(name, Tools(catalogue=FILMS)).score([shopping]))
    assert {score.missing for score in scores} == {
        "the metric knows films alone, and no film is named or wished for here"
    }
    films = dialogue(said, yes)
    assert any(
        score.missing != scores[0].missing
        for score in metric(name, Tools(catalogue=FILMS)).score([films])
    )
