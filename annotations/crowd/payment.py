"""The payment list: raw participant ids with the outcome of each. No other export has raw ids."""

import csv
import json

import pandas as pd

from annotations import tables
from annotations.study import Study
from backend.database import Database


def due(database: Database, study: Study) -> pd.DataFrame:
    """Raters who finished or were screened out: recruiter's parameters, outcome, code, at.

    The parameters are those of the rater's latest visit to this study before its end.
    Raters whose raw id has been deleted and raters who withdrew are left out.
    """
    rows = database.rows(
        "SELECT i.raw, r.completed_at, r.screened_at FROM raters AS r "
        "JOIN recruiter_ids AS i ON i.rater = r.id WHERE r.study = ? "
        "AND (r.completed_at NOTNULL OR r.screened_at NOTNULL) ORDER BY r.number",
        [study.name],
    )
    found = []
    for row in rows:
        finished = row["completed_at"] is not None
        code = study.completion.code if finished else study.completion.screened_out.code
        at = row["completed_at"] or row["screened_at"]
        found.append(
            {
                **json.loads(row["raw"]),
                "outcome": "finished" if finished else "screened out",
                "code": code,
                "at": pd.to_datetime(at, unit="s", utc=True).isoformat(timespec="seconds"),
            }
        )
    columns = [*study.recruitment.wanted, "outcome", "code", "at"]
    return pd.DataFrame(found, columns=columns)


def as_csv(frame: pd.DataFrame) -> bytes:
    """The list as CSV, with cells escaped that a spreadsheet would run as formulas."""
    return frame.map(tables.escaped).to_csv(index=False, quoting=csv.QUOTE_ALL).encode()
