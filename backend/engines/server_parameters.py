"""The parameters of a request to a server: which are sent, and which a server turned out to refuse.

Servers differ in what they take. A refusal that names a parameter is remembered, and the request is
sent once more without it, or with the name that the server knows.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

#: Parameters that a request can do without, each with the words by which servers refuse it.
_REFUSALS = {
    "response_format": r"response_format|schema|guided|grammar|structured.output",
    "max_tokens": r"max_tokens",
    "stream_options": r"stream_options|include_usage",
    "temperature": r"temperature",
    "top_p": r"top_p",
    "top_k": r"top_k",
    "min_p": r"min_p",
    "repetition_penalty": r"repetition_penalty",
    "seed": r"\bseed\b",
    "stop": r"\bstop\b",
}
#: Names under which newer servers want the same number.
_RENAMED = {"max_tokens": "max_completion_tokens"}
_SYSTEM_ROLE = re.compile(r"system (role|message|prompt)|role.{0,12}system", re.IGNORECASE)


class ServerParameters:
    """What one server takes. `leave_out` names parameters that are never sent."""

    def __init__(self, leave_out: Collection[str] = ()) -> None:
        names = [leave_out] if isinstance(leave_out, str) else leave_out
        self._left_out = frozenset(names) - {"messages"}
        self._renamed: frozenset[str] = frozenset()
        self._takes_system_role = True

    def taken(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a request, as far as the server takes them."""
        taken = {
            _RENAMED[name] if name in self._renamed else name: value
            for name, value in parameters.items()
            if name not in self._left_out
        }
        if not self._takes_system_role:
            taken["messages"] = _without_system_role(parameters["messages"])
        return {name: value for name, value in taken.items() if name not in self._left_out}

    def learn(self, refusal: str, sent: Mapping[str, Any]) -> bool:
        """Remember what the words of a refusal name; tell whether another try makes sense."""
        has_system = any(message["role"] == "system" for message in sent["messages"])
        if has_system and _SYSTEM_ROLE.search(refusal):
            self._takes_system_role = False
            return True
        for name, words in _REFUSALS.items():
            if name not in sent or not re.search(words, refusal, re.IGNORECASE):
                continue
            new_name = _RENAMED.get(name)
            if new_name and new_name in refusal:
                self._renamed |= {name}
                return True
            if name == "max_tokens" and "unsupported" not in refusal.lower():
                continue  # the number is too large for the server: a request can't be without one
            self._left_out |= {name}
            return True
        return False


def _without_system_role(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """The messages with the system text before the first message of the user."""
    if messages[0]["role"] != "system":
        return messages
    system, *rest = messages
    if not rest or rest[0]["role"] != "user":
        return [{**system, "role": "user"}, *rest]
    first = {**rest[0], "content": f"{system['content']}\n\n{rest[0]['content']}"}
    return [first, *rest[1:]]
