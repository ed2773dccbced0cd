"""Models made small for tests: random weights, real architectures, a tokenizer of their own."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    Lfm2Config,
    Lfm2ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|pad|>"]
WORDS = "a quiet film about a lighthouse keeper, and a loud one about nobody at all; 0123456789"


def tokenizer() -> PreTrainedTokenizerFast:
    """Bytes, a few merges, and the marks of a chat."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        [WORDS] * 3,
        trainers.BpeTrainer(
            vocab_size=320,
            special_tokens=SPECIAL,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    found = PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|end|>", pad_token="<|pad|>", model_max_length=256
    )
    found.chat_template = TEMPLATE
    return found


def llama(size: int, longest: int = 256) -> LlamaForCausalLM:
    """A Llama-type model with grouped queries."""
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=size,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=longest,
        )
    )


def neox(size: int, longest: int = 256) -> GPTNeoXForCausalLM:
    """A model of the type that is shipped."""
    return GPTNeoXForCausalLM(
        GPTNeoXConfig(
            vocab_size=size,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=longest,
        )
    )


def gpt2(size: int, longest: int = 256) -> GPT2LMHeadModel:
    """A model that has learned its positions: it breaks beyond the last of them."""
    return GPT2LMHeadModel(
        GPT2Config(vocab_size=size, n_embd=32, n_layer=2, n_head=4, n_positions=longest)
    )


def lfm2(size: int, longest: int = 256) -> Lfm2ForCausalLM:
    """A model with a layer that has a state in place of keys and values."""
    return Lfm2ForCausalLM(
        Lfm2Config(
            vocab_size=size,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=longest,
            layer_types=["conv", "full_attention"],
        )
    )


TYPES = {"gpt2": gpt2, "lfm2": lfm2, "llama": llama, "neox": neox}


def saved(folder: Path, kind: str = "llama", longest: int = 256) -> Path:
    """A folder with such a model. Its weights are large enough that scores differ clearly."""
    torch.manual_seed(0)
    words = tokenizer()
    model: Any = TYPES[kind](len(words), longest)
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(3)
    model.generation_config.eos_token_id = words.eos_token_id
    model.generation_config.pad_token_id = words.pad_token_id
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def greedy(folder: Path, text: str, tokens: int = 24) -> str:
    """What transformers itself says, alone."""
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.eval()
    words = AutoTokenizer.from_pretrained(folder)
    prompt = words.apply_chat_template(
        [{"role": "user", "content": text}], tokenize=False, add_generation_prompt=True
    )
    ids = words(prompt, return_tensors="pt", add_special_tokens=False)
    out = model.generate(**ids, max_new_tokens=tokens, do_sample=False)
    new = out[0, ids["input_ids"].shape[1] :]
    said: Any = words.decode(new, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return str(said).rstrip("\ufffd")
