"""Names of the quantities that callers pick estimates by, as tables and exports show them."""

from enum import StrEnum


class Quantity(StrEnum):
    """What an estimate is of. An estimate whose quantity depends on the data has its own text."""

    HIT_RATE = "hit rate"
    FALSE_ALARM_RATE = "false-alarm rate"
    FOOLED_RATE = "fooled rate"
    DPRIME = "d'"
    CRITERION = "criterion c"
    ACCURACY = "accuracy"
    AREA = "AUC"
    PROPORTION_CORRECT = "proportion correct"
    LOG_STRENGTH = "log strength"
    RANK = "rank"
