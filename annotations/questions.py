"""The kinds of questions (scale, choice, text, marks on turns, position) and their answers."""

from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

#: The form of names that a study gives to its parts.
SLUG_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"

Slug = Annotated[str, Field(pattern=SLUG_PATTERN)]

#: An answer as it is stored: a number for scales, a text for choices, free text and places, turn
#: indices for marks.
Answer = float | str | list[int]

#: The answer to a `Place` question that names no turn.
NEVER = "never"


class Spec(BaseModel):
    """Base class for all parts of a protocol: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AnswerError(ValueError):
    """An answer is not valid for its question; the message says what would be.

    `question` is the text of a question that was not answered, None for an invalid answer.
    """

    def __init__(self, message: str, question: str | None = None) -> None:
        super().__init__(message)
        self.question = question


class _Question(Spec):
    id: Slug
    text: str = Field(min_length=1)
    help: str | None = None
    required: bool = True
    closed: ClassVar[bool] = True

    def check(self, answer: Any) -> Answer | None:
        """Return the answer as stored, or None where an optional question was not answered.

        Raises AnswerError.
        """
        if answer is None or answer == "" or answer == []:
            if self.required:
                raise AnswerError(f"Please answer: {self.text}", question=self.text)
            return None
        return self._check(answer)

    @abstractmethod
    def _check(self, answer: Any) -> Answer: ...


class Numbers(_Question):
    """Whole numbers from `low` to `high`, each a button."""

    low: int = 1
    high: int = 5

    @model_validator(mode="after")
    def _has_a_few_points(self) -> Self:
        if not 1 <= self.high - self.low <= 10:
            raise ValueError(f"a scale has 2 to 11 points; this one runs {self.low} to {self.high}")
        return self

    @property
    def options(self) -> dict[str, str]:
        """Map each stored value to the label of its button, from left to right."""
        return {str(point): str(point) for point in range(self.low, self.high + 1)}

    def _check(self, answer: Any) -> float:
        if str(answer).removesuffix(".0") not in self.options:
            raise AnswerError(f"{self.id}: {answer!r} is not a whole number {self.low}-{self.high}")
        return float(answer)


class Scale(Numbers):
    """A rating scale; `anchors` label some of its points."""

    kind: Literal["scale"] = "scale"
    anchors: dict[int, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _anchors_lie_on_the_scale(self) -> Self:
        for point in self.anchors:
            if not self.low <= point <= self.high:
                raise ValueError(f"anchor {point} is off the scale {self.low} to {self.high}")
        return self


class Poles(Numbers):
    """A pair of opposites (semantic differential). The highest value is the `positive` pole's.

    If `flipped`, the positive pole is on the right; the stored value stays the same.
    """

    kind: Literal["poles"] = "poles"
    text: str = ""
    positive: str = Field(min_length=1)
    negative: str = Field(min_length=1)
    subscale: str | None = None
    high: int = 7
    flipped: bool = False

    @model_validator(mode="before")
    @classmethod
    def _is_named_by_its_poles(cls, told: Any) -> Any:
        if isinstance(told, dict) and "text" not in told:
            return {**told, "text": f"{told.get('positive')} or {told.get('negative')}?"}
        return told

    @property
    def ends(self) -> tuple[str, str]:
        """The poles, left and right."""
        return (self.negative, self.positive) if self.flipped else (self.positive, self.negative)

    @property
    def options(self) -> dict[str, str]:
        """Map each stored value to its position from the left: no button shows the high end."""
        values = (
            range(self.low, self.high + 1) if self.flipped else range(self.high, self.low - 1, -1)
        )
        return {str(value): str(place) for place, value in enumerate(values, 1)}


class Choice(_Question):
    """One of several options, stored by value, shown by label."""

    kind: Literal["choice"] = "choice"
    options: dict[str, str] = Field(min_length=2)

    def _check(self, answer: Any) -> str:
        if answer not in self.options:
            raise AnswerError(f"{self.id}: {answer!r} is none of {', '.join(self.options)}")
        return str(answer)


class Text(_Question):
    """Free text, plain, at most `max_length` characters."""

    kind: Literal["text"] = "text"
    max_length: int = Field(default=1000, ge=1, le=10_000)
    required: bool = False
    closed: ClassVar[bool] = False

    def _check(self, answer: Any) -> str:
        if not isinstance(answer, str) or len(answer) > self.max_length:
            raise AnswerError(f"{self.id}: at most {self.max_length} characters, please")
        return answer.strip()


class Marks(_Question):
    """Turns the rater points at ('this is where I knew'), as indices of the shown transcript."""

    kind: Literal["marks"] = "marks"
    required: bool = False
    closed: ClassVar[bool] = False

    def _check(self, answer: Any) -> list[int]:
        if not isinstance(answer, list) or not all(isinstance(i, int) and i >= 0 for i in answer):
            raise AnswerError(f"{self.id}: marks are turn numbers; got {answer!r}")
        return sorted(set(answer))


class Place(_Question):
    """One message of the judged side, such as where a takeover happened, or none.

    Stored as the turn's index in the whole dialogue ('7') or as 'never', which is shown as `none`.
    """

    kind: Literal["place"] = "place"
    none: str = Field(default="At none of them", min_length=1)

    @property
    def options(self) -> dict[str, str]:
        """The option that every dialogue has; its messages are options too."""
        return {NEVER: self.none}

    def _check(self, answer: Any) -> str:
        said = str(answer)
        if said != NEVER and not (said.isascii() and said.isdigit()):
            raise AnswerError(f"{self.id}: a place is a turn number or {NEVER}; got {answer!r}")
        return said


Question = Annotated[Scale | Poles | Choice | Text | Marks | Place, Field(discriminator="kind")]


def check_answers(
    questions: list[Scale | Poles | Choice | Text | Marks | Place], answers: dict[str, Any]
) -> dict[str, Answer]:
    """Return the answers as stored, by question id, without unanswered optional questions.

    Raises AnswerError for the first missing, unknown or invalid answer.
    """
    unknown = set(answers) - {question.id for question in questions}
    if unknown:
        raise AnswerError(f"no such question: {', '.join(sorted(unknown))}")
    checked = {question.id: question.check(answers.get(question.id)) for question in questions}
    return {name: answer for name, answer in checked.items() if answer is not None}


CONFIDENCE = Scale(
    id="confidence",
    text="How sure are you?",
    anchors={1: "a guess", 3: "fairly sure", 5: "certain"},
)
REASON = Text(id="reason", text="What gave it away? (optional)")
MARKS = Marks(id="marks", text="Tick the message where you knew (optional)")

#: Ready-made questions about the rater, by name: `about: [chatbot_use]`.
ABOUT = {
    "chatbot_use": Choice(
        id="chatbot_use",
        text="How often do you use chatbots such as ChatGPT?",
        options={
            "never": "Never",
            "monthly": "A few times a month",
            "weekly": "Every week",
            "daily": "Every day",
        },
    )
}


def by_name(told: object) -> object:
    """Replace the name of a ready-made question about the rater by the question itself."""
    if isinstance(told, str):
        if told not in ABOUT:
            raise ValueError(f"no ready-made question {told!r}; there are {', '.join(ABOUT)}")
        return ABOUT[told]
    return told
