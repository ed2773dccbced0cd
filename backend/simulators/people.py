"""Style and behaviour of human seekers, measured per dialogue, for simulators to sample from.

A simulated seeker is given one of these people, drawn by seed from the training dialogues: how
they open, how often they ask and refuse, how they type. What is wanted is the brief's business.
"""

import json
import random
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend.catalogue import Catalogue
from backend.dialogue import ActKind, Dialogue, Role, Turn, merged
from backend.language.act_reader import Labeller
from backend.language.films import films_in
from backend.language.typing_habits import Habits

FILE = "people.json"

#: What the seeker's first turn does.
OPENINGS = (
    "a greeting alone",
    "a greeting and a wish",
    "a wish without a greeting",
    "something else",
)

#: Acts that tell what is wanted, and acts that turn a film down.
_WISHING = frozenset({ActKind.REQUEST, ActKind.DISCLOSE, ActKind.CRITIQUE})
REFUSING = frozenset({ActKind.REJECT, ActKind.CRITIQUE})

#: Films that somebody names first, at most.
MAX_NAMED = 4


class Person(BaseModel):
    """A seeker of the training part: what it did, and no word of what it said.

    `manner` are levels of the session variables, `films` the films it named first, `opening` what
    its first turn did (one of `OPENINGS`), `begins` whether it spoke before the other side, and
    `is_asked` whether the other side began by asking what is wanted.
    `turns` is how many turns it had; `asks`, `accepts`, `seen` and `refuses` count those that ask
    about a film, take one, say that one was seen, and turn one down; `says_bye` is whether one
    says goodbye. `small` and `open` are the shares of its turns (0 to 1) that begin with a small
    letter, and of those that ask nothing the share that ends without a mark; `exclaims` is the
    share of exclamation marks among those that end with one or with a full stop.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    manner: dict[str, str]
    films: int
    opening: str
    begins: bool
    is_asked: bool
    turns: int
    asks: int
    accepts: int
    seen: int
    refuses: int
    says_bye: bool
    small: float
    open: float
    exclaims: float

    @classmethod
    def of(cls, dialogue: Dialogue, manner: dict[str, str], catalogue: Catalogue) -> "Person":
        """The seeker of a dialogue, read from the words. Raises ValueError if it says nothing."""
        bare = [turn.model_copy(update={"acts": ()}) for turn in dialogue.turns]
        turns = Labeller(catalogue).label(merged(bare))
        own = [turn for turn in turns if turn.role is Role.SEEKER]
        if not own:
            raise ValueError("the seeker says nothing")
        acts = [frozenset(act.kind for act in turn.acts) for turn in own]
        first: dict[str, Role] = {}
        for turn in turns:
            for film in films_in(turn, catalogue):
                if film.item:
                    first.setdefault(film.item, turn.role)
        habits = Habits.of(own, catalogue)
        return cls(
            manner=manner,
            films=min(MAX_NAMED, sum(role is Role.SEEKER for role in first.values())),
            opening=opening(acts[0]),
            begins=turns[0].role is Role.SEEKER,
            is_asked=_is_asked(turns),
            turns=len(own),
            asks=sum(ActKind.INQUIRE in kinds for kinds in acts),
            accepts=sum(ActKind.ACCEPT in kinds for kinds in acts),
            seen=sum(ActKind.SEEN in kinds for kinds in acts),
            refuses=sum(not kinds.isdisjoint(REFUSING) for kinds in acts),
            says_bye=any(ActKind.BYE in kinds for kinds in acts),
            small=habits.small,
            open=habits.open,
            exclaims=habits.exclaims,
        )


def _is_asked(turns: Sequence[Turn]) -> bool:
    """Whether a dialogue begins with a question of the recommender."""
    return bool(turns) and turns[0].role is Role.RECOMMENDER and turns[0].does(ActKind.ELICIT)


def opening(acts: frozenset[ActKind]) -> str:
    """The class of a first turn, one of `OPENINGS`, by its acts."""
    wishes = bool(acts & _WISHING)
    if ActKind.GREET in acts:
        return OPENINGS[1] if wishes else OPENINGS[0]
    return OPENINGS[2] if wishes else OPENINGS[3]


def drawn(folder: Path, seed: int, before: Sequence[Turn]) -> Person | None:
    """One of the people of a checkpoint whose dialogue began as this one; None if there is none.

    `before` are the turns so far, with acts. Raises ValueError if the list can't be read.
    """
    begins = not before or before[0].role is Role.SEEKER
    is_asked = _is_asked(before)
    people = [one for one in read(folder) if (one.begins, one.is_asked) == (begins, is_asked)]
    return random.Random(f"{seed}/person").choice(people) if people else None


@lru_cache
def read(folder: Path) -> tuple[Person, ...]:
    """The people that a checkpoint lists; none if it has no list. Raises ValueError."""
    path = folder / FILE
    if not path.is_file():
        return ()
    return tuple(Person.model_validate(one) for one in json.loads(path.read_text("utf-8")))


def write(people: Sequence[Person], folder: Path) -> None:
    """Store people with a checkpoint, a line each."""
    lines = ",\n".join(person.model_dump_json() for person in people)
    (folder / FILE).write_text(f"[\n{lines}\n]\n", encoding="utf-8")
