"""An instruct model prompted to play a role, without training, as in most of the literature.

Each turn is one JSON object: the act first, then the utterance, so that what is said is committed
to (Interplay, arXiv 2603.18573). The seeker has the wish and no target; the recommender has the
dialogue and, where `candidates` is above 0, films of the catalogue that fit what was said.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field
from typing_extensions import override

from backend.catalogue import Catalogue
from backend.dialogue import Act, ActKind, Role, System, Turn, merged
from backend.engines import Decoding, EngineFailed, Message, Request
from backend.engines.base_model import DEFAULT_BASE
from backend.engines.prompts import without_control_tokens
from backend.engines.structured import json_reply, reading, schema_grammar
from backend.language.preferences import Preferences
from backend.simulators import RecommenderView, SeekerView, SimulatorError
from backend.simulators.acts import ACTS
from backend.simulators.asking import Asking, Steps, engine_for
from backend.simulators.checkpoints import identity
from backend.simulators.interplay.ranking import Ranker
from backend.simulators.profiles import LEANING, checked, variables_of

#: Words for the values of session variables, to a model that was never trained on them.
MANNERS: dict[str, dict[str, str]] = {
    "mood": {
        "down": "You are in a low, grumpy mood.",
        "even": "You are in an even mood.",
        "up": "You are cheerful and enthusiastic.",
    },
    "verbosity": {
        "short": "You write a few words at a time.",
        "medium": "You write one sentence at a time.",
        "long": "You write two or three sentences at a time.",
    },
    "formality": {
        "casual": "You write casually, as in a chat among friends.",
        "neutral": "You write neither casually nor formally.",
        "formal": "You write politely, in whole sentences.",
    },
    "knowledge": {
        "novice": "You know few films and name none yourself.",
        "average": "You know films as most people do.",
        "expert": "You know a great many films and name some.",
    },
    "strictness": {
        "easy": "You take nearly any film you are offered.",
        "fair": "You take a film that meets most of your wish.",
        "strict": "You take a film only if it meets all of your wish.",
    },
}

_FORM = (
    'Answer with one JSON object and nothing else: {{"act": one of {acts}, "utterance": what you '
    "say, at most two sentences}}. Choose the act first; the utterance performs it."
)
_SEEKER = (
    "You play a person who wants a film to watch and chats with a recommender. What you want: "
    "{summary}{likes} You do not have one film in mind. Say it in your own words, a little at a "
    "time; react to each film you are offered, and say goodbye once you have one. {manner} {form}"
)
_RECOMMENDER = (
    "You recommend films in a chat. You know nothing of the person but what they say. Ask what "
    "they like, recommend one film at a time by its title, say briefly why, and say goodbye when "
    "they do. {candidates} {form}"
)
_BEGIN = "(The chat begins. You write first.)"


class _SeekerSays(BaseModel):
    act: Literal[tuple(kind.value for kind in ACTS[Role.SEEKER])]  # type: ignore[valid-type]
    utterance: str = Field(min_length=1, max_length=600)


class _RecommenderSays(BaseModel):
    act: Literal[tuple(kind.value for kind in ACTS[Role.RECOMMENDER])]  # type: ignore[valid-type]
    utterance: str = Field(min_length=1, max_length=600)


class _ZeroShot(Asking):
    """What both roles share: one request a turn, read as JSON."""

    role: Role
    simulator = "zero_shot"
    says: type[BaseModel]

    def __init__(
        self,
        *,
        model: str = DEFAULT_BASE,
        engine: str = "local",
        engine_settings: Mapping[str, Any] | None = None,
        decoding: Mapping[str, Any] | None = None,
        controls: Mapping[str, Any] | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        self.catalogue = catalogue or Catalogue.load()
        try:
            wanted = {"max_tokens": 160, "temperature": 0.8, "top_p": 0.95, **(decoding or {})}
            self.decoding = Decoding.model_validate(wanted)
        except ValueError as error:
            raise SimulatorError(f"decoding settings {dict(decoding or {})}: {error}") from error
        self.system = System(
            name=self.simulator,
            simulator=self.simulator,
            model=identity(model),
            decoding=self.decoding.model_dump(mode="json", exclude_defaults=True),
            controls=dict(controls or {}),
        )
        self.engine = engine_for(
            self.simulator, engine, {"model": model, **(engine_settings or {})}
        )

    @override
    def steps(self, view: Any, *, seed: int) -> Steps:
        request = Request(
            messages=self._messages(view),
            decoding=self.decoding,
            grammar=schema_grammar(self.says),
            seed=(seed + len(view.turns)) % 2**31,
            chat=f"{self.simulator}/{self.role.value}/{seed}",
        )
        try:
            said: Any = yield from reading(request, json_reply(self.says), engine=self.engine)
        except EngineFailed as error:
            raise SimulatorError(f"{self.system.name}: {error}") from error
        text = " ".join(said.utterance.split())
        mentions = tuple(self.catalogue.mentions(text))
        kind = ActKind(said.act)
        items = tuple(dict.fromkeys(m.item for m in mentions if m.item))
        if kind in {ActKind.ACCEPT, ActKind.REJECT, ActKind.SEEN} and not items:
            items = _offered_last(view.turns)
        return Turn(
            role=self.role, text=text, acts=(Act(kind=kind, items=items),), mentions=mentions
        )

    def _messages(self, view: Any) -> tuple[Message, ...]:
        messages = [Message(speaker="system", text=self.instructions(view))]
        turns = merged(view.turns)
        if not turns or turns[0].role is self.role:
            messages.append(Message(speaker="user", text=_BEGIN))
        for turn in turns:
            text = without_control_tokens(turn.text)
            if turn.role is not self.role:
                messages.append(Message(speaker="user", text=text))
                continue
            act = turn.acts[0].kind.value if turn.acts else ActKind.CHAT.value
            own = json.dumps({"act": act, "utterance": text}, ensure_ascii=False)
            messages.append(Message(speaker="assistant", text=own))
        if messages[-1].speaker == "assistant":
            messages.append(Message(speaker="user", text="(Go on.)"))
        return tuple(messages)

    def instructions(self, view: Any) -> str:
        """The system message."""
        raise NotImplementedError

    def form(self, act: str | None = None) -> str:
        """How to answer; with `act`, which act to perform."""
        acts = ", ".join(kind.value for kind in ACTS[self.role])
        wanted = f' This time, the act is "{act}".' if act else ""
        return _FORM.format(acts=acts) + wanted


class ZeroShotSeeker(_ZeroShot):
    """Plays a seeker; `controls` and `act` are put to the model in words."""

    role = Role.SEEKER
    says = _SeekerSays

    def __init__(
        self,
        *,
        controls: Mapping[str, str] | None = None,
        act: str | None = None,
        catalogue: Catalogue | None = None,
        **settings: Any,
    ) -> None:
        catalogue = catalogue or Catalogue.load()
        self.session = checked(controls or {}, self.role, catalogue)
        if act is not None and act not in {kind.value for kind in ACTS[self.role]}:
            raise SimulatorError(f"no act {act!r} of a seeker")
        self.act = act
        super().__init__(controls={**self.session, **({"act": act} if act else {})}, **settings)

    @property
    @override
    def variables(self) -> dict[str, tuple[str, ...]]:
        return variables_of(self.role, self.catalogue)

    @override
    def instructions(self, view: SeekerView) -> str:
        names = [self.catalogue.get(i).name for i in view.brief.likes if i in self.catalogue]
        return _SEEKER.format(
            summary=without_control_tokens(view.brief.summary),
            likes=f" Films you like: {', '.join(names)}." if names else "",
            manner=" ".join(_manner(name, value) for name, value in self.session.items()),
            form=self.form(self.act),
        )


class ZeroShotRecommender(_ZeroShot):
    """Plays a recommender. `candidates` films that fit are named to the model; 0 for none."""

    role = Role.RECOMMENDER
    says = _RecommenderSays

    def __init__(self, *, candidates: int = 12, **settings: Any) -> None:
        self.candidates = candidates
        super().__init__(controls={"candidates": candidates}, **settings)
        self.ranker = Ranker(self.catalogue)

    @override
    def instructions(self, view: RecommenderView) -> str:
        named = ""
        if self.candidates:
            names = [self.catalogue.get(id_).name for id_ in self.ranking(view)]
            named = f"Films you may recommend: {'; '.join(names[: self.candidates])}."
        return _RECOMMENDER.format(candidates=named, form=self.form())

    def ranking(self, view: RecommenderView) -> list[str]:
        """Ids of all films by how well they fit what was said, of which the first are named."""
        wants = Preferences.of(view.turns, self.catalogue)
        found = self.ranker.rank(
            list(wants.wanted), wants.unwanted, wants.liked, lambda item: item.id not in wants.named
        )
        return [item.id for item in found]


def _manner(name: str, value: str) -> str:
    if name == LEANING:
        return f"You like {value} films most."
    return MANNERS[name][value]


def _offered_last(turns: Sequence[Turn]) -> tuple[str, ...]:
    """The films the recommender named last."""
    for turn in reversed(turns):
        items = tuple(m.item for m in turn.mentions if m.item)
        if turn.role is Role.RECOMMENDER and items:
            return items
    return ()
