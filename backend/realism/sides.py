"""The two sets that are compared: one role's words in real and in simulated dialogues."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Role
from backend.language.act_reader import Labeller
from backend.language.films import films_in

#: Stands for a film's title: which films are talked of is no matter of realism.
FILM = "FILM"


@dataclass(frozen=True)
class Said:
    """What one role says in a dialogue: its turns with titles masked, and the acts read from each.

    `group` keeps dialogues together that one person wrote or that come from one source.
    """

    dialogue: str
    group: str
    simulated: bool
    turns: tuple[str, ...]
    acts: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """All turns as one text."""
        return "\n".join(self.turns)


class TooFew(ValueError):
    """A side has too few dialogues to be compared; the message says how many it has."""


def sides(
    real: Sequence[Dialogue],
    simulated: Sequence[Dialogue],
    role: Role,
    catalogue: Catalogue,
    *,
    most: int,
    seed: int,
    fewest: int = 20,
) -> tuple[list[Said], list[Said]]:
    """Both sides; of more than `most` dialogues so many are drawn. Raises TooFew."""
    found = []
    for dialogues, is_simulated in ((real, False), (simulated, True)):
        spoken = [d for d in dialogues if any(turn.text.strip() for turn in d.turns_of(role))]
        spoken.sort(key=lambda d: d.id)
        if len(spoken) > most:
            spoken = random.Random(f"{seed}/{is_simulated}").sample(spoken, most)
        if len(spoken) < fewest:
            side = "simulated" if is_simulated else "real"
            raise TooFew(
                f"the {side} side has {len(spoken)} dialogues in which the {role.value} says "
                f"anything; a comparison needs {fewest}"
            )
        found.append([said(d, role, catalogue, simulated=is_simulated) for d in spoken])
    return found[0], found[1]


def said(dialogue: Dialogue, role: Role, catalogue: Catalogue, *, simulated: bool) -> Said:
    """One role's side of a dialogue. Acts are read from the words, for both sides alike."""
    bare = [turn.model_copy(update={"acts": ()}) for turn in dialogue.turns]
    turns, acts = [], []
    for turn in Labeller(catalogue).label(bare):
        if turn.role is role:
            text = turn.text
            for film in reversed(films_in(turn, catalogue)):
                text = f"{text[: film.start]}{FILM}{text[film.end :]}"
            turns.append(" ".join(text.split()))
            acts.append(tuple(dict.fromkeys(act.kind.value for act in turn.acts)))
    person = dialogue.player(role).person
    return Said(
        dialogue=dialogue.id,
        group=f"{dialogue.provenance.corpus}/{person}" if person else dialogue.id,
        simulated=simulated,
        turns=tuple(turns),
        acts=tuple(acts),
    )
