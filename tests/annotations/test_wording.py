"""What raters are told, in every language: the same keys and values, none missing, none idle."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from annotations.setup import open_database, set_up
from annotations.study import STUDIES, load, parse
from annotations.tasks.base import StudyError
from annotations.wording import FOLDER, Language, Wording
from backend import demo
from backend.pool import Pool

ROOT = FOLDER.parent.parent

LANGUAGES: tuple[Language, ...] = get_args(Language)

#: Keys that are put together where they are used, and what they come to. Whoever writes another
#: such key adds it here.
PUT_TOGETHER = {
    "chat.{error.kind}": ("chat.spent", "chat.busy", "chat.silent"),
    "instructions.{examples}": (
        "instructions.start",
        "instructions.examples",
        "instructions.two_examples",
    ),
    "page.{role.value}": ("page.seeker", "page.recommender"),
    "page.{game.role.value}": ("page.seeker", "page.recommender"),
    "refused.{error.reason}": (
        "refused.missing",
        "refused.malformed",
        "refused.undecodable",
        "refused.ambiguous",
        "refused.unknown_invite",
    ),
}


def sources() -> list[ast.Module]:
    """What speaks to raters."""
    found = [*(ROOT / "annotations").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    found += (ROOT / "pages" / "rater").glob("*.py")
    found += (ROOT / "server").glob("*.py")
    return [ast.parse(path.read_text("utf-8")) for path in found]


def told(tree: ast.AST) -> Iterator[ast.expr]:
    """First arguments of calls of something named `say`, both branches of a choice."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "say":
                asked = node.args[0]
                yield from (asked.body, asked.orelse) if isinstance(asked, ast.IfExp) else (asked,)


def placeholders(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name is not None})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things_with_the_same_values(language: Language) -> None:
    english, other = Wording("en").texts, Wording(language).texts
    assert list(other) == list(english), "keys stand in the same order in every file"
    assert [key for key, text in other.items() if not text] == []
    assert {key: placeholders(text) for key, text in other.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


def test_every_file_is_a_language_that_a_study_can_have() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(LANGUAGES)


def test_whatever_is_said_has_its_words() -> None:
    asked = [one for tree in sources() for one in told(tree)]
    plain = {one.value for one in asked if isinstance(one, ast.Constant)}
    # `f'page.{role}'` as it is written, without the quotes.
    spelled = {ast.unparse(one)[2:-1] for one in asked if isinstance(one, ast.JoinedStr)}
    assert len(plain) > 50, "the calls were not found"
    assert spelled <= set(PUT_TOGETHER), "add what it comes to"
    known = set(Wording("en").texts)
    assert {key for key in plain if isinstance(key, str)} <= known
    assert {key for keys in PUT_TOGETHER.values() for key in keys} <= known


def test_no_words_are_kept_that_nothing_says() -> None:
    written = {
        node.value
        for tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    said = written | {key for keys in PUT_TOGETHER.values() for key in keys}
    idle = {
        key
        for key, text in Wording("en").texts.items()
        if key not in said and not (key.startswith("question.") and text in written)
    }
    assert idle == set()


def test_the_german_study_says_which_dialogues_it_lacks(tmp_path: Path) -> None:
    study = load("natuerlichkeit")
    assert study.language == "de"
    database = open_database(tmp_path / "demo.db")
    demo.fill(Pool(database))
    with pytest.raises(StudyError, match=r"Import crsarena-eval, usersimcrs first"):
        set_up(database, study)
    database.close()


def test_the_german_study_works_on_other_dialogues_once_its_filters_name_them(
    tmp_path: Path,
) -> None:
    text = (STUDIES / "natuerlichkeit.yaml").read_text("utf-8")
    ours = "corpus: [demo, simulated]"
    lines = text.replace("corpus: [crsarena-eval, usersimcrs]", ours).splitlines()
    kept = [line for line in lines if "recommender_system: [" not in line]
    study = parse("\n".join(kept).replace("on: [recommender_system]", "on: []"))
    database = open_database(tmp_path / "demo.db")
    demo.fill(Pool(database))
    assert set_up(database, study)
    database.close()


def test_the_german_study_asks_what_the_english_one_asks() -> None:
    german, english = load("natuerlichkeit"), load("naturalness_control_flow")
    asked = [[(q.id, q.kind) for q in task.form()] for task in german.tasks]
    assert asked == [[(q.id, q.kind) for q in task.form()] for task in english.tasks]
