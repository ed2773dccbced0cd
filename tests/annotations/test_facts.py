"""A unit's facts: their form in exports, and units stored before facts were a mapping."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.export import export
from annotations.rehearse import rehearse
from annotations.results import analyse
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from annotations.tasks.base import Unit
from annotations.tasks.facts import Facts, as_strings, from_strings
from backend.database import Database
from tests.annotations import test_locate
from tests.annotations.studies import PROTOCOL, fill

OLD_UNIT = """{"id":"dc9e","dialogues":["dc9e"],"groups":["agenda"],"origins":["simulated"],
"stratum":%s,"partner":null,"role":null,"brief":null,"check":null}"""


@pytest.mark.parametrize(
    ("stratum", "facts"),
    [
        ([], {}),
        (["swap=4", "places=0,2,4"], {"swap": 4, "places": (0, 2, 4)}),
        (["swap=never", "places=0"], {"swap": None, "places": (0,)}),
        (["redial", "-"], {"stratum": ("redial", "-")}),
        (["redial", "pair 3"], {"stratum": ("redial",), "pair": 3}),
        # A system may have such a name; there is no pair without a stratum.
        (["pair 3"], {"stratum": ("pair 3",)}),
    ],
)
def test_a_unit_in_the_old_form_has_the_same_facts_as_a_new_one(
    stratum: list[str], facts: Facts
) -> None:
    old = Unit.model_validate_json(OLD_UNIT % json.dumps(stratum))
    assert old == Unit(
        id="dc9e",
        dialogues=("dc9e",),
        groups=("agenda",),
        origins=("simulated",),
        facts=dict(facts),
    )
    assert list(as_strings(old.facts)) == stratum
    assert Unit.model_validate_json(old.model_dump_json()) == old


@given(
    st.one_of(
        st.builds(
            lambda swap, places: {"swap": swap, "places": tuple(places)},
            st.none() | st.integers(0, 99),
            st.lists(st.integers(0, 99)),
        ),
        st.builds(
            lambda stratum, pair: {"stratum": tuple(stratum), "pair": pair},
            st.lists(st.text(), min_size=1),
            st.integers(0, 999),
        ),
    )
)
def test_facts_survive_their_form_in_exports(facts: dict[str, Any]) -> None:
    assert from_strings(as_strings(facts)) == facts


def _stored(path: Path, protocol: str) -> tuple[Database, Study]:
    database = open_database(path)
    fill(database)
    test_locate.fill(database)
    study = parse(protocol)
    set_up(database, study)
    rehearse(database, study, raters=4, seed=1)
    return database, study


def _in_the_old_form(database: Database) -> None:
    with database.writing() as db:
        for task, name, body in db.conn.execute("SELECT task, unit, body FROM units").fetchall():
            unit = Unit.model_validate_json(body)
            told = json.loads(body)
            del told["facts"]
            told["stratum"] = as_strings(unit.facts)
            db.conn.execute(
                "UPDATE units SET body = ? WHERE task = ? AND unit = ?",
                [json.dumps(told), task, name],
            )


@pytest.mark.parametrize("protocol", [PROTOCOL, test_locate.PROTOCOL])
def test_a_database_made_before_opens_with_the_same_findings_and_export(
    tmp_path: Path, protocol: str
) -> None:
    database, study = _stored(tmp_path / "a.db", protocol)
    findings = repr(analyse(database, study.name, crowd="rehearsal-1"))
    export(database, study.name, tmp_path / "new")
    _in_the_old_form(database)
    assert repr(analyse(database, study.name, crowd="rehearsal-1")) == findings
    export(database, study.name, tmp_path / "old")
    new, old = (
        pd.read_parquet(tmp_path / folder / "judgments_rehearsal_1.parquet")
        for folder in ("new", "old")
    )
    pd.testing.assert_frame_equal(new, old)
    strata = {tuple(stratum) for stratum in new["stratum"]}
    if study.name == "takeover":
        assert {stratum[0] for stratum in strata} <= {f"swap={n}" for n in ("never", 3, 5, 7)}
    else:
        assert strata == {(), ("secret_owl",)}
