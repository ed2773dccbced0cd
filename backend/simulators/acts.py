"""Tables of dialogue acts: the role that performs each, and its possible contents."""

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

#: Attributes whose values are few, common words; the others are people's names.
SPELLED = ("genre", "decade")

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
