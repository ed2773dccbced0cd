"""Streaming: memory does not grow with the file."""

import json
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from backend.corpora import READERS, CorpusError, ImportReport, reader

#: Corpora that a user brings; the demo comes with the app.
BROUGHT = sorted(READERS.keys() - {"demo"})


def _turns(n: int) -> list[dict[str, Any]]:
    return [{"participant": "USER", "utterance": f"words {n} " * 20} for _ in range(10)]


def _kit(n: int) -> str:
    return json.dumps({"conversation ID": str(n), "conversation": _turns(n)})


def _own(n: int) -> str:
    return json.dumps(
        {
            "turns": [{"role": "seeker", "text": f"words {n} " * 20} for _ in range(10)],
            "seeker": {"origin": "human"},
            "recommender": {"origin": "human"},
            "provenance": {"corpus": "big", "source_id": str(n), "licence": "own"},
        }
    )


def _array(records: Iterable[str], file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.write("[")
        for n, record in enumerate(records):
            out.write(("," if n else "") + record)
        out.write("]")


def _lines(records: Iterable[str], file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(record + "\n" for record in records)


def _peak(corpus: str, file: Path, expected: int) -> int:
    """Most bytes held by Python at once while the file is read entry by entry."""
    tracemalloc.start()
    try:
        assert sum(1 for _ in reader(corpus)(file, ImportReport())) == expected
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("corpus", "record", "layout"),
    [("dialoguekit", _kit, _array), ("jsonl", _own, _lines)],
)
def test_memory_does_not_grow_with_the_file(
    corpus: str,
    record: Callable[[int], str],
    layout: Callable[[Iterable[str], Path], None],
    tmp_path: Path,
) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    layout((record(n) for n in range(100)), small)
    layout((record(n) for n in range(2000)), large)
    assert large.stat().st_size > 3_000_000
    # Once before measuring: the first use of a reader loads its modules.
    _peak(corpus, small, 100)
    little = _peak(corpus, small, 100)
    assert _peak(corpus, large, 2000) < little + 250_000


@pytest.mark.parametrize("corpus", BROUGHT)
def test_every_corpus_refuses_an_empty_file_saying_what_it_expected(
    corpus: str, tmp_path: Path
) -> None:
    file = tmp_path / "empty"
    file.touch()
    with pytest.raises(CorpusError, match=f"nothing in .*empty reads as {corpus}: expected"):
        list(reader(corpus)(file, ImportReport()))


@pytest.mark.parametrize("corpus", BROUGHT)
def test_every_corpus_refuses_binary_rubbish(corpus: str, tmp_path: Path) -> None:
    file = tmp_path / "rubbish"
    file.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(CorpusError, match="rubbish"):
        list(reader(corpus)(file, ImportReport()))


def test_an_unknown_corpus_is_answered_with_those_there_are() -> None:
    with pytest.raises(CorpusError, match=r"no corpus 'radial'; there are .*redial"):
        reader("radial")
