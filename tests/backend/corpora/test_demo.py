"""The dialogues written for the demo."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from backend.catalogue import Catalogue
from backend.corpora import CorpusError, ImportReport
from backend.corpora.demo import PACKAGED, read
from backend.dialogue import Dialogue, Origin, Role

WORD = re.compile(r"[a-z']+")


@pytest.fixture(scope="module")
def written() -> list[Dialogue]:
    report = ImportReport()
    found = [entry.dialogue for entry in read(PACKAGED, report)]
    assert report.broken == []
    return found


def test_there_are_at_least_sixty_each_told_apart(written: list[Dialogue]) -> None:
    assert len({dialogue.id for dialogue in written}) == len(written) >= 60


def test_none_is_ever_called_human_or_simulated(written: list[Dialogue]) -> None:
    players = {dialogue.player(role).origin for dialogue in written for role in Role}
    assert players == {Origin.AUTHORED}


def test_they_vary_in_length_mood_and_outcome(written: list[Dialogue]) -> None:
    lengths = [len(dialogue.turns) for dialogue in written]
    assert min(lengths) <= 4
    assert max(lengths) >= 15
    assert len({str(dialogue.provenance.notes["mood"]) for dialogue in written}) >= 15
    outcomes = Counter(str(dialogue.provenance.notes["outcome"]) for dialogue in written)
    assert set(outcomes) == {"success", "partial", "failure", "left", "misunderstanding"}
    assert outcomes["success"] < 0.75 * len(written)


def test_no_longer_message_occurs_twice(written: list[Dialogue]) -> None:
    texts = Counter(turn.text.lower() for dialogue in written for turn in dialogue.turns)
    assert [text for text, n in texts.items() if n > 1 and len(text.split()) > 6] == []


def test_films_are_mentions_and_leave_no_brackets(written: list[Dialogue]) -> None:
    turns = [turn for dialogue in written for turn in dialogue.turns]
    assert not [turn.text for turn in turns if "[[" in turn.text or "]]" in turn.text]
    mentions = [mention for turn in turns for mention in turn.mentions]
    assert all(m.title in t.text for t in turns for m in t.mentions)
    known = [mention for mention in mentions if mention.item]
    assert len(known) > len(mentions) / 2
    assert all(Catalogue.load().get(m.item).title in m.title for m in known if m.item)


def test_a_dialogue_that_breaks_the_format_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    good = {
        "id": "good",
        "mood": "calm",
        "outcome": "success",
        "wish": "anything",
        "attributes": {"genre": "drama"},
        "turns": ["s [request]: anything at all"],
    }
    bad = {**good, "id": "bad", "turns": ["seeker says hello"]}
    file = tmp_path / "own.yaml"
    file.write_text("\n".join(f"- {json.dumps(one)}" for one in (bad, good)))
    report = ImportReport()
    assert [entry.dialogue.provenance.source_id for entry in read(file, report)] == ["good"]
    assert len(report.broken) == 1
    assert "own.yaml, line 1, bad" in report.broken[0]


@pytest.mark.parametrize("content", [b"- [", b"\xff\xfe\x00", b""])
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "rubbish.yaml"
    file.write_bytes(content)
    with pytest.raises(CorpusError, match=re.escape("rubbish.yaml")):
        list(read(file, ImportReport()))


def test_no_nine_words_in_a_row_come_from_a_corpus(
    written: list[Dialogue], shared_data: Path
) -> None:
    def runs(text: str) -> set[str]:
        words = WORD.findall(text.lower())
        return {" ".join(words[i : i + 9]) for i in range(len(words) - 8)}

    ours = set().union(*(runs(turn.text) for dialogue in written for turn in dialogue.turns))
    theirs: set[str] = set()
    for name in ("redial_test.jsonl", "redial_valid_ievalm.jsonl"):
        with (shared_data / "redial" / name).open(encoding="utf-8") as lines:
            for line in lines:
                for message in json.loads(line)["messages"]:
                    theirs |= runs(message["text"])
    assert theirs
    assert ours & theirs == set()
