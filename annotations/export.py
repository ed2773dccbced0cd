"""Export of a study: individual judgments, exclusions, dialogues, protocol and data card.

A rater is `r1`, `r2`, ...: the id in the database is the secret of their personal link and is
never exported. Rehearsal crowds have files of their own.
"""

import io
import json
import shutil
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML

from annotations import export_rows, quality, records, tables
from annotations.crowd import vetting, withdrawal
from annotations.data_card import data_card
from annotations.study import Study
from annotations.tables import Columns, Form
from annotations.tasks.facts import as_strings
from backend.database import Database
from backend.dialogue import Dialogue
from backend.pool import Pool

#: The file that marks a folder as an export, with the names of its tables.
MARKER = "export.json"

JUDGMENTS: Columns = {
    "rater": "text", "crowd": "text", "task": "text", "unit": "text", "position": "count",
    "swapped": "flag", "question": "text", "number": "number", "text": "text", "turns": "list",
    "revision": "count", "seconds": "number", "at": "text", "excluded": "flag",
    "dialogues": "list", "groups": "list", "origins": "list", "stratum": "list",
}  # fmt: skip
EXCLUSIONS: Columns = {
    "rater": "text", "task": "text", "unit": "text", "rule": "text", "reason": "text",
    "who": "text", "at": "text", "revoked_at": "text",
}  # fmt: skip
RATERS: Columns = {
    "rater": "text", "crowd": "text", "joined_at": "text", "completed_at": "text",
    "judged": "count", "excluded": "flag",
}  # fmt: skip
BACKGROUNDS: Columns = {"rater": "text", "question": "text", "number": "number", "text": "text"}
VETTING: Columns = {
    "rater": "text", "gold_passed": "count", "gold": "count", "attention_failed": "count",
    "attention": "count", "agreement": "number", "seconds": "number", "flags": "text",
}  # fmt: skip
DIALOGUES: Columns = {
    "dialogue": "text", "corpus": "text", "licence": "text", "source_id": "text",
    "seeker_origin": "text", "seeker_system": "text",
    "recommender_origin": "text", "recommender_system": "text", "turns": "count",
}  # fmt: skip
TURNS: Columns = {
    "dialogue": "text", "turn": "count", "role": "text", "text": "text", "acts": "list",
}  # fmt: skip

_KINDS: dict[str, Columns] = {
    "judgments": JUDGMENTS, "exclusions": EXCLUSIONS, "raters": RATERS, "dialogues": DIALOGUES,
    "turns": TURNS, "backgrounds": BACKGROUNDS, "vetting": VETTING,
}  # fmt: skip


class ExportError(Exception):
    """The target can't be written; the message says why."""


