"""Training of a LoRA adapter that plays a role, on a CPU or a GPU.

What makes it cheap: scores over the vocabulary are computed only where a token is taught, rows of
like length share a batch, and layers below `lowest_layer` carry no adapter, so that nothing is
propagated back through them. Training is checkpointed by steps and goes on where it was stopped.
"""

import hashlib
import json
import math
import random
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

from backend.catalogue import Catalogue
from backend.engines.base_model import DEFAULT_BASE
from backend.training.prepare import read_part
from backend.training.rows import IGNORED, Part, encode, rows

#: Steps of training over which the learning rate rises to its highest, as a share of all.
WARM_UP = 0.05

#: What the rate falls to, as a share of its highest.
LAST_RATE = 0.1


class TrainingError(Exception):
    """Training can't begin; the message says what is missing or does not fit."""


@dataclass(frozen=True)
class Recipe:
    """How to train.

    `tokens_a_step` are padded tokens of one optimiser step, `tokens_at_once` what memory bears,
    `most_tokens` cuts a dialogue off, `rank` is the adapter's, `check_every` the steps between two
    measurements of the validation loss, each followed by a checkpoint.
    """

    part: Part
    base: str
    epochs: float = 3
    rate: float = 5e-4
    rank: int = 16
    dropout: float = 0.05
    lowest_layer: int = 0
    tokens_a_step: int = 8192
    tokens_at_once: int = 4096
    most_tokens: int = 1024
    check_every: int = 100
    weight_decay: float = 0.01
    seed: int = 0
    threads: int = 1
    limit: int | None = None


#: A row's token ids and labels.
Encoded = dict[str, list[int]]


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    catalogue: Catalogue,
    log: Callable[[Mapping[str, float]], object] = lambda entry: None,
) -> dict[str, Any]:
    """Train by `recipe` on a prepared folder; write the adapter to `out` and return its record.

    The record is `training.json`: recipe, hash of the rows, and losses in nats a taught token.
    The adapter with the lowest validation loss is kept. Raises TrainingError.
    """
    if not (data / "prepared.json").is_file():
        raise TrainingError(
            f"{data} holds no prepared data (prepared.json is missing); make it by "
            f"`python -m backend prepare --out {data} ...`"
        )
    torch.set_num_threads(recipe.threads)
    set_seed(recipe.seed)
    model, tokenizer = _begin(recipe)
    sets = {
        name: [
            encode(row, tokenizer, recipe.most_tokens)
            for row in rows(read_part(data, name), recipe.part, catalogue, seed=recipe.seed)
        ]
        for name in ("train", "validation")
    }
    sets["train"] = sets["train"][: recipe.limit]
    digest = hashlib.sha256(json.dumps(sets, sort_keys=True).encode()).hexdigest()
    out.mkdir(parents=True, exist_ok=True)
    run = _Run(recipe, model, sets, out / "steps", digest)
    run.resume()
    run.train(log)
    set_peft_model_state_dict(model, run.best)
    _save(model, out, _base_as_noted(recipe.base))
    record = {
        # The base by name: where it lay on this machine is nobody's business.
        "recipe": {**asdict(recipe), "base": Path(recipe.base).name},
        "data_sha256": digest,
        "rows": {name: len(found) for name, found in sets.items()},
        "tokens": sum(len(row["input_ids"]) for row in sets["train"]),
        "taught_tokens": sum(map(_taught, sets["train"])),
        "parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "device": run.device.type,
        "validation_loss": run.best_loss,
        "curve": run.curve,
    }
    (out / "training.json").write_text(json.dumps(record, indent=1) + "\n")
    return record


