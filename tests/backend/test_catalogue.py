"""The film catalogue: looked up, searched, filtered, and found in what people type."""

import gzip
import json
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue import Catalogue, CatalogueError, Item
from backend.catalogues import build
from backend.dialogue import Attribute

FILMS = Catalogue.load()

GENRE_HORROR = Attribute(name="genre", value="horror")
NINETIES = Attribute(name="decade", value="1990s")


def titles(text: str) -> list[str]:
    return [mention.title for mention in FILMS.mentions(text)]


def test_the_packaged_catalogue_holds_facts_on_six_thousand_films() -> None:
    assert len(FILMS) >= 6000
    assert sum(bool(film.values.get("genre")) for film in FILMS) >= 6000
    assert FILMS.names == ("genre", "director", "cast", "decade")
    assert {name for film in FILMS for name in film.values} <= set(FILMS.names)
    assert "iEvaLM" in FILMS.header["source"]
    assert "ReDial" in FILMS.header["source"]


def test_the_packaged_file_holds_no_plot_and_no_writer() -> None:
    path = Path(build.OUTPUT)
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()[1:]]
    allowed = {"id", "title", "year", "genre", "director", "cast", "mentions", "aliases", "also"}
    assert {field for row in rows for field in row} <= allowed


def test_every_title_is_clean() -> None:
    for film in FILMS:
        assert film.title == " ".join(film.title.split())
        assert not film.title.endswith(")") or not film.title[-5:-1].isdigit()
        assert film.year is None or 1890 <= film.year <= 2019


def test_a_film_merged_into_another_is_still_found_by_its_old_id() -> None:
    merged = next(film for film in FILMS if film.also)
    assert FILMS.get(merged.also[0]) is merged
    assert merged.also[0] in FILMS


def test_an_unknown_id_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        FILMS.get("no such id")


def test_an_unknown_domain_names_those_there_are() -> None:
    with pytest.raises(CatalogueError, match="no catalogue 'recipes'; there are films"):
        Catalogue.load("recipes")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("matrix", "The Matrix (1999)"),
        ("THE GODFATHER", "The Godfather (1972)"),
        ("amelie", "Amélie (2001)"),
        ("walle", "WALL-E (2008)"),
        ("thelma and louise", "Thelma & Louise (1991)"),
        ("it 1990", "It (1990)"),
        ("It (2017)", "It (2017)"),
    ],
)
def test_search_forgives_case_accents_punctuation_and_articles(typed: str, first: str) -> None:
    assert FILMS.search(typed)[0].name == first


def test_search_for_nothing_finds_nothing() -> None:
    assert FILMS.search("") == []
    assert FILMS.search("?!") == []
    assert FILMS.search("qwxz no film is called this") == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("have you seen it?", []),
        ("I loved It", ["It (2017)"]),
        ('is "it" any good', ["It (2017)"]),
        ("it (1990) was better", ["It (1990)"]),
        ("I liked Up and Her", ["Up (2009)", "Her (2013)"]),
        ("what is up with her", []),
        ("saw it already", []),
        ("have you seen Saw?", ["Saw (2004)"]),
        ("moana, coco and frozen", ["Moana (2016)", "Coco (2017)", "Frozen (2013)"]),
        ("i like romance and horror", []),
        ("Awesome", []),
        ("anything else?", []),
        ("i watched get out", ["Get Out (2017)"]),
        ("get out of here", []),
        ("i liked spiderman", ["Spider-Man (2002)"]),
        ("HAVE YOU SEEN IT", []),
        ("", []),
    ],
)
def test_films_are_found_in_free_text_where_they_are_meant(text: str, named: list[str]) -> None:
    assert titles(text) == named


def test_a_found_film_says_where_it_stands() -> None:
    text = "Last night I saw Get Out (2017) again."
    (found,) = FILMS.find(text)
    assert text[found.start : found.end] == "Get Out (2017)"


def test_a_titles_own_mark_before_its_year_asks_nothing() -> None:
    text = "I like Why Him? (2016)"
    (found,) = FILMS.find(text)
    assert text[found.start : found.end] == "Why Him? (2016)"


def test_a_title_within_a_persons_name_names_no_film() -> None:
    assert FILMS.find("I like Max von Sydow") == []
    assert [found.item.title for found in FILMS.find("I like Max (2015)")] == ["Max"]
    assert FILMS.find("A comedy with Ryan Gosling and Emma Stone.") == []
    assert [found.item.title for found in FILMS.find("Emma Stone (2017)")] == ["Emma Stone"]


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("I liked Jurasic Park a lot", "I liked Jurassic Park a lot"),
        ("have u seen the exorsist", "have u seen The Exorcist"),
        ("shawshenk redemption is the best", "The Shawshank Redemption is the best"),
        ("superhero movies are great", "superhero movies are great"),
        ("I loved Scream (1996), not Scraem", "I loved Scream (1996), not Scraem"),
        ("", ""),
    ],
)
def test_a_misspelt_title_is_set_right_where_no_film_is_named(typed: str, right: str) -> None:
    assert FILMS.corrected(typed) == right


def test_a_chat_message_is_read_in_under_twenty_milliseconds() -> None:
    text = "I liked The Matrix and get out, it was great. Have you seen Up or saw? " * 4
    FILMS.find(text)
    start = perf_counter()
    for _ in range(10):
        FILMS.find(text)
    assert (perf_counter() - start) / 10 < 0.02


