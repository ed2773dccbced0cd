"""Metrics of dialogues through their registry and the `score` command."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from annotations.questions import Scale
from annotations.study import load
from backend.__main__ import app
from backend.catalogue import Catalogue
from backend.corpora.importing import import_into
from backend.database import Database
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
from backend.engines import EngineFailed, Request
from backend.metrics import METRICS, UnknownMetric, kind, metric
from backend.metrics.base import Missing, Tools
from backend.metrics.judge import JudgeError, read_rubric
from backend.metrics.scoring import score_into
from backend.metrics.summary import summarised
from backend.pool import Entry, Pool, migrations

FILMS = Catalogue.load()
HORROR = Attribute(name="genre", value="horror")
FILM = FILMS.matching([HORROR])[0]
OTHER = FILMS.matching((), [HORROR])[0]


def talk(*turns: tuple[Role, str, tuple[Act, ...]], name: str = "1", wish: bool = True) -> Dialogue:
    brief = Brief(summary="You want something scary.", attributes=(HORROR,))
    return Dialogue(
        turns=tuple(Turn(role=role, text=text, acts=acts) for role, text, acts in turns),
        seeker=Player(origin=Origin.AUTHORED),
        recommender=Player(origin=Origin.AUTHORED),
        provenance=Provenance(corpus="test", source_id=name, licence="MIT"),
        scenario=Scenario(brief=brief, targets=(FILM.id,)) if wish else None,
    )


def act(kind: ActKind, *items: str, wishes: tuple[Attribute, ...] = ()) -> tuple[Act, ...]:
    return (Act(kind=kind, items=items, attributes=wishes),)


SEEKER, RECOMMENDER = Role.SEEKER, Role.RECOMMENDER
TAKEN = talk(
    (SEEKER, "hi, a horror movie please", act(ActKind.REQUEST, wishes=(HORROR,))),
    (RECOMMENDER, "how about this one?", act(ActKind.RECOMMEND, OTHER.id)),
    (SEEKER, "no, I want horror", act(ActKind.REJECT, OTHER.id)),
    (RECOMMENDER, "then that one?", act(ActKind.RECOMMEND, FILM.id)),
    (SEEKER, "great, I will watch it", act(ActKind.ACCEPT, FILM.id)),
)
BARE = talk((SEEKER, "hi", ()), (RECOMMENDER, "hello", ()), name="2", wish=False)


def scores(name: str, dialogue: Dialogue, **tools: object) -> dict[str, object]:
    made = metric(name, Tools(FILMS, **tools))  # type: ignore[arg-type]
    found = [s for s in made.score([dialogue]) if s.turn is None]
    return {s.metric: s.missing if s.value is None else s.value for s in found}


def test_success_counts_rounds() -> None:
    assert scores("success", TAKEN) == {
        "success": 1.0,
        "turns to success": 5.0,
        "acceptance round ratio": 0.5,
        "accepted, fitting": 1.0,
        "accepted, contradicting": 0.0,
    }
    assert set(scores("success", BARE).values()) == {"the seeker's turns carry no acts"}


def test_ranking_is_the_order_of_recommendations() -> None:
    assert scores("ranking", TAKEN) == {"recall@1": 0, "recall@5": 1, "recall@10": 1, "mrr": 0.5}
    assert set(scores("ranking", BARE).values()) == {"no hidden target is known"}


def test_match_has_two_forms() -> None:
    assert scores("match", TAKEN) == {"match score": 1.0, "attribute coverage": 1.0}
    near = scores("embedded-match", TAKEN)["match score, embedded"]
    assert isinstance(near, float)
    assert 0 < near < 1


def test_consistency_finds_what_contradicts() -> None:
    kept = scores("consistency", TAKEN)
    assert kept == {"prompt-to-line": 1.0, "line-to-line": 1.0, "question-answer": 1.0}
    turned = talk(
        (SEEKER, "I want a horror movie", ()),
        (RECOMMENDER, "sure", ()),
        (SEEKER, "I hate horror", ()),
    )
    found = scores("consistency", turned)
    assert found == {"prompt-to-line": 0.5, "line-to-line": 0.0, "question-answer": 0.0}


def test_leaks_say_where() -> None:
    told = talk((SEEKER, f"something like {FILM.name}, scary", ()), (RECOMMENDER, "ok", ()))
    found = scores("leakage", told)
    assert (found["leak"], found["leak, seeker's turns"], found["leak, brief"]) == (1, 1, 0)
    assert scores("leakage", TAKEN)["leak"] == 0


@pytest.mark.parametrize("name", [name for name in METRICS if not kind(name).asks])
def test_every_metric_says_something_of_an_empty_dialogue(name: str) -> None:
    empty = talk(name="3", wish=False)
    found = list(metric(name, Tools(FILMS)).score([empty, BARE, TAKEN]))
    assert {score.dialogue for score in found} == {empty.id, BARE.id, TAKEN.id}
    own = [score for score in found if score.dialogue == empty.id]
    assert all(s.missing or s.metric.startswith(("turns", "words/")) for s in own), own


def test_the_judge_asks_what_raters_are_asked_and_makes_nothing_up() -> None:
    asked: list[str] = []

    def reply(request: Request) -> str:
        prompt = request.messages[1].text
        asked.append(prompt)
        if "Control:" in prompt:
            return "I would say it is about a seven."
        if "Flow:" in prompt:
            raise EngineFailed("it broke")
        return 'Sure! {"answer": 4}'

    found = scores("judge", TAKEN, engine="scripted", engine_settings={"replies": reply})
    assert found["judge naturalness"] == 4.0
    assert "no readable reply in 2 attempt" in str(found["judge control"])
    assert "it broke" in str(found["judge flow"])
    assert "seeker: no, I want horror" in asked[0]
    tasks = {task.id: task for task in load("naturalness_control_flow").tasks}
    seen = {q.id: q for q in tasks["rate"].questions}
    for question in read_rubric(Path("backend/metrics/rubric.yaml"))[:3]:
        assert question.text == seen[question.id].text
        scale = seen[question.id]
        assert isinstance(scale, Scale)
        assert dict(question.anchors) == dict(scale.anchors)


def test_a_judge_of_consistency_answers_line_by_line() -> None:
    def reply(request: Request) -> str:
        return '{"answer": 0}' if "great" in request.messages[1].text else '{"answer": 1}'

    found = scores(
        "judged-consistency", TAKEN, engine="scripted", engine_settings={"replies": reply}
    )
    assert found == {"prompt-to-line, judged": pytest.approx(2 / 3)}


def test_a_judge_needs_an_engine_and_a_rubric(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match="asks a language model: name one"):
        scores("judge", TAKEN)
    broken = tmp_path / "rubric.yaml"
    YAML().dump({"questions": [{"id": "a"}]}, broken)
    with pytest.raises(JudgeError, match="is no rubric"):
        read_rubric(broken)


def test_an_unknown_metric_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownMetric, match="no metric 'fame'; there are length, "):
        metric("fame")


class Breaks(Exception):
    """The plug is pulled."""


def test_scoring_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.metrics.scoring.BATCH", 2)
    database = Database(tmp_path / "a.db", migrations)
    pool = Pool(database)
    dialogues = [talk((SEEKER, f"hi {n}", ()), name=f"d{n}") for n in range(5)]
    pool.add(Entry(dialogue=d) for d in dialogues)

    def stop(done: int) -> None:
        if done == 4:
            raise Breaks

    with pytest.raises(Breaks):
        score_into(pool, metric("length"), progress=stop)
    summary = score_into(pool, metric("length"))
    assert (summary.before, summary.now) == (4, 1)
    frame = pool.scores()
    assert frame.groupby("metric")["dialogue"].nunique().to_dict()["turns"] == 5
    assert not frame.duplicated(["dialogue", "metric", "version"]).any()
    database.close()


def test_the_command_scores_everything_and_says_why_not(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = Database(path, migrations)
    Pool(database).add([Entry(dialogue=TAKEN), Entry(dialogue=BARE)])
    database.close()
    run = CliRunner().invoke(app, ["score", "--metric", "all", "--db", str(path)])
    assert run.exit_code == 0, run.output
    assert "bertscore-idf" in run.output
    assert "judge" not in run.output
    again = CliRunner().invoke(app, ["score", "--metric", "length", "--db", str(path)])
    assert "length" in again.output
    wrong = CliRunner().invoke(app, ["score", "--metric", "fame", "--db", str(path)])
    assert wrong.exit_code == 1
    assert "no metric 'fame'" in wrong.output
    empty = CliRunner().invoke(app, ["score", "--metric", "all", "--db", str(tmp_path / "b.db")])
    assert "No dialogues to score" in empty.output


def test_means_are_told_with_and_without_leaked_dialogues(tmp_path: Path) -> None:
    leaky = talk(
        (SEEKER, f"I only want {FILM.name}", act(ActKind.DISCLOSE, FILM.id)),
        (RECOMMENDER, "this?", act(ActKind.RECOMMEND, OTHER.id)),
        (SEEKER, "no", act(ActKind.REJECT, OTHER.id)),
        name="leaky",
    )
    database = Database(tmp_path / "a.db", migrations)
    pool = Pool(database)
    pool.add(Entry(dialogue=d) for d in (TAKEN, leaky, BARE))
    for name in ("success", "leakage"):
        score_into(pool, metric(name))
    found = summarised(pool, Role.SEEKER).set_index("metric")
    success = found.loc["success"]
    assert (success["all"].value, success["all"].n, success["leaked"]) == (0.5, 2, 1)
    assert (success["without_leaked"].value, success["without_leaked"].n) == (1.0, 1)
    database.close()
    told = CliRunner().invoke(
        app, ["mean-scores", "--metric", "success", "--db", str(tmp_path / "a.db")]
    )
    assert told.exit_code == 0, told.output
    assert "0.500" in told.output
    none = CliRunner().invoke(app, ["mean-scores", "--db", str(tmp_path / "b.db")])
    assert "No scores yet" in none.output


def test_published_dialogues_are_scored(shared_data: Path, tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db", migrations)
    pool = Pool(database)
    import_into(pool, "crsarena-eval", shared_data / "crsarena_eval")
    summary = score_into(pool, metric("distinct"))
    assert summary.now == 467
    assert summary.missing["fewer than 40 tokens"] > 0
    database.close()


def test_missing_is_a_text_that_is_no_number() -> None:
    with pytest.raises(ValueError, match="could not convert"):
        float(Missing("nothing was accepted"))
