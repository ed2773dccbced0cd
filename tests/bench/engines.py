"""Ratios of the engines: what batching, kept caches and lockstep are worth on this machine."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from backend.catalogue import Catalogue
from backend.conversations.simulation import Plan, made, plans
from backend.conversations.talk import Broken, talk
from backend.dialogue import Dialogue, Role
from backend.engines import Decoding, Message, Reply, Request
from backend.engines.transformers_engine import TransformersEngine
from backend.simulators import SimulatorError, simulator
from backend.simulators.checkpoints import shipped

#: How often the two sides of a ratio take turns, tokens of a reply, and chats at once.
PAIRS, TOKENS, CHATS = 5, 120, 8
#: Turns of the long history, and dialogues of the simulation.
HISTORY, DIALOGUES = 30, 200

MODEL = str(shipped("seeker"))


def _request(seed: int, turns: int = 2, **more: Any) -> Request:
    """A request of a chat of so many turns."""
    words = "I like films about lighthouses and the people who keep them"
    speakers = ["user", "assistant"] * turns
    messages = [Message(speaker="system", text="verbosity=long")]
    messages += [Message(speaker=speaker, text=words) for speaker in speakers]
    messages.append(Message(speaker="user", text=f"{seed}"))
    decoding = Decoding(max_tokens=TOKENS, temperature=0.9)
    return Request(messages=tuple(messages), decoding=decoding, seed=seed, **more)


def _endless(engine: TransformersEngine) -> TransformersEngine:
    """The engine with replies that end by length alone, as `min_new_tokens` has it in generate."""
    engine._ends = []
    return engine


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


def _generate(network: Any, tokenizer: Any, requests: Sequence[Request]) -> None:
    for request in requests:
        text = tokenizer.apply_chat_template(
            [{"role": m.speaker, "content": m.text} for m in request.messages],
            tokenize=False,
            add_generation_prompt=True,
        )
        ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)
        with torch.inference_mode():
            network.generate(
                **ids,
                do_sample=True,
                temperature=0.9,
                top_k=0,
                max_new_tokens=TOKENS,
                min_new_tokens=TOKENS,
            )


def chats_at_once() -> dict[str, object]:
    """Tokens/s of eight chats at once over eight `generate()` in a row (3 wanted), and of one."""
    engine = _endless(TransformersEngine(MODEL))
    network: Any = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32)
    network.eval()
    tokenizer = AutoTokenizer.from_pretrained(MODEL)

    def ours(n: int) -> Callable[[], float]:
        requests = [_request(seed) for seed in range(n)]
        return lambda: _seconds(lambda: engine.generate(requests))

    def theirs(n: int) -> Callable[[], float]:
        requests = [_request(seed) for seed in range(n)]
        return lambda: _seconds(lambda: _generate(network, tokenizer, requests))

    found: dict[str, object] = {"torch threads": torch.get_num_threads()}
    for n in (CHATS, 1):
        found[f"{n} chat(s)"] = _ratio(ours(n), theirs(n))
        found[f"{n} chat(s), tokens/s"] = round(n * TOKENS / ours(n)())
    engine.close()
    return found


def first_word() -> dict[str, object]:
    """Seconds to the first word after a long history without the kept cache over with it (4)."""
    engine = _endless(TransformersEngine(MODEL, cache_bytes=512 * 2**20))
    count = iter(range(10_000))

    def wait(chat: str | None) -> float:
        job = engine.submit(_request(next(count), HISTORY, chat=chat))
        start = time.perf_counter()
        next(iter(job))
        first = time.perf_counter() - start
        job.reply()
        return first

    wait("kept")
    found = _ratio(lambda: wait("kept"), lambda: wait(None))
    job = engine.submit(_request(1, HISTORY))
    start = time.perf_counter()
    next(iter(job))
    first = time.perf_counter() - start
    reply = job.reply()
    whole = time.perf_counter() - start
    found["prompt tokens"] = reply.prompt_tokens
    found["first word after this share of the whole reply"] = round(first / whole, 3)
    engine.close()
    return found


def simulating() -> dict[str, object]:
    """Dialogues/s of 200 made in lockstep over the same one by one (4 is wanted)."""
    catalogue = Catalogue.load()
    seeker = simulator("interplay", Role.SEEKER)
    recommender = simulator("interplay", Role.RECOMMENDER)
    planned = plans(catalogue, DIALOGUES, seed=7)

    def alone(plan: Plan) -> Dialogue | None:
        """A dialogue by itself; None where it broke off."""
        try:
            return talk(seeker, recommender, plan.scenario, seed=plan.seed)
        except SimulatorError:
            return None

    warm = [alone(plan) for plan in planned[:3]]
    found: list[Dialogue | Broken] = []
    together = _seconds(lambda: found.extend(made(seeker, recommender, planned)))
    one_by_one = _seconds(lambda: [alone(plan) for plan in planned])
    return {
        "ratio": round(one_by_one / together, 2),
        "dialogues": len(found),
        "dialogues/s together": round(len(found) / together, 2),
        "dialogues/s one by one": round(len(found) / one_by_one, 2),
        "the first three are the same": found[:3] == warm,
    }


def int8() -> dict[str, object]:
    """Tokens/s of eight chats with dynamic int8 over float32."""
    plain = _endless(TransformersEngine(MODEL))
    small = _endless(TransformersEngine(MODEL, int8=True))
    requests = [_request(seed) for seed in range(CHATS)]

    def run(engine: TransformersEngine) -> float:
        replies = engine.generate(requests)
        assert all(isinstance(reply, Reply) for reply in replies)
        return 0.0

    found = _ratio(lambda: _seconds(lambda: run(small)), lambda: _seconds(lambda: run(plain)))
    plain.close()
    small.close()
    return found


BENCHES = [chats_at_once, first_word, simulating, int8]
