"""Quantised models for OpenVINO: the default base, with a LoRA adapter merged into it.

A folder is made once, into the cache folder of `base_model.py`, under a name with the hashes of
what went into it. The merged weights are written as GGUF, which OpenVINO GenAI reads and saves in
its own format. Matrices are stored as Q8_0 (8-bit integers, one scale for 32 weights).

Source of the GGUF layout: the writers of llama.cpp, through the package `gguf`.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import openvino
import openvino_genai
from numpy.typing import NDArray
from safetensors import safe_open

from backend.engines import EngineUnavailable
from backend.engines.base_model import (
    CONVERSION,
    DEFAULT_BASE,
    GGUF_SHA256,
    base_folder,
    base_name,
    file_sha256,
    packaged_file,
)
from backend.engines.model_files import check_files

#: How matrices are stored. Q4_0 is half the size and loses 0.17 nats a token; this loses none.
STORED = gguf.GGMLQuantizationType.Q8_0

#: Changes whenever the files that this module writes do.
MERGING = 1

_ADAPTER = "adapter_model.safetensors"
_LORA = "base_model.model.{}.lora_{}.weight"


def takes(model: str) -> bool:
    """Whether a model is the default base or a plain LoRA adapter on it, which is set."""
    if base_name() != DEFAULT_BASE:
        return False
    return model == DEFAULT_BASE or _lora(model) is not None


def quantised(model: str, progress: Callable[[str], object] = lambda name: None) -> Path:
    """The folder of this model as OpenVINO reads it, made on first use; `progress` is told then.

    Raises EngineUnavailable if the model is neither the default base nor a LoRA adapter on it, if
    the base is not installed, or if the cache folder can't be written.
    """
    if not takes(model):
        raise EngineUnavailable(
            f"OpenVINO runs {DEFAULT_BASE} and LoRA adapters on it here, and {model} is neither: "
            "use the engine 'transformers'"
        )
    check_files(model)
    base = base_folder()
    folder = base.parent / f"{DEFAULT_BASE}-{_digest(model)}-openvino"
    if folder.is_dir():
        return folder
    progress(Path(model).name)
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            _make(made, base, model)
            _replace(made, folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise EngineUnavailable(
            f"{folder} can't be written: {error.strerror or error}; name a folder that can be "
            "written to, with 300 MB of room, in UNCANNY_MODELS"
        ) from error
    return folder


def _make(made: Path, base: Path, model: str) -> None:
    """Write the merged weights as GGUF, have OpenVINO save them its way, and the tokenizer."""
    # transformers is large, and needed here alone: once for each model.
    from openvino_tokenizers import convert_tokenizer
    from transformers import AutoTokenizer

    weights = made / "model.gguf"
    _write(weights, base, model)
    openvino_genai.ContinuousBatchingPipeline(
        str(weights), openvino_genai.SchedulerConfig(), "CPU", {"enable_save_ov_model": True}
    )
    weights.unlink()
    both = convert_tokenizer(AutoTokenizer.from_pretrained(base), with_detokenizer=True)
    for tokenizer, name in zip(both, ("openvino_tokenizer", "openvino_detokenizer"), strict=True):
        openvino.save_model(tokenizer, made / f"{name}.xml")


def _replace(made: Path, folder: Path) -> None:
    """Put the finished folder in its place; whoever was faster keeps it."""
    try:
        made.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def _lora(model: str) -> dict[str, Any] | None:
    """The settings of a plain LoRA adapter on the default base; None if it is anything else."""
    folder = Path(model)
    if not (folder / _ADAPTER).is_file():
        return None
    try:
        settings: dict[str, Any] = json.loads((folder / "adapter_config.json").read_text())
    except (OSError, ValueError):
        return None
    unusual = ("use_dora", "use_rslora", "fan_in_fan_out", "alpha_pattern", "rank_pattern")
    is_plain = (
        settings.get("peft_type") == "LORA"
        and settings.get("base_model_name_or_path") == DEFAULT_BASE
        and settings.get("bias", "none") == "none"
        and not settings.get("modules_to_save")
        and not any(settings.get(name) for name in unusual)
    )
    return settings if is_plain else None


def _digest(model: str) -> str:
    digest = hashlib.sha256(f"{GGUF_SHA256}/{CONVERSION}/{MERGING}".encode())
    if model != DEFAULT_BASE:
        folder = Path(model).resolve()
        digest.update(file_sha256(folder / _ADAPTER).encode())
        digest.update((folder / "adapter_config.json").read_bytes())
    return digest.hexdigest()[:12]


def _write(made: Path, base: Path, model: str) -> None:
    """Write vocabulary and settings as the package has them, and the merged weights."""
    config = json.loads((base / "config.json").read_text())
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    writer = gguf.GGUFWriter(str(made), "llama")
    _copy_settings(writer)
    with safe_open(base / "model.safetensors", framework="np") as weights:
        added = _Added(model)
        for name in weights.keys():  # noqa: SIM118 (a safetensors file is no dict)
            matrix = added.to(name, weights.get_tensor(name).astype(np.float32))
            if name.endswith(("q_proj.weight", "k_proj.weight")):
                kind = "num_attention_heads" if "q_proj" in name else "num_key_value_heads"
                matrix = _interleaved(matrix, config[kind])
            stored = STORED if matrix.ndim > 1 else gguf.GGMLQuantizationType.F32
            writer.add_tensor(
                names.get_name(name, try_suffixes=(".weight",)) or name,
                gguf.quantize(np.ascontiguousarray(matrix), stored),
                raw_dtype=stored,
            )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _copy_settings(writer: gguf.GGUFWriter) -> None:
    own = {"general.architecture", "general.file_type", "general.quantization_version"}
    for field in gguf.GGUFReader(str(packaged_file())).fields.values():
        if field.name in own or field.name.startswith("GGUF."):
            continue
        kind = field.types[0]
        element = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=element)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


class _Added:
    """What an adapter adds to the weights of its base: nothing where the model is the base."""

    def __init__(self, model: str) -> None:
        self._lora = None if model == DEFAULT_BASE else _lora(model)
        self._weights: dict[str, NDArray[Any]] = {}
        if self._lora:
            with safe_open(Path(model) / _ADAPTER, framework="np") as stored:
                self._weights = {k: stored.get_tensor(k) for k in stored.keys()}  # noqa: SIM118

    def to(self, name: str, matrix: NDArray[Any]) -> NDArray[Any]:
        """W + alpha / r * B A (Hu et al. 2022, LoRA)."""
        module = name.removesuffix(".weight")
        down = self._weights.get(_LORA.format(module, "A"))
        up = self._weights.get(_LORA.format(module, "B"))
        if self._lora is None or down is None or up is None:
            return matrix
        scale = self._lora["lora_alpha"] / self._lora["r"]
        added: NDArray[Any] = matrix + scale * (up.astype(np.float32) @ down.astype(np.float32))
        return added


def _interleaved(matrix: NDArray[Any], heads: int) -> NDArray[Any]:
    """Rows in the order in which llama.cpp rotates them: pairs next to each other."""
    size = matrix.shape[0] // heads // 2
    apart = matrix.reshape(heads, 2, size, *matrix.shape[1:])
    return apart.swapaxes(1, 2).reshape(matrix.shape)
