"""Behaviour of simulated seekers and of people: a table of counts, from dialogues only.

Both groups are read by the same code: acts and mentions that a dialogue carries are dropped, then
`act_reader` reads acts and `films_in` titles from the words. Several turns of the seeker in a row
count as one. A film is accepted if a turn of the seeker reads as an acceptance of a film that was
offered and not refused before; who accepts in other words than the reader knows counts as not
accepting, people and simulators alike.

The rows on typing leave out titles, which ReDial's people picked from a list.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from backend.catalogue import Catalogue
from backend.dialogue import ActKind, Dialogue, Role, Turn
from backend.evaluation import contrast
from backend.evaluation.contrast import ResampledStatistic
from backend.language.act_reader import Labeller
from backend.language.films import films_in
from backend.language.typing_habits import (
    begins_small,
    ends_open,
    exclaims,
    has_slip,
    without_titles,
)
from backend.language.wordings import has_cue
from backend.simulators.acts import ACTS
from backend.simulators.people import OPENINGS, opening
from backend.statistics.estimate import Estimate

#: How far a pair's value may be from people's: in general, and for Dist-n and the median length.
TOLERANCE, NARROW_TOLERANCE = 0.2, 0.1

MEDIAN = "median words a turn"

#: Rows of Dist-n, and n.
DIST = {"Dist-2": 2, "Dist-4": 4}

_REFUSING = frozenset({ActKind.REJECT, ActKind.CRITIQUE})


@dataclass(frozen=True)
class Observed:
    """What the seeker of one dialogue does, turn by turn.

    `bare` are the texts with `TITLE` for each title; `titles` counts different films named, and
    `own_titles` those of them that the recommender had not named.
    """

    texts: tuple[str, ...]
    bare: tuple[str, ...]
    acts: tuple[frozenset[ActKind], ...]
    titles: int
    own_titles: int
    accepts: bool
    speaks_first: bool
    speaks_last: bool

    @property
    def of_one_word(self) -> int:
        """Turns of one word."""
        return sum(len(text.split()) == 1 for text in self.texts)

    def doing(self, *kinds: ActKind) -> int:
        """Turns that do one of these."""
        return sum(not acts.isdisjoint(kinds) for acts in self.acts)


@dataclass(frozen=True)
class BehaviourRow:
    """One line of the table. `construction` says what of it holds by construction; "" if nothing.

    `ratio` is the pair's value over people's.
    """

    name: str
    people: Estimate
    pair: Estimate
    ratio: Estimate
    tolerance: float
    construction: str = ""

    @property
    def is_within(self) -> bool | None:
        """Whether the pair's value is within `tolerance` of people's; None if unknown."""
        if self.ratio.value is None:
            return None
        return abs(self.ratio.value - 1) <= self.tolerance + 1e-9


#: (Numerator, denominator) of one dialogue.
_Count = Callable[[Observed], tuple[float, float]]


def observed(dialogue: Dialogue, catalogue: Catalogue) -> Observed | None:
    """What the seeker does; None if it says nothing."""
    said = [turn.model_copy(update={"acts": (), "mentions": ()}) for turn in dialogue.turns]
    turns = Labeller(catalogue).label(said)
    seeker = [turn for turn in turns if turn.role is Role.SEEKER]
    if not seeker:
        return None
    first_namer: dict[str, Role] = {}
    named: set[str] = set()
    for turn in turns:
        ids = {film.item for film in films_in(turn, catalogue) if film.item}
        named |= ids if turn.role is Role.SEEKER else set()
        for id_ in ids:
            first_namer.setdefault(id_, turn.role)
    return Observed(
        texts=tuple(turn.text for turn in seeker),
        bare=tuple(without_titles(turn, catalogue) for turn in seeker),
        acts=tuple(frozenset(act.kind for act in turn.acts) for turn in seeker),
        titles=len(named),
        own_titles=sum(role is Role.SEEKER for role in first_namer.values()),
        accepts=_accepts(seeker),
        speaks_first=turns[0].role is Role.SEEKER,
        speaks_last=turns[-1].role is Role.SEEKER,
    )


def observe(dialogues: Iterable[Dialogue], catalogue: Catalogue) -> list[Observed]:
    """What the seekers of these dialogues do, without those who say nothing."""
    found = (observed(dialogue, catalogue) for dialogue in dialogues)
    return [one for one in found if one]


def rows(
    people: Sequence[Observed],
    pair: Sequence[Observed],
    construction: Mapping[str, str] | None = None,
    *,
    seed: int = 0,
) -> list[BehaviourRow]:
    """The table of a pair beside people; `construction` says of a row what holds by construction.

    n counts what the denominator counts: dialogues, turns, or tokens of Dist-n.
    """
    budget = contrast.shared_budget([[o.texts for o in group] for group in (people, pair)])
    theirs, own = (_samples(g, budget, seed + at) for at, g in enumerate((people, pair)))
    told = construction or {}
    return [
        BehaviourRow(
            name=name,
            people=sample.estimate,
            pair=own[name].estimate,
            ratio=contrast.ratio_of(own[name], sample),
            tolerance=_tolerance(name),
            construction=told.get(name, ""),
        )
        for name, sample in theirs.items()
    ]


def _samples(group: Sequence[Observed], budget: int, seed: int) -> dict[str, ResampledStatistic]:
    """Every statistic of one group by the name of its row."""
    found = {
        name: contrast.ratio_of_sums([count(one) for one in group], of, seed=seed)
        for name, (of, count) in COUNTS.items()
    }
    lengths = [[len(text.split()) for text in one.texts] for one in group]
    found[MEDIAN] = contrast.median_of(lengths, "turns", seed=seed)
    texts = [one.texts for one in group]
    for name, n in DIST.items():
        found[name] = contrast.distinct_at(texts, n, budget, seed=seed)
    return found


def _tolerance(name: str) -> float:
    return NARROW_TOLERANCE if name == MEDIAN or name in DIST else TOLERANCE


def _accepts(turns: Sequence[Turn]) -> bool:
    """Whether a film is accepted that was not refused before."""
    refused: set[str] = set()
    for turn in turns:
        for act in turn.acts:
            if act.kind is ActKind.ACCEPT and not refused.issuperset(act.items):
                return True
            refused |= set(act.items) if act.kind is ActKind.REJECT else set()
    return False


def _each(
    measure: Callable[[str], tuple[int, int]],
) -> _Count:
    def count(one: Observed) -> tuple[float, float]:
        measured = [measure(text) for text in one.bare]
        return sum(yes for yes, _ in measured), sum(n for _, n in measured)

    return count


def _doing(*kinds: ActKind, per: int = 1) -> _Count:
    return lambda one: (per * one.doing(*kinds), len(one.acts))


def _opening_with(name: str) -> _Count:
    return lambda one: (opening(one.acts[0]) == name, 1)


def _closes(one: Observed, cues: Sequence[str]) -> bool:
    """Whether the seeker's last turn has one of these cues."""
    plain = " ".join(one.texts[-1].lower().replace("’", "'").split())
    return any(has_cue(cue, plain) for cue in cues)


