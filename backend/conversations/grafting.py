"""Grafting: a simulator replaces the seeker from some turn of a human dialogue, for `locate`.

A prefix of a human dialogue stays as it is, word for word; from a seeker turn on, a pair of
simulators goes on to an end. Both sides are simulated from there, whoever the recommender was:
what was recorded can't answer a seeker that says something else. Raters may therefore also
notice the other recommender, one turn after the other seeker.
"""

import hashlib
import json
import platform
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import backend
from backend.catalogue import Catalogue
from backend.conversations.parallel import WIDTH, together
from backend.conversations.scenarios import summarise
from backend.conversations.talk import MAX_TURNS, Broken, conversation, is_over
from backend.dialogue import (
    ActKind,
    Attribute,
    Brief,
    Dialogue,
    Origin,
    Provenance,
    Role,
    Scenario,
    Turn,
)
from backend.language.act_reader import read
from backend.pool import DialogueFilter, Entry, Failure, Pool
from backend.simulators import Simulator, SimulatorError
from backend.simulators.asking import Asking, Steps

CORPUS = "grafted"

#: Seeker turns there are at least: human ones before the swap, simulated ones from it on.
BEFORE, AFTER = 1, 2

#: Attributes that a wish made from a prefix has at most, as the wishes of the training dialogues.
MOST_WISHES = 4

NO_PLACE = f"no seeker turn with {BEFORE} before it and {AFTER} from it on that answers somebody"
NO_WISH = "no scenario, and no attribute the catalogue knows before the swap"
TOO_SHORT = f"the simulated seeker had fewer than {AFTER} turns"

_WISHED = {ActKind.DISCLOSE, ActKind.CRITIQUE, ActKind.REQUEST}


@dataclass(frozen=True)
class Graft:
    """One to make: from `swap`, an index into the source's turns, simulators go on."""

    source: Dialogue
    swap: int
    scenario: Scenario
    seed: int

    @property
    def kept(self) -> tuple[Turn, ...]:
        """The human beginning."""
        return self.source.turns[: self.swap]


@dataclass
class GraftSummary:
    """What one run made: `grafted` hold now, `stored` are new; `skipped` counts by reason."""

    tried: int = 0
    grafted: int = 0
    stored: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """The summary in words, a line each."""
        told = [f"  grafted         {self.grafted:,} ({self.stored:,} new in the pool)"]
        for reason, n in sorted(self.skipped.items(), key=lambda one: (-one[1], one[0])):
            told.append(f"  skipped         {n:,}: {reason}")
        return told


#: Corpora of what people said in this app. They may withdraw, and a graft would keep their words.
WITHDRAWABLE = frozenset({"chats", "games"})


def human(corpora: Sequence[str]) -> DialogueFilter:
    """Dialogues of these corpora with a person as the seeker. Raises SimulatorError."""
    if mine := WITHDRAWABLE & set(corpora):
        raise SimulatorError(
            f"corpus {', '.join(sorted(mine))} holds what raters said here, who may withdraw it: "
            "graft an imported corpus"
        )
    return DialogueFilter(corpus=tuple(corpora), seeker_origin=(Origin.HUMAN,))


def plan(
    source: Dialogue, catalogue: Catalogue, *, seed: int, max_turns: int = MAX_TURNS
) -> Graft | str:
    """Where and with which wish to graft one dialogue; or the reason why it can't be done.

    The seeker turn to swap at is drawn by `seed` and the source's id, all that qualify being as
    likely: it answers a recommender, and in the source too at least `BEFORE` seeker turns stand
    before it and `AFTER` from it on. The wish is the scenario's; without one, what the prefix
    asks for by rule.
    """
    own = random.Random(f"{seed}/graft/{source.id}").getrandbits(32)
    places = _places(source.turns, max_turns)
    if not places:
        return NO_PLACE
    swap = random.Random(f"{own}/swap").choice(places)
    scenario = source.scenario
    if scenario is None or not (scenario.brief.summary or scenario.brief.attributes):
        brief = _wish(source.turns[:swap], catalogue, random.Random(f"{own}/summary"))
        if brief is None:
            return NO_WISH
        scenario = Scenario(brief=brief)
    return Graft(source, swap, scenario, own)


