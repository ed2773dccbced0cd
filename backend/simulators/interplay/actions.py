"""Actions: the planned acts and items of a turn, written before its words, and their grammar.

`seen Scream; disclose horror, 1990s` is an action of two acts. After an act stand the films it is
about, wishes or facts (`horror`, `1990s`, `with Neve Campbell`, `by Wes Craven`; `no war` what is
not wanted) and what it asks (`about cast`). A recommendation names no film, since that is looked up
for it; `recommend 2` asks for two.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backend.dialogue import ActKind, Attribute, Role
from backend.simulators.acts import ACTS, OF_FILMS, WITH_WISHES
from backend.simulators.acts import NEEDS_FILM as ABOUT_FILM

#: Acts, films and wishes an action holds at most.
MAX_ACTS, MAX_FILMS, MAX_WISHES = 3, 3, 4

#: Acts that may name films, and those of them that are about a film or make no sense.
WITH_FILMS = OF_FILMS - {ActKind.RECOMMEND}
NEEDS_FILM = ABOUT_FILM - {ActKind.EXPLAIN} | {ActKind.INQUIRE}
#: Acts that ask for something by name, tell it, or compare ('newer').
WITH_CODE = frozenset(
    {ActKind.ELICIT, ActKind.INQUIRE, ActKind.INFORM, ActKind.DISCLOSE, ActKind.CRITIQUE}
)

#: Facts that the catalogue may hold.
FACTS = ("genre", "decade", "cast", "director")

#: What an act's code may be: 'any' is no preference, 'other' a fact that no catalogue here holds.
CODES: dict[ActKind, tuple[str, ...]] = {
    ActKind.ELICIT: FACTS,
    ActKind.INQUIRE: (*FACTS, "plot", "rating"),
    ActKind.INFORM: (*FACTS, "plot", "rating", "where", "length", "other"),
    ActKind.DISCLOSE: ("any",),
    ActKind.CRITIQUE: ("newer", "older"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One act of an action: names of films, wishes as written, what is asked, films to look up."""

    kind: ActKind
    films: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    code: str | None = None
    count: int = 1

    def __str__(self) -> str:
        number = f" {self.count}" if self.count > 1 else ""
        films = f" {' & '.join(self.films)}" if self.films else ""
        wishes = f" {', '.join(self.wishes)}" if self.wishes else ""
        code = f" about {self.code}" if self.code in CODES.get(self.kind, ()) else ""
        return f"{self.kind.value}{number}{films}{wishes}{code}"


def written(steps: Iterable[Step]) -> str:
    """An action as the script has it.

    >>> written([Step(ActKind.SEEN, ("Scream",)), Step(ActKind.DISCLOSE, (), ("horror",))])
    'seen Scream; disclose horror'
    """
    return "; ".join(map(str, steps))


def named_wish(attribute: Attribute, wanted: bool = True) -> str:
    """An attribute as the script writes it.

    >>> named_wish(Attribute(name="cast", value="Neve Campbell"), wanted=False)
    'no Neve Campbell'
    """
    before = {"cast": "with ", "director": "by "}.get(attribute.name, "")
    return f"{before}{attribute.value}" if wanted else f"no {attribute.value}"


def parse(
    action: str, role: Role, films: Collection[str], wishes: Collection[str]
) -> tuple[Step, ...]:
    """The acts of a written action, which names only these films and wishes.

    Raises ValueError naming what can't be read.
    """
    steps = []
    rest = action.strip()
    while rest:
        kind = next((k for k in ACTS[role] if re.match(rf"{k.value}\b", rest)), None)
        if kind is None:
            raise ValueError(f"no act of a {role.value} in {rest[:60]!r}")
        rest = rest[len(kind.value) :]
        count, rest = _number(rest) if kind is ActKind.RECOMMEND else (1, rest)
        named, rest = _list(rest, films, " & ") if kind in WITH_FILMS else ((), rest)
        wished, rest = _list(rest, wishes, ", ") if kind in WITH_WISHES else ((), rest)
        asked = re.match(r" about (\w+)", rest)
        code = asked[1] if asked and asked[1] in CODES.get(kind, ()) else None
        rest = rest[asked.end() :] if asked and code else rest
        steps.append(Step(kind, named, wished, code, count))
        if rest and not rest.startswith("; "):
            raise ValueError(f"not an action: {action[:80]!r}")
        rest = rest[2:]
    if not steps:
        raise ValueError("an action has one act at least")
    # Said twice, an act is performed once.
    return tuple({step.kind: step for step in reversed(steps)}.values())[::-1]


def _number(rest: str) -> tuple[int, str]:
    found = re.match(r" ([23])(?=$|[ ;])", rest)
    return (int(found[1]), rest[found.end() :]) if found else (1, rest)


def _list(rest: str, options: Collection[str], joint: str) -> tuple[tuple[str, ...], str]:
    """The options a text begins with, and what follows them."""
    found: dict[str, None] = {}
    before = " "
    while rest.startswith(before):
        left = rest[len(before) :]
        fitting = [
            o for o in options if left.startswith(o) and not left[len(o) : len(o) + 1].isalnum()
        ]
        if not fitting:
            break
        best = max(fitting, key=len)
        found[best] = None
        rest, before = left[len(best) :], joint
    return tuple(found), rest


