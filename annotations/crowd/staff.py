"""Staff accounts: log-in, roles, and the audit log of what each person did.

Passphrases are kept as argon2id hashes (argon2-cffi). A wrong name takes the same time as a wrong
passphrase, and after a few failures log-in is blocked for a while for that name or address.
"""

import json
import re
import time
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import pandas as pd
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from itsdangerous import BadSignature, URLSafeTimedSerializer

from annotations import secret
from backend.database import Database

#: Minimum length of a passphrase: length beats composition rules (NIST SP 800-63B, 3.1.1).
SHORTEST = 12

#: Number of failures of a name or an address within `WINDOW` seconds that blocks further log-ins.
FAILURES, WINDOW = 5, 15 * 60.0

#: The cookie that holds a log-in, and how long one lasts.
COOKIE, HOURS = "uncanny_staff", 12

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody has this passphrase")


class StaffRole(IntEnum):
    """The rights of a staff account; each role includes the rights of those before it."""

    VIEWER = 1  # reads
    ANALYST = 2  # loads and rehearses studies, excludes raters, exports
    ADMIN = 3  # manages accounts, invites and recruiters' ids

    @property
    def word(self) -> str:
        """The role's name as it is stored and shown."""
        return self.name.lower()


class StaffError(Exception):
    """An account can't be made or used as asked; the message says why."""


class Throttled(StaffError):
    """Too many failed attempts: log-in is blocked for a while."""


@dataclass(frozen=True)
class Member:
    """A logged-in person. A higher `session` number ends all earlier log-ins of an account."""

    name: str
    role: StaffRole
    session: int = 0


def add(
    database: Database,
    name: str,
    role: StaffRole,
    *,
    passphrase: str | None = None,
    email: str | None = None,
) -> None:
    """Make an account, or change an existing one's role and log-in method. Raises StaffError.

    With `email`, the identity provider confirms the person; with `passphrase`, anybody who knows
    it can log in. A change ends every log-in of the account.
    """
    if not re.fullmatch(r"[\w.@-]{1,64}", name):
        raise StaffError(f"{name!r} is no account name: letters, digits and . _ - @, at most 64")
    if (passphrase is None) == (email is None):
        raise StaffError("an account has either a passphrase or an e-mail address")
    if passphrase is not None and len(passphrase) < SHORTEST:
        raise StaffError(f"a passphrase has at least {SHORTEST} characters")
    hashed = _HASHER.hash(passphrase) if passphrase is not None else None
    with database.writing() as db:
        taken = db.conn.execute(
            "SELECT name FROM staff WHERE email = ? AND name != ?", [_folded(email), name]
        ).fetchone()
        if taken:
            raise StaffError(f"{email} is the address of account {taken[0]!r} already")
        db.conn.execute(
            "INSERT INTO staff (name, role, email, passphrase, made_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET role = excluded.role, email = excluded.email, "
            "passphrase = excluded.passphrase, session = session + 1",
            [name, role.word, _folded(email), hashed, time.time()],
        )


def remove(database: Database, name: str) -> bool:
    """Delete an account and end its log-ins. Returns whether the account existed."""
    with database.writing() as db:
        return bool(db.conn.execute("DELETE FROM staff WHERE name = ?", [name]).rowcount)


def accounts(database: Database) -> pd.DataFrame:
    """Accounts: name, role, email, made_at."""
    return database.frame("SELECT name, role, email, made_at FROM staff ORDER BY name")


def is_configured(database: Database) -> bool:
    """Whether there is any account."""
    return database.row("SELECT 1 AS there FROM staff") is not None


def log_in(
    database: Database, name: str, passphrase: str, *, address: str, now: float | None = None
) -> Member | None:
    """The account that this passphrase opens, or None. Raises Throttled.

    Both outcomes are recorded; failures of one name or one address add up.
    """
    now = time.time() if now is None else now
    failed = database.rows(
        "SELECT count(*) AS n FROM attempts WHERE at BETWEEN ? AND ? AND NOT ok "
        "AND (name = ? OR address = ?)",
        [now - WINDOW, now, name, address],
    )[0]["n"]
    if failed >= FAILURES:
        raise Throttled(f"too many attempts: please wait {WINDOW / 60:.0f} minutes")
    row = database.row("SELECT * FROM staff WHERE name = ?", [name])
    known = row["passphrase"] if row and row["passphrase"] else _NOBODY
    try:
        ok = _HASHER.verify(known, passphrase) and known is not _NOBODY
    except (VerificationError, InvalidHashError):
        ok = False
    with database.writing() as db:
        db.conn.execute(
            "INSERT INTO attempts (name, address, at, ok) VALUES (?, ?, ?, ?)",
            [name, address, now, int(ok)],
        )
    return _member(row) if ok and row else None


def of_email(database: Database, email: str) -> Member | None:
    """The account of an address that an identity provider has verified, or None."""
    row = database.row("SELECT * FROM staff WHERE email = ?", [_folded(email)])
    return _member(row) if row else None


def still(database: Database, name: str, session: int) -> Member | None:
    """The account of a log-in made earlier, or None where it was changed or removed since."""
    row = database.row("SELECT * FROM staff WHERE name = ? AND session = ?", [name, session])
    return _member(row) if row else None


def pass_for(database: Database, member: Member) -> str:
    """A signed pass (itsdangerous) for a log-in, good for `HOURS`."""
    return _signer(database).dumps([member.name, member.session])


def of_pass(database: Database, told: str) -> Member | None:
    """The account of a signed pass; None if the pass is invalid or the account has changed."""
    try:
        name, session = _signer(database).loads(told, max_age=HOURS * 3600)
    except (BadSignature, ValueError, TypeError):
        return None
    return still(database, name, session)


def _signer(database: Database) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret.key(database), salt="uncanny staff")


def note(
    database: Database, who: str, action: str, study: str | None = None, /, **details: Any
) -> None:
    """Record that somebody changed or exported something."""
    with database.writing() as db:
        db.conn.execute(
            "INSERT INTO audit (at, who, action, study, details) VALUES (?, ?, ?, ?, ?)",
            [time.time(), who, action, study, json.dumps(details, default=str)],
        )


def audit(database: Database, study: str | None = None) -> pd.DataFrame:
    """The audit log: at, who, action, study, details; the latest first."""
    return database.frame(
        "SELECT at, who, action, study, details FROM audit "
        "WHERE :study IS NULL OR study = :study ORDER BY id DESC",
        {"study": study},
    )


def _member(row: dict[str, Any]) -> Member:
    return Member(row["name"], StaffRole[row["role"].upper()], row["session"])


def _folded(email: str | None) -> str | None:
    return email.strip().casefold() if email else None
