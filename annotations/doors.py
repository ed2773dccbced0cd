"""How raters enter a study: by Prolific, another recruiter, a single-use invite or an open link.

A recruiter's id is hashed under the key before anything else is done with it. The same person
coming back is the same rater.
"""

import hashlib
import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlite_utils

from annotations import patterns, secret
from annotations.study import Study
from backend.database import Database

#: What stands for bytes that could not be decoded (U+FFFD, replacement character).
UNDECODABLE = "\N{REPLACEMENT CHARACTER}"

_OWN = re.compile(r"[A-Za-z0-9_-]{16,80}")


class EntryRefused(Exception):
    """A link does not open this study. `reason` is `missing`, `malformed`, `undecodable`,
    `ambiguous` or `unknown_invite`, `name` the parameter it is about."""

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(f"{reason}: {name}" if name else reason)
        self.reason = reason
        self.name = name


@dataclass(frozen=True)
class Visit:
    """A person who enters. `person` is the hashed recruiter's id; `raw` is kept for payment."""

    rater: str
    person: str | None = None
    raw: dict[str, str] = field(default_factory=dict)
    invite: str | None = None
    device: str | None = None


def enter(
    database: Database,
    study: Study,
    link: Mapping[str, str | Sequence[str]],
    *,
    device: str | None = None,
) -> Visit:
    """Identify the person who enters from a link's parameters; raise EntryRefused. Stores nothing.

    A parameter that the link has several times has a list of values.
    A rater's personal link (`rater`) leads back to their place, whatever the door. `device`
    identifies the browser; it is hashed here if the protocol asks for it.
    """
    mark = secret.hashed(database, "device", device) if device and study.privacy.devices else None
    own = _value(link, "rater")
    if own and database.row(
        "SELECT 1 AS there FROM raters WHERE id = ? AND study = ?", [own, study.name]
    ):
        return Visit(own, device=mark)
    door = study.recruitment.door
    if door == "open":
        return Visit(own if _OWN.fullmatch(own) else new_rater_id(), device=mark)
    if door == "invite":
        token = _value(link, "invite")
        if not token:
            raise EntryRefused("missing", "invite")
        if not database.row(
            "SELECT 1 AS there FROM invites WHERE token = ? AND study = ?",
            [_fingerprint(token), study.name],
        ):
            raise EntryRefused("unknown_invite", "invite")
        rater = secret.hashed(database, "invite", study.name, token)
        return Visit(rater, invite=_fingerprint(token), device=mark)
    raw = {name: _value(link, name) for name in study.recruitment.wanted}
    for name, pattern in study.recruitment.wanted.items():
        if not raw[name]:
            raise EntryRefused("missing", name)
        if not patterns.fits(pattern, raw[name]):
            raise EntryRefused("malformed", name)
    person = secret.hashed(database, "person", door, next(iter(raw.values())))
    rater = secret.hashed(database, "rater", study.name, person)
    return Visit(rater, person=person, raw=raw, device=mark)


def _value(link: Mapping[str, str | Sequence[str]], name: str) -> str:
    """The one value of a parameter, empty where the link lacks it. Raises EntryRefused.

    Bytes that are not UTF-8 arrive as U+FFFD, so that different ids would be the same text.
    """
    given = link.get(name, "")
    values = {given} if isinstance(given, str) else set(given) or {""}
    if len(values) > 1:
        raise EntryRefused("ambiguous", name)
    (value,) = values
    if UNDECODABLE in value:
        raise EntryRefused("undecodable", name)
    return value


def new_rater_id() -> str:
    """Return an unguessable id. It serves as a password, so only the rater's own link has it."""
    return secrets.token_urlsafe(16)


def come_in(db: sqlite_utils.Database, study: Study, visit: Visit, now: float) -> None:
    """Store how a rater entered and who they are, in the transaction of their consent."""
    db.conn.execute(
        "UPDATE raters SET door = ?, person = ?, device = ? WHERE id = ? AND person IS NULL",
        [study.recruitment.door, visit.person, visit.device, visit.rater],
    )
    if visit.person:
        db.conn.execute(
            "INSERT INTO recruiter_ids (rater, raw, at, delete_at) "
            "VALUES (:rater, :raw, :now, :delete) ON CONFLICT DO UPDATE SET raw = :raw",
            {
                "rater": visit.rater,
                "raw": json.dumps(visit.raw),
                "now": now,
                "delete": now + study.privacy.recruiter_ids_days * 86400,
            },
        )
    if visit.invite:
        db.conn.execute(
            "UPDATE invites SET rater = ?, used_at = ? WHERE token = ? AND rater IS NULL",
            [visit.rater, now, visit.invite],
        )


def come_back(database: Database, visit: Visit) -> None:
    """Keep the link parameters of an unfinished rater's latest visit: its session is to be paid."""
    raw = json.dumps(visit.raw)
    row = visit.person and database.row(
        "SELECT raw FROM recruiter_ids JOIN raters ON id = rater "
        "WHERE id = ? AND completed_at IS NULL AND screened_at IS NULL",
        [visit.rater],
    )
    if row and row["raw"] != raw:
        with database.writing() as db:
            db.conn.execute("UPDATE recruiter_ids SET raw = ? WHERE rater = ?", [raw, visit.rater])


def decline(database: Database, study: Study) -> None:
    """Count a declined consent, without an id or any other data about the person."""
    if study.recruitment.door == "open":
        return
    with database.writing() as db:
        db.conn.execute(
            "INSERT INTO refusals (study, reason, at) VALUES (?, 'declined', ?)",
            [study.name, time.time()],
        )


def invite(database: Database, study: Study, count: int, *, who: str) -> list[str]:
    """Create single-use invite tokens for links. Only their SHA-256 is kept. Raises ValueError."""
    if study.recruitment.door != "invite":
        raise ValueError(f"study {study.name!r} has the door {study.recruitment.door!r}")
    tokens = [secrets.token_urlsafe(16) for _ in range(count)]
    now = time.time()
    with database.writing() as db:
        db.conn.executemany(
            "INSERT INTO invites (token, study, made_by, made_at) VALUES (?, ?, ?, ?)",
            [(_fingerprint(token), study.name, who, now) for token in tokens],
        )
    return tokens


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