def _begin(recipe: Recipe) -> tuple[Any, Any]:
    """The base with a fresh adapter, and its tokenizer. Raises TrainingError."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(recipe.base)
        base = AutoModelForCausalLM.from_pretrained(recipe.base, dtype=torch.float32)
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"no base model {recipe.base!r}: neither a folder with a model nor a name that "
            f"can be fetched ({str(error).splitlines()[0]})"
        ) from error
    if tokenizer.chat_template is None:
        raise TrainingError(f"the tokenizer of {recipe.base} has no chat template")
    layers = base.config.get_text_config().num_hidden_layers
    if not 0 <= recipe.lowest_layer < layers:
        raise TrainingError(f"{recipe.base} has {layers} layers; got lowest {recipe.lowest_layer}")
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=2 * recipe.rank,
        lora_dropout=recipe.dropout,
        target_modules=_linear_layers(base),
        layers_to_transform=list(range(recipe.lowest_layer, layers)),
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks by a name of before
        return get_peft_model(base, config), tokenizer


def _linear_layers(model: Any) -> list[str]:
    """Names of the linear maps within the layers: all but the scores over the vocabulary."""
    linear = (name for name, part in model.named_modules() if isinstance(part, torch.nn.Linear))
    return sorted({name.rsplit(".", 1)[-1] for name in linear if ".layers." in name})


class _Run:
    """One run of training: where it stands, and how it goes on."""

    def __init__(
        self, recipe: Recipe, model: Any, sets: Mapping[str, list[Encoded]], steps: Path, data: str
    ) -> None:
        self.recipe, self.model, self.folder = recipe, model, steps
        self.made_by = {"recipe": asdict(recipe), "data": data}
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model.to(self.device)
        self.train_set, self.validation_set = sets["train"], sets["validation"]
        weights = [p for p in model.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(
            weights, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay
        )
        a_epoch = len(_batches(self.train_set, recipe.tokens_a_step, 0, recipe.seed))
        self.last = max(1, round(recipe.epochs * a_epoch))
        self.step, self.best_loss = 0, math.inf
        self.best: dict[str, Tensor] = {}
        self.curve: list[dict[str, float]] = []

    def train(self, log: Callable[[Mapping[str, float]], object]) -> None:
        """Train to the last step."""
        lately: list[float] = []
        for number, batch in enumerate(self._schedule()):
            if number < self.step:
                continue
            lately.append(self._learn(batch))
            self.step = number + 1
            if self.step % self.recipe.check_every == 0 or self.step == self.last:
                entry = {
                    "step": self.step,
                    "of": self.last,
                    "loss": round(sum(lately) / len(lately), 4),
                    "validation_loss": round(self.validate(), 4),
                }
                lately = []
                self.curve.append(entry)
                if entry["validation_loss"] < self.best_loss:
                    self.best_loss = entry["validation_loss"]
                    state = get_peft_model_state_dict(self.model)
                    self.best = {k: v.detach().cpu().clone() for k, v in state.items()}
                self._checkpoint()
                log(entry)

    def _schedule(self) -> Iterator[list[Encoded]]:
        """The batches of all steps, in an order that the seed alone decides."""
        left, epoch = self.last, 0
        while left:
            for batch in _batches(
                self.train_set, self.recipe.tokens_a_step, epoch, self.recipe.seed
            )[:left]:
                left -= 1
                yield batch
            epoch += 1

    def _learn(self, batch: list[Encoded]) -> float:
        """One step of the optimiser; returns the loss in nats a taught token."""
        self.model.train()
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate * _share_of_rate(self.step, self.last)
        taught = max(1, sum(map(_taught, batch)))
        total = 0.0
        for part in _parts(batch, self.recipe.tokens_at_once):
            loss = self._loss(part) / taught
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return total

    @torch.no_grad()
    def validate(self) -> float:
        """Loss on the validation rows, in nats a taught token."""
        self.model.eval()
        total = 0.0
        for batch in _batches(self.validation_set, self.recipe.tokens_at_once, 0, 0):
            total += float(self._loss(batch))
        return total / max(1, sum(map(_taught, self.validation_set)))

    def _loss(self, batch: Sequence[Encoded]) -> Tensor:
        """Sum of the loss over the taught tokens of some rows, scored only where they stand."""
        width = max(len(row["input_ids"]) for row in batch)
        ids = torch.zeros(len(batch), width, dtype=torch.long)
        labels = torch.full((len(batch), width), IGNORED)
        mask = torch.zeros(len(batch), width, dtype=torch.long)
        for at, row in enumerate(batch):
            n = len(row["input_ids"])
            ids[at, :n] = torch.tensor(row["input_ids"])
            labels[at, :n] = torch.tensor(row["labels"])
            mask[at, :n] = 1
        network = self.model.get_base_model()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            hidden = network.model(
                input_ids=ids.to(self.device), attention_mask=mask.to(self.device), use_cache=False
            ).last_hidden_state
            wanted = labels[:, 1:].to(self.device)
            where = wanted != IGNORED
            scores = network.get_output_embeddings()(hidden[:, :-1][where])
        return cross_entropy(scores.float(), wanted[where], reduction="sum")

    def _checkpoint(self) -> None:
        """Write all that is needed to go on; what was there stays until the new one is whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state = {
            "made_by": self.made_by,
            "step": self.step,
            "adapter": get_peft_model_state_dict(self.model),
            "optimiser": self.optimiser.state_dict(),
            "best": self.best,
            "best_loss": self.best_loss,
            "curve": self.curve,
            "random": torch.get_rng_state(),
        }
        torch.save(state, self.folder / "state.new")
        (self.folder / "state.new").replace(self.folder / "state.pt")

    def resume(self) -> None:
        """Go on from the last checkpoint. Raises TrainingError if another recipe made it."""
        path = self.folder / "state.pt"
        if not path.is_file():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["made_by"] != self.made_by:
            raise TrainingError(
                f"{self.folder} holds the steps of another recipe or other data; remove it, or "
                "name another folder to write to"
            )
        set_peft_model_state_dict(self.model, state["adapter"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.best_loss = state["step"], state["best_loss"]
        self.best, self.curve = state["best"], state["curve"]
        torch.set_rng_state(state["random"].cpu())


def _taught(row: Encoded) -> int:
    return sum(label != IGNORED for label in row["labels"])


def _share_of_rate(step: int, last: int) -> float:
    """Linear warm-up, then a cosine down to `LAST_RATE`."""
    warm = max(1, round(WARM_UP * last))
    if step < warm:
        return (step + 1) / warm
    done = (step - warm) / max(1, last - warm)
    return LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done))


