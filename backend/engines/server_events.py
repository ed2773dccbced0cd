"""Reads the streamed reply of a server that speaks OpenAI's chat protocol, event by event."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any


class BrokenReply(ValueError):
    """A server's stream ended before the reply did, or told of an error."""


@dataclass
class StreamedReply:
    """A reply as far as it has come. Reasoning that is sent apart from the text is left out."""

    pieces: list[str] = field(default_factory=list)
    finish: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)

    def read(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield the text of server-sent events as it comes. Raises BrokenReply.

        Events without a choice only keep the connection alive, and are skipped.
        """
        is_done = False
        for line in lines:
            if not line.startswith("data:"):
                continue
            data = line.removeprefix("data:").strip()
            is_done = data == "[DONE]"
            if is_done:
                break
            yield from self._texts(_event(data))
        if not is_done and self.finish is None:
            raise BrokenReply("the stream ended before the reply did")

    def _texts(self, event: dict[str, Any]) -> Iterator[str]:
        if error := event.get("error"):
            message = error.get("message") if isinstance(error, dict) else error
            raise BrokenReply(f"the server told of an error: {message}")
        self.usage = event.get("usage") or self.usage
        for choice in (event.get("choices") or [])[:1]:
            self.finish = choice.get("finish_reason") or self.finish
            if text := (choice.get("delta") or {}).get("content"):
                self.pieces.append(text)
                yield text


def _event(data: str) -> dict[str, Any]:
    event = json.loads(data) if data else None
    return event if isinstance(event, dict) else {}
