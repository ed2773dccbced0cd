"""Models as the transformers engine loads them: adapters, and what can't be loaded."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from backend.engines import Decoding, EngineUnavailable, Message, Request, engine
from backend.engines.transformers_engine import TransformersEngine
from tests.backend.engines import models

ASKED = Request(
    messages=(Message(speaker="user", text="film"),),
    decoding=Decoding(max_tokens=24, temperature=0),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.saved(tmp_path_factory.mktemp("model") / "tiny")


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")  # peft's own
def test_an_adapter_brings_its_base(folder: Path, tmp_path: Path) -> None:
    base: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tuned: Any = get_peft_model(base, LoraConfig(r=2, target_modules="all-linear"))
    with torch.no_grad():
        for name, weights in tuned.named_parameters():
            if "lora_B" in name:
                weights.normal_(std=0.5)
    tuned.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path)
    adapted = TransformersEngine(str(tmp_path), threads=1)
    said = adapted.submit(ASKED).reply().text
    adapted.close()
    assert said != models.greedy(folder, "film")
    merged: Any = tuned.merge_and_unload()
    merged.save_pretrained(tmp_path / "merged")
    AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path / "merged")
    assert said == models.greedy(tmp_path / "merged", "film")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "/nowhere/at/all"}, "no folder /nowhere/at/all"),
        ({"device": "cuda:7"}, "no CUDA"),
        ({"device": "abacus"}, "no device 'abacus'"),
        ({"dtype": "float3"}, "no dtype 'float3'"),
    ],
)
def test_what_cant_be_loaded_is_said_plainly(
    settings: dict[str, Any], message: str, folder: Path
) -> None:
    if torch.cuda.is_available() and "cuda" in str(settings):
        pytest.skip("this machine has CUDA")
    with pytest.raises(EngineUnavailable, match=message):
        engine("transformers", **{"model": str(folder), **settings})


def test_a_model_that_does_not_fit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    models.saved(tmp_path)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    path.write_text(
        json.dumps({**config, "num_hidden_layers": 400, "intermediate_size": 9_000_000})
    )
    with pytest.raises(EngineUnavailable, match=r"needs \d+\.\d GiB as float32 and cpu has"):
        TransformersEngine(str(tmp_path))


def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="neither a folder with a model"):
        TransformersEngine(str(tmp_path))


LFS_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 123\n"


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "tokenizer.json"])
def test_a_pointer_in_place_of_a_file_is_named(name: str, tmp_path: Path) -> None:
    models.saved(tmp_path)
    (tmp_path / name).write_text(LFS_POINTER)
    with pytest.raises(EngineUnavailable, match=rf"{name} is a git-lfs pointer.*git lfs pull"):
        TransformersEngine(str(tmp_path))


@pytest.mark.parametrize(
    ("content", "message"),
    [(LFS_POINTER.encode(), "git lfs pull"), (b"\x10\x00\x00", "only partly there")],
)
def test_the_weights_of_an_adapter_are_checked(
    content: bytes, message: str, folder: Path, tmp_path: Path
) -> None:
    note = {"base_model_name_or_path": str(folder), "peft_type": "LORA"}
    (tmp_path / "adapter_config.json").write_text(json.dumps(note))
    (tmp_path / "adapter_model.safetensors").write_bytes(content)
    with pytest.raises(EngineUnavailable, match=rf"adapter_model\.safetensors.*{message}"):
        TransformersEngine(str(tmp_path))


def test_half_a_file_of_pickled_weights_is_an_error(tmp_path: Path) -> None:
    models.saved(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    (tmp_path / "pytorch_model.bin").write_bytes(b"PK\x03\x04 half")
    with pytest.raises(EngineUnavailable, match="can't be loaded"):
        TransformersEngine(str(tmp_path))


def test_an_adapter_that_names_no_base_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(EngineUnavailable, match="does not name the base"):
        TransformersEngine(str(tmp_path))


def test_openvino_names_the_file_of_an_adapter_that_is_a_pointer(tmp_path: Path) -> None:
    seeker = Path("backend/checkpoints/seeker/adapter_config.json")
    (tmp_path / "adapter_config.json").write_text(seeker.read_text())
    (tmp_path / "adapter_model.safetensors").write_text(LFS_POINTER)
    with pytest.raises(EngineUnavailable, match=r"adapter_model\.safetensors is a git-lfs"):
        engine("openvino", model=str(tmp_path))