def graft_into(
    pool: Pool,
    seeker: Simulator,
    recommender: Simulator,
    which: DialogueFilter,
    *,
    n: int,
    seed: int,
    catalogue: Catalogue,
    max_turns: int = MAX_TURNS,
    progress: Callable[[GraftSummary], object] | None = None,
) -> GraftSummary:
    """Graft `n` dialogues that pass `which`, in an order drawn by `seed`, and store them.

    A dialogue that can't be grafted is counted with its reason and the next one taken instead;
    one that the simulators break off, or end too soon, is counted and not made up for. Whole
    dialogues are stored, block by block; the same seed again adds nothing. `max_turns` counts
    the turns of both roles, the prefix's included. `progress` hears of each block.
    """
    summary = GraftSummary()
    planned = []
    for found in _plans(pool, which, seed, catalogue, max_turns):
        if isinstance(found, str):
            summary.skipped[found] += 1
        else:
            planned.append(found)
        if len(planned) == n:
            break
    for start in range(0, len(planned), WIDTH):
        block = planned[start : start + WIDTH]
        ids = [provenance(one, seeker, recommender, max_turns).dialogue for one in block]
        if pool.missing(ids):
            _make(pool, seeker, recommender, block, max_turns, summary)
        else:
            summary.grafted += len(block)
        summary.tried += len(block)
        if progress:
            progress(summary)
    return summary


def provenance(
    graft: Graft, seeker: Simulator, recommender: Simulator, max_turns: int = MAX_TURNS
) -> Provenance:
    """Where such a dialogue comes from; the licence is the source's, whose words it holds.

    Notes: `swap`, the index of the first simulated seeker turn; `source`, the human dialogue's id.
    """
    systems = [player.system.model_dump(mode="json") for player in (seeker, recommender)]
    wanted = graft.scenario.model_dump(mode="json")
    specified = [systems, graft.source.id, graft.swap, wanted, graft.seed, max_turns]
    key = json.dumps([*specified, backend.__version__], sort_keys=True)
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    names = f"{seeker.system.name}+{recommender.system.name}"
    return Provenance(
        corpus=CORPUS,
        source_id=f"{graft.source.id}@{graft.swap}:{names}:{graft.seed}:{digest}",
        licence=graft.source.provenance.licence,
        seed=graft.seed,
        versions={"uncanny": backend.__version__, "python": platform.python_version()},
        notes={"swap": graft.swap, "source": graft.source.id},
    )


def made(
    seeker: Simulator,
    recommender: Simulator,
    planned: Sequence[Graft],
    *,
    max_turns: int = MAX_TURNS,
) -> Iterator[Dialogue | Broken]:
    """The dialogues of these plans, in order, prefix and all; or how one broke off.

    A `Broken` has the simulated turns alone.
    """
    found = together(
        conversation(
            _later(seeker, graft.kept),
            _later(recommender, graft.kept),
            graft.scenario,
            seed=graft.seed,
            max_turns=max_turns - graft.swap,
        )
        for graft in planned
    )
    for graft, one in zip(planned, found, strict=True):
        if isinstance(one, Broken):
            yield one
        else:
            yield one.model_copy(
                update={
                    "turns": (*graft.kept, *one.turns),
                    "provenance": provenance(graft, seeker, recommender, max_turns),
                }
            )


def _plans(
    pool: Pool, which: DialogueFilter, seed: int, catalogue: Catalogue, max_turns: int
) -> Iterator[Graft | str]:
    # Drawn by id, so that what is imported later changes the order of nothing else.
    ids = sorted(pool.frame(which)["id"], key=lambda id_: random.Random(f"{seed}/{id_}").random())
    for start in range(0, len(ids), WIDTH):
        some = ids[start : start + WIDTH]
        sources = pool.get_many(some)
        for id_ in some:
            yield plan(sources[id_], catalogue, seed=seed, max_turns=max_turns)


