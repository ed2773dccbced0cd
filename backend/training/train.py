"""Fine-tunes a model to play a role, by trl: any base, or a small one from scratch.

`scratch` makes a GPT-NeoX-type model and a tokenizer of its own (rotary positions, and dropout
in every block, which so few words need: ReDial and LAPS are half a million). A base named by
folder or name is trained in whole, or with LoRA. Training goes on where it was stopped.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DataCollatorForSeq2Seq,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    TrainerCallback,
    set_seed,
)
from trl import SFTConfig, SFTTrainer

from backend.catalogue import Catalogue
from backend.training.prepare import read_part
from backend.training.rows import IGNORED, Part, Row, encode, rows, texts
from backend.training.tokens import add_marks, make_tokenizer

#: A base by this name is a new small model.
SCRATCH = "scratch"


class TrainingError(Exception):
    """Training can't begin; the message says what is missing or does not fit."""


@dataclass(frozen=True)
class Recipe:
    """How to train. `most_tokens` cuts a dialogue off; `lora` is a rank, 0 for all weights."""

    part: Part
    base: str = SCRATCH
    epochs: float = 6
    rate: float = 1e-3
    rows_a_step: int = 16
    rows_at_once: int = 8
    most_tokens: int = 640
    lora: int = 0
    seed: int = 0
    threads: int = 1
    vocabulary: int = 4096
    width: int = 256
    layers: int = 6
    dropout: float = 0.1
    weight_decay: float = 0.1
    limit: int | None = None


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    catalogue: Catalogue,
    log: Callable[[Mapping[str, float]], object] = lambda entry: None,
) -> dict[str, Any]:
    """Train by `recipe` on a prepared folder; write the model to `out` and return `training.json`.

    Steps are checkpointed under `out`/steps and taken up again if the recipe and the data are the
    same. Raises TrainingError.
    """
    _check(data)
    torch.set_num_threads(recipe.threads)
    set_seed(recipe.seed)
    parts = {
        name: list(rows(read_part(data, name), recipe.part, catalogue, seed=recipe.seed))
        for name in ("train", "validation")
    }
    parts["train"] = parts["train"][: recipe.limit]
    digest = _digest(parts)
    model, tokenizer = _begin(recipe, lambda: list(texts(parts["train"])), catalogue)
    sets = {
        name: Dataset.from_list([encode(row, tokenizer, recipe.most_tokens) for row in found])
        for name, found in parts.items()
    }
    out.mkdir(parents=True, exist_ok=True)
    steps = out / "steps"
    _same_recipe(recipe, digest, steps)
    trainer = SFTTrainer(
        model=model,
        args=_arguments(recipe, steps),
        train_dataset=sets["train"],
        eval_dataset=sets["validation"],
        processing_class=tokenizer,
        data_collator=DataCollatorForSeq2Seq(tokenizer, label_pad_token_id=IGNORED),
        peft_config=LoraConfig(r=recipe.lora, target_modules="all-linear", task_type="CAUSAL_LM")
        if recipe.lora
        else None,
        callbacks=[_Tell(log)],
    )
    trainer.train(resume_from_checkpoint=any(steps.glob("checkpoint-*")))
    best = trainer.state.best_metric
    _save(trainer, tokenizer, out)
    taught = sum(label != IGNORED for row in sets["train"] for label in row["labels"])
    told = {
        # The base by name: where it lay on this machine is nobody's business.
        "recipe": {**asdict(recipe), "base": Path(recipe.base).name},
        "data_sha256": digest,
        "rows": {name: len(found) for name, found in sets.items()},
        "tokens": sum(len(row["input_ids"]) for row in sets["train"]),
        "taught_tokens": taught,
        "parameters": _size(trainer.model),
        "validation_loss": best,
        "curve": _curve(trainer.state.log_history),
    }
    (out / "training.json").write_text(json.dumps(told, indent=1) + "\n")
    return told


def _check(data: Path) -> None:
    if not (data / "prepared.json").is_file():
        raise TrainingError(
            f"{data} holds no prepared data (prepared.json is missing); make it by "
            f"`python -m backend prepare --out {data} ...`"
        )


def _digest(parts: Mapping[str, Sequence[Row]]) -> str:
    """SHA-256 of all that is read and of what of it is taught."""
    digest = hashlib.sha256()
    for name in sorted(parts):
        for row in parts[name]:
            digest.update(repr((name, row.messages, row.taught)).encode())
    return digest.hexdigest()


