"""Checks that the files of a model's folder are whole, before a library reads them."""

from pathlib import Path

from safetensors import SafetensorError, safe_open

from backend.engines import EngineUnavailable


def check_files(folder: str) -> None:
    """Raise EngineUnavailable if files of a model's folder are git-lfs pointers, or are cut off."""
    if not Path(folder).is_dir():
        return
    for path in sorted(Path(folder).iterdir()):
        if path.suffix not in {".safetensors", ".bin", ".json", ".model"}:
            continue
        with path.open("rb") as file:
            is_pointer = file.read(64).startswith(b"version https://git-lfs")
        if is_pointer:
            raise EngineUnavailable(
                f"{path} is a git-lfs pointer, not the file itself: fetch it with `git lfs pull`"
            )
        if path.suffix == ".safetensors":
            _check_weights(path)


def _check_weights(path: Path) -> None:
    try:
        with safe_open(path, framework="np"):
            pass
    except SafetensorError as error:
        raise EngineUnavailable(
            f"{path} is damaged or only partly there ({path.stat().st_size:,} bytes; {error}): "
            "copy or fetch it again"
        ) from error