def _batches(found: Sequence[Encoded], tokens: int, epoch: int, seed: int) -> list[list[Encoded]]:
    """Rows in batches of at most so many padded tokens, rows of like length together."""
    rng = random.Random(f"{seed}/{epoch}")
    order = sorted(found, key=lambda row: len(row["input_ids"]) * rng.uniform(0.9, 1.1))
    batches: list[list[Encoded]] = []
    longest = 0
    for row in order:
        length = len(row["input_ids"])
        if batches and max(longest, length) * (len(batches[-1]) + 1) <= tokens:
            batches[-1].append(row)
            longest = max(longest, length)
        else:
            batches.append([row])
            longest = length
    rng.shuffle(batches)
    return batches


def _parts(batch: list[Encoded], tokens: int) -> list[list[Encoded]]:
    """A batch in parts of at most so many padded tokens."""
    longest = max(len(row["input_ids"]) for row in batch)
    each = max(1, tokens // longest)
    return [batch[at : at + each] for at in range(0, len(batch), each)]


def _base_as_noted(base: str) -> str:
    """What an adapter calls its base: the default by its short name, any other as it was given."""
    return DEFAULT_BASE if Path(base).name == DEFAULT_BASE else base


def _save(model: Any, out: Path, base: str) -> None:
    """The adapter in half precision, its base by name."""
    model.peft_config["default"].base_model_name_or_path = base
    model.cpu().half().save_pretrained(out, save_embedding_layers=False)
    (out / "README.md").unlink(missing_ok=True)