def _begin(
    recipe: Recipe, learned_from: Callable[[], Sequence[str]], catalogue: Catalogue
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    if recipe.base != SCRATCH:
        try:
            tokenizer = AutoTokenizer.from_pretrained(recipe.base)
            model = AutoModelForCausalLM.from_pretrained(recipe.base, dtype=torch.float32)
        except (OSError, ValueError) as error:
            raise TrainingError(
                f"no base model {recipe.base!r}: neither a folder with a model nor a name that "
                f"can be fetched ({str(error).splitlines()[0]})"
            ) from error
        if tokenizer.chat_template is None:
            raise TrainingError(f"the tokenizer of {recipe.base} has no chat template")
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        # An adapter leaves embeddings as they are: there, marks stay the pieces they are.
        if not recipe.lora and add_marks(tokenizer, catalogue):
            model.resize_token_embeddings(len(tokenizer))
        return model, tokenizer
    tokenizer = make_tokenizer(
        learned_from(), catalogue, size=recipe.vocabulary, longest=2 * recipe.most_tokens
    )
    config = GPTNeoXConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.width,
        num_hidden_layers=recipe.layers,
        num_attention_heads=max(1, recipe.width // 64),
        intermediate_size=4 * recipe.width,
        max_position_embeddings=2 * recipe.most_tokens,
        hidden_dropout=recipe.dropout,
        attention_dropout=recipe.dropout,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        use_cache=True,
    )
    return GPTNeoXForCausalLM(config), tokenizer


def _arguments(recipe: Recipe, steps: Path) -> SFTConfig:
    on_gpu = torch.cuda.is_available()
    return SFTConfig(
        output_dir=str(steps),
        num_train_epochs=recipe.epochs,
        learning_rate=recipe.rate,
        lr_scheduler_type="cosine",
        warmup_steps=60,
        weight_decay=recipe.weight_decay,
        adam_beta2=0.98,
        per_device_train_batch_size=recipe.rows_at_once,
        per_device_eval_batch_size=recipe.rows_at_once,
        gradient_accumulation_steps=max(1, recipe.rows_a_step // recipe.rows_at_once),
        train_sampling_strategy="group_by_length",
        seed=recipe.seed,
        data_seed=recipe.seed,
        bf16=on_gpu,
        activation_checkpointing=False,
        use_cpu=not on_gpu,
        dataloader_pin_memory=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        max_length=None,
        logging_steps=25,
        eval_strategy="steps",
        eval_steps=200,
        save_strategy="steps",
        save_steps=200,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        report_to=[],
        disable_tqdm=True,
    )


def _same_recipe(recipe: Recipe, data: str, steps: Path) -> None:
    """Note what the steps were made by. Raises TrainingError if they were made by another."""
    wanted = json.dumps({"recipe": asdict(recipe), "data": data}, indent=1)
    note = steps / "made_by.json"
    if note.is_file() and note.read_text() != wanted:
        raise TrainingError(
            f"{steps} holds the steps of another recipe or other data; remove it, or name another "
            "folder to write to"
        )
    steps.mkdir(parents=True, exist_ok=True)
    note.write_text(wanted)


def _save(trainer: SFTTrainer, tokenizer: PreTrainedTokenizerBase, out: Path) -> None:
    """Weights in half precision: they are read as float32 where that is faster."""
    model: Any = trainer.model
    model.half().save_pretrained(out)
    tokenizer.save_pretrained(out)
    model.float()


def _size(model: Any) -> int:
    return sum(weights.numel() for weights in model.parameters())


def _curve(history: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Loss by step, of training and validation."""
    kept = ("step", "loss", "eval_loss", "epoch")
    return [
        {k: round(v, 4) for k, v in entry.items() if k in kept and math.isfinite(v)}
        for entry in history
        if "loss" in entry or "eval_loss" in entry
    ]


class _Tell(TrainerCallback):  # type: ignore[misc]
    """Hands each line of the log on."""

    def __init__(self, log: Callable[[Mapping[str, float]], object]) -> None:
        self.log = log

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Called by the trainer."""
        self.log({**(logs or {}), "step": state.global_step, "of": state.max_steps})
