"""The whole small study in docs/researchers.md, loaded and rehearsed as its reader would."""

import re
from pathlib import Path

import pytest

from annotations import records
from annotations.planning import raters_needed
from annotations.rehearse import rehearse
from annotations.results import analyse
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from backend.demo import fill
from backend.pool import Pool

DOCS = Path(__file__).parents[2] / "docs" / "researchers.md"


@pytest.fixture
def study() -> Study:
    (text,) = re.findall(r"```yaml\n(name: .*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    return parse(text, source="researchers.md")


def test_it_loads_on_the_demo_dialogues_and_every_question_reaches_the_findings(
    study: Study, tmp_path: Path
) -> None:
    database = open_database(tmp_path / "docs.db")
    fill(Pool(database))
    assert set_up(database, study)
    units = records.progress(database, study.name)
    needed = raters_needed(study, units)
    assert needed == -(-3 * len(units) // 6)
    rehearse(database, study, raters=needed, seed=1)
    (result,) = analyse(database, study.name, crowd="rehearsal-1")
    titles = {finding.title for finding in result.findings}
    assert {"How natural is the seeker?", "Did the recommender help?"} <= titles
    database.close()
