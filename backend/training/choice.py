"""Training of the classifier that chooses among wordings, on turns of people and of the model.

`fit` starts from samples: for turns of people in the training part, the adapter samples words for
the same action in the same place. What tells the two apart is written to `choice.npz` beside the
adapter. `refine` goes on from simulated dialogues: what is left after the checks and the choice,
and still tells turns from people's, is added to the weights, as in boosting.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Role, Turn, merged
from backend.engines import Decoding, Message, Reply, Request, engine
from backend.simulators.interplay.choosing import BY_ACT, WEIGHTS, Chooser, features, masked
from backend.simulators.profiles import DRAWN
from backend.training.prepare import profile, read_part
from backend.training.rows import row

#: Inverse strength of regularisation, chosen on the validation part among 0.03 to 3.
STRENGTH = 1.0

#: The corpus whose turns are compared with, and turns of the validation part.
CORPUS, WATCHED = "redial", 600

#: How words are sampled: nearly as the model has them.
DECODING = Decoding(max_tokens=56, temperature=1.0, min_p=0.02, stop=("\n",))


@dataclass(frozen=True)
class WordingPair:
    """One turn of a person and the model's words for the same action. `part` is of the split."""

    part: str
    action: str
    human: str
    model: str


def sample(
    adapter: Path, role: Role, data: Path, catalogue: Catalogue, *, n: int, seed: int
) -> list[WordingPair]:
    """Words of the adapter for `n` turns of the training part, and for some of validation.

    Raises EngineError if the adapter can't be run, FileNotFoundError if `data` is not prepared.
    """
    wanted: list[tuple[str, str, str, Request]] = []
    for part, most in (("train", n), ("validation", WATCHED)):
        found = list(_turns(part, role, data, catalogue))
        random.Random(f"{seed}/{part}").shuffle(found)
        wanted += [(part, *turn) for turn in found[:most]]
    model = engine("transformers", model=str(adapter))
    try:
        replies = model.generate([request for *_, request in wanted])
    finally:
        model.close()
    return [
        WordingPair(part, action, human, reply.text)
        for (part, action, human, _), reply in zip(wanted, replies, strict=True)
        if isinstance(reply, Reply)
    ]


def fit(samples: Sequence[WordingPair], role: Role, catalogue: Catalogue, out: Path) -> float:
    """Fit, write the weights to `out`, and return the AUC on the validation part."""
    x, y = _table([one for one in samples if one.part == "train"], role, catalogue)
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(x, y)
    weights = np.concatenate([model.coef_[0], model.intercept_]).astype(np.float16)
    np.savez_compressed(out / WEIGHTS, weights=weights)
    x, y = _table([one for one in samples if one.part == "validation"], role, catalogue)
    return float(roc_auc_score(y, model.decision_function(x)))


def refine(
    adapter: Path, role: Role, simulated: Sequence[Dialogue], data: Path, catalogue: Catalogue
) -> float:
    """Add to the weights what tells turns of simulated dialogues from people's.

    As many dialogues of people, of the training part, are drawn as are simulated. Returns the AUC
    of the addition by turn, cross-validated over dialogues. Raises ValueError where dialogues or
    weights are missing.
    """
    chooser = Chooser.packaged(adapter)
    if chooser is None or not simulated:
        raise ValueError("needs simulated dialogues, and an adapter whose choice has been trained")
    people = [d for d in read_part(data, "train") if d.provenance.corpus == CORPUS]
    random.Random("refine").shuffle(people)
    people = people[: len(simulated)]
    texts, truth, groups = [], [], []
    for at, dialogue in enumerate([*people, *simulated]):
        for turn in merged(dialogue.turns):
            if turn.role is role and turn.text.strip():
                texts.append(" ".join(masked(turn, catalogue).split()))
                truth.append(at < len(people))
                groups.append(at)
    # Acts are left out: they tell the groups apart, and wordings are compared within one action.
    x, y = features(texts, [""] * len(texts)), np.array(truth)
    x = x[:, ~BY_ACT]
    model = LogisticRegression(C=STRENGTH, max_iter=2000)
    scores = cross_val_predict(
        model, x, y, groups=groups, cv=GroupKFold(5), method="decision_function"
    )
    model.fit(x, y)
    weights = chooser.weights.copy()
    weights[:-1][~BY_ACT] += model.coef_[0]
    np.savez_compressed(adapter / WEIGHTS, weights=weights.astype(np.float16))
    return float(roc_auc_score(y, scores))


def _turns(
    part: str, role: Role, data: Path, catalogue: Catalogue
) -> list[tuple[str, str, Request]]:
    """Action, words and the request for other words, for each turn of this role."""
    found: list[tuple[str, str, Request]] = []
    for dialogue in read_part(data, part):
        if dialogue.provenance.corpus != CORPUS:
            continue
        manner = {k: v for k, v in profile(dialogue, role).items() if k in DRAWN}
        shown: list[Message] = []
        for entry in row(dialogue, role, catalogue, controls=manner).entries:
            if entry.speaker == "assistant" and len(entry.parts) == 3:
                (action, _), (facts, _), (words, _) = entry.parts
                request = Request(
                    messages=tuple(shown),
                    begun=f"{action}{facts}",
                    decoding=DECODING,
                    seed=len(found),
                )
                found.append((action, words, request))
            shown.append(Message(speaker=entry.speaker, text=entry.text))
    return found


def _table(
    samples: Sequence[WordingPair], role: Role, catalogue: Catalogue
) -> tuple[object, NDArray[np.bool_]]:
    texts, acts, truth = [], [], []
    for one in samples:
        kinds = "+".join(act.split()[0] for act in one.action.split("; "))
        for text, human in ((one.human, True), (one.model, False)):
            if text.strip():
                texts.append(masked(Turn(role=role, text=" ".join(text.split())), catalogue))
                acts.append(kinds)
                truth.append(human)
    return features(texts, acts), np.array(truth)
