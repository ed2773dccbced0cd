"""Effect of controls: how often the turns of a seeker show what its controls demand.

Session variables are measured as in the training dialogues (`language/style.py`) and cut at
the same points. Acts are found by a classifier of its own: logistic regression on words and
pairs of words of a turn and on what it answers, trained on the human training dialogues.
"""

import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MultiLabelBinarizer

from backend.catalogue import Catalogue
from backend.conversations.simulation import made, plans
from backend.conversations.talk import next_turn
from backend.dialogue import ActKind, Brief, Dialogue, Origin, Role, Scenario, Turn
from backend.language.films import films_in
from backend.language.style import LEVELS, measure
from backend.simulators import SeekerView, Simulator, SimulatorError, simulator
from backend.simulators.acts import ACTS, NEEDS_FILM
from backend.simulators.profiles import LEANING
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import share
from backend.training.prepare import leaning_of, read_part
from backend.training.profile import Cuts

#: Genres asked for, of the many there are.
LEANINGS = ("action", "comedy", "horror")


def session(
    name: str,
    recommender: Simulator,
    scenarios: Sequence[Scenario],
    cuts: Cuts,
    catalogue: Catalogue,
    *,
    n: int,
    seed: int,
) -> dict[str, tuple[Estimate, float]]:
    """Variable -> how often the value asked for is measured, and how often by chance.

    `n` dialogues a value. Chance is the share of the value among dialogues that asked for none,
    averaged over values.
    """
    free = _talk(name, recommender, scenarios, catalogue, {}, n=n, seed=seed)
    found: dict[str, tuple[Estimate, float]] = {}
    for variable in (*LEVELS, LEANING):
        values = LEANINGS if variable == LEANING else LEVELS[variable]
        hits = total = 0
        chance = 0.0
        for value in values:
            asked = {variable: value}
            dialogues = _talk(name, recommender, scenarios, catalogue, asked, n=n, seed=seed)
            measured = [_measured(d, variable, cuts, catalogue) for d in dialogues]
            hits += measured.count(value)
            total += sum(one is not None for one in measured)
            usual = [m for d in free if (m := _measured(d, variable, cuts, catalogue))]
            chance += usual.count(value) / max(1, len(usual)) / len(values)
        found[variable] = (share(hits, total, "dialogues"), chance)
    return found


def acts(
    name: str, data: Path, catalogue: Catalogue, *, n: int, seed: int
) -> dict[str, tuple[Estimate, float, Estimate]]:
    """Act -> how often the classifier finds it where asked for, by chance, and in human turns.

    Contexts are beginnings of held-out human dialogues, up to a turn of the seeker's. Chance is the
    share of the act among what the seeker says there unasked. The third is the classifier's recall
    on held-out human turns that carry the act.
    """
    classifier = Acts(read_part(data, "train"), catalogue)
    held_out = read_part(data, "held_out")
    contexts = _contexts(held_out, random.Random(seed))
    free = simulator(name, Role.SEEKER)
    human = [
        (d.turns[:at], turn)
        for d in held_out
        for at, turn in enumerate(d.turns)
        if turn.role is Role.SEEKER
    ]
    unasked: Counter[ActKind] = Counter()
    said = 0
    for view in contexts[:n]:
        turn = next_turn(free, view, Role.SEEKER, seed=seed)
        unasked.update(classifier.find(view.turns, turn))
        said += 1
    found: dict[str, tuple[Estimate, float, Estimate]] = {}
    for kind in ACTS[Role.SEEKER]:
        told = simulator(name, Role.SEEKER, act=kind.value)
        hits = total = 0
        for view in contexts:
            if total == n:
                break
            if not _fits(kind, view, catalogue):
                continue
            total += 1
            try:
                turn = next_turn(told, view, Role.SEEKER, seed=seed + total)
            except SimulatorError:
                continue  # no turn that holds is a miss
            hits += kind in classifier.find(view.turns, turn)
        meant = [(before, turn) for before, turn in human if turn.does(kind)]
        right = sum(kind in classifier.find(before, turn) for before, turn in meant)
        found[kind.value] = (
            share(hits, total, "turns"),
            unasked[kind] / max(1, said),
            share(right, len(meant), "human turns"),
        )
    return found


