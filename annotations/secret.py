"""The secret key, kept outside the database, that participant ids are hashed with (HMAC-SHA-256).

Source: RFC 2104. Whoever has the database but not the key can't tell whether a given recruiter's
id is in it.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from backend.database import Database, DatabaseError

#: Minimum number of characters of a key given in `UNCANNY_KEY`.
SHORTEST = 32


class NoKey(DatabaseError):
    """The key is not available; the message says where it was looked for."""


def key(database: Database) -> bytes:
    """The key of this database: `UNCANNY_KEY`, else the file `UNCANNY_KEY_FILE`, else a file
    beside the database, made on first use and readable by its owner alone. Raises NoKey.
    """
    told = os.environ.get("UNCANNY_KEY")
    if told is not None:
        if len(told) < SHORTEST:
            raise NoKey(f"UNCANNY_KEY has {len(told)} characters; it needs {SHORTEST} or more")
        return told.encode()
    path = Path(os.environ.get("UNCANNY_KEY_FILE") or f"{database.path}.key")
    try:
        _make(path)
        kept = path.read_bytes().strip()
    except OSError as error:
        raise NoKey(f"the key file {path} can't be used: {error.strerror}") from None
    if len(kept) < SHORTEST:
        raise NoKey(f"the key file {path} has {len(kept)} bytes; it needs {SHORTEST} or more")
    return kept


def hashed(database: Database, *parts: str) -> str:
    """Return the keyed hash of these parts, as 32 hexadecimal digits."""
    text = "\x00".join(parts).encode()
    return hmac.new(key(database), text, hashlib.sha256).hexdigest()[:32]


def _make(path: Path) -> None:
    """Write a new key to `path` atomically, unless the file exists."""
    if path.exists():
        return
    beside = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_hex(32).encode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(beside, path)
    except FileExistsError:
        pass  # another process was first: its key is used
    finally:
        beside.unlink()