#: Row -> what its denominator counts, and (numerator, denominator) of a dialogue.
COUNTS: dict[str, tuple[str, _Count]] = {
    "titles named a dialogue": ("dialogues", lambda one: (one.titles, 1)),
    "of these, not named by the recommender before": ("dialogues", lambda o: (o.own_titles, 1)),
    "refusals and critiques per 100 turns": ("turns", _doing(*_REFUSING, per=100)),
    "refusals per 100 turns": ("turns", _doing(ActKind.REJECT, per=100)),
    "critiques per 100 turns": ("turns", _doing(ActKind.CRITIQUE, per=100)),
    "dialogues without an accepted film": (
        "dialogues",
        lambda one: (not one.accepts, 1),
    ),
    "turns of one word": ("turns", lambda one: (one.of_one_word, len(one.texts))),
    "seeker's turns a dialogue": ("dialogues", lambda one: (len(one.texts), 1)),
    "seeker speaks first": ("dialogues", lambda one: (one.speaks_first, 1)),
    **{f"first turn: {name}": ("dialogues", _opening_with(name)) for name in OPENINGS},
    "first turn greets": ("dialogues", lambda one: (ActKind.GREET in one.acts[0], 1)),
    "last turn thanks or says goodbye": (
        "dialogues",
        lambda one: (_closes(one, ("thanks", "farewell")), 1),
    ),
    "last turn thanks": ("dialogues", lambda one: (_closes(one, ("thanks",)), 1)),
    "last turn says goodbye": ("dialogues", lambda one: (_closes(one, ("farewell",)), 1)),
    "seeker speaks last": ("dialogues", lambda one: (one.speaks_last, 1)),
    "turns that begin with a small letter": ("turns begun by a letter", _each(begins_small)),
    "turns without a closing mark": ("turns ended by a letter or mark", _each(ends_open)),
    "turns closed by an exclamation mark": ("turns closed by that or a stop", _each(exclaims)),
    "turns that end with a question mark": ("turns", _each(lambda text: (text.endswith("?"), 1))),
    "turns with a typing slip": ("turns", _each(lambda text: (has_slip(text), 1))),
    **{f"act: {kind.value}": ("turns", _doing(kind)) for kind in ACTS[Role.SEEKER]},
}
