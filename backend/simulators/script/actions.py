"""Actions in the script: what a turn commits to before its words, and the grammar of it.

`#seen @1 #disclose +genre=horror` is two acts. After an act stand the films it is about, wishes
or facts (`+genre=comedy`, `-genre=horror` what is not wanted, `+cast` somebody the slot `@person`
will name) and what it asks (`?decade`; `?any` is no preference).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backend.dialogue import ActKind, Role

#: Acts that a role may commit to.
ACTS: dict[Role, tuple[ActKind, ...]] = {
    Role.SEEKER: (
        ActKind.GREET,
        ActKind.REQUEST,
        ActKind.DISCLOSE,
        ActKind.INQUIRE,
        ActKind.SEEN,
        ActKind.ACCEPT,
        ActKind.REJECT,
        ActKind.CRITIQUE,
        ActKind.REACT,
        ActKind.ACKNOWLEDGE,
        ActKind.CHAT,
        ActKind.BYE,
    ),
    Role.RECOMMENDER: (
        ActKind.GREET,
        ActKind.ELICIT,
        ActKind.RECOMMEND,
        ActKind.EXPLAIN,
        ActKind.INFORM,
        ActKind.ACKNOWLEDGE,
        ActKind.CHAT,
        ActKind.BYE,
    ),
}

#: Attributes whose values are few and are written out; people's names are slots.
SPELLED = ("genre", "decade")
ASKED = ("genre", "decade", "cast", "director", "any")

#: Acts, films, wishes and questions an action holds at most.
MOST_ACTS, MOST_FILMS, MOST_WISHES = 3, 3, 4

#: Acts that say something of a film, and may name one.
OF_FILMS = frozenset(
    {
        ActKind.DISCLOSE,
        ActKind.INQUIRE,
        ActKind.SEEN,
        ActKind.ACCEPT,
        ActKind.REJECT,
        ActKind.CRITIQUE,
        ActKind.REACT,
        ActKind.RECOMMEND,
        ActKind.EXPLAIN,
        ActKind.INFORM,
        ActKind.ACKNOWLEDGE,
        ActKind.CHAT,
    }
)
#: Acts that are about a film or about nothing.
NEEDS_FILM = frozenset(
    {
        ActKind.SEEN,
        ActKind.ACCEPT,
        ActKind.REJECT,
        ActKind.CRITIQUE,
        ActKind.REACT,
        ActKind.EXPLAIN,
        ActKind.INFORM,
    }
)
#: Acts that carry wishes (seeker) or a query (recommender).
WITH_WISHES = frozenset(
    {ActKind.DISCLOSE, ActKind.REQUEST, ActKind.CRITIQUE, ActKind.REJECT, ActKind.RECOMMEND}
)
#: Acts by which a wish is told.
TELLING = frozenset({ActKind.DISCLOSE, ActKind.REQUEST, ActKind.CRITIQUE})
#: Acts that ask for, or tell, a fact by name.
ASKING = frozenset({ActKind.ELICIT, ActKind.INQUIRE, ActKind.INFORM, ActKind.DISCLOSE})

_ACT = re.compile(r"#(\w+)((?:\s*[@+?~-][\w=:-]+)*)")
_ARGUMENT = re.compile(r"[@+?~-][\w=:-]+")


@dataclass(frozen=True, slots=True)
class Step:
    """One act of an action, as written: slots of films, `+`/`-` wishes, and what is asked."""

    kind: ActKind
    films: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    asked: str | None = None

    def __str__(self) -> str:
        asked = (f"?{self.asked}",) if self.asked else ()
        return " ".join((f"#{self.kind.value}", *self.films, *self.wishes, *asked))


def written(steps: Iterable[Step]) -> str:
    """An action as the script has it."""
    return " ".join(map(str, steps))


def parse(action: str, role: Role) -> tuple[Step, ...]:
    """The acts of a written action. Raises ValueError naming what is wrong."""
    steps = []
    for kind, arguments in _ACT.findall(action):
        if kind not in {act.value for act in ACTS[role]}:
            raise ValueError(f"no act #{kind} of a {role.value}")
        given = _ARGUMENT.findall(arguments)
        steps.append(
            Step(
                kind=ActKind(kind),
                films=tuple(dict.fromkeys(a for a in given if a[0] == "@")),
                wishes=tuple(dict.fromkeys(a for a in given if a[0] in "+-~")),
                asked=next((a[1:] for a in given if a[0] == "?"), None),
            )
        )
    if not steps or _ACT.sub("", action).strip():
        raise ValueError(f"not an action: {action[:80]!r}")
    return tuple(steps)


@dataclass(frozen=True)
class Possible:
    """What an action may be now.

    `heard` are slots of films the other side named or this side named before, `own` those of films
    this side may bring up, `wishes` what may be wished for or searched by. `films` narrows `heard`
    for some acts, `without` bars acts, `only` leaves one. `must` names acts of which there has to
    be one, barred or not, with a wish where acts carry wishes and there are any; `most_wishes` is
    for each act.
    """

    role: Role
    heard: Sequence[str] = ()
    own: Sequence[str] = ()
    wishes: Sequence[str] = ()
    films: Mapping[ActKind, Sequence[str]] = field(default_factory=dict)
    without: Collection[ActKind] = ()
    only: ActKind | None = None
    must: Collection[ActKind] = ()
    naming: bool = False
    most_wishes: int = MOST_WISHES

    def grammar(self) -> str:
        """A regular expression of the actions; "" where `only` is impossible.

        An action has one to three acts, and `#bye` comes last.
        """
        if self.only:
            # What is criticised, and nothing wished for instead, is refused.
            wished = self.only is ActKind.CRITIQUE
            bodies = ["#bye"] if self.only is ActKind.BYE else self._bodies([self.only], wished)
            return _either(bodies)
        kinds = [kind for kind in ACTS[self.role] if kind not in self.without]
        one = _either(self._bodies([kind for kind in kinds if kind is not ActKind.BYE]))
        wanted = _either(self._bodies(sorted(self.must), needs_wish=True))
        if wanted:
            others = [k for k in kinds if k not in {ActKind.BYE, *self.must}]
            beside = _either(replace(self, wishes=())._bodies(others))
            return f"({beside} )?{wanted}( {beside})?" if beside else wanted
        closes = "( #bye)?" if ActKind.BYE in kinds else ""
        if not one:
            return "#bye"
        several = f"{one}( {one}){{0,{MOST_ACTS - 1}}}{closes}"
        return f"(#bye|{several})" if closes else several

    def _bodies(self, kinds: Iterable[ActKind], needs_wish: bool = False) -> list[str]:
        """How each of these acts may be written; none for what needs a film and has none."""
        return [body for kind in kinds if (body := self._body(kind, needs_wish))]

    def _body(self, kind: ActKind, needs_wish: bool) -> str:
        if kind is ActKind.RECOMMEND:
            fresh = " @new( @new2( @new3)?)?"
            return f"#recommend{fresh}{_some(self.wishes, MOST_WISHES)}( #explain @new)?"
        body = f"#{kind.value}"
        if kind in OF_FILMS:
            heard = self.films.get(kind, self.heard)
            films = (*heard, *self.own) if kind is ActKind.DISCLOSE else heard
            if kind in NEEDS_FILM and not films:
                return ""
            names = self.naming and needs_wish and kind is ActKind.DISCLOSE
            films = self.own if names else films
            named = _some(films, MOST_FILMS, least=int(kind in NEEDS_FILM or names))
        else:
            named = ""
        wished = ""
        if kind in WITH_WISHES:
            signed = [w for w in self.wishes if (w[0] == "-") == (kind is ActKind.REJECT)]
            wished = _some(signed, self.most_wishes, least=int(needs_wish and bool(signed)))
        if kind is ActKind.DISCLOSE and named and wished:
            # What is liked, or what is wished for: few people name both at once.
            body += wished if needs_wish else f"({named}|{wished})"
        else:
            body += named + wished
        if kind in ASKING:
            body += f"( \\?({'|'.join(ASKED)}))?"
        return body


def _either(bodies: Sequence[str]) -> str:
    return f"({'|'.join(bodies)})" if bodies else ""


def _some(options: Sequence[str], most: int, least: int = 0) -> str:
    if not options:
        return ""
    return f"( ({'|'.join(map(re.escape, options))})){{{least},{most}}}"
