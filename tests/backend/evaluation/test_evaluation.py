"""The table of simulators: figures by hand, and the command from end to end."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from backend.__main__ import app
from backend.catalogue import Catalogue
from backend.conversations.simulation import made, plans
from backend.conversations.talk import Broken
from backend.dialogue import Dialogue, Origin, Player, Provenance, Role, Turn
from backend.evaluation import pairs
from backend.evaluation.acts import agreement
from backend.evaluation.controls import Acts
from backend.evaluation.memorised import memorised
from backend.evaluation.report import EvaluationReport, markdown
from backend.simulators import simulator
from backend.statistics.resampling import mean, missing, ratio, share

FILMS = Catalogue.load()


@pytest.fixture(scope="module")
def dialogues() -> list[Dialogue]:
    seeker, recommender = (
        simulator("agenda", Role.SEEKER),
        simulator("critiquing", Role.RECOMMENDER),
    )
    return [
        d for d in made(seeker, recommender, plans(FILMS, 20, seed=2)) if isinstance(d, Dialogue)
    ]


def test_shares_have_wilsons_interval_and_nothing_has_a_reason() -> None:
    # Newcombe 1998, table I: 81 of 263 has the Wilson interval 0.2553 to 0.3662.
    found = share(81, 263, "dialogues")
    assert found.low == pytest.approx(0.2553, abs=5e-5)
    assert found.high == pytest.approx(0.3662, abs=5e-5)
    assert str(share(0, 0, "offers")) == "missing: no offers"


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=30))
def test_an_interval_holds_its_mean(values: list[float]) -> None:
    found = mean(values, "turns")
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(3, 6)), min_size=1, max_size=20))
def test_a_ratio_is_of_sums(counts: list[tuple[int, int]]) -> None:
    found = ratio(counts, "offers")
    assert found.value == pytest.approx(sum(a for a, _ in counts) / sum(b for _, b in counts))


def test_a_pairs_figures_are_all_there_or_say_why(dialogues: list[Dialogue]) -> None:
    recommender = simulator("critiquing", Role.RECOMMENDER)
    found = pairs.figures([*dialogues, Broken("fell over", ())], recommender, FILMS)
    assert found["success rate"].n == 21
    assert found["broken off"].value == pytest.approx(1 / 21)
    assert found["valid actions"].value == 1
    assert found["leaks"].value == 0
    assert found["recall@1"].value is not None
    assert found["recall@1, popularity"].value is not None
    blind = pairs.figures(dialogues, simulator("agenda", Role.SEEKER), FILMS)
    assert blind["recall@1"].missing == "the recommender gives no ranking"
    words = pairs.language(dialogues, 10**6)
    assert words["Dist-2"].missing == "fewer than 1000000 tokens"


def test_the_report_shows_each_pair_with_n_and_the_papers_figures() -> None:
    rows = {
        "a+b": {"success rate": share(3, 4, "dialogues")},
        "c+d": {"success rate": missing("no server | there", "dialogues", estimator="share")},
    }
    text = markdown(
        EvaluationReport(
            rows=rows, people={}, perplexity={}, session={}, acts={}, settings={"seed": 1}
        )
    )
    assert "| success rate | 0.750 [0.301, 0.954] (n = 4) | missing: no server / there |" in text
    assert "0.93 to 0.95" in text
    assert "seed 1" in text


def test_copies_are_found_and_only_copies(dialogues: list[Dialogue]) -> None:
    long = "well i really do like films about the sea and the people who live there"

    def said(text: str, origin: Origin) -> Dialogue:
        return Dialogue(
            turns=(Turn(role=Role.SEEKER, text=text), Turn(role=Role.RECOMMENDER, text="ok")),
            seeker=Player(origin=origin),
            recommender=Player(origin=origin),
            provenance=Provenance(corpus="t", source_id=text[:9], licence="MIT"),
        )

    trained = [said(long, Origin.HUMAN)]
    copy, own = said(f"Hi! {long}.", Origin.AUTHORED), said(f"{long[:40]} too", Origin.AUTHORED)
    assert memorised(trained, [copy, own], FILMS).copied == 1
    assert memorised(trained, [own], FILMS).copied == 0
    assert memorised([], dialogues, FILMS).known == 0


def test_the_classifier_of_acts_learns_from_people_alone(dialogues: list[Dialogue]) -> None:
    with pytest.raises(ValueError, match=r"empty|at least|0 sample"):
        Acts(dialogues, FILMS)


def test_the_command_prints_the_table() -> None:
    run = CliRunner().invoke(
        app, ["evaluate-simulators", "--pair", "agenda+critiquing", "-n", "6", "--controlled", "0"]
    )
    assert run.exit_code == 0, run.output
    assert "| success rate |" in run.output
    assert "agenda+critiquing" in run.output
    missing = CliRunner().invoke(app, ["evaluate-simulators", "--scenarios", "/nowhere"])
    assert missing.exit_code == 1
    assert "scenarios are `drawn`" in missing.output


def test_labels_by_rule_agree_with_people(shared_data: Path) -> None:
    found = agreement(shared_data / "iard", shared_data / "redial", FILMS)
    f1 = {(r.value, kind.value): row.f1.value or 0 for (r, kind), row in found.rows.items()}
    assert f1["recommender", "recommend"] > 0.95
    assert min(f1["seeker", kind] for kind in ("request", "inquire", "seen", "accept")) > 0.7
    assert (found.macro.value or 0) > 0.7
