"""Tables as CSV, JSONL and Parquet: written and read back to the same data frame."""

import csv
import json
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

Form: TypeAlias = Literal["csv", "jsonl", "parquet"]
FORMS: tuple[Form, ...] = ("csv", "jsonl", "parquet")

#: Column types a table may declare; `list` holds lists of numbers or of texts.
Kind: TypeAlias = Literal["text", "number", "count", "flag", "list"]
Columns: TypeAlias = dict[str, Kind]

_DTYPES: dict[str, Any] = {
    "text": "string",
    "number": "Float64",
    "count": "Int64",
    "flag": "boolean",
}

# Spreadsheets run a cell with one of these prefixes as a formula; an apostrophe makes it text.
# They also run the full-width forms of the signs, where keyboards type them (OWASP).
# Cells that begin with an apostrophe get another one, so that reading can always remove one.
_ESCAPED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def typed(rows: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return the rows with exactly these columns, in this order, as nullable dtypes.

    A list column has the `object` dtype. Absent values are `<NA>`, or None in a list column.
    """
    found: dict[str, Any] = {}
    for name, kind in columns.items():
        values = rows[name]
        if kind == "list":
            made = [None if _absent(v) else list(v) for v in values]
            found[name] = pd.Series(made, dtype=object)
        else:
            found[name] = values.astype(object).where(values.notna(), None).astype(_DTYPES[kind])
            found[name] = found[name].reset_index(drop=True)
    return pd.DataFrame(found, columns=list(columns))


def write(frame: pd.DataFrame, columns: Columns, folder: Path, name: str) -> list[Path]:
    """Write one table in all three forms. `frame` is as `typed` returns it."""
    paths = [folder / f"{name}.{form}" for form in FORMS]
    # Quote all text: an unquoted carriage return would begin a new row.
    _cells(frame, columns).to_csv(
        paths[0],
        index=False,
        encoding="utf-8",
        lineterminator="\n",
        quoting=csv.QUOTE_NONNUMERIC,
    )
    with paths[1].open("w", encoding="utf-8") as lines:
        for row in _plain(frame, columns):
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
    pq.write_table(pa.Table.from_pylist(_plain(frame, columns), schema=_schema(columns)), paths[2])
    return paths


def read(folder: Path, name: str, columns: Columns, form: Form) -> pd.DataFrame:
    """Read a table written by `write`; every form gives the same frame."""
    path = folder / f"{name}.{form}"
    if form == "parquet":
        rows = pd.DataFrame(pq.read_table(path).to_pylist(), columns=list(columns))
    elif form == "jsonl":
        text = path.read_text(encoding="utf-8")
        rows = pd.DataFrame(
            [json.loads(line) for line in text.split("\n") if line], columns=list(columns)
        )
    else:
        rows = _read_cells(path, columns)
    return typed(rows.astype(object), columns)


def _plain(frame: pd.DataFrame, columns: Columns) -> list[dict[str, Any]]:
    rows = []
    for values in frame.itertuples(index=False, name=None):
        row = zip(columns.items(), values, strict=True)
        rows.append({name: _python(value, kind) for (name, kind), value in row})
    return rows


def _python(value: Any, kind: Kind) -> Any:
    if _absent(value):
        return None
    make = {"text": str, "number": float, "count": int, "flag": bool, "list": list}[kind]
    return make(value)


def _absent(value: Any) -> bool:
    return value is None or (not isinstance(value, list | tuple) and bool(pd.isna(value)))


def _cells(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    cells = frame.copy()
    for name, kind in columns.items():
        if kind == "text":
            cells[name] = [escaped(value) for value in frame[name]]
        elif kind == "list":
            cells[name] = [
                None if v is None else json.dumps(v, ensure_ascii=False) for v in frame[name]
            ]
    return cells


def escaped(value: Any) -> Any:
    """Escape a cell, so that no spreadsheet runs it and an empty text is not read as absent."""
    if _absent(value):
        return None
    # An empty text must not read back as an absent one.
    return "'" + value if value.startswith(_ESCAPED) or value == "" else value


def _read_cells(path: Path, columns: Columns) -> pd.DataFrame:
    cells = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8")
    for name, kind in columns.items():
        there = [None if _absent(value) else str(value) for value in cells[name]]
        if kind == "text":
            cells[name] = pd.Series(
                [v[1:] if v is not None and v.startswith("'") else v for v in there], dtype=object
            )
        elif kind == "list":
            cells[name] = pd.Series(
                [None if v is None else json.loads(v) for v in there], dtype=object
            )
        elif kind == "flag":
            cells[name] = pd.Series(
                [None if v is None else v == "True" for v in there], dtype=object
            )
        else:
            number = int if kind == "count" else float
            cells[name] = pd.Series([None if v is None else number(v) for v in there], dtype=object)
    return cells


def _schema(columns: Columns) -> pa.Schema:
    types = {
        "text": pa.string(),
        "number": pa.float64(),
        "count": pa.int64(),
        "flag": pa.bool_(),
        "list": pa.list_(pa.string()),
    }
    return pa.schema([(name, types[kind]) for name, kind in columns.items()])
