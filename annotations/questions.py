"""Questions a rater answers: anchored scales, choices, free text, marks on turns; and answers."""

from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

#: An answer as it is stored: a number for scales, a text for choices and free text, turn
#: indices for marks.
Answer = float | str | list[int]


class Spec(BaseModel):
    """Base of everything a protocol says: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AnswerError(ValueError):
    """An answer does not fit its question; the message says what would."""


class _Question(Spec):
    id: Slug
    text: str = Field(min_length=1)
    help: str | None = None
    required: bool = True
    closed: ClassVar[bool] = True

    def check(self, answer: Any) -> Answer | None:
        """The answer as stored, or None where an optional question was left open.

        Raises AnswerError.
        """
        if answer is None or answer == "" or answer == []:
            if self.required:
                raise AnswerError(f"Please answer: {self.text}")
            return None
        return self._check(answer)

    @abstractmethod
    def _check(self, answer: Any) -> Answer: ...


class Scale(_Question):
    """Integers from `low` to `high`; `anchors` put words to some of them."""

    kind: Literal["scale"] = "scale"
    low: int = 1
    high: int = 5
    anchors: dict[int, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _anchors_lie_on_the_scale(self) -> Self:
        if not 1 <= self.high - self.low <= 10:
            raise ValueError(f"a scale has 2 to 11 points; this one runs {self.low} to {self.high}")
        for point in self.anchors:
            if not self.low <= point <= self.high:
                raise ValueError(f"anchor {point} is off the scale {self.low} to {self.high}")
        return self

    @property
    def options(self) -> dict[str, str]:
        """Stored value to what the button says."""
        return {str(point): str(point) for point in range(self.low, self.high + 1)}

    def _check(self, answer: Any) -> float:
        if str(answer).removesuffix(".0") not in self.options:
            raise AnswerError(f"{self.id}: {answer!r} is not a whole number {self.low}-{self.high}")
        return float(answer)


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


Question = Annotated[Scale | Choice | Text | Marks, Field(discriminator="kind")]


def check_answers(
    questions: list[Scale | Choice | Text | Marks], answers: dict[str, Any]
) -> dict[str, Answer]:
    """Answers by question id as stored, open optional ones left out.

    Raises AnswerError for the first missing, unknown or unfit answer.
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
