"""Corrupted next turns, as negative examples, each about as long as the true turn."""

import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from backend.dialogue import Dialogue, Role, Turn

#: Kind of corruption -> the fewest words a turn must have for it.
KINDS = {
    "another dialogue": 1,
    "same dialogue": 1,
    "spliced": 6,
    "permuted": 4,
    "repeated": 5,
    "replaced": 4,
    "resampled": 4,
}

#: Turns this near in the same dialogue may fit, too. Longest difference in words, as a share.
NEAR, APART = 3, 0.25

#: Share of words that are replaced.
REPLACED = 0.35

_Words = list[str]


class Corruptions:
    """Corrupts turns with words of a pool of people's dialogues."""

    def __init__(self, pool: Iterable[Dialogue], rng: random.Random) -> None:
        self.rng = rng
        said: dict[Role, list[tuple[_Words, str]]] = defaultdict(list)
        for dialogue in pool:
            for turn in dialogue.turns:
                if words := turn.text.split():
                    said[turn.role].append((words, dialogue.id))
        self._said = {
            role: sorted(all_, key=lambda one: len(one[0])) for role, all_ in said.items()
        }
        self._lengths = {role: [len(w) for w, _ in all_] for role, all_ in self._said.items()}
        self._chains = {role: _chain(w for w, _ in all_) for role, all_ in self._said.items()}

    def corrupt(self, dialogue: Dialogue, at: int, kind: str) -> Turn | None:
        """A corrupted turn for the place of turn `at`; None where this kind is not possible."""
        turn = dialogue.turns[at]
        words = turn.text.split()
        if len(words) < KINDS[kind]:
            return None
        made = self._made(dialogue, at, words, kind)
        if made is None or made == words:
            return None
        return Turn(role=turn.role, text=" ".join(made))

    def _made(self, dialogue: Dialogue, at: int, words: _Words, kind: str) -> _Words | None:
        role = dialogue.turns[at].role
        match kind:
            case "another dialogue":
                return self._elsewhere(dialogue, role, len(words))
            case "same dialogue":
                return self._moved(dialogue, at, len(words))
            case "spliced":
                cut = self.rng.randrange(2, len(words) - 2)
                tail = self._elsewhere(dialogue, role, len(words))
                return tail and [*words[:cut], *tail[cut:]]
            case "permuted":
                return self.rng.sample(words, len(words))
            case "repeated":
                return self._stuck(words)
            case "replaced":
                return [self._word(role, w) for w in words]
            case _:
                return self._chained(role, words)

    def _elsewhere(self, dialogue: Dialogue, role: Role, length: int) -> _Words | None:
        """Words of a turn of another dialogue, of the same length or the nearest."""
        lengths, said = self._lengths[role], self._said[role]
        low, high = bisect_left(lengths, length), bisect_left(lengths, length + 1)
        low, high = (
            (low, high) if high - low > 20 else (max(0, low - 10), min(len(said), high + 10))
        )
        words, source = said[self.rng.randrange(low, high)]
        return None if source == dialogue.id else list(words)

    def _moved(self, dialogue: Dialogue, at: int, length: int) -> _Words | None:
        """Words of a turn by the same role elsewhere in the dialogue."""
        role, most = dialogue.turns[at].role, max(1.0, APART * length)
        found = [
            turn.text.split()
            for place, turn in enumerate(dialogue.turns)
            if turn.role is role and abs(place - at) > NEAR and turn.text.strip()
        ]
        found = [words for words in found if abs(len(words) - length) <= most]
        return self.rng.choice(found) if found else None

    def _stuck(self, words: _Words) -> _Words:
        """A few words said again in the place of what followed them."""
        span = self.rng.randrange(1, min(5, len(words) // 2) + 1)
        start = self.rng.randrange(0, len(words) - 2 * span + 1)
        again = [*words[: start + span], *words[start : start + span], *words[start + span :]]
        return again[: len(words)]

    def _word(self, role: Role, word: str) -> str:
        """The word, or in its place one from anywhere."""
        if self.rng.random() > REPLACED:
            return word
        return self.rng.choice(self.rng.choice(self._said[role])[0])

    def _chained(self, role: Role, words: _Words) -> _Words:
        """A beginning of the turn, and then words that each followed the two before somewhere."""
        made = words[: self.rng.randrange(0, len(words) // 2 + 1)]
        chain = self._chains[role]
        while len(made) < len(words):
            before = tuple(("", "", *made)[-2:])
            made.append(self.rng.choice(chain.get(before) or chain["", ""]))
        return made


def _chain(said: Iterable[Sequence[str]]) -> dict[tuple[str, ...], list[str]]:
    """Two words in a row -> the words that followed them."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for words in said:
        padded = ["", "", *words]
        for at in range(2, len(padded)):
            found[padded[at - 2], padded[at - 1]].append(padded[at])
    return dict(found)
