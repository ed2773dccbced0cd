"""Scenarios: reproducible, fulfillable, and silent about their targets."""

from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue import Catalogue
from backend.conversations.scenarios import draw, leaks

FILMS = Catalogue.load()


@given(st.integers(0, 100_000))
def test_every_target_has_every_attribute_and_none_is_named(seed: int) -> None:
    scenario = draw(FILMS, seed)
    targets = [FILMS.get(id_) for id_ in scenario.targets]
    assert 1 <= len(targets) <= 3
    assert scenario.brief.attributes
    for target in targets:
        assert all(target.has(attribute) for attribute in scenario.brief.attributes)
    assert not leaks(scenario.brief.summary, targets)
    assert draw(FILMS, seed) == scenario


def test_wishes_are_varied() -> None:
    drawn = [draw(FILMS, seed).brief for seed in range(300)]
    assert len({brief.summary for brief in drawn}) > 200
    names = {attribute.name for brief in drawn for attribute in brief.attributes}
    assert names == {"genre", "decade", "cast", "director"}


def test_a_title_in_the_text_is_a_leak_whatever_its_case() -> None:
    film = FILMS.search("Get Out (2017)")[0]
    assert leaks("something like GET OUT!", [film])
    assert not leaks("get me out of here", [film])
