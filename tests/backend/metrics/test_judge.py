"""Judges with servers that are down, think before they answer, or write a number in other forms."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from backend.__main__ import app
from backend.database import Database
from backend.engines import Request
from backend.pool import Entry, Pool, migrations
from tests.backend.engines.test_endpoint import server, words
from tests.backend.metrics.test_scoring import TAKEN, scores


@pytest.mark.parametrize(
    "reply",
    [
        '{"answer": 2.0}',
        '{"answer": "2"}',
        '"2"',
        "2",
        '```json\n{"answer": 2}\n```\nReason: the set {a, b}.',
        '<think>\nThe seeker asks {x}. {"answer": 1}?\n</think>\n\n{"answer": 2}',
    ],
)
def test_an_answer_is_read_in_the_forms_that_models_write(reply: str) -> None:
    def answer(request: Request) -> str:
        assert request.decoding.max_tokens > 1000
        return reply

    found = scores("judge", TAKEN, engine="scripted", engine_settings={"replies": answer})
    assert set(found.values()) == {2.0}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ('{"answer": 2.5}', "fractional"),
        ('{"answer": true}', "an answer is a number"),
        ('{"answer": 99}', "the answer is from"),
        ("<think> I could say 2", "all of it is a draft"),
    ],
)
def test_anything_else_is_missing_with_its_reason(reply: str, reason: str) -> None:
    def answer(_: Request) -> str:
        return reply

    found = scores("judge", TAKEN, engine="scripted", engine_settings={"replies": answer})
    assert all(reason in str(value) for value in found.values()), found


def test_what_a_judge_could_not_be_asked_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = Database(path, migrations)
    Pool(database).add([Entry(dialogue=TAKEN)])
    is_down = True

    def answer(body: dict[str, Any]) -> Iterator[str] | tuple[int, str]:
        if is_down and "Flow:" in body["messages"][1]["content"]:
            return 503, "loading"
        return words('{"answer": 2}')

    with server(answer) as url:
        command = ["score", "--metric", "judge", "--engine", "endpoint", "--db", str(path)]
        command += ["--set", f"base_url={url}", "--set", "model=m", "--set", "first_wait=0.01"]
        first = CliRunner().invoke(app, command)
        assert first.exit_code == 1
        assert "judge: 1 dialogues are still open" in first.output
        assert Pool(database).scores().empty
        is_down = False
        second = CliRunner().invoke(app, command)
    assert second.exit_code == 0, second.output
    assert set(Pool(database).scores()["value"]) == {2.0}
    database.close()
