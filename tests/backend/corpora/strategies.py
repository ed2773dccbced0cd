"""Dialogues of every shape, for property tests."""

from hypothesis import strategies as st
from pydantic import JsonValue

from backend.dialogue import (
    Act,
    ActKind,
    Attribute,
    Brief,
    Dialogue,
    Mention,
    Origin,
    Player,
    Provenance,
    Role,
    Scenario,
    System,
    Turn,
)

#: Any text that JSON and SQLite can hold; a lone surrogate is in neither.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = texts.filter(bool)
seconds = st.floats(0, 1e6, allow_nan=False)

json_values: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
attributes = st.builds(Attribute, name=names, value=names)
acts = st.builds(
    Act,
    kind=st.sampled_from(ActKind),
    items=st.lists(names, max_size=2).map(tuple),
    attributes=st.lists(attributes, max_size=2).map(tuple),
    code=st.none() | texts,
)
turns = st.builds(
    Turn,
    role=st.sampled_from(Role),
    text=texts,
    acts=st.lists(acts, max_size=2).map(tuple),
    mentions=st.lists(st.builds(Mention, title=names, item=st.none() | names), max_size=2).map(
        tuple
    ),
    time=st.none() | seconds,
)
players = st.one_of(
    st.builds(
        Player,
        origin=st.sampled_from([Origin.HUMAN, Origin.AUTHORED]),
        system=st.none(),
        person=st.none() | texts,
    ),
    st.builds(
        Player,
        origin=st.just(Origin.SIMULATED),
        system=st.builds(
            System,
            name=names,
            simulator=names,
            model=st.none() | texts,
            decoding=st.dictionaries(texts, json_values, max_size=2),
            controls=st.just({}),
        ),
        person=st.none(),
    ),
)
dialogues = st.builds(
    Dialogue,
    turns=st.lists(turns, max_size=4).map(tuple),
    seeker=players,
    recommender=players,
    provenance=st.builds(
        Provenance,
        corpus=names,
        source_id=names,
        licence=names,
        seed=st.none() | st.integers(0, 2**53),
        versions=st.dictionaries(texts, texts, max_size=1),
        notes=st.dictionaries(texts, json_values, max_size=2),
    ),
    scenario=st.none()
    | st.builds(
        Scenario,
        brief=st.builds(
            Brief, summary=texts, attributes=st.lists(attributes, max_size=2).map(tuple)
        ),
        targets=st.lists(names, max_size=2).map(tuple),
    ),
)
