"""Settings from environment variables. A wrong value stops the start and is named."""

import os
from dataclasses import dataclass
from pathlib import Path


class SettingError(ValueError):
    """A setting is not what it should be; the message names it and says what would be right."""


@dataclass(frozen=True)
class Settings:
    """How this copy is served. Read from `UNCANNY_...` by `Settings.read`.

    `hosts` are the names it answers to (`UNCANNY_HOSTS`, commas between; `*` for any), `frames`
    the origins that may embed it (`UNCANNY_FRAMES`), `seats` how many visitors at a time
    (`UNCANNY_SEATS`; None for no limit), `backups` where backups go (`UNCANNY_BACKUPS`), every
    `backup_minutes` (`UNCANNY_BACKUP_MINUTES`), the newest `keep` of them (`UNCANNY_BACKUP_KEEP`).
    """

    hosts: tuple[str, ...] = ("*",)
    frames: tuple[str, ...] = ()
    seats: int | None = None
    backups: Path | None = None
    backup_minutes: float = 60.0
    keep: int = 48

    @classmethod
    def read(cls) -> "Settings":
        """From the environment. Raises SettingError."""
        folder = os.environ.get("UNCANNY_BACKUPS")
        return cls(
            hosts=_names("UNCANNY_HOSTS") or ("*",),
            frames=_names("UNCANNY_FRAMES"),
            seats=int(_number("UNCANNY_SEATS", 1)) if os.environ.get("UNCANNY_SEATS") else None,
            backups=Path(folder) if folder else None,
            backup_minutes=_number("UNCANNY_BACKUP_MINUTES", 0.01, default=60.0),
            keep=int(_number("UNCANNY_BACKUP_KEEP", 1, default=48)),
        )


def _names(variable: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(variable, "").split(",") if part.strip())


def _number(variable: str, least: float, default: float = 0.0) -> float:
    told = os.environ.get(variable)
    if not told:
        return default
    try:
        number = float(told)
    except ValueError:
        number = least - 1
    if number < least:
        raise SettingError(f"{variable} is {told!r}; a number of at least {least:g} would be right")
    return number