def _make(
    pool: Pool,
    seeker: Simulator,
    recommender: Simulator,
    block: Sequence[Graft],
    max_turns: int,
    summary: GraftSummary,
) -> None:
    whole, broken = [], []
    for graft, one in zip(
        block, made(seeker, recommender, block, max_turns=max_turns), strict=True
    ):
        if isinstance(one, Broken):
            source = provenance(graft, seeker, recommender, max_turns)
            # Without the person's words: what they said is kept in one place.
            broken.append(Failure(provenance=source, reason=str(one), turns=one.turns))
            summary.skipped[f"broke off: {one}"] += 1
        elif _seekers(one.turns[graft.swap :]) < AFTER:
            summary.skipped[TOO_SHORT] += 1
        else:
            whole.append(one)
    summary.grafted += len(whole)
    summary.stored += pool.add(Entry(dialogue=one) for one in whole).dialogues
    if broken:
        pool.add_failures(broken)


def _places(turns: Sequence[Turn], max_turns: int) -> list[int]:
    """Indices of the seeker turns that a simulator may take over at."""
    room = 2 * AFTER - 1
    return [
        at
        for at in range(1, min(len(turns), max_turns - room + 1))
        if turns[at].role is Role.SEEKER
        and turns[at - 1].role is Role.RECOMMENDER
        and _seekers(turns[:at]) >= BEFORE
        and _seekers(turns[at:]) >= AFTER
        and not is_over(turns[:at], max_turns)
    ]


def _seekers(turns: Sequence[Turn]) -> int:
    return sum(turn.role is Role.SEEKER for turn in turns)


def _wish(turns: Sequence[Turn], catalogue: Catalogue, rng: random.Random) -> Brief | None:
    """What the seeker of these turns asks for, the last word on each attribute counting."""
    wished: dict[Attribute, None] = {}
    for at, turn in enumerate(turns):
        if turn.role is not Role.SEEKER:
            continue
        # From the text: acts that came with a corpus seldom name attributes.
        for act in read(turn.model_copy(update={"acts": ()}), catalogue, turns[:at]):
            for attribute in act.attributes:
                if act.kind in _WISHED:
                    wished[attribute] = None
                elif act.kind is ActKind.REJECT:
                    wished.pop(attribute, None)
    attributes = tuple(wished)[:MOST_WISHES]
    if not attributes:
        return None
    return Brief(summary=summarise(attributes, rng), attributes=attributes)


def _later(player: Simulator, said: tuple[Turn, ...]) -> Simulator:
    """The simulator as one that comes in after these turns."""
    return _AskingLater(player, said) if isinstance(player, Asking) else _Later(player, said)


class _Later:
    """A simulator that sees what was said before the first turn of its own dialogue."""

    def __init__(self, player: Simulator, said: tuple[Turn, ...]) -> None:
        self._player, self._said = player, said
        self.system, self.informed = player.system, player.informed

    @property
    def variables(self) -> Mapping[str, Sequence[str]]:
        return self._player.variables

    def respond(self, view: Any, *, seed: int) -> Iterator[str | Turn]:
        return self._player.respond(_with(self._said, view), seed=seed)


class _AskingLater(Asking):
    """The same for a simulator with an engine, so that many still ask it in one batch."""

    def __init__(self, player: Asking, said: tuple[Turn, ...]) -> None:
        self._player, self._said = player, said
        self.system, self.informed, self.engine = player.system, player.informed, player.engine

    def steps(self, view: Any, *, seed: int) -> Steps:
        return self._player.steps(_with(self._said, view), seed=seed)


def _with(said: tuple[Turn, ...], view: Any) -> Any:
    return view.model_copy(update={"turns": (*said, *view.turns)})
