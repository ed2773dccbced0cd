"""The seeker of the Interplay pair: it has a wish and knows no target.

Source: Interplay (arXiv 2603.18573): two separately fine-tuned models talk turn by turn; the
seeker has a preference summary and target attributes, the recommender the dialogue alone. The
paper publishes no code: script, models, retrieval and checks are this project's own.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from typing_extensions import override

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute, Brief, Role, Turn
from backend.language.act_reader import is_farewell, read
from backend.language.style import OF_STYLE
from backend.language.typing_habits import typed
from backend.language.wish_phrases import plural
from backend.language.wishes import find_wishes
from backend.language.wordings import fill, seeker_lines
from backend.simulators import SeekerView
from backend.simulators.acts import TELLING
from backend.simulators.checkpoints import shipped
from backend.simulators.interplay.actions import Possible, Step, named_wish
from backend.simulators.interplay.role import AdaptedRole, act_named, barred, first_words
from backend.simulators.interplay.script import SeekerScript, TurnPlan
from backend.simulators.interplay.seeker_checks import at_odds, not_as_meant, stays, unlike_wish
from backend.simulators.interplay.standing import Standing
from backend.simulators.interplay.tastes import liked, names_films
from backend.simulators.interplay.verdicts import verdict
from backend.simulators.people import OPENINGS, Person, drawn
from backend.simulators.profiles import checked, variables_of

#: The templates that perform an act in plain words.
LINES = {
    ActKind.GREET: "greet",
    ActKind.REQUEST: "request_open",
    ActKind.SEEN: "seen",
    ActKind.ACCEPT: "accept",
    ActKind.REJECT: "reject",
    ActKind.ACKNOWLEDGE: "thanks",
    ActKind.BYE: "bye",
}

#: Acts whose template names no film.
WITHOUT_FILM = frozenset(LINES) - {ActKind.SEEN, ActKind.ACCEPT, ActKind.REJECT}

#: Acts that settle what becomes of a film, or put it off: one of them at a time.
VERDICTS = frozenset({ActKind.ACCEPT, ActKind.REJECT, ActKind.SEEN, ActKind.INQUIRE})

#: How likely somebody who names films tells the wish by some of them.
NAMING_CHANCE = 0.8


class InterplaySeeker(AdaptedRole):
    """Plays a seeker by a model that knows its wish and no target.

    `controls` sets session variables (`mood`, `verbosity`, ...); what is not set is drawn, by
    seed, from the kinds of people in the training dialogues unless `people` is false. `act` makes
    it commit to that act in every turn it can (a turn-level variable).
    """

    role = Role.SEEKER
    simulator = "interplay"
    checkpoint = "seeker"
    usual: ClassVar[dict[str, float]] = {"temperature": 1.0, "min_p": 0.05, "samples": 6}

    def __init__(
        self,
        *,
        model: str | None = None,
        controls: dict[str, str] | None = None,
        act: str | None = None,
        people: bool = True,
        catalogue: Catalogue | None = None,
        **settings: Any,
    ) -> None:
        catalogue = catalogue or Catalogue.load()
        folder = Path(model) if model else shipped(self.checkpoint)
        self.session = checked(controls or {}, self.role, catalogue)
        self.act = act_named(act, self.role)
        self.people = folder if people else None
        super().__init__(
            model=folder,
            controls={
                **self.session,
                **({"act": act} if act else {}),
                **({} if people else {"people": False}),
            },
            catalogue=catalogue,
            **settings,
        )

    @property
    @override
    def variables(self) -> dict[str, tuple[str, ...]]:
        return variables_of(self.role, self.catalogue)

    @override
    def script(self, view: SeekerView, seed: int) -> SeekerScript:
        brief = _understood(view.brief, self.catalogue)
        people = None if self.act else self.people
        person = drawn(people, seed, self._labelled(view.turns[:1])) if people else None
        films = person.films if person else 0
        script = self.script_class(view)(
            self.catalogue,
            {**(person.manner if person else {}), **self.session},
            brief=liked(brief, self.session, films, seed, self.catalogue),
            person=person,
        )
        script.read(view.turns)
        return script

    def _labelled(self, turns: Sequence[Turn]) -> list[Turn]:
        """Turns with acts: what a person types has none."""
        return [turn.model_copy(update={"acts": read(turn, self.catalogue)}) for turn in turns]

    def script_class(self, view: SeekerView) -> Callable[..., SeekerScript]:
        """What makes the script of a dialogue: a simulator that sees more has one of its own."""
        return SeekerScript

    @override
    def possible(self, script: SeekerScript, view: SeekerView) -> Possible:
        """What keeps to the wish: it is told, films are judged by it, it is not given up soon."""
        stand = Standing.of(script, view.turns, self.session.get("strictness"))
        films = {
            ActKind.ACCEPT: stand.fitting,
            ActKind.REJECT: stand.unfitting,
            ActKind.CRITIQUE: stand.unfitting,
            ActKind.SEEN: stand.seeable,
            ActKind.INQUIRE: stand.askable,
            ActKind.CHAT: (),
        }
        may = Possible(
            role=self.role,
            heard=_names(stand.heard, script),
            own=_names(script.unsaid_likes(), script),
            wishes=_wishes(script.brief.attributes),
            most_wishes=2,
            films={kind: _names(ids, script) for kind, ids in films.items()},
            without=barred(view.turns, self.role) | (set() if stand.may_leave else {ActKind.BYE}),
        )
        if self.act:
            # A told verdict may be on any film that was heard of.
            told = replace(may, only=self.act, films={ActKind.CHAT: ()})
            # A verdict on no film is impossible: the model chooses then.
            return told if told.grammar() else may
        if view.turns and is_farewell(view.turns[-1]):
            return replace(may, must={ActKind.BYE}, without=set(ActKind) - {ActKind.ACKNOWLEDGE})
        if script.person and stand.may_leave and not script.person.says_bye:
            # It thanks, and leaves the goodbye to the other side.
            return replace(may, must={ActKind.ACKNOWLEDGE}, without=set(ActKind))
        answers = self._answers(view.turns, script, stand)
        if answers:
            may = replace(may, wishes=_wishes(answers), own=())
        if script.person and not stand.own:
            may = _opened(may, script.person)
            return _naming(may) if TELLING & set(may.must) and self._names_films(script) else may
        if stand.is_fresh or stand.answered:
            return self._judging(may, script, stand)
        if answers:
            return replace(may, must=TELLING)
        if may.own and stand.own % 2 and names_films(self.session):
            return _naming(may)
        if may.own and script.person and stand.own == 1 and self._names_films(script):
            return _naming(may)
        if self.session.get("strictness") == "strict" and stand.unjudged:
            judged = _names(stand.unjudged, script)
            films_ = {**may.films, ActKind.REJECT: judged, ActKind.CRITIQUE: judged}
            return replace(may, must={ActKind.REJECT, ActKind.CRITIQUE}, films=films_)
        if stand.unsaid and stand.own and not stand.has_taken:
            return replace(may, wishes=_wishes(stand.unsaid), must=TELLING)
        if stand.is_missed:
            return replace(may, must=TELLING)
        if self.session.get("strictness") == "easy":
            return replace(may, without={*may.without, ActKind.REJECT, ActKind.CRITIQUE})
        return may

    def _answers(
        self, turns: Sequence[Turn], script: SeekerScript, stand: Standing
    ) -> list[Attribute]:
        """The wishes that answer what the other side asked last, those not told yet if any."""
        asked = {
            act.code
            for turn in self._labelled(turns[-1:])
            for act in turn.acts
            if act.kind is ActKind.ELICIT
        }
        if asked <= {"genre"} and self._names_films(script):
            return []  # films that one likes say what kind one likes
        answers = [wish for wish in script.brief.attributes if wish.name in asked]
        return [wish for wish in answers if wish in stand.unsaid] or answers

    def _judging(self, may: Possible, script: SeekerScript, stand: Standing) -> Possible:
        """What may be made of a film that fits: by the person, or else by the model."""
        without = {*may.without, *TELLING, *VERDICTS}
        if script.person and "strictness" not in self.session:
            rng = random.Random(_seed_of(script, f"verdict {stand.own}"))
            verdicts = verdict(script.person, stand, rng)
        else:
            seen = {ActKind.SEEN} if stand.seeable and stand.is_fresh else set()
            asks = {ActKind.INQUIRE} if stand.askable and stand.is_fresh else set()
            verdicts = frozenset({ActKind.ACCEPT, *seen, *asks})
        films = {**may.films, ActKind.REJECT: _names(stand.fitting, script)}
        return replace(may, must=verdicts, films=films, wishes=(), without=without)

    def _names_films(self, script: SeekerScript) -> bool:
        """Whether it tells its wish by films that it likes, as people do who name some."""
        return (
            bool(script.unsaid_likes())
            and random.Random(_seed_of(script, "films")).random() < NAMING_CHANCE
        )

    @override
    def typed(self, turn: Turn, script: SeekerScript, seed: int) -> str:
        """The text as its person types; as it is where the manner is set by hand."""
        person = script.person
        if person is None or set(OF_STYLE) & set(self.session):
            return turn.text
        draw = random.Random(f"{seed}/{len(script.turns)}/typing")
        small = draw.random() < person.small
        is_open = draw.random() < person.open
        mark = "!" if draw.random() < person.exclaims else "."
        return typed(turn, self.catalogue, small=small, mark="" if is_open else mark)

    @override
    def commit(
        self, steps: Sequence[Step], script: SeekerScript, rng: random.Random
    ) -> tuple[Act, ...]:
        """The acts of an action; the films it names are those it heard or likes."""
        ids = [*script.heard_films, *script.unsaid_likes()]
        by_name = {script.name(id_): id_ for id_ in ids}
        by_wish = {named_wish(a): a for a in script.brief.attributes}
        asks = any(step.kind is ActKind.INQUIRE for step in steps)
        return tuple(
            Act(
                kind=step.kind,
                items=tuple(by_name[name] for name in step.films),
                attributes=tuple(by_wish[wish] for wish in step.wishes),
                code=step.code,
            )
            for step in steps
            if not (asks and step.kind is ActKind.BYE)  # who asks waits for the answer
        )

    @override
    def fault(
        self, text: str, named: Sequence[Item], plan: TurnPlan, script: SeekerScript
    ) -> str | None:
        """Words that depart from the wish, from the act meant, or from what was said before."""
        return (
            unlike_wish(text, named, plan.acts, script.brief.attributes, self.catalogue)
            or not_as_meant(text, plan.acts, script.last_heard)
            or at_odds(text, named, plan.acts, script)
        )

    @override
    def opening(self, plan: TurnPlan, script: SeekerScript, rng: random.Random) -> str:
        """Plain sentences, one for each act that has one."""
        said = [turn.text for turn in script.turns]
        lines: list[str] = []
        vague = {ActKind.REACT, ActKind.CHAT}
        if stays(script, plan.acts):
            vague.add(ActKind.ACKNOWLEDGE)  # thanks are for the end
        is_vague = all(act.kind in vague for act in plan.acts)
        for act in plan.acts:
            names = [self.catalogue.get(i).name for i in act.items if i in self.catalogue]
            told = " and ".join([*names, *map(plural, act.attributes)])
            line = LINES.get(act.kind, "")
            if act.kind in vague:
                if is_vague and not lines:
                    lines.append(fill(seeker_lines("hesitate", "plain"), rng, said))
            elif act.kind in TELLING and told:
                lines.append(f"I like {told}.")
            elif act.kind is ActKind.INQUIRE and act.code in {
                "genre",
                "decade",
                "cast",
                "director",
            }:
                lines.append(fill(seeker_lines(f"inquire_{act.code}", "plain"), rng, said))
            elif line and (names or act.kind in WITHOUT_FILM):
                title = names[0] if names else ""
                lines.append(fill(seeker_lines(line, "plain"), rng, said, title=title))
        return first_words(" ".join(lines))


def _naming(may: Possible) -> Possible:
    """What a turn may be that names films which are liked."""
    return replace(may, wishes=(), must={ActKind.DISCLOSE}, naming=True)


def _seed_of(script: SeekerScript, what: str) -> str:
    """A seed that is the same for one person, one wish and one question, whatever was said."""
    return f"{script.person}/{script.brief}/{what}"


def _opened(may: Possible, person: Person) -> Possible:
    """What a first turn may be that opens as this person did; who is asked tells a wish."""
    alone, both, wish, _ = OPENINGS
    every = set(ActKind)
    opening = both if person.is_asked and person.opening == alone else person.opening
    if opening == alone:
        return replace(may, must={ActKind.GREET}, without=every)
    if opening == both:
        return replace(may, must=TELLING, without=every - {ActKind.GREET})
    if opening == wish:
        return replace(may, must=TELLING, without=every - {ActKind.ACKNOWLEDGE})
    return may


def _names(ids: Sequence[str], script: SeekerScript) -> list[str]:
    return list(dict.fromkeys(script.name(i) for i in ids if i in script.catalogue))


def _wishes(attributes: Sequence[Attribute]) -> list[str]:
    return list(dict.fromkeys(named_wish(a) for a in attributes))


def _understood(brief: Brief, catalogue: Catalogue) -> Brief:
    """The brief with the attributes its summary speaks of, where it lists none."""
    if brief.attributes:
        return brief
    found = tuple(w.attribute for w in find_wishes(brief.summary, catalogue) if w.wanted)
    return brief.model_copy(update={"attributes": found})
