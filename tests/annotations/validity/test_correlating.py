"""Metrics beside people: published correlations on real labels, and studies of every emptiness."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from annotations.__main__ import app
from annotations.rehearse import rehearse
from annotations.setup import open_database, set_up
from annotations.study import load
from annotations.tasks.base import StudyError
from annotations.validity.correlating import MetricRow, correlate
from annotations.validity.opinions import named, opinions, points, said
from backend import demo
from backend.corpora.importing import import_into
from backend.database import Database
from backend.metrics import metric
from backend.metrics.scoring import score_into
from backend.pool import Pool
from backend.statistics.bootstrap import Resampling
from backend.statistics.correlation import correlation

QUICK = Resampling(resamples=50)


@pytest.fixture(scope="module")
def arena(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """CRSArena-Eval with its labels, FACE's released run, and our own simple metrics."""
    database = open_database(tmp_path_factory.mktemp("arena") / "arena.db")
    pool = Pool(database)
    import_into(pool, "crsarena-eval", shared_data / "crsarena_eval")
    for name in ("length", "distinct"):
        score_into(pool, metric(name))
    return database


@pytest.fixture
def rehearsed(tmp_path: Path) -> Database:
    """The demo study, judged by simulated raters, its dialogues scored for length."""
    database = open_database(tmp_path / "demo.db")
    demo.fill(Pool(database))
    set_up(database, load("demo"))
    score_into(Pool(database), metric("length"))
    rehearse(database, load("demo"), raters=12, seed=1)
    return database


def rows(database: Database, question: str, level: str, *metrics: str) -> dict[str, MetricRow]:
    found = correlate(
        database,
        named(opinions(database), question),
        level=level,  # type: ignore[arg-type]
        kinds=("pearson", "spearman", "kendall"),
        metrics=metrics,
    )
    return {row.metric: row for row in found.rows}


def test_face_on_crsarena_is_as_published(arena: Database) -> None:
    found = rows(
        arena,
        "dialogue_overall",
        "dialogue",
        "face.dialogue_overall",
        "words/recommender",
        "turns",
        "distinct-2/recommender",
    )
    face = found["face.dialogue_overall"]
    assert face.estimates["spearman"].n == 466
    values = {kind: estimate.value for kind, estimate in face.estimates.items()}
    assert values == pytest.approx({"pearson": 0.73, "spearman": 0.675, "kendall": 0.55}, abs=0.01)
    assert face.within.value == pytest.approx(0.51, abs=0.01)
    assert face.why == "the released run has no dialogue_overall here"
    for name, value in (
        ("words/recommender", 0.27),
        ("turns", 0.07),
        ("distinct-2/recommender", 0.05),
    ):
        assert found[name].estimates["spearman"].value == pytest.approx(value, abs=0.01), name
        assert (found[name].p or 1) < 0.01


def test_nine_systems_are_too_few_to_be_sure(arena: Database) -> None:
    face = rows(arena, "dialogue_overall", "system", "face.dialogue_overall")
    found = face["face.dialogue_overall"].estimates
    assert found["spearman"].n == 9
    assert 0.87 <= (found["spearman"].value or 0) <= 0.91
    assert found["pearson"].value == pytest.approx(0.956, abs=0.01)
    assert found["spearman"].low is not None
    assert found["spearman"].low < 0.6


def test_published_baselines_come_out_where_their_inputs_are_released(
    arena: Database, shared_data: Path
) -> None:
    """FACE is the one baseline whose scores were released; per subset and aspect, both tables."""
    published = json.loads((shared_data / "crsarena_eval" / "baselines.json").read_text())
    scores = Pool(arena).scores()
    checked = 0
    for subset, ending in (("CRSArena-Eval_RD", "redial"), ("CRSArena-Eval_KG", "opendialkg")):
        for aspect, expected in published[subset]["FACE"].items():
            name = "dialogue_overall" if aspect == "dialog_overall" else aspect
            opinion = named(opinions(arena), name)
            judged = points(said(arena, opinion), per_turn=opinion.per_turn)
            judged = judged[judged["system"].str.endswith(ending)]
            mine = scores[scores["metric"] == f"face.{name}"].copy()
            mine["unit"] = mine["dialogue"]
            if opinion.per_turn:
                mine["unit"] += "#" + mine["turn"].astype("Int64").astype("string")
            both = judged.merge(mine[["unit", "value"]], on="unit").rename(
                columns={"value": "score"}
            )
            for kind, key in (("pearson", "pearson_r"), ("spearman", "spearman_rho")):
                found = correlation(both, kind, level="turn", how=QUICK)  # type: ignore[arg-type]
                assert found.value == pytest.approx(expected[key], abs=0.01), (subset, aspect, kind)
                checked += 1
    assert checked == 28


