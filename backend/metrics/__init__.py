"""Automatic metrics of dialogues, one file for each.

A metric is handed dialogues and yields scores, each a value or the reason why there is none. To
add one, write one file and add one line to `METRICS`.
"""

import pkgutil

from backend.metrics.base import Metric, Tools

#: Metric name -> class, resolved on first use: encoders and models are loaded when they are asked.
METRICS: dict[str, str] = {
    "length": "backend.metrics.length:Length",
    "success": "backend.metrics.success:Success",
    "ranking": "backend.metrics.ranking:Ranking",
    "match": "backend.metrics.match:MatchScore",
    "embedded-match": "backend.metrics.match:EmbeddedMatch",
    "distinct": "backend.metrics.distinct:Distinct",
    "repetition": "backend.metrics.repetition:Repetition",
    "self-bleu": "backend.metrics.bleu:SelfBleu",
    "vendi": "backend.metrics.vendi:Vendi",
    "bertscore": "backend.metrics.bertscore:BertScore",
    "bertscore-idf": "backend.metrics.bertscore:WeightedBertScore",
    "coherence": "backend.metrics.coherence:CoherenceMetric",
    "consistency": "backend.metrics.consistency:Consistency",
    "leakage": "backend.metrics.leaks:Leaks",
    "judge": "backend.metrics.judge:RubricJudge",
    "judged-consistency": "backend.metrics.judge:JudgedConsistency",
}


class UnknownMetric(LookupError):
    """There is no metric by this name; the message lists those there are."""


def metric(name: str, tools: Tools | None = None) -> Metric:
    """The metric by this name, ready to score. Raises UnknownMetric."""
    made: Metric = kind(name)(tools or Tools())
    return made


def kind(name: str) -> type[Metric]:
    """The metric's class. Raises UnknownMetric."""
    if name not in METRICS:
        raise UnknownMetric(f"no metric {name!r}; there are {', '.join(METRICS)}")
    found: type[Metric] = pkgutil.resolve_name(METRICS[name])
    return found