@given(st.text(max_size=300))
def test_any_text_can_be_searched_and_read(text: str) -> None:
    for found in FILMS.find(text):
        assert 0 <= found.start < found.end <= len(text)
    assert len(FILMS.search(text, limit=3)) <= 3


@given(st.sampled_from([film for film in FILMS.by_popularity[:2000] if film.year]))
def test_a_film_named_with_its_year_is_always_found(film: Item) -> None:
    named = [FILMS.get(mention.item or "") for mention in FILMS.mentions(f"seen {film.name}?")]
    assert (film.title.casefold(), film.year) in {(n.title.casefold(), n.year) for n in named}


def test_matching_holds_all_wishes_and_none_of_the_unwanted_most_popular_first() -> None:
    comedy = Attribute(name="genre", value="comedy")
    found = FILMS.matching([GENRE_HORROR, NINETIES], without=[comedy])
    assert found
    for film in found:
        assert film.has(GENRE_HORROR)
        assert film.has(NINETIES)
        assert not film.has(comedy)
    assert [film.popularity for film in found] == sorted(
        (film.popularity for film in found), reverse=True
    )
    assert FILMS.matching([Attribute(name="cast", value="Nobody At All")]) == []


def test_similar_films_share_a_fact_and_leave_out_the_film_itself() -> None:
    film = FILMS.search("The Godfather (1972)")[0]
    similar = FILMS.similar(film, limit=5)
    assert film not in similar
    assert similar[0].title == "The Godfather Part II"
    for other in similar:
        assert set(other.attributes) & set(film.attributes)


def test_familiarity_follows_popularity() -> None:
    most, least = FILMS.by_popularity[0], FILMS.by_popularity[-1]
    assert FILMS.familiarity(most) == 1
    assert 0 <= FILMS.familiarity(least) < 0.001


def test_another_domain_is_another_file(tmp_path: Path) -> None:
    lines = [
        {"domain": "recipes", "noun": "recipe", "attributes": ["course", "ingredient"]},
        {"id": "r1", "title": "Leek Soup", "course": ["starter"], "ingredient": ["leek"]},
        {"id": "r2", "title": "Rhubarb Crumble", "course": ["dessert"], "mentions": 4},
    ]
    path = tmp_path / "recipes.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    recipes = Catalogue.read(path)
    assert recipes.noun == "recipe"
    assert [r.id for r in recipes.matching([Attribute(name="course", value="Starter")])] == ["r1"]
    assert [m.item for m in recipes.mentions("how about a rhubarb crumble?")] == ["r2"]


def test_a_file_that_is_no_catalogue_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text("not json\n")
    with pytest.raises(CatalogueError, match=r"notes\.jsonl is no catalogue.*Expected JSON lines"):
        Catalogue.read(path)


def write_source(folder: Path, films: dict[str, tuple[str, str, list[str]]]) -> None:
    """Source files with id -> (name, IMDb number, genres)."""
    records = {
        id_: {
            "name": name,
            "imdb_id": number,
            "genre": genre,
            "director": [f"Director {id_}"],
            "star": ["Star One"],
            "writer": ["Nobody"],
            "plot": "never read",
        }
        for id_, (name, number, genre) in films.items()
    }
    (folder / build.CREDITS).write_text(json.dumps(records))
    rows = "".join(f"{id_},{int(id_) % 7}\n" for id_ in films)
    (folder / build.MENTIONS).write_text(
        "movieId,movieName,nbMentions\n" + rows.replace(",", ",x,")
    )


def test_the_build_cleans_merges_withholds_and_counts(tmp_path: Path) -> None:
    filler = {str(100 + i): (f"Filler {i} (1985)", f"tt00880{i:02}", ["drama"]) for i in range(30)}
    write_source(
        tmp_path,
        filler
        | {
            "1": ("Tea &amp;  Toast  (1985)", "tt0088050", ["comedy"]),
            "2": ("Tea and Toast", "tt0088050", ["comedy"]),
            "3": ("Filler Again (2011)", "tt0088015", ["drama"]),
            "4": ("Chat at Night (1985)", "tt0088060", ["talk-show"]),
            "5": ("", "tt0088061", ["drama"]),
        },
    )
    output = tmp_path / "out.jsonl.gz"
    tally = build.build(tmp_path, output)
    built = Catalogue.read(output)
    assert built.get("1").name == "Tea & Toast (1985)"
    assert built.get("2") is built.get("1")
    assert built.get("1").popularity == 3
    assert "5" not in built
    assert "genre" not in built.get("3").values
    assert "genre" not in built.get("4").values
    assert built.get("3").year == 2011
    assert tally["dropped: no title"] == 1
    assert tally["merged: same film twice"] == 1
    assert tally["credits withheld: the year fits another film"] == 1
    assert b"never read" not in gzip.decompress(output.read_bytes())


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    write_source(tmp_path, {"1": ("Tea (1985)", "tt0088050", ["comedy"])})
    one, two = tmp_path / "one.gz", tmp_path / "two.gz"
    build.build(tmp_path, one)
    build.build(tmp_path, two)
    assert one.read_bytes() == two.read_bytes()


def test_the_packaged_file_is_what_the_released_data_gives(
    shared_data: Path, tmp_path: Path
) -> None:
    output = tmp_path / "films.jsonl.gz"
    build.build(shared_data / "redial", output)
    assert gzip.decompress(output.read_bytes()) == gzip.decompress(build.OUTPUT.read_bytes())
