"""Conversion of chat messages to prompt tokens by a model's chat template."""

from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError

from backend.engines import EngineFailed, Message

#: For a model without a chat template: lines that begin with the speaker's name.
PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


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
            if messages[0].speaker != "system" or len(messages) < 2:
                raise EngineFailed(f"the chat template of {self._name} fails: {error}") from error
        system, first, *rest = messages
        joined = first.model_copy(update={"text": f"{system.text}\n\n{first.text}"})
        return rendered([joined, *rest])
