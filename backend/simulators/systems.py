"""Definitions of systems in YAML: the name of each, its simulator and its settings.

    seekers:
      cheerful:
        simulator: controlled        # left out, it is the entry's own name
        about: Somebody in a good mood.
        settings: {controls: {mood: up}}

The bundled file is read first, then the one `UNCANNY_SYSTEMS` names; the later entry counts.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from backend.dialogue import Role

BUNDLED = Path(__file__).with_name("systems.yaml")


class SystemsError(Exception):
    """A file of systems can't be read; the message says which, where and why."""


class SystemEntry(BaseModel):
    """One system."""

    model_config = ConfigDict(extra="forbid")

    simulator: str = ""
    about: str = ""
    settings: dict[str, Any] = Field(default_factory=dict)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seekers: dict[str, SystemEntry] = Field(default_factory=dict)
    recommenders: dict[str, SystemEntry] = Field(default_factory=dict)


def entries(role: Role) -> dict[str, SystemEntry]:
    """The systems of a role by name. Raises SystemsError."""
    own = os.environ.get("UNCANNY_SYSTEMS")
    found: dict[str, SystemEntry] = {}
    for path in (BUNDLED, *([Path(own)] if own else [])):
        try:
            changed = path.stat().st_mtime_ns
        except OSError as error:
            raise SystemsError(f"no file of systems at {path}: {error.strerror}") from error
        read = _read(path, changed)
        found |= read.seekers if role is Role.SEEKER else read.recommenders
    return {
        name: entry.model_copy(update={"simulator": entry.simulator or name})
        for name, entry in found.items()
    }


@lru_cache
def _read(path: Path, changed: int) -> _File:
    try:
        return _File.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {})
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SystemsError(f"{path}, line {line}: not valid YAML: {error.problem}") from error
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"]))
        raise SystemsError(f"{path}: {where}: {wrong['msg']}") from error
    except (UnicodeDecodeError, OSError) as error:
        raise SystemsError(f"{path} can't be read: {error}") from error
