"""Rule-based act labels for whole dialogues, from words, context and ReDial's forms if given.

ReDial's workers filled in a form about every film: suggested by the recommender, seen, liked
(0 no, 1 yes, 2 did not say). The form says what became of a film, the words whether this turn says
so. Measured against IARD's human labels in docs/training.md; those labels train nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend.catalogue import Catalogue
from backend.dialogue import Act, ActKind, Attribute, Mention, Role, Turn, merged
from backend.language.constraints import Wish, find_wishes
from backend.language.films import films_in
from backend.language.understanding import asked_about
from backend.language.wordings import has_cue

#: Film id -> what the seeker's form says: {'suggested': 1, 'seen': 0, 'liked': 1}.
Form = Mapping[str, Mapping[str, int]]

_LOVED = re.compile(
    r"\b(?:loved?|liked|enjoyed|favou?rites?|classic|"
    r"(?:was|is|were|are|that'?s|such|what) (?:an? )?(?:\w+ )?"
    r"(?:good|great|awesome|amazing|hilarious|classic|excellent|fantastic|funny|best)|"
    r"(?:good|great|awesome|amazing|hilarious|classic|excellent|fantastic|funny) "
    r"(?:movie|film|one|flick)s?)\b"
)
_NO_SEEN = re.compile(
    r"^\W*(?:no|nope|nah)\b[\s,.!]*(?:i )?(?:have ?n[o']?t|havent|never|i'?ve never)"
)
_TASTE = re.compile(
    r"\b(?:what|which) (?:kinds?|types?|sorts?|genres?|movies?|films?|are you|do you|would you|"
    r"have you)\b|\bdo you (?:like|enjoy|prefer|have|want|mind)\b|"
    r"\bare you (?:in|into|looking|interested)\b|"
    r"\bhow (?:about|do you feel about) (?:a |an |some )?\w+ (?:movies?|films?)\b|"
    r"\banything (?:in|else)\b|\bwhat (?:about|else)\b|\bfavou?rite\b|"
    r"\bany (?:genre|preference|particular)\b"
)
_EXPLAINING = re.compile(
    r"\b(?:it'?s|its|it is|it was|that'?s|about|stars?|starring|with|has|directed|plot|story|"
    r"because|similar|like|loved|funny|scary|great|good|really|very|from|by)\b"
)
_WILL = re.compile(
    r"\bheard (?:\w+ ){0,3}(?:good|great)\b|"
    r"\b(?:will|i'?ll|should|have to|need to|want to|going to|gonna) "
    r"(?:definitely |have to |be |go |probably |need to )*"
    r"(?:check|watch|see|give|try|look|rent|add)\b|\bon my list\b|"
    r"\b(?:sounds|looks) (?:\w+ ){0,2}(?:good|great|fun|funny|interesting|perfect)\b"
)
_THANKS_FOR = re.compile(
    r"\bthanks?(?: you)?(?: so much| a lot)? for (?:the |your |all |that )*\w+|"
    r"\b(?:good|great) suggestions?\b"
)
_UNSURE = re.compile(
    r"\b(?:haven'?t|havent|have not|never|not) (?:yet |ever )?(?:seen|watched|heard|saw)\b"
)


@dataclass
class Labeller:
    """Reads a dialogue's turns in order and gives each its acts."""

    catalogue: Catalogue
    form: Form = field(default_factory=dict)
    offered: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    asked: bool = False

    def label(self, turns: Sequence[Turn]) -> list[Turn]:
        """The turns, merged by speaker, with acts."""
        return [self._labelled(turn) for turn in merged(turns)]

    def of_last(self, turns: Sequence[Turn]) -> tuple[Act, ...]:
        """The acts of the last of these turns, read from the text of them all."""
        return self.label(turns)[-1].acts

    def _labelled(self, turn: Turn) -> Turn:
        films = films_in(turn, self.catalogue)
        named = list(dict.fromkeys(film.item for film in films if film.item))
        mentions = tuple(
            Mention(title=turn.text[film.start : film.end], item=film.item) for film in films
        )
        bare = turn.model_copy(update={"acts": (), "mentions": tuple(dict.fromkeys(mentions))})
        plain = " ".join(bare.text.lower().replace("’", "'").split())
        wishes = find_wishes(self._titleless(bare), self.catalogue)
        if turn.role is Role.SEEKER:
            acts = self._seeker(plain, named, _wished(wishes, True), _wished(wishes, False))
            self.asked = any(act.kind is ActKind.INQUIRE for act in acts)
        else:
            acts = self._recommender(plain, named, _wished(wishes, True))
        self.named.update(named)
        return bare.model_copy(update={"acts": tuple(acts)})

    def _seeker(
        self,
        plain: str,
        films: list[str],
        wanted: tuple[Attribute, ...],
        unwanted: tuple[Attribute, ...],
    ) -> list[Act]:
        acts: list[Act] = []
        about = [film for film in films if film in self.offered] or self.offered[:3]
        fresh = [film for film in films if film not in self.named]
        asks = has_cue("asking", plain) and "?" in plain
        requests = has_cue("request", _THANKS_FOR.sub(" ", plain))
        if has_cue("greeting", plain):
            acts.append(Act(kind=ActKind.GREET))
        if about:
            acts += self._verdict(plain, about, unwanted, asks and not requests)
        verdict = {act.kind for act in acts}
        if ActKind.REJECT not in verdict and unwanted:
            acts.append(Act(kind=ActKind.REJECT, attributes=unwanted))
        critical = about and (ActKind.REJECT in verdict or has_cue("critique", plain))
        if wanted and critical:
            acts.append(Act(kind=ActKind.CRITIQUE, attributes=wanted))
        elif fresh or wanted:
            acts.append(Act(kind=ActKind.DISCLOSE, items=tuple(fresh[:3]), attributes=wanted))
        elif has_cue("any", plain) and not about:
            acts.append(Act(kind=ActKind.DISCLOSE, code="any"))
        if requests and ActKind.ACCEPT not in verdict:
            acts.append(Act(kind=ActKind.REQUEST))
        elif asks and not about and not acts:
            kind = ActKind.INQUIRE if films else ActKind.CHAT
            acts.append(Act(kind=kind, code=asked_about(plain) if films else None))
        return _closed(acts, plain)

    def _verdict(
        self, plain: str, about: list[str], unwanted: tuple[Attribute, ...], asks: bool
    ) -> list[Act]:
        """What a turn says of the films just offered."""
        seen = {film for film in about if self.form.get(film, {}).get("seen") == 1}
        disliked = {film for film in about if self.form.get(film, {}).get("liked") == 0}
        items = tuple(about)
        unseen = bool(_UNSURE.search(plain))
        loved = bool(_LOVED.search(plain))
        says_seen = has_cue("seen", plain) and not unseen
        acts: list[Act] = []
        if says_seen or (loved and (seen or not self.form) and not unseen):
            known = tuple(f for f in about if f in seen) or items
            acts.append(Act(kind=ActKind.SEEN, items=known))
            items = tuple(f for f in about if f not in known)
        refused = (has_cue("reject", plain) and not _NO_SEEN.search(plain)) or unwanted
        if refused and (not acts or disliked):
            turned_down = tuple(f for f in about if f in disliked) or tuple(about)
            return [*acts, Act(kind=ActKind.REJECT, items=turned_down, attributes=unwanted)]
        if asks:
            code = asked_about(plain)
            return [*acts, Act(kind=ActKind.INQUIRE, items=items or tuple(about), code=code)]
        willing = has_cue("accept", plain) or _WILL.search(plain)
        if willing and items and not disliked.issuperset(items):
            wanted = tuple(film for film in items if film not in disliked)
            return [*acts, Act(kind=ActKind.ACCEPT, items=wanted)]
        if not acts and (unseen or loved or len(plain.split()) > 1):
            acts.append(Act(kind=ActKind.REACT, items=items))
        return acts

    def _recommender(self, plain: str, films: list[str], facts: tuple[Attribute, ...]) -> list[Act]:
        acts: list[Act] = []
        new = [film for film in films if film not in self.named][:3]
        old = [film for film in films if film in self.named]
        asks = "?" in plain or has_cue("asking", plain)
        rest = len(plain.split())
        if has_cue("greeting", plain):
            acts.append(Act(kind=ActKind.GREET))
        if old and not self.asked and old[0] not in self.offered:
            acts.append(Act(kind=ActKind.ACKNOWLEDGE, items=tuple(old[:3])))
        if self.asked and not new and not asks:
            acts.append(Act(kind=ActKind.INFORM, items=tuple(self.offered[:1])))
        if new:
            acts.append(Act(kind=ActKind.RECOMMEND, items=tuple(new), attributes=facts))
            if rest > 9 + 4 * len(new) and _EXPLAINING.search(plain):
                acts.append(Act(kind=ActKind.EXPLAIN, items=tuple(new)))
        elif old and not acts and self.offered and old[0] in self.offered:
            acts.append(Act(kind=ActKind.EXPLAIN, items=tuple(old[:3])))
        if _TASTE.search(plain) and asks and not (new and "have you seen" in plain):
            acts.append(Act(kind=ActKind.ELICIT, code=asked_about(plain)))
        elif not acts and "?" not in plain and has_cue("liking", plain):
            acts.append(Act(kind=ActKind.ACKNOWLEDGE))
        if new:
            self.offered = new
        return _closed(acts, plain)

    def _titleless(self, turn: Turn) -> str:
        text = turn.text
        for film in reversed(films_in(turn, self.catalogue)):
            text = f"{text[: film.start]}_{text[film.end :]}"
        return text


def _wished(wishes: Sequence[Wish], wanted: bool) -> tuple[Attribute, ...]:
    """The attributes wished for, or (not `wanted`) wished away."""
    return tuple(wish.attribute for wish in wishes if wish.wanted is wanted)


def _closed(acts: list[Act], plain: str) -> list[Act]:
    """The acts with goodbye last, or with thanks or small talk where there is nothing else."""
    if has_cue("farewell", plain):
        acts.append(Act(kind=ActKind.BYE))
    elif has_cue("thanks", plain) and not acts:
        acts.append(Act(kind=ActKind.ACKNOWLEDGE))
    return acts[:2] + acts[-1:] if len(acts) > 3 else acts or [Act(kind=ActKind.CHAT)]
