"""Find and stream the files of a corpus; report unreadable records by file and place."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

import ijson
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticSerializationError

from backend.corpora import CorpusError, ImportReport
from backend.dialogue import Label, Score
from backend.pool import Entry

#: Number of broken records before the first valid one after which the file is rejected.
HOPELESS = 100

#: Limits on the nesting depth of JSON, and on the length of a text in bytes.
DEEPEST, LONGEST = 64, 16 * 2**20

# Whole texts, brackets, and the beginning of a text that ends in a later piece.
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]|"', re.DOTALL)

_INSIDE = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)

#: A record of a source and the words that say where it stands ("talk.jsonl, line 3").
Located = tuple[str, Any]


class LeftOut(Exception):
    """The record is sound but not imported; the message is the reason it is counted under."""


class Raw(BaseModel):
    """Base of the records of a source: fields not named are ignored, ids may be numbers."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", coerce_numbers_to_str=True, allow_inf_nan=False
    )


def find(path: Path, corpus: str, patterns: Sequence[str]) -> list[Path]:
    """The file itself, or a folder's files that match, sorted. Raises CorpusError."""
    wanted = " or ".join(patterns)
    if path.is_file():
        return [path]
    if not path.exists():
        raise CorpusError(
            f"{path} does not exist; {corpus} is read from a file, or from a folder with {wanted}"
        )
    found = {file for pattern in patterns for file in path.glob(pattern) if file.is_file()}
    if not found:
        raise CorpusError(f"the folder {path} holds no file for {corpus}: looked for {wanted}")
    return sorted(found)


