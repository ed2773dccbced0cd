"""The parts of a protocol besides its tasks: recruitment, checks, exclusion, retention, pay."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from annotations.questions import Slug, Spec
from backend.dialogue import Role

#: Prolific's parameters and the form of their values: ids of 24 hexadecimal digits.
PROLIFIC = {
    "PROLIFIC_PID": "[0-9a-f]{24}",
    "STUDY_ID": "[0-9a-f]{24}",
    "SESSION_ID": "[0-9a-f]{24}",
}


class Consent(Spec):
    """What a rater agrees to. `version` is recorded with the answer."""

    version: str
    text: str
    agree: str | None = None
    decline: str | None = None
    declined: str | None = None


class Ending(Spec):
    """An early end of a rater's participation: the text shown and the completion code."""

    code: str | None = None
    text: str | None = None


class Completion(Spec):
    """The code and text that a rater gets after the last judgment is stored.

    `screened_out` is for raters who did not pass the practice, `declined` for people who did not
    consent. `url`, with `{code}` in it, leads back to the recruiter.
    """

    code: str
    text: str | None = None
    screened_out: Ending = Ending()
    declined: Ending = Ending()
    url: Annotated[str, Field(pattern=r"^https://[^\s{}]+\{code\}[^\s{}]*$")] | None = None

    def way_back(self, code: str | None) -> str | None:
        """The recruiter's return address with this code filled in."""
        return self.url.replace("{code}", code) if self.url and code else None


class Recruitment(Spec):
    """How raters enter the study.

    `door` is one of four. `open`: anyone with the link. `prolific`: links with Prolific's
    parameters. `recruiter`: links of any other panel; `parameters` maps each parameter's name to
    the pattern of its values, and the first one identifies the person. `invite`: single-use links.
    """

    door: Literal["open", "prolific", "recruiter", "invite"] = "open"
    parameters: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _only_a_recruiter_names_parameters(self) -> Self:
        if (self.door == "recruiter") != bool(self.parameters):
            raise ValueError("door `recruiter`, and only it, lists its `parameters`")
        reserved = {"study", "rater", "withdraw", "invite"} & set(self.parameters)
        if reserved:
            raise ValueError(f"parameters named {', '.join(sorted(reserved))} are Uncanny's own")
        return self

    @property
    def wanted(self) -> dict[str, str]:
        """Parameters a link must bring, with the patterns of their values."""
        return PROLIFIC if self.door == "prolific" else self.parameters


class Scripted(Spec):
    """Transcripts written into the protocol. Each line is `seeker: ...` or `recommender: ...`."""

    task: Slug
    transcripts: tuple[tuple[str, ...], ...] = Field(min_length=1, max_length=2)

    @model_validator(mode="after")
    def _lines_name_their_role(self) -> Self:
        for line in (line for transcript in self.transcripts for line in transcript):
            if line.partition(":")[0].strip() not in [role.value for role in Role]:
                raise ValueError(f"line {line[:40]!r} starts neither `seeker:` nor `recommender:`")
        return self

    def turns(self) -> list[list[tuple[Role, str]]]:
        """(role, text) for each line of each transcript."""
        split = [[line.partition(":") for line in t] for t in self.transcripts]
        return [[(Role(who.strip()), text.strip()) for who, _, text in t] for t in split]


class Example(Scripted):
    """A practice item: the right verdict, and why."""

    answer: str
    why: str


class Check(Scripted):
    """A screen whose right answers are known, put among the others at a random place.

    `gold`: an easy item of the task itself. `attention`: the transcript says what to answer.
    `answers` maps each checked question to its right answer or to a list of right answers. Raters
    never learn which screens are checks, and no analysis counts them.
    """

    kind: Literal["gold", "attention"] = "gold"
    answers: dict[str, Any] = Field(min_length=1)

    def passed(self, said: dict[str, Any]) -> bool:
        """Whether every checked question has one of its right answers."""
        return all(
            _plain(said.get(name)) in _allowed(right) for name, right in self.answers.items()
        )


class PracticeMark(Spec):
    """How many examples must be right, and in how many tries, before a rater is screened out."""

    right: int = Field(ge=1)
    tries: int = Field(default=2, ge=1)


class ExclusionRule(Spec):
    """When the protocol excludes a rater: one condition per rule.

    `gold_below`: the share of gold screens passed is lower than this, of at least `of` screens.
    `attention_failed`: at least this many attention checks failed. `flags`: at least this many
    different flags. A single attention check, or a single flag, never excludes anybody.
    """

    gold_below: float | None = Field(default=None, gt=0, le=1)
    of: int = Field(default=2, ge=2)
    attention_failed: int | None = Field(default=None, ge=2)
    flags: int | None = Field(default=None, ge=2)

    @model_validator(mode="after")
    def _has_one_condition(self) -> Self:
        told = [self.gold_below, self.attention_failed, self.flags]
        if sum(condition is not None for condition in told) != 1:
            raise ValueError("a rule has one of `gold_below`, `attention_failed`, `flags`")
        return self

    @property
    def name(self) -> str:
        """The rule's short name, as exclusions record it."""
        if self.gold_below is not None:
            return "gold"
        return "attention" if self.attention_failed is not None else "flags"


class Quality(Spec):
    """Quality control. The thresholds of flags are stated here so that the protocol records them.

    `fast`: a screen done in less than this share of its task's expected seconds is hasty; a rater
    with more than half of their screens hasty is flagged. `straight`: straight-lining is flagged
    from this share of a rater's screens of a task with the same answers. `characters_a_second`:
    free text that is sent faster than this, or that repeats the transcript or another rater word
    for word, counts as pasted.
    """

    practice: PracticeMark | None = None
    fast: float = Field(default=0.2, gt=0, lt=1)
    straight: float = Field(default=0.95, gt=0, le=1)
    characters_a_second: float = Field(default=15.0, gt=0)
    rules: tuple[ExclusionRule, ...] = ()


class Privacy(Spec):
    """How long personal data are kept.

    `recruiter_ids_days` is for the raw ids that payment needs. `devices` asks for a keyed hash of
    address and browser, kept equally long, to detect one person who takes part as two raters.
    """

    recruiter_ids_days: int = Field(default=90, ge=0)
    devices: bool = False


class Pay(Spec):
    """What a rater costs. `fee` is the recruiter's share on top, 0.33 for a third."""

    per_rater: float = Field(ge=0)
    fee: float = Field(default=0.0, ge=0)
    currency: str = Field(default="GBP", pattern=r"^[A-Z]{3}$")

    @property
    def cost(self) -> float:
        """The cost of one rater, including the recruiter's fee."""
        return self.per_rater * (1 + self.fee)


class Stopping(Spec):
    """When to stop: at `raters` finished, or once every system's interval in `task` is narrow.

    `width` applies to the 95% intervals of the task's first finding, in that finding's unit.
    Repeated looks that stop at a significant result would be cheating; the width of an interval
    favours no result.
    """

    raters: int | None = Field(default=None, ge=1)
    task: Slug | None = None
    width: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _a_width_is_of_a_task(self) -> Self:
        if (self.task is None) != (self.width is None):
            raise ValueError("`task` and `width` come together")
        if self.raters is None and self.width is None:
            raise ValueError("a stopping rule has `raters`, or `task` and `width`")
        return self


def _plain(value: Any) -> str:
    return str(value).removesuffix(".0")


def _allowed(right: Any) -> set[str]:
    return {_plain(value) for value in (right if isinstance(right, list | tuple) else [right])}
