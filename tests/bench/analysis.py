"""Ratios of the analysis and of the metrics: a large study, and BERTScore against its package."""

import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from annotations import records
from annotations.results import analyse
from backend.catalogue import Catalogue
from backend.conversations.simulation import made, plans
from backend.dialogue import Dialogue, Role
from backend.metrics.bertscore import bertscore
from backend.metrics.encoder import Encoder, packaged
from backend.simulators import simulator
from backend.statistics.agreement import krippendorff_alpha
from backend.statistics.bootstrap import Resampling
from backend.statistics.discrimination import identify
from backend.statistics.ratings import means
from backend.statistics.sensitivity import dprime
from tests.bench.large_study import large_study as build

#: The large study, resamples of its bootstrap, and how many of them the plain loop is timed on.
JUDGMENTS, RATERS, DIALOGUES, RESAMPLES, TIMED = 1_000_000, 5_000, 4_000, 1_000, 2

#: Pairs of texts for BERTScore, and how often the two sides take turns.
TEXTS, PAIRS = 2_000, 3
#: Pairs compared one by one: in a batch, the package's values hang on the padding.
ALONE = 100


def _study() -> pd.DataFrame:
    """Verdicts of many raters on dialogues of people and of four systems, and a rating beside."""
    rng = np.random.default_rng(0)
    dialogue = rng.integers(0, DIALOGUES, JUDGMENTS)
    system = dialogue % 5
    rater = rng.integers(0, RATERS, JUDGMENTS)
    lean = rng.normal(0, 0.4, RATERS)
    evidence = np.where(system > 0, 0.2 * system, -0.2) + lean[rater] + rng.normal(size=JUDGMENTS)
    names = np.array(["", "one", "two", "three", "four"], dtype=object)
    frame = pd.DataFrame(
        {
            "rater": [f"r{one}" for one in rater],
            "dialogue": [f"d{one}" for one in dialogue],
            "simulated": system > 0,
            "said_simulated": evidence > 0,
            "question": "naturalness",
            "value": np.clip(np.round(3 - evidence), 1, 5),
        }
    )
    frame["system"] = pd.Series(names[system]).where(system > 0)
    return frame


def _loop(frame: pd.DataFrame, resamples: int) -> float:
    """Seconds of the straightforward way: raters drawn, their rows put together, counted anew."""
    rng = np.random.default_rng(0)
    rows = frame.groupby("rater").indices
    raters = np.array(list(rows), dtype=object)
    start = time.perf_counter()
    for _ in range(resamples):
        drawn = rng.choice(raters, len(raters))
        sample = frame.iloc[np.concatenate([rows[rater] for rater in drawn])]
        said = sample.groupby(["system", "simulated"], dropna=False)["said_simulated"]
        counts = said.agg(["sum", "size"])
        people = counts.xs(False, level="simulated").iloc[0]
        for _, one in counts.xs(True, level="simulated").iterrows():
            dprime(
                one["sum"],
                one["size"] - one["sum"],
                people["sum"],
                people["size"] - people["sum"],
            )
        sample.groupby("system", dropna=False)["value"].mean()
    return time.perf_counter() - start


def large_study() -> dict[str, object]:
    """A million judgments by 5,000 raters: d', ratings, alpha, 1,000 resamples; 20 is wanted.

    The plain pandas loop computes d' and mean ratings alone, resamples raters alone, and is timed
    on a few resamples.
    """
    frame = _study()
    how = Resampling(resamples=RESAMPLES)
    start = time.perf_counter()
    found = [*identify(frame, how=how), *means(frame, how=how)]
    core = time.perf_counter() - start
    found.append(
        krippendorff_alpha(frame.assign(value=frame["said_simulated"].astype(float)), how=how)
    )
    ours = time.perf_counter() - start
    plain = _loop(frame, TIMED) / TIMED * RESAMPLES
    return {
        "judgments": JUDGMENTS,
        "raters": RATERS,
        "estimates": len(found),
        "ratio, all of ours": round(plain / ours, 1),
        "ratio, d' and ratings alone": round(plain / core, 1),
        "ours, seconds": round(ours, 1),
        "loop, seconds (from so many resamples)": [round(plain), TIMED],
    }


def large_results() -> dict[str, object]:
    """Seconds behind the results page of such a study: first look, and each look after it."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        database, study, n = build(Path(folder) / "large.db")
        start = time.perf_counter()
        found = analyse(database, study.name)
        first = time.perf_counter() - start
        again = []
        for _ in range(PAIRS):
            start = time.perf_counter()
            records.fingerprint(database, study.name, records.PEOPLE)
            again.append(time.perf_counter() - start)
        database.close()
    return {
        "judgments": n,
        "findings": sum(len(result.findings) for result in found),
        "first look, seconds": round(first, 1),
        "each later look (kept until a judgment comes), seconds": round(min(again), 2),
    }


def bert_score() -> dict[str, object]:
    """BERTScore of pairs of turns, the package's seconds over ours, in turns; 1 is wanted."""
    from bert_score import BERTScorer

    seeker, recommender = (
        simulator("agenda", Role.SEEKER),
        simulator("critiquing", Role.RECOMMENDER),
    )
    planned = plans(Catalogue.load(), 400, seed=1)
    talks = [d for d in made(seeker, recommender, planned) if isinstance(d, Dialogue)]
    pairs = [
        (d.turns[at].text, d.turns[at - 1].text) for d in talks for at in range(1, len(d.turns))
    ][:TEXTS]
    candidates, references = [a for a, _ in pairs], [b for _, b in pairs]
    scorer = BERTScorer(model_type=str(packaged()), num_layers=6, device="cpu")
    scorer._tokenizer.model_max_length = 512
    encoder = Encoder.named()
    ratios = []
    for _ in range(PAIRS):
        start = time.perf_counter()
        ours = bertscore(candidates, references, encoder)
        middle = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scorer.score(candidates, references)
        ratios.append((time.perf_counter() - middle) / (middle - start))
    alone = [scorer.score([a], [b])[2].item() for a, b in pairs[:ALONE]]
    gap = max(abs(ours[at][2] - value) for at, value in enumerate(alone))
    return {
        "pairs of texts": len(pairs),
        "ratio, median": round(statistics.median(ratios), 2),
        "ratio, range": [round(min(ratios), 2), round(max(ratios), 2)],
        f"largest difference of F1 in {ALONE}, pair by pair": gap,
    }


BENCHES: list[Callable[[], dict[str, object]]] = [large_study, large_results, bert_score]