def json_lines(file: Path, report: ImportReport) -> Iterator[Located]:
    """The values of a JSONL file, one line in memory at a time; blank lines are skipped."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            where = f"{file.name}, line {number}"
            try:
                value = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse)
            except (ValueError, RecursionError) as error:
                report.break_at(where, f"not JSON: {_short(error)}")
            else:
                yield where, value


def json_items(file: Path, report: ImportReport) -> Iterator[Located]:
    """The items of a JSON array, one in memory at a time.

    Where the JSON itself breaks off, nothing after it can be found: that is reported as one break.
    """
    return _streamed(file, report, lambda source: ijson.items(source, "item", use_float=True))


def numbered(records: Iterable[Located]) -> Iterator[Located]:
    """The same records, each value with its index before it: (where, (index, value))."""
    for index, (where, value) in enumerate(records):
        yield where, (index, value)


def json_members(file: Path, report: ImportReport) -> Iterator[Located]:
    """The (name, value) pairs of a JSON object, one in memory at a time."""
    return _streamed(file, report, lambda source: ijson.kvitems(source, "", use_float=True))


def entries(
    records: Iterable[Located], convert: Callable[[Any], Entry], report: ImportReport
) -> Iterator[Entry]:
    """Each record converted; one that can't be, or can't be stored, is reported and passed over.

    `convert` raises LeftOut for what it leaves out, ValueError for what is wrong with a record.
    Raises CorpusError when the first hundred records are all broken.
    """
    for where, value in records:
        try:
            entry = convert(value)
            _storable(entry)
        except LeftOut as reason:
            report.read += 1
            report.leave_out(str(reason))
        except ValueError as error:
            report.break_at(where, why(error))
            if not report.read and len(report.broken) >= HOPELESS:
                raise CorpusError(
                    f"the first {HOPELESS} records are all broken; {report.broken[0]}"
                ) from error
        else:
            report.read += 1
            yield entry


def require_any(report: ImportReport, path: Path, corpus: str, expected: str) -> None:
    """Raises CorpusError, saying what was expected, if not a single record could be read."""
    if not report.read:
        first = f"; {report.broken[0]}" if report.broken else ""
        raise CorpusError(f"nothing in {path} reads as {corpus}: expected {expected}{first}")


def why(error: Exception) -> str:
    """An error in one line: for a validation error the first fault, by field."""
    if not isinstance(error, ValidationError):
        return _short(error)
    faults = error.errors(include_url=False, include_input=False)
    place = ".".join(map(str, faults[0]["loc"])) or "record"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{place}: {faults[0]['msg']}{more}"


def _streamed(
    file: Path, report: ImportReport, parse: Callable[["_Shallow"], Iterator[Any]]
) -> Iterator[Located]:
    number = 0
    with file.open("rb") as source:
        if source.read(3) != b"\xef\xbb\xbf":
            source.seek(0)
        values = parse(_Shallow(source))
        while True:
            number += 1
            where = f"{file.name}, record {number}"
            try:
                value = next(values)
            except StopIteration:
                return
            except (ijson.JSONError, ValueError, OverflowError, RecursionError) as error:
                # The lines after the first quote the file, which may be anything.
                reason = (str(error).splitlines() or [type(error).__name__])[0]
                report.break_at(where, f"the JSON can't be read from here on: {reason}")
                return
            yield where, value


class _Shallow:
    """A JSON file for ijson, which keeps the whole way to each value: nesting has a limit.

    Without one, 100 kB of `[` take 20 GB. Raises ValueError where it is exceeded.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self.source = source
        self.depth = 0
        self.text = 0  # bytes so far of a text that began in an earlier piece
        self.left = b""  # a backslash at the end of a piece: what it escapes is in the next

    def read(self, size: int = -1) -> bytes:
        """The next piece, looked at before anybody parses it. Nothing is looked at twice."""
        piece = self.source.read(size)
        seen, self.left = self.left + piece, b""
        at = self._inside(seen, 0) if self.text else 0
        for token in _TOKENS.finditer(seen, at):
            sign = token.group()
            if sign in b"[{":
                self.depth += 1
                if self.depth > DEEPEST:
                    raise ValueError(f"nested deeper than {DEEPEST}")
            elif sign in b"]}":
                self.depth -= 1
            elif sign == b'"':
                self._inside(seen, token.end())
                break
        return piece

    def _inside(self, seen: bytes, at: int) -> int:
        """Go on in a text from `at`; where it ends, or the end of what is there."""
        end = _INSIDE.match(seen, at)
        stop = end.end() if end else at
        self.text += stop - at + 1
        if self.text > LONGEST:
            raise ValueError(f"a text of more than {LONGEST // 2**20} MB")
        if seen[stop : stop + 1] == b'"':
            self.text = 0
            return stop + 1
        self.left = seen[stop:]
        return len(seen)


def _storable(entry: Entry) -> None:
    """Raises ValueError for a label or score that the pool's tables would refuse."""
    dialogue = entry.dialogue
    try:
        entry.model_dump_json()
    except PydanticSerializationError as error:
        raise ValueError("a text in it is no Unicode: it holds half a surrogate pair") from error
    facts: tuple[Label | Score, ...] = (*entry.labels, *entry.scores)
    for fact in facts:
        if fact.dialogue != dialogue.id:
            raise ValueError(
                f"a label or score is for dialogue {fact.dialogue!r}, this one is {dialogue.id!r}"
            )
        if fact.turn is not None and fact.turn >= len(dialogue.turns):
            raise ValueError(f"turn {fact.turn} of a dialogue of {len(dialogue.turns)} turns")
        if isinstance(fact.value, float) and not math.isfinite(fact.value):
            raise ValueError(f"the value {fact.value} is no number")
    for label in entry.labels:
        low, high = label.low, label.high
        if isinstance(label.value, float) and not (
            (low is None or low <= label.value) and (high is None or label.value <= high)
        ):
            raise ValueError(f"{label.question} is {label.value:g}, outside {_scale(low, high)}")


def _scale(low: float | None, high: float | None) -> str:
    ends = ["…" if end is None else f"{end:g}" for end in (low, high)]
    return " to ".join(ends)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _short(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:199] + "…"
