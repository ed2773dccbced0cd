"""What the seeker of a human dialogue wanted: scenario and hidden targets, with leak checks.

Targets are films that the recommender named first and the seeker accepted: liked and not seen by
ReDial's form, or accepted in words. Wishes are attributes the seeker asked for that some target
has, filled up by genres all targets share. Likes are films the seeker brought up itself.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence

from backend.catalogue import Catalogue, Item
from backend.conversations.scenarios import leaks, summarise
from backend.dialogue import ActKind, Attribute, Brief, Role, Scenario, Turn

#: Wishes a scenario has at most, and films it lists as liked.
MOST_WISHES, MOST_LIKES = 4, 3


def scenario_of(
    turns: Sequence[Turn], form: Mapping[str, Mapping[str, int]], catalogue: Catalogue, seed: str
) -> tuple[Scenario | None, str | None]:
    """The scenario behind labelled turns, or None and why there is none."""
    offered, brought = _first_named(turns, catalogue)
    accepted = _accepted(turns)
    liked = [id_ for id_ in offered if _is(form, id_, liked=1, seen=0)]
    targets = [catalogue.get(i) for i in dict.fromkeys([*accepted, *liked]) if i in offered]
    targets = [item for item in targets if item.values.get("genre")][:3]
    if not targets:
        return None, "nothing was accepted that the catalogue knows"
    attributes = _wishes(turns, targets)
    if not attributes:
        return None, "no attribute the targets share"
    likes = [i for i in brought if not _is(form, i, liked=0) and i not in accepted]
    rng = random.Random(f"{seed}/summary")
    summary = summarise(attributes, rng)
    if leaks(summary, targets):
        return None, "the summary would name a target"
    brief = Brief(summary=summary, attributes=attributes, likes=tuple(likes[:MOST_LIKES]))
    return Scenario(brief=brief, targets=tuple(item.id for item in targets)), None


def _first_named(turns: Sequence[Turn], catalogue: Catalogue) -> tuple[list[str], list[str]]:
    """Films that the recommender named first, and those that the seeker did."""
    first: dict[str, Role] = {}
    for turn in turns:
        named = [mention.item for mention in turn.mentions]
        named += [item for act in turn.acts for item in act.items]
        for id_ in named:
            if id_ and id_ in catalogue:
                first.setdefault(catalogue.get(id_).id, turn.role)
    return (
        [id_ for id_, role in first.items() if role is Role.RECOMMENDER],
        [id_ for id_, role in first.items() if role is Role.SEEKER],
    )


def _accepted(turns: Sequence[Turn]) -> list[str]:
    return [
        item
        for turn in turns
        for act in turn.acts
        if turn.role is Role.SEEKER and act.kind is ActKind.ACCEPT
        for item in act.items
    ]


def _is(form: Mapping[str, Mapping[str, int]], id_: str, **answers: int) -> bool:
    given = form.get(id_, {})
    return bool(given) and all(
        given.get(question) == answer for question, answer in answers.items()
    )


def _wishes(turns: Sequence[Turn], targets: Sequence[Item]) -> tuple[Attribute, ...]:
    asked = dict.fromkeys(
        attribute
        for turn in turns
        if turn.role is Role.SEEKER
        for act in turn.acts
        if act.kind in {ActKind.DISCLOSE, ActKind.CRITIQUE, ActKind.REQUEST}
        for attribute in act.attributes
        if any(item.has(attribute) for item in targets)
    )
    shared = Counter(genre for item in targets for genre in item.values["genre"])
    common = [genre for genre, n in shared.most_common() if n == len(targets)]
    wishes = list(asked)[:MOST_WISHES]
    for genre in common:
        if sum(a.name == "genre" for a in wishes) >= 2:
            break
        attribute = Attribute(name="genre", value=genre)
        if attribute not in wishes:
            wishes.append(attribute)
    return tuple(wishes[:MOST_WISHES])
