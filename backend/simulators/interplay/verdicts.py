"""A seeker's reaction to a film that fits its wish, sampled from a person's reactions.

For example, a person accepted two films, had seen one and rejected one. A seeker with that
person's behaviour draws from these four reactions without replacement, one for each film offered.
When none is left, it reacts to an offer without accepting it.
"""

import random

from backend.dialogue import ActKind
from backend.simulators.interplay.standing import MAX_STAY_TURNS, Standing
from backend.simulators.people import Person

#: What is said to an offer where no verdict is left.
WITHOUT_VERDICT = frozenset({ActKind.REACT, ActKind.ACKNOWLEDGE, ActKind.CHAT})


def verdict(person: Person, stand: Standing, rng: random.Random) -> frozenset[ActKind]:
    """The acts of which the next turn performs one, on a film that fits.

    Nobody leaves without a film that fits, though people do: the last turn takes one.
    """
    is_last = stand.own + 1 >= min(person.turns, MAX_STAY_TURNS)
    if is_last and not stand.has_taken:
        return frozenset({ActKind.ACCEPT})
    left = {
        ActKind.ACCEPT: max(1, person.accepts) - stand.accepted,
        ActKind.REJECT: person.refuses - stand.refused,
    }
    if stand.is_fresh:
        left[ActKind.SEEN] = person.seen - stand.seen if stand.seeable else 0
        left[ActKind.INQUIRE] = person.asks - stand.asked if stand.askable else 0
    open_ = {kind: n for kind, n in left.items() if n > 0}
    if not open_:
        return WITHOUT_VERDICT
    return frozenset(rng.choices(list(open_), list(open_.values())))
