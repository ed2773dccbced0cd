"""Fit the classifier of coherence and write it with its model card."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from backend.language.coherence import WEIGHTS, Classifier
from backend.language.turn_costs import Floats
from backend.training.coherence import TRUE, LabelledTurn

#: Trees, their depth, the learning rate, and the share of examples that each tree sees.
TREES, DEPTH, RATE, SHARE = 200, 3, 0.08, 0.7


def fit(found: Sequence[LabelledTurn], frequencies: Floats, *, seed: int) -> Classifier:
    """Boosted trees that tell true next turns from corrupted ones, both weighted alike."""
    x = np.array([one.values for one in found], dtype=np.float32)
    true = np.array([one.kind == TRUE for one in found])
    weights = np.where(true, 0.5 / true.mean(), 0.5 / (~true).mean())
    model = GradientBoostingClassifier(
        n_estimators=TREES, max_depth=DEPTH, learning_rate=RATE, subsample=SHARE, random_state=seed
    ).fit(x, true, sample_weight=weights)
    return Classifier({**_flat(model), "frequencies": frequencies.astype(np.float16)})


def write(classifier: Classifier, out: Path, record: dict[str, object]) -> None:
    """Write the classifier and the record of its training."""
    out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out / WEIGHTS, allow_pickle=False, **classifier.arrays)
    (out / "training.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def areas(classifier: Classifier, found: Sequence[LabelledTurn]) -> dict[str, float]:
    """AUC of true turns against each kind of corruption, against all, and of length alone."""
    values = np.array(classifier.probabilities([one.values for one in found]))
    kinds = np.array([one.kind for one in found])
    true = kinds == TRUE
    areas_ = {"all": float(roc_auc_score(true, values))}
    for kind in sorted(set(kinds.tolist()) - {TRUE}):
        some = true | (kinds == kind)
        areas_[kind] = float(roc_auc_score(true[some], values[some]))
    areas_["length alone"] = float(roc_auc_score(true, [one.tokens for one in found]))
    return areas_


def _flat(model: GradientBoostingClassifier) -> dict[str, NDArray[np.generic]]:
    """The trees as arrays over all nodes, as `Classifier` reads them."""
    trees = [tree[0].tree_ for tree in model.estimators_]
    roots = np.cumsum([0, *(tree.node_count for tree in trees[:-1])])
    moved = [(tree, int(root)) for tree, root in zip(trees, roots, strict=True)]
    prior = model.init_.class_prior_[1]
    return {
        "roots": roots.astype(np.int32),
        "feature": np.concatenate([np.maximum(t.feature, -1) for t in trees]).astype(np.int16),
        "threshold": np.concatenate([t.threshold for t in trees]),
        "left": np.concatenate([t.children_left + r for t, r in moved]).astype(np.int32),
        "right": np.concatenate([t.children_right + r for t, r in moved]).astype(np.int32),
        "value": np.concatenate([t.value[:, 0, 0] for t in trees]) * np.float64(RATE),
        "start": np.array(np.log(prior / (1 - prior))),
    }
