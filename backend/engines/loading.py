"""Load a causal model and its tokenizer, or raise an error with the reason."""

import json
import pickle
import warnings
from pathlib import Path
from typing import Any

import psutil
import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from backend.engines import EngineUnavailable
from backend.engines.base_model import resolved
from backend.engines.model_files import check_files

logging.disable_progress_bar()

#: Share of the free memory that weights may take: chats need room, too.
ROOM = 0.9

#: What libraries raise for weights they can't read.
_UNREADABLE = (SafetensorError, pickle.UnpicklingError, EOFError, KeyError)


def load(
    model: str,
    *,
    adapter: str | None = None,
    device: str | None = None,
    dtype: str | None = None,
) -> tuple[Any, Any]:
    """A model ready to run and its tokenizer. Raises EngineUnavailable."""
    named, adapter = _base(model, adapter)
    if adapter:
        check_files(adapter)
    base = resolved(named)
    check_files(base)
    where = _device(device)
    kind = _dtype(dtype, where)
    try:
        config = AutoConfig.from_pretrained(base)
        has_own = adapter and (Path(adapter) / "tokenizer_config.json").is_file()
        tokenizer = AutoTokenizer.from_pretrained(adapter if has_own else base)
    except (OSError, ValueError, KeyError) as error:
        if adapter:
            raise EngineUnavailable(
                f"the adapter {adapter} was trained on {base!r}, and there is no such model: get "
                f"it, or name a folder that holds it as base_model_name_or_path in "
                f"{adapter}/adapter_config.json ({_first_line(error)})"
            ) from error
        raise EngineUnavailable(
            f"no model {base!r}: neither a folder with a model nor a name that can be fetched "
            f"({_first_line(error)})"
        ) from error
    _check_fit(base, config, where, kind)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network: Any = AutoModelForCausalLM.from_pretrained(base, dtype=kind)
            if adapter:
                network = _adapted(network, adapter)
            network = network.to(where).eval()
    except (OSError, ValueError, RuntimeError, MemoryError, *_UNREADABLE) as error:
        raise EngineUnavailable(
            f"the model {base!r} can't be loaded on {where}: {_first_line(error)}"
        ) from error
    return network, tokenizer


def _base(model: str, adapter: str | None) -> tuple[str, str | None]:
    """The base and the adapter of what was named."""
    folder = Path(model)
    looks_like_path = folder.is_absolute() or model.startswith((".", "~"))
    if looks_like_path and not folder.expanduser().is_dir():
        raise EngineUnavailable(f"no folder {model}: name a folder with a model, or a hub name")
    note = folder / "adapter_config.json"
    if adapter is None and note.is_file():
        check_files(model)
        try:
            return json.loads(note.read_text(encoding="utf-8"))["base_model_name_or_path"], model
        except (ValueError, KeyError, TypeError) as error:
            raise EngineUnavailable(
                f"{note} does not name the base of the adapter (base_model_name_or_path): copy or "
                "fetch it again"
            ) from error
    return model, adapter


def _device(device: str | None) -> torch.device:
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(device)
    except RuntimeError as error:
        raise EngineUnavailable(f"no device {device!r}: {_first_line(error)}") from error
    if found.type == "cuda" and not torch.cuda.is_available():
        raise EngineUnavailable(f"device {device!r} was asked for, and this machine has no CUDA")
    return found


def _dtype(dtype: str | None, device: torch.device) -> torch.dtype:
    if dtype is not None:
        found = getattr(torch, dtype, None)
        if not isinstance(found, torch.dtype):
            raise EngineUnavailable(f"no dtype {dtype!r}: float32, bfloat16 or float16")
        return found
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _check_fit(base: str, config: Any, device: torch.device, dtype: torch.dtype) -> None:
    """Raise EngineUnavailable if the weights are larger than the memory that is free."""
    try:
        with torch.device("meta"):
            empty = AutoModelForCausalLM.from_config(config)
    except (ValueError, KeyError) as error:
        raise EngineUnavailable(
            f"{base} is no causal language model: {_first_line(error)}"
        ) from error
    needed = sum(p.numel() for p in empty.parameters()) * dtype.itemsize
    free = (
        torch.cuda.mem_get_info(device)[0]
        if device.type == "cuda"
        else psutil.virtual_memory().available
    )
    if needed > ROOM * free:
        raise EngineUnavailable(
            f"{base} needs {needed / 2**30:.1f} GiB as {str(dtype).removeprefix('torch.')} and "
            f"{device} has {free / 2**30:.1f} GiB free: take a smaller model or dtype, or an "
            "endpoint on a larger machine"
        )


def _adapted(network: Any, adapter: str) -> Any:
    try:
        from peft import PeftModel
    except ImportError as error:
        raise EngineUnavailable(
            f"{adapter} is a LoRA adapter, which needs peft: pip install -r requirements.txt"
        ) from error
    return PeftModel.from_pretrained(network, adapter).merge_and_unload()


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0]
