"""A tokenizer without transformers: it uses `tokenizers` and a folder's chat template.

transformers and torch take about 300 MB of memory. An engine that needs them for the tokenizer
alone does without. Rendering follows transformers' `apply_chat_template`: Jinja in a sandbox, with
the special tokens and `raise_exception` at hand.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

_TEMPLATE = "chat_template.jinja"


class LightTokenizer:
    """The tokenizer of a model's folder, with what `Prompts` and engines call of transformers'.

    Raises OSError or ValueError if the folder's files can't be read.
    """

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._settings = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
        self._holding: dict[tuple[str, ...], frozenset[int]] = {}
        stored = folder / _TEMPLATE
        self.chat_template: str | None = (
            stored.read_text("utf-8") if stored.is_file() else self._settings.get("chat_template")
        )

    @property
    def eos_token_id(self) -> int:
        """The token that ends a reply."""
        found = self._tokenizer.token_to_id(self._settings["eos_token"])
        if found is None:
            raise ValueError(f"the vocabulary lacks the end token {self._settings['eos_token']!r}")
        return found

    def __call__(self, text: str, *, add_special_tokens: bool) -> dict[str, list[int]]:
        """The tokens of a text, as `input_ids`."""
        encoded = self._tokenizer.encode(text, add_special_tokens=add_special_tokens)
        return {"input_ids": encoded.ids}

    def decode(self, ids: Sequence[int]) -> str:
        """The text of tokens, without the special ones."""
        text: str = self._tokenizer.decode(list(ids), skip_special_tokens=True)
        return text

    def holding(self, strings: tuple[str, ...]) -> frozenset[int]:
        """The tokens whose text contains one of these strings."""
        if strings not in self._holding:
            texts = ((id_, self.decode([id_])) for id_ in self._tokenizer.get_vocab().values())
            held = (id_ for id_, text in texts if any(string in text for string in strings))
            self._holding[strings] = frozenset(held)
        return self._holding[strings]

    def apply_chat_template(
        self,
        conversation: Sequence[Mapping[str, str]],
        *,
        chat_template: str | None,
        add_generation_prompt: bool,
        **_: Any,
    ) -> str:
        """The messages by the folder's chat template, or by the one given. Raises TemplateError."""
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        environment.globals["raise_exception"] = _raise
        template = environment.from_string(chat_template or self.chat_template or "")
        special = {k: v for k, v in self._settings.items() if k.endswith("_token")}
        return template.render(
            messages=list(conversation), add_generation_prompt=add_generation_prompt, **special
        )


def _raise(message: str) -> NoReturn:
    raise TemplateError(message)