@dataclass(frozen=True)
class Possible:
    """What an action may be now.

    `heard` are names of films that were spoken of last, `own` those this side may bring up,
    `wishes` and `unwanted` what may be told, refused or searched by. `films` narrows `heard` for
    some acts, `codes` what may be asked; `without` bars acts; `only` leaves one. `must` names acts
    of which there has to be one, barred or not, with a wish where acts carry wishes and there are
    any; `naming` asks for a film of `own` with it. `most_wishes` is for each act, `most_films` for
    a recommendation.
    """

    role: Role
    heard: Sequence[str] = ()
    own: Sequence[str] = ()
    wishes: Sequence[str] = ()
    unwanted: Sequence[str] = ()
    films: Mapping[ActKind, Sequence[str]] = field(default_factory=dict)
    codes: Mapping[ActKind, Sequence[str]] = field(default_factory=dict)
    without: Collection[ActKind] = ()
    only: ActKind | None = None
    must: Collection[ActKind] = ()
    naming: bool = False
    most_wishes: int = MAX_WISHES
    most_films: int = 2

    @property
    def names(self) -> tuple[str, ...]:
        """Every film an action may name."""
        narrowed = (name for names in self.films.values() for name in names)
        return tuple(dict.fromkeys((*self.heard, *self.own, *narrowed)))

    def parse(self, action: str) -> tuple[Step, ...]:
        """Read an action of this grammar. Raises ValueError."""
        return parse(action, self.role, self.names, (*self.wishes, *self.unwanted))

    def grammar(self) -> str:
        """A regular expression of the actions; "" where `only` is impossible.

        An action has one to three acts, and `bye` comes last.
        """
        if self.only:
            # What is criticised, and nothing wished for instead, is refused.
            wished = self.only is ActKind.CRITIQUE
            bodies = ["bye"] if self.only is ActKind.BYE else self._bodies([self.only], wished)
            return _either(bodies)
        kinds = [kind for kind in ACTS[self.role] if kind not in self.without]
        one = _either(self._bodies([kind for kind in kinds if kind is not ActKind.BYE]))
        wanted = _either(self._bodies(sorted(self.must), needs_wish=True))
        closes = "(; bye)?" if ActKind.BYE in kinds else ""
        if wanted:
            others = [k for k in kinds if k not in {ActKind.BYE, *self.must}]
            beside = _either(replace(self, wishes=())._bodies(others))
            whole = f"({beside}; {wanted}|{wanted}(; {beside})?)" if beside else wanted
            return f"{whole}{closes}"
        if not one:
            return "bye"
        several = f"{one}(; {one}){{0,{MAX_ACTS - 2}}}{closes}"
        return f"(bye|{several})" if closes else several

    def _bodies(self, kinds: Iterable[ActKind], needs_wish: bool = False) -> list[str]:
        """How each of these acts may be written; none for what needs a film and has none."""
        return [body for kind in kinds if (body := self._body(kind, needs_wish))]

    def _body(self, kind: ActKind, needs_wish: bool) -> str:
        if kind is ActKind.RECOMMEND:
            numbers = "|".join(map(str, range(2, self.most_films + 1)))
            number = f"( ({numbers}))?" if numbers else ""
            return f"recommend{number}{_some(self.wishes, MAX_WISHES, ', ')}"
        body = kind.value
        named = ""
        if kind in WITH_FILMS:
            heard = self.films.get(kind, self.heard)
            films = (*heard, *self.own) if kind is ActKind.DISCLOSE else tuple(heard)
            if kind in NEEDS_FILM and not films:
                return ""
            names = self.naming and needs_wish and kind is ActKind.DISCLOSE
            films = tuple(self.own) if names else films
            named = _some(films, MAX_FILMS, " & ", least=int(kind in NEEDS_FILM or names))
        wished = ""
        if kind in WITH_WISHES:
            options = self.unwanted if kind is ActKind.REJECT else self.wishes
            wished = _some(options, self.most_wishes, ", ", least=int(needs_wish and bool(options)))
        if kind is ActKind.DISCLOSE and named and wished:
            # What is liked, or what is wished for: few people name both at once.
            body += wished if needs_wish and not self.naming else f"({named}|{wished})"
        else:
            body += named + wished
        codes = self.codes.get(kind, CODES.get(kind, ()))
        if kind in WITH_CODE and codes:
            # A question is about something: without, its words could ask what nobody can answer.
            # An answer that has to be given is about what was asked.
            is_told = kind in self.must and kind in self.codes
            optional = "" if kind is ActKind.INQUIRE or is_told else "?"
            body += f"( about ({'|'.join(codes)})){optional}"
        return body


def _either(bodies: Sequence[str]) -> str:
    return f"({'|'.join(bodies)})" if bodies else ""


def _some(options: Sequence[str], most: int, joint: str, least: int = 0) -> str:
    """One to `most` of these options, or none where `least` is 0."""
    if not options:
        return ""
    one = f"({'|'.join(map(escaped, options))})"
    several = f" {one}({joint}{one}){{0,{most - 1}}}" if most > 1 else f" {one}"
    return several if least else f"({several})?"


def escaped(text: str) -> str:
    """A text as a regular expression that matches it and nothing else, for any engine."""
    return re.sub(r"([.^$*+?{}\[\]\\|()/-])", r"\\\1", text)