def export(database: Database, name: str, folder: Path) -> list[Path]:
    """Write all data of a study that may be shared; return the files written.

    The files are written beside the target, then moved into place, so that the export is complete
    or absent. Raises StudyError for an unknown study, ExportError for a target that exists and is
    no export.
    """
    study = records.study(database, name)
    _check_target(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise ExportError(f"{folder.parent} can't be written: {error.strerror}") from None
    new, old = beside / "new", beside / "old"
    new.mkdir()
    try:
        written = _write(database, study, new)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    finally:
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(beside, ignore_errors=True)
    return [folder / path.name for path in written]


def export_zip(database: Database, name: str) -> bytes:
    """Return the files of `export` as one ZIP archive. Raises StudyError."""
    packed = io.BytesIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for path in export(database, name, Path(folder) / name):
            archive.write(path, f"{name}/{path.name}")
    return packed.getvalue()


def _check_target(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{folder} is a file; name a folder")
    if folder.exists() and not (folder / MARKER).is_file() and any(folder.iterdir()):
        raise ExportError(f"{folder} exists and is no Uncanny export; choose another folder")


def read(folder: Path, form: Form = "parquet") -> dict[str, pd.DataFrame]:
    """Read the tables of an export by name; all forms give the same frames. Raises ExportError."""
    marker = folder / MARKER
    if not marker.is_file():
        raise ExportError(f"{folder} is no Uncanny export: it has no {MARKER}")
    names: dict[str, str] = json.loads(marker.read_text(encoding="utf-8"))["tables"]
    return {
        name: tables.read(folder, name, _KINDS[kind], form) for name, kind in sorted(names.items())
    }


def _write(database: Database, study: Study, folder: Path) -> list[Path]:
    numbers = _numbers(database, study.name)
    frames: dict[str, tuple[str, pd.DataFrame]] = {}
    for crowd in records.crowds(database, study.name) or [records.PEOPLE]:
        suffix = "" if crowd == records.PEOPLE else f"_{crowd.replace('-', '_')}"
        frames[f"judgments{suffix}"] = ("judgments", _judgments(database, study, crowd, numbers))
    frames["raters"] = ("raters", _raters(database, study.name, numbers))
    frames["backgrounds"] = ("backgrounds", _backgrounds(database, study.name, numbers))
    frames["vetting"] = ("vetting", _vetting(database, study, numbers))
    frames["exclusions"] = ("exclusions", _exclusions(database, study.name, numbers))
    dialogues = _dialogues(database, study.name)
    frames["dialogues"] = ("dialogues", _dialogue_rows(dialogues))
    frames["turns"] = ("turns", _turn_rows(dialogues))
    paths = []
    for name, (kind, frame) in frames.items():
        paths += tables.write(frame, _KINDS[kind], folder, name)
    paths += [*_protocol(study, folder), _consents(database, study.name, folder)]
    card = folder / "README.md"
    left = withdrawal.withdrawals(database, study.name)
    named = {name: frame for name, (_, frame) in frames.items()}
    card.write_text(data_card(study, named, dialogues, left), "utf-8")
    marker = folder / MARKER
    kinds = {name: kind for name, (kind, _) in frames.items()}
    marker.write_text(
        json.dumps({"study": study.name, "hash": study.hash, "tables": kinds}, indent=2)
    )
    return [*paths, card, marker]


def _numbers(database: Database, name: str) -> dict[str, str]:
    frame = records.raters(database, name)
    return {rater: f"r{n}" for rater, n in zip(frame["rater"], frame["number"], strict=True)}


def _judgments(
    database: Database, study: Study, crowd: str, numbers: dict[str, str]
) -> pd.DataFrame:
    frame = records.judgments(database, study.name, crowd, with_excluded=True)
    values = frame["value"].tolist()
    frame = frame.assign(
        rater=frame["rater"].map(numbers),
        crowd=crowd,
        stratum=pd.Series([as_strings(facts) for facts in frame["facts"]], dtype=object),
        number=pd.Series([v if isinstance(v, float) else None for v in values], dtype=object),
        text=pd.Series([v if isinstance(v, str) else None for v in values], dtype=object),
        turns=pd.Series(
            [[str(turn) for turn in v] if isinstance(v, list) else None for v in values],
            dtype=object,
        ),
        at=_times(frame["at"]),
    )
    return tables.typed(frame, JUDGMENTS)


def _raters(database: Database, name: str, numbers: dict[str, str]) -> pd.DataFrame:
    frame = records.raters(database, name)
    return tables.typed(
        frame.assign(
            rater=frame["rater"].map(numbers),
            joined_at=_times(frame["created_at"]),
            completed_at=_times(frame["completed_at"]),
        ),
        RATERS,
    )


def _backgrounds(database: Database, name: str, numbers: dict[str, str]) -> pd.DataFrame:
    frame = export_rows.backgrounds(database, name)
    return tables.typed(frame.assign(rater=frame["rater"].map(numbers)), BACKGROUNDS)


def _vetting(database: Database, study: Study, numbers: dict[str, str]) -> pd.DataFrame:
    """Each rater's checks, agreement and flags; `flags` is JSON, each flag with its evidence."""
    rows = [
        {**vars(one), "rater": numbers[one.rater], "flags": json.dumps(one.flags)}
        for crowd in records.crowds(database, study.name)
        for one in vetting.vet(database, study, crowd)
    ]
    return tables.typed(pd.DataFrame(rows, columns=list(VETTING), dtype=object), VETTING)


def _exclusions(database: Database, name: str, numbers: dict[str, str]) -> pd.DataFrame:
    frame = quality.exclusions(database, name)
    return tables.typed(
        frame.assign(
            rater=frame["rater"].map(numbers),
            at=_times(frame["at"]),
            revoked_at=_times(frame["revoked_at"]),
        ),
        EXCLUSIONS,
    )


def _dialogues(database: Database, name: str) -> list[Dialogue]:
    return list(Pool(database).get_many(export_rows.dialogue_ids(database, name)).values())


def _dialogue_rows(dialogues: list[Dialogue]) -> pd.DataFrame:
    rows = [
        {
            "dialogue": one.id,
            "corpus": one.provenance.corpus,
            "licence": one.provenance.licence,
            "source_id": one.provenance.source_id,
            "seeker_origin": one.seeker.origin.value,
            "seeker_system": one.seeker.system.name if one.seeker.system else None,
            "recommender_origin": one.recommender.origin.value,
            "recommender_system": one.recommender.system.name if one.recommender.system else None,
            "turns": len(one.turns),
        }
        for one in dialogues
    ]
    return tables.typed(pd.DataFrame(rows, columns=list(DIALOGUES), dtype=object), DIALOGUES)


def _turn_rows(dialogues: list[Dialogue]) -> pd.DataFrame:
    rows = [
        {
            "dialogue": one.id,
            "turn": index,
            "role": turn.role.value,
            "text": turn.text,
            "acts": [act.kind.value for act in turn.acts],
        }
        for one in dialogues
        for index, turn in enumerate(one.turns)
    ]
    return tables.typed(pd.DataFrame(rows, columns=list(TURNS), dtype=object), TURNS)


def _protocol(study: Study, folder: Path) -> list[Path]:
    protocol = study.model_dump(mode="json")
    as_json, as_yaml = folder / "protocol.json", folder / "protocol.yaml"
    as_json.write_text(
        json.dumps({"hash": study.hash, "protocol": protocol}, indent=2, ensure_ascii=False),
        encoding="utf-8",
    )
    with as_yaml.open("w", encoding="utf-8") as file:
        YAML().dump(protocol, file)
    return [as_json, as_yaml]


def _consents(database: Database, name: str, folder: Path) -> Path:
    """Write every consent text that raters agreed to, with the number of raters and the dates."""
    path = folder / "consents.json"
    texts = [
        {
            "version": row["version"],
            "text": row["text"],
            "raters": row["n"],
            "first_at": _time(row["first"]),
            "last_at": _time(row["last"]),
        }
        for row in export_rows.consents(database, name)
    ]
    path.write_text(json.dumps(texts, indent=2, ensure_ascii=False), encoding="utf-8")
    return path


def _times(seconds: pd.Series) -> pd.Series:
    """ISO 8601 in UTC, to the millisecond; absent stays absent."""
    return pd.Series([_time(s) for s in seconds], index=seconds.index, dtype=object)


def _time(seconds: float) -> str | None:
    if pd.isna(seconds):
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
