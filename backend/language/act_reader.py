"""The reader of dialogue acts: rules that use a turn's words and the turns before it.

A turn that carries acts is believed by `read`. One without (a person typing, a corpus without
labels, a model that labels nothing) is read from its text. Acts follow these conventions:

- attributes of a `REJECT` act are what is not wanted; of any other act, what is;
- an `INQUIRE` or `ELICIT` act names what it asks about in `code`: an attribute name, or absent;
- a `DISCLOSE` act with `code` 'any' says that there is no preference;
- a `CRITIQUE` act has `code` 'newer' or 'older' where it compares with the item at hand;
- an act on films that the turn does not name is about those that were offered last.

Source: own rules; the kinds are IARD's (Cai and Chen, UMAP 2020). Measured against IARD's human
labels in docs/training.md; those labels train nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from backend.catalogue import Catalogue
from backend.dialogue import Act, ActKind, Mention, Role, Turn, merged
from backend.language.films import films_in
from backend.language.pieces import READ_AT_MOST, Context, Form, pieces, plain_text
from backend.language.recommender_acts import recommender_acts
from backend.language.seeker_acts import seeker_acts
from backend.language.wordings import has_cue


def read(turn: Turn, catalogue: Catalogue, before: Iterable[Turn] = ()) -> tuple[Act, ...]:
    """The turn's acts: its own if it carries any, else read from its text; empty for no text.

    `before` are the turns so far: what was offered, named and asked.
    """
    if turn.acts:
        return turn.acts
    if not turn.text.strip():
        return ()
    return _acts(turn, catalogue, Context.of(before, catalogue))


@dataclass
class Labeller:
    """Labels the turns of a dialogue with acts from their text, whatever acts they carry.

    `form` is what the seeker told of each film in ReDial's form, where there is one: it says what
    became of a film, the words whether this turn says so.
    """

    catalogue: Catalogue
    form: Form = field(default_factory=dict)

    def label(self, turns: Sequence[Turn]) -> list[Turn]:
        """The turns, merged by speaker, with acts and mentions."""
        context = Context(form=self.form)
        labelled = []
        for turn in merged(turns):
            bare = self._bare(turn)
            acts = _acts(bare, self.catalogue, context)
            labelled.append(bare.model_copy(update={"acts": acts}))
            context.take_in(labelled[-1], self.catalogue)
        return labelled

    def of_last(self, turns: Sequence[Turn]) -> tuple[Act, ...]:
        """The acts of the last of these turns, read from the text of them all."""
        return self.label(turns)[-1].acts

    def _bare(self, turn: Turn) -> Turn:
        """The turn without acts, with a mention for each film that it names."""
        mentions = tuple(
            Mention(title=turn.text[film.start : film.end], item=film.item)
            for film in films_in(turn, self.catalogue)
        )
        return turn.model_copy(update={"acts": (), "mentions": tuple(dict.fromkeys(mentions))})


def is_farewell(turn: Turn) -> bool:
    """Whether a turn closes the dialogue: by its acts, or, if it has none, by its words."""
    if turn.acts:
        return turn.does(ActKind.BYE)
    return has_cue("farewell", plain_text(turn.text[:READ_AT_MOST]))


def is_hostile(text: str) -> bool:
    """Whether a message swears or insults."""
    return has_cue("hostile", plain_text(text[:READ_AT_MOST]))


def _acts(turn: Turn, catalogue: Catalogue, context: Context) -> tuple[Act, ...]:
    parts = pieces(turn, catalogue)
    if turn.role is Role.SEEKER:
        return seeker_acts(parts, context)
    return recommender_acts(parts, context)