class Acts:
    """Finds the acts of a seeker's turn, by its words and what it answers."""

    def __init__(self, dialogues: Sequence[Dialogue], catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        texts, labels = [], []
        for dialogue in dialogues:
            if dialogue.seeker.origin is not Origin.HUMAN:
                continue
            for at, turn in enumerate(dialogue.turns):
                if turn.role is Role.SEEKER:
                    texts.append(self._features(dialogue.turns[:at], turn))
                    labels.append([act.kind for act in turn.acts])
        self._names = MultiLabelBinarizer()
        self._model: Any = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, token_pattern=r"\S+", sublinear_tf=True),
            OneVsRestClassifier(LogisticRegression(C=10, class_weight="balanced", max_iter=500)),
        )
        self._model.fit(texts, self._names.fit_transform(labels))

    def find(self, before: Sequence[Turn], turn: Turn) -> set[ActKind]:
        """The acts found in a turn."""
        rows = self._model.predict([self._features(before, turn)])
        return set(self._names.inverse_transform(rows)[0])

    def _features(self, before: Sequence[Turn], turn: Turn) -> str:
        named = {m.item for t in before for m in t.mentions}
        text = turn.text
        for film in reversed(films_in(turn, self.catalogue)):
            mark = "OLDFILM" if film.item in named else "NEWFILM"
            text = f"{text[: film.start]} {mark} {text[film.end :]}"
        marks = ["FIRST"] if not before else []
        if before:
            last = before[-1]
            marks += ["OFFERED"] if last.mentions else []
            marks += ["ASKED"] if "?" in last.text else []
        words = " ".join(tokens_of(text))
        return f"{words} {' '.join(marks)}"


def tokens_of(text: str) -> list[str]:
    """Words and marks, the capitals of film marks kept."""
    spaced = "".join(c if c.isalnum() or c in "' " else f" {c} " for c in text)
    return [w if w in {"OLDFILM", "NEWFILM"} else w.lower() for w in spaced.split()]


def read_cuts(folder: Path) -> Cuts:
    """Cut points of a prepared folder."""
    about = json.loads((folder / "prepared.json").read_text())
    return Cuts(
        {role: {k: tuple(v) for k, v in cut.items()} for role, cut in about["cuts"].items()}
    )


def _talk(
    name: str,
    recommender: Simulator,
    scenarios: Sequence[Scenario],
    catalogue: Catalogue,
    controls: dict[str, str],
    *,
    n: int,
    seed: int,
) -> list[Dialogue]:
    seeker = simulator(name, Role.SEEKER, **({"controls": controls} if controls else {}))
    planned = plans(catalogue, n, seed=seed, scenarios=scenarios)
    return [d for d in made(seeker, recommender, planned) if isinstance(d, Dialogue)]


def _measured(dialogue: Dialogue, variable: str, cuts: Cuts, catalogue: Catalogue) -> str | None:
    if variable == LEANING:
        return leaning_of(dialogue, catalogue)
    measures = measure(dialogue.turns, Role.SEEKER, catalogue)
    value = getattr(measures, variable) if measures else None
    return cuts.level(Role.SEEKER, variable, value)


def _contexts(dialogues: Sequence[Dialogue], rng: random.Random) -> list[SeekerView]:
    found = []
    for dialogue in dialogues:
        brief = dialogue.scenario.brief if dialogue.scenario else Brief(summary="")
        for at, turn in enumerate(dialogue.turns):
            if turn.role is Role.SEEKER:
                found.append(SeekerView(brief=brief, turns=dialogue.turns[:at]))
    rng.shuffle(found)
    return found


def _fits(kind: ActKind, view: SeekerView, catalogue: Catalogue) -> bool:
    """Whether an act makes sense here: a verdict needs an offer, a greeting a beginning."""
    own = sum(turn.role is Role.SEEKER for turn in view.turns)
    if kind is ActKind.GREET:
        return own == 0
    if kind is ActKind.BYE:
        return own >= 2
    if kind is ActKind.CRITIQUE and not view.brief.attributes:
        return False
    if kind in NEEDS_FILM | {ActKind.INQUIRE}:
        return bool(view.turns) and any(
            film.item and film.item in catalogue for film in films_in(view.turns[-1], catalogue)
        )
    if kind is ActKind.DISCLOSE:
        return bool(view.brief.attributes)
    return True
