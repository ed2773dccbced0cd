"""Reply delays of simulated players, drawn from a model of people's delays.

One delay stands for reading, thinking and typing together. For each role it is drawn from

    log(seconds) ~ Normal(a + b log(1 + words read) + c log(1 + words typed), sd)

with a, b and c by least squares over people's replies. A reply is the first message of a run that
answers the other's run; its time counts from the last message of that run, whose words are those
read (earlier ones were read as they came: with the whole run R² is lower, 0.12 against 0.15 for
the recommender). Replies under `SHORTEST` or over `LONGEST` are left out and counted: the first
were typed before the message came, the second were interruptions.

What the packaged numbers are, and are not: the test part of ReDial (Li et al., NeurIPS 2018), paid
crowd workers of 2018 who chatted in a browser, most likely at a desktop (the release does not
say), with times in whole seconds and film titles picked from a list, of which each word counts as
typed here. People on phones type slower: 36 words a minute (Palin et al., MobileHCI 2019, 37,370
people) against 52 on keyboards (Dhakal et al., CHI 2018, 168,000 people), so that on phones these
delays are short.

People have a tempo of their own: a share of the residual variance lies between dialogues (random
intercepts, restricted maximum likelihood). A player that is given a tempo, the quantile of people
that are quicker, keeps to it: its delays are drawn around its own mean with what variance is left.
"""

import math
import random
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from statistics import NormalDist

import numpy as np
from pydantic import Field

from backend.dialogue import Dialogue, Fact, Origin, Role

#: Seconds outside which a person's reply is left out of the fit.
SHORTEST, LONGEST = 1.0, 300.0

#: Seconds that a drawn delay lies between: games are timed, and nobody answers at once.
LOW, HIGH = 2.0, 60.0

#: Replies, and dialogues they come from, that a role is fitted on at least.
FEWEST, FEWEST_DIALOGUES = 30, 5

TOO_FAST = f"under {SHORTEST:.0f} s after the message"
TOO_SLOW = f"over {LONGEST:.0f} s after the message"
UNTIMED = "without a time"

#: Where the tails end: the inverse of the normal distribution has no value at 0 and 1.
_TAIL = 1e-12


class PaceError(ValueError):
    """A pace can't be fitted on these dialogues, or its file can't be read; says why."""


@dataclass(frozen=True)
class TimedReply:
    """A person's reply: words of the message it answers, words of its own, seconds between."""

    dialogue: str
    role: Role
    read: int
    typed: int
    seconds: float


class DelayModel(Fact):
    """One role's delays: coefficients on log seconds, as in the module's formula.

    `errors` are standard errors of the three, clustered by dialogue; `sd` is the residual's and
    `between` the share of its variance that lies between dialogues; `n` replies in `dialogues`
    dialogues, `left_out` by reason.
    """

    intercept: float
    read: float
    typed: float
    errors: tuple[float, float, float]
    sd: float = Field(gt=0)
    between: float = Field(ge=0, lt=1)
    r2: float
    n: int = Field(ge=0)
    dialogues: int = Field(ge=0)
    left_out: dict[str, int] = Field(default_factory=dict)

    def median(self, read: int, typed: int) -> float:
        """Seconds that half of the replies of this many words take, without bounds."""
        return math.exp(
            self.intercept + self.read * math.log1p(read) + self.typed * math.log1p(typed)
        )

    def draw(
        self,
        read: int,
        typed: int,
        rng: random.Random,
        low: float = 0,
        high: float = math.inf,
        *,
        tempo: float,
    ) -> float:
        """Seconds that a person of this tempo takes, between the bounds; one number from `rng`.

        `tempo` is the share of people who are quicker. Cut off, not clipped: many delays of
        exactly `low` or `high` would look like a machine.
        """
        own = math.sqrt(self.between) * NormalDist().inv_cdf(min(max(tempo, _TAIL), 1 - _TAIL))
        within = math.sqrt(1 - self.between)
        logs = NormalDist(math.log(self.median(read, typed)) + self.sd * own, self.sd * within)
        least = logs.cdf(math.log(low)) if low > 0 else 0.0
        most = logs.cdf(math.log(high)) if high < math.inf else 1.0
        at = least + (most - least) * rng.random()
        drawn = math.exp(logs.inv_cdf(min(max(at, _TAIL), 1 - _TAIL)))
        return min(max(drawn, low), high)


class Pace(Fact):
    """Delays of both roles, and whose replies they were fitted on."""

    seeker: DelayModel
    recommender: DelayModel
    source: str = Field(min_length=1)
    licence: str = Field(min_length=1)

    @property
    def n(self) -> int:
        """Replies fitted on, of both roles."""
        return self.seeker.n + self.recommender.n

    def line(self, role: Role) -> DelayModel:
        """The delays of one role."""
        return self.seeker if role is Role.SEEKER else self.recommender

    def delay(
        self, role: Role, read: str, typed: str, rng: random.Random, *, tempo: float
    ) -> float:
        """Seconds from the partner's message to the reply of this role, from 2 to 60.

        `read` is the partner's last message ("" where there is none), `typed` the reply; the
        same texts, tempo (see `tempo_of`) and state of `rng` give the same delay. Longer texts
        take longer on average.
        What a model needed to write the reply is part of the delay: wait for the rest only.
        """
        words = len(read.split()), len(typed.split())
        return self.line(role).draw(*words, rng, LOW, HIGH, tempo=tempo)


