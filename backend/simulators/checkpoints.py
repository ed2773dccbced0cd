"""The shipped models: their folders, and the identity that provenance records."""

import hashlib
from functools import lru_cache
from pathlib import Path

from backend.simulators import SimulatorError

#: Where the shipped models lie.
CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"

#: Files larger than this are known by their size alone: reading them takes too long.
_READ = 64 * 2**20


def shipped(name: str) -> Path:
    """The folder of a shipped model. Raises SimulatorError if it isn't there."""
    folder = CHECKPOINTS / name
    if not any((folder / name).is_file() for name in ("config.json", "adapter_config.json")):
        raise SimulatorError(
            f"the checkpoint {folder} is missing: get the whole repository, or make it by "
            "the commands of docs/training.md"
        )
    return folder


def identity(model: str | Path) -> str:
    """What provenance calls a model: its name, and a digest of its files if it is a folder."""
    folder = Path(model)
    if not folder.is_dir():
        return str(model)
    return f"{folder.name}#{_digest(folder.resolve())}"


@lru_cache
def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted((*folder.glob("*.safetensors"), *folder.glob("*.json"))):
        size = path.stat().st_size
        digest.update(f"{path.name}:{size}".encode())
        if size <= _READ:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
