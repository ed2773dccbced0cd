"""A small tokenizer for the script: byte-pair pieces of its words, and a token for each mark.

Marks (`#recommend`, `+genre=horror`, `@new`, `verbosity=short`) are whole tokens that are part of
the text, not special ones: whatever decodes them gives the script back as written.
"""

from collections.abc import Iterable
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from backend.catalogue import Catalogue
from backend.dialogue import ActKind
from backend.language.style import LEVELS
from backend.simulators.script.actions import ASKED, SPELLED
from backend.simulators.script.slots import FACT_SLOTS, film_slots

SPEAKERS = ("system", "user", "assistant")
END, PAD = "<|end|>", "<|pad|>"

#: Each text stands behind a space, so that a word is the same piece wherever it stands.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "<|{{ message['role'] }}|>{% if message['content'] %} {{ message['content'] }}{% endif %}"
    "<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def marks(catalogue: Catalogue) -> list[str]:
    """Every mark of the script, for this catalogue's genres and decades."""
    wishes = [f"{name}={value}" for name in SPELLED for value in sorted(catalogue.values[name])]
    wishes += ["cast", "director"]
    found = [f"#{kind.value}" for kind in ActKind]
    found += [f"{sign}{wish}".replace(" ", "-") for sign in "+-" for wish in wishes]
    found += [f"?{name}" for name in ASKED]
    found += [*film_slots(), *FACT_SLOTS]
    found += ["~told", "~target", "~liked", "~known", "~unheard", "|"]
    found += [f"{name}={value}" for name, values in LEVELS.items() for value in values]
    found += [f"leaning={genre}" for genre in sorted(catalogue.values["genre"])]
    return found


def add_marks(tokenizer: Any, catalogue: Catalogue) -> int:
    """Make a token of each mark that is none yet; how many were."""
    wanted = [AddedToken(f" {m}", normalized=False, special=False) for m in marks(catalogue)]
    known = tokenizer.get_vocab()
    return int(tokenizer.add_tokens([mark for mark in wanted if mark.content not in known]))


def make_tokenizer(
    texts: Iterable[str], catalogue: Catalogue, *, size: int, longest: int
) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of `size` pieces besides the marks, learned from these texts.

    `longest` is the number of tokens a model that uses it can see.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = [f"<|{speaker}|>" for speaker in SPEAKERS] + [END, PAD]
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        min_frequency=3,
    )
    added = [AddedToken(f" {m}", normalized=False, special=False) for m in marks(catalogue)]
    known = sorted((token.content for token in added), key=len, reverse=True)
    tokenizer.train_from_iterator((_without(text, known) for text in texts), trainer)
    tokenizer.add_tokens(added)
    made = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        model_max_length=longest,
        clean_up_tokenization_spaces=False,
    )
    made.chat_template = CHAT_TEMPLATE
    return made


def _without(text: str, known: list[str]) -> str:
    """The text less its marks, which need no pieces."""
    if any(sign in text for sign in "#@+-?~|="):
        for mark in known:
            if mark in text:
                text = text.replace(mark, "")
    return text