def tempo_of(player: str) -> float:
    """The share of people who are quicker than this player: drawn by its name, so that it lasts."""
    return random.Random(player).random()


def fit(dialogues: Iterable[Dialogue], source: str | None = None) -> Pace:
    """The pace of the people in these dialogues; `source` says who they are, else the corpora.

    Least squares with standard errors clustered by dialogue, and for the tempo a mixed model with
    an intercept for each dialogue (both statsmodels). Raises PaceError where a role has fewer than
    `FEWEST` replies with times or `FEWEST_DIALOGUES` dialogues, where all are alike, or where no
    dialogue has two of them, which a tempo is told by.
    """
    known = list(dialogues)
    found = list(replies(known))
    lines = {role: _line([one for one in found if one.role is role], role) for role in Role}
    where = [dialogue.provenance for dialogue in known]
    return Pace(
        seeker=lines[Role.SEEKER],
        recommender=lines[Role.RECOMMENDER],
        source=source or ", ".join(sorted({one.corpus for one in where})),
        licence=", ".join(sorted({one.licence for one in where})),
    )


def replies(dialogues: Iterable[Dialogue]) -> Iterator[TimedReply]:
    """People's replies, timed or not: seconds are NaN where a time is missing."""
    for dialogue in dialogues:
        runs = [list(run) for _, run in groupby(dialogue.turns, key=lambda turn: turn.role)]
        for before, after in pairwise(runs):
            heard, said = before[-1], after[0]
            if dialogue.player(said.role).origin is not Origin.HUMAN:
                continue
            timed = heard.time is not None and said.time is not None
            yield TimedReply(
                dialogue=dialogue.id,
                role=said.role,
                read=len(heard.text.split()),
                typed=len(said.text.split()),
                seconds=(said.time or 0) - (heard.time or 0) if timed else math.nan,
            )


def why_left_out(reply: TimedReply) -> str | None:
    """Why a reply is not fitted on, or None where it is."""
    if math.isnan(reply.seconds):
        return UNTIMED
    if reply.seconds < SHORTEST:
        return TOO_FAST
    return TOO_SLOW if reply.seconds > LONGEST else None


def _line(found: Sequence[TimedReply], role: Role) -> DelayModel:
    # Here, as games only draw: they needn't load it.
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import ModelWarning

    why = [why_left_out(reply) for reply in found]
    used = [reply for reply, reason in zip(found, why, strict=True) if reason is None]
    left_out = Counter(reason for reason in why if reason)
    clusters = np.unique([reply.dialogue for reply in used], return_inverse=True)[1]
    dialogues = len(set(clusters.tolist()))
    if len(used) < FEWEST or dialogues < FEWEST_DIALOGUES:
        others = "".join(f"; {n:,} {reason}" for reason, n in sorted(left_out.items()))
        raise PaceError(
            f"a pace needs {FEWEST} timed replies in {FEWEST_DIALOGUES} dialogues for each role; "
            f"the {role.value} has {len(used)} in {dialogues}{others}"
        )
    words = np.log1p([[reply.read, reply.typed] for reply in used])
    design = np.column_stack([np.ones(len(used)), words])
    logs = np.log([reply.seconds for reply in used])
    if np.linalg.matrix_rank(design) < design.shape[1] or np.ptp(logs) == 0:
        raise PaceError(f"the replies of the {role.value} are alike in length or in time")
    if len(used) == dialogues:
        raise PaceError(f"no dialogue has two timed replies of the {role.value}: no tempo is told")
    model = sm.OLS(logs, design).fit(cov_type="cluster", cov_kwds={"groups": clusters})
    intercept, read, typed = (float(one) for one in model.params)
    errors = tuple(float(one) for one in model.bse)
    with warnings.catch_warnings():
        # Said where no tempo is found: a share of 0 lies on the edge of what a share can be.
        warnings.simplefilter("ignore", ModelWarning)
        mixed = sm.MixedLM(logs, design, groups=clusters).fit()
    own = float(mixed.cov_re[0, 0])
    return DelayModel(
        intercept=intercept,
        read=read,
        typed=typed,
        errors=(errors[0], errors[1], errors[2]),
        sd=math.sqrt(float(model.scale)),
        between=own / (own + float(mixed.scale)),
        r2=float(model.rsquared),
        n=len(used),
        dialogues=dialogues,
        left_out=dict(sorted(left_out.items())),
    )


def load(path: Path) -> Pace:
    """A pace from the file that the command `pace` wrote. Raises PaceError."""
    try:
        return Pace.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PaceError(f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise PaceError(f"{path} is not a pace: {error}") from error


#: The pace of ReDial's people (CC BY 4.0; coefficients alone, none of the text), made with
#: `python -m backend pace --corpus redial --source ... --out backend/simulators/pace.json`.
DEFAULT: Pace = load(Path(__file__).with_name("pace.json"))
