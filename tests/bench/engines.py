"""Ratios of the engines: what the fast one, prefix caching and batching are worth here."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from backend.catalogue import Catalogue
from backend.conversations.simulation import DialoguePlan, made, plans
from backend.conversations.talk import talk
from backend.dialogue import Dialogue, Role
from backend.engines import Decoding, Engine, Grammar, Message, Request, engine
from backend.engines.loading import load
from backend.engines.serving import default_threads
from backend.simulators import SimulatorError, simulator
from backend.simulators.checkpoints import shipped

#: How often the two sides of a ratio take turns, tokens of a reply, chats at once, turns before.
PAIRS, TOKENS, CHATS, HISTORY = 5, 40, 8, 6
#: Dialogues that are simulated together, and how many of them one by one.
TOGETHER, ALONE = 48, 4

MODEL = str(shipped("seeker"))


def _request(seed: int, turns: int = HISTORY) -> Request:
    """A request of a chat of so many turns, whose reply does not end by itself."""
    words = f"I like films about lighthouses and the people who keep them, number {seed}"
    speakers = ["user", "assistant"] * turns
    messages = [Message(speaker="system", text=f"You are chatting to find a film. Chat {seed}.")]
    messages += [Message(speaker=speaker, text=words) for speaker in speakers]
    messages.append(Message(speaker="user", text=f"Have you seen Scream ({1900 + seed})?"))
    decoding = Decoding(max_tokens=TOKENS, temperature=1.0)
    return Request(messages=tuple(messages), decoding=decoding, seed=seed)


def _ratio(ours: Callable[[], float], theirs: Callable[[], float]) -> dict[str, object]:
    """Their measure over ours in turns: above 1, ours is the better by that factor."""
    ours(), theirs()
    ratios = [theirs() / ours() for _ in range(PAIRS)]
    return {
        "ratio, median of pairs": round(statistics.median(ratios), 2),
        "ratio, range": [round(min(ratios), 2), round(max(ratios), 2)],
        "pairs": PAIRS,
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _generate(network: Any, tokenizer: Any, request: Request, tokens: int) -> None:
    """What anyone writes first: one `generate()` of transformers for the whole prompt."""
    ids = tokenizer.apply_chat_template(
        [{"role": m.speaker, "content": m.text} for m in request.messages],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    with torch.inference_mode():
        network.generate(
            **ids,
            do_sample=True,
            top_k=0,
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            pad_token_id=0,
        )


def _tokens_a_second(fast: Engine, requests: Sequence[Request]) -> float:
    start = time.perf_counter()
    replies = [reply for reply in fast.generate(requests) if not isinstance(reply, Exception)]
    return sum(reply.new_tokens or 0 for reply in replies) / (time.perf_counter() - start)


def live_chat() -> dict[str, object]:
    """A turn of a chat under way over bare `generate()`: first word and whole turn (3 wanted)."""
    torch.set_num_threads(default_threads())
    fast = engine("local", model=MODEL)
    network, tokenizer = load(MODEL, device="cpu")
    chat = iter(range(10_000))

    def ours(tokens: int) -> float:
        seed = next(chat)
        before = _request(seed).model_copy(update={"decoding": Decoding(max_tokens=1)})
        shorter = before.model_copy(update={"messages": before.messages[:-2]})
        fast.submit(shorter).reply()  # the turn before this one: what it read is kept
        return _seconds(lambda: _wait(fast, _request(seed), tokens))

    def theirs(tokens: int) -> float:
        return _seconds(lambda: _generate(network, tokenizer, _request(next(chat)), tokens))

    found: dict[str, object] = {"threads": default_threads()}
    for name, tokens in (("first word", 1), ("whole turn", TOKENS)):
        found[name] = _ratio(lambda n=tokens: ours(n), lambda n=tokens: theirs(n))  # type: ignore[misc]
        found[f"{name}, seconds"] = round(statistics.median(ours(tokens) for _ in range(PAIRS)), 2)
    fast.close()
    return found


def _wait(fast: Any, request: Request, tokens: int) -> None:
    decoding = request.decoding.model_copy(update={"max_tokens": tokens})
    endless = Grammar(regex=f"[a-zA-Z ,.']{{{20 * tokens}}}")  # no reply ends before its length
    fast.submit(request.model_copy(update={"decoding": decoding, "grammar": endless})).reply()


def chats_at_once() -> dict[str, object]:
    """Tokens/s of eight chats at once over the same eight one after the other (2 wanted)."""
    fast: Any = engine("local", model=MODEL)
    count = iter(range(10_000))

    def fresh() -> list[Request]:
        return [_request(next(count)) for _ in range(CHATS)]

    def at_once() -> float:
        return 1 / _tokens_a_second(fast, fresh())

    def in_a_row() -> float:
        requests = fresh()
        start = time.perf_counter()
        new = sum(fast.submit(request).reply().new_tokens or 0 for request in requests)
        return (time.perf_counter() - start) / new

    found = _ratio(at_once, in_a_row)
    fast.close()
    return found


def simulating() -> dict[str, object]:
    """Dialogues/s of 48 made together over some of them made one by one (4 is wanted)."""
    catalogue = Catalogue.load()
    seeker = simulator("interplay", Role.SEEKER)
    recommender = simulator("interplay", Role.RECOMMENDER)
    planned = plans(catalogue, TOGETHER, seed=7)

    def alone(plan: DialoguePlan) -> Dialogue | None:
        """A dialogue by itself; None where it broke off."""
        try:
            return talk(seeker, recommender, plan.scenario, seed=plan.seed)
        except SimulatorError:
            return None

    alone(planned[-1])
    single = _seconds(lambda: [alone(plan) for plan in planned[:ALONE]]) / ALONE
    together = _seconds(lambda: list(made(seeker, recommender, planned))) / TOGETHER
    return {
        "ratio": round(single / together, 2),
        "dialogues together": TOGETHER,
        "seconds a dialogue together": round(together, 2),
        "dialogues one by one": ALONE,
        "seconds a dialogue one by one": round(single, 2),
    }


BENCHES = [live_chat, chats_at_once, simulating]