def test_a_turn_level_question_is_answered_at_every_level(arena: Database) -> None:
    turn = rows(arena, "relevance", "turn", "face.relevance", "turns")
    assert list(turn) == ["face.relevance"]
    assert turn["face.relevance"].estimates["spearman"].n == 2215
    whole = rows(arena, "relevance", "dialogue", "face.relevance")
    assert (
        whole["face.relevance"].estimates["spearman"].n == 465
    )  # two dialogues lack labels or scores


def test_a_rehearsed_study_has_a_ceiling_and_an_empty_one_says_so(rehearsed: Database) -> None:
    opinion = named(opinions(rehearsed, "demo"), "naturalness")
    full = correlate(rehearsed, opinion, crowd="rehearsal-1", how=QUICK)
    assert full.units > 3
    assert full.raters == 12
    assert full.ceiling.missing == "no unit was rated by two raters"
    assert {row.metric for row in full.rows} >= {"turns", "words/seeker"}
    empty = correlate(rehearsed, opinion, how=QUICK)
    assert (empty.units, empty.answers, empty.rows) == (0, 0, [])
    assert empty.ceiling.missing
    told = json.dumps(full.as_json())
    assert "NaN" not in told


def test_every_question_of_a_judged_study_can_be_set_beside_metrics(rehearsed: Database) -> None:
    asked = opinions(rehearsed, "demo")
    assert {"chat_as_seeker", "chat_as_recommender"}.isdisjoint({one.task for one in asked})
    for opinion in asked:
        assert correlate(rehearsed, opinion, crowd="rehearsal-1", how=QUICK).units > 0


def test_the_verdicts_of_identify_are_a_share(rehearsed: Database) -> None:
    opinion = named(opinions(rehearsed, "demo"), "taken for human")
    found = points(said(rehearsed, opinion, crowd="rehearsal-1"), per_turn=False)
    assert found["human"].between(0, 1).all()
    assert found["human"].nunique() > 1


def test_one_rater_and_one_system_leave_reasons(rehearsed: Database) -> None:
    opinion = named(opinions(rehearsed, "demo"), "naturalness")
    answers = said(rehearsed, opinion, crowd="rehearsal-1")
    one = answers[answers["rater"] == answers["rater"].iloc[0]]
    few = points(one, per_turn=False)
    frame = pd.DataFrame(few).assign(score=1.0)
    assert correlation(frame, how=QUICK).missing


def test_the_command_lists_tells_and_refuses(rehearsed: Database) -> None:
    db = ["--db", str(rehearsed.path)]
    run = CliRunner().invoke
    listed = run(app, ["correlate", "demo", *db])
    assert "naturalness" in listed.output
    none = run(app, ["correlate", *db])
    assert "no corpus in the pool has labels" in none.output
    asked = ["correlate", "demo", "--question", "naturalness", "--crowd", "rehearsal-1", *db]
    table = run(app, asked)
    assert table.exit_code == 0, table.output
    assert "words/seeker" in table.output
    told = json.loads(run(app, [*asked, "--json"]).output)
    assert told["question"] == "naturalness"
    assert set(told["metrics"][0]["correlations"]) == {"pearson", "spearman", "kendall"}
    wrong = run(app, [*asked, "--level", "planet"])
    assert wrong.exit_code == 1
    assert "--level is one of turn, dialogue, system; got 'planet'" in wrong.output
    assert run(app, ["correlate", "nowhere", "--question", "x", *db]).exit_code == 1


def test_an_unknown_question_names_those_there_are(rehearsed: Database) -> None:
    with pytest.raises(StudyError, match="there are: taken for human, "):
        named(opinions(rehearsed, "demo"), "beauty")
