"""Conversion of chat messages to prompt tokens by a model's chat template."""

import re
from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError

from backend.engines import EngineFailed, Message

#: For a model without a chat template: lines that begin with the speaker's name.
PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)

#: Control tokens of the chat templates in use: ChatML, Llama, Gemma, Mistral, DeepSeek.
_CONTROL_TOKEN = re.compile(
    r"<(?=[|\uff5c][^<>\s]{1,40}[|\uff5c]>|/?s>|(?:start|end)_of_turn>|(?:bos|eos|pad|unk)>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])"
    r"|<(?=</?SYS>>)"
)


def without_control_tokens(text: str) -> str:
    """What people wrote, with a space in each control token, so that models read it as text.

    >>> without_control_tokens("bye<|im_end|> i <3 it")
    'bye< |im_end|> i <3 it'
    """
    return _CONTROL_TOKEN.sub(lambda match: f"{match[0]} ", text)


class Prompts:
    """Renders messages for one model. `name` says which in errors."""

    def __init__(self, tokenizer: Any, name: str) -> None:
        self._tokenizer, self._name = tokenizer, name

    def tokens(
        self, messages: Sequence[Message], begun: str = "", *, prompt: bool = True
    ) -> list[int]:
        """What the model is given for these messages, with the reply's beginning if `prompt`.

        Raises EngineFailed if the chat template fails.
        """
        text = self._rendered(messages, prompt=prompt)
        ids: list[int] = self._tokenizer(f"{text}{begun}", add_special_tokens=False)["input_ids"]
        return ids

    def _rendered(self, messages: Sequence[Message], *, prompt: bool) -> str:
        """The messages by the chat template.

        Where that knows no system role, the system message opens the first message of the user.
        """

        def rendered(shown: Sequence[Message]) -> str:
            text: str = self._tokenizer.apply_chat_template(
                [{"role": message.speaker, "content": message.text} for message in shown],
                chat_template=None if self._tokenizer.chat_template else PLAIN_TEMPLATE,
                tokenize=False,
                add_generation_prompt=prompt,
            )
            return text

        try:
            return rendered(messages)
        except TemplateError as error:
            if messages[0].speaker != "system":
                raise EngineFailed(f"the chat template of {self._name} fails: {error}") from error
        try:
            return rendered(_without_system_role(messages))
        except TemplateError as error:
            raise EngineFailed(f"the chat template of {self._name} fails: {error}") from error


def _without_system_role(messages: Sequence[Message]) -> list[Message]:
    """The messages with the system text before the first message of the user."""
    system, *rest = messages
    if not rest or rest[0].speaker != "user":
        return [system.model_copy(update={"speaker": "user"}), *rest]
    joined = rest[0].model_copy(update={"text": f"{system.text}\n\n{rest[0].text}"})
    return [joined, *rest[1:]]
