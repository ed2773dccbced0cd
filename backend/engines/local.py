"""The engine for a model on this machine: OpenVINO on a CPU if possible, else transformers."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from backend.engines import Engine


def local_engine(model: str, **settings: Any) -> Engine:
    """The faster engine that runs this model here. Raises EngineUnavailable.

    OpenVINO runs the default base and adapters on it, in a process of its own; transformers runs
    any model, on any device, in this one.
    """
    asks_for_torch = settings.keys() & {"device", "dtype", "adapter"}
    if not asks_for_torch and not _has_gpu() and find_spec("openvino_genai"):
        from backend.engines.openvino_files import takes

        if takes(model):
            from backend.engines.expressions import enforces
            from backend.engines.own_process import OwnProcess

            return OwnProcess("openvino", model=model, enforces=enforces, **settings)
    from backend.engines.transformers_engine import TransformersEngine

    return TransformersEngine(model, **settings)


def _has_gpu() -> bool:
    """Whether torch finds a GPU; it is not loaded on a machine without NVIDIA's driver."""
    if not Path("/proc/driver/nvidia/version").exists():
        return False
    import torch

    return torch.cuda.is_available()
