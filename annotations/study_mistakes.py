"""Explanations of mistakes in a study file: the line, what is wrong, and what would be right."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from annotations.questions import SLUG_PATTERN

#: Largest absolute value of a number in a study file, of seeds and of other numbers.
LARGEST_SEED, LARGEST_NUMBER = 2**63 - 1, 1_000_000_000

#: Maximum number of mistakes in a file that are reported at a time.
MAX_REPORTED = 20

#: A JSON schema, as pydantic writes it.
Schema = Mapping[str, Any]

#: The keys and list positions that lead to a part of the file.
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """One mistake: the part of the file that it is about, and what is wrong."""

    path: Path
    message: str


class StudyFile:
    """A study file as ruamel.yaml's round-trip reader has read it, with the schema of studies."""

    def __init__(self, text: str, tree: Any, source: str, schema: Schema) -> None:
        self.lines = text.splitlines()
        self.tree = tree
        self.source = source
        self.schema = schema

    def report(self, mistakes: Sequence[Mistake]) -> str:
        """One line for each mistake, with its place in the file, at most `MAX_REPORTED`."""
        in_order = sorted(mistakes, key=lambda mistake: _locate(self.tree, mistake.path)[0])
        reported = [self._line(mistake) for mistake in in_order[:MAX_REPORTED]]
        if (more := len(mistakes) - MAX_REPORTED) > 0:
            reported.append(f"{self.source}: and {more} more")
        return "\n".join(reported)

    def mistakes(self, problems: Sequence[Any]) -> list[Mistake]:
        """The mistakes behind pydantic's error details, without those that follow from others."""
        mistakes = list(unusable_numbers(self.tree))
        unusable = {mistake.path for mistake in mistakes}
        meant = set[Path]()  # keys that are misspelt or misplaced, and not also missing
        for problem in problems:
            if problem["type"] == "extra_forbidden":
                path, _ = self._place(problem["loc"][:-1])
                meant |= {(*path, name) for name in self._meant(problem["loc"])}
        for problem in problems:
            if not _follows_from_others(problem):
                follows = unusable | (meant if problem["type"] == "missing" else set())
                mistakes += [m for m in self._explained(problem) if m.path not in follows]
        return mistakes

    def _line(self, mistake: Mistake) -> str:
        line, path = _locate(self.tree, mistake.path)
        where = ".".join(str(part) for part in path) or "study"
        return f"{self.source}, line {line}: {where}: {mistake.message}"

    def _explained(self, problem: Any) -> Iterator[Mistake]:
        kind, given = problem["type"], problem.get("input")
        path, schema = self._place(problem["loc"])
        if kind == "study":
            yield from problem["ctx"]["mistakes"]
        elif kind == "value_error":
            yield Mistake(path, str(problem["ctx"]["error"]))
        elif kind == "extra_forbidden":
            yield Mistake(path, self._unknown_key(problem["loc"]))
        elif kind == "missing":
            yield Mistake(path, f"missing key {path[-1]!r}: {self._wanted(schema)}")
        elif kind.startswith("union_tag"):
            yield Mistake((*path, "kind"), self._unknown_kind(schema, given))
        elif problem["loc"][-1:] == ("[key]",):
            yield Mistake(path, f"the key {given!r} can't be used: {problem['msg']}")
        elif not schema:
            yield Mistake(path, f"{problem['msg']}; got {_short(given)}")
        else:
            quoted = isinstance(given, bool | int | float) and self._is_text(schema)
            hint = f", so write {self._in_quotes(path, given)}" if quoted else ""
            yield Mistake(path, f"should be {self._wanted(schema)}; got {_short(given)}{hint}")

    def _unknown_key(self, loc: Sequence[Any]) -> str:
        key = str(loc[-1])
        _, parent = self._place(loc[:-1])
        meant = self._meant(loc)
        if not meant:
            return f"unknown key {key!r}; the keys here are {', '.join(parent['properties'])}"
        if any(key in self._keys_inside(parent, name) for name in meant):
            return f"unknown key {key!r} here; it belongs inside {' or '.join(map(repr, meant))}"
        return f"unknown key {key!r}; did you mean {meant[0]!r}?"

    def _meant(self, loc: Sequence[Any]) -> list[str]:
        """The keys that an unknown key may stand for: those around it, or a misspelt one."""
        key = str(loc[-1])
        path, parent = self._place(loc[:-1])
        names = list(parent.get("properties", {}))
        if around := [name for name in names if key in self._keys_inside(parent, name)]:
            return around
        node, _ = _descend(self.tree, path)
        free = [name for name in names if not (isinstance(node, dict) and name in node)]
        return difflib.get_close_matches(key[:60], free, n=1)

    def _keys_inside(self, parent: Schema, name: str) -> Schema:
        inside: Schema = self._resolved(parent["properties"][name]).get("properties", {})
        return inside

    def _unknown_kind(self, schema: Schema, given: Any) -> str:
        refs = {ref: kind for kind, ref in schema["discriminator"]["mapping"].items()}
        kinds = [refs[one["$ref"]] for one in schema["oneOf"]]  # in the order of the code
        told = given.get("kind") if isinstance(given, dict) else None
        close = difflib.get_close_matches(str(told)[:60], kinds, n=1)
        meant = close[0] if close else max(kinds, key=lambda kind: self._fit(schema, kind, given))
        shape = ", ".join(
            f"kind: {meant}" if name == "kind" else f"{name}: ..."
            for name in ["kind", *self._of_kind(schema, meant).get("required", [])]
        )
        what = "missing key 'kind'" if told is None else f"unknown kind {_short(told)}"
        return f"{what}; the kinds are {', '.join(kinds)}. For example {{{shape}}}"

    def _fit(self, schema: Schema, kind: str, given: Any) -> tuple[int, int]:
        """How well a kind fits `given`: keys that it has; keys it needs, less those absent."""
        of_kind = self._of_kind(schema, kind)
        needed = [1 if key in given else -1 for key in of_kind.get("required", [])]
        return sum(key in of_kind["properties"] for key in given), sum(needed)

    def _of_kind(self, schema: Schema, kind: str) -> Schema:
        return self._resolved({"$ref": schema["discriminator"]["mapping"][kind]})

    def _place(self, loc: Sequence[Any]) -> tuple[Path, Schema]:
        """The path in the file, without pydantic's union tags, and the schema of its end."""
        node, path = self._resolved(self.schema), list[str | int]()
        for part in loc:
            kinds = node.get("discriminator", {}).get("mapping", {})
            if part in kinds:
                node = self._of_kind(node, part)
                continue
            if part == "[key]":
                continue
            path.append(part)
            if isinstance(part, int):
                parts = node.get("prefixItems", [])
                child = parts[part] if part < len(parts) else node.get("items", {})
            else:
                rest = node.get("additionalProperties", {})
                rest = rest if isinstance(rest, dict) else {}
                child = node.get("properties", {}).get(part, rest)
            node = self._resolved(child)
        return tuple(path), node

    def _resolved(self, node: Schema) -> Schema:
        """A schema without references and without the alternative `null`."""
        while True:
            choices = [one for one in node.get("anyOf", []) if one.get("type") != "null"]
            if "$ref" in node:
                node = self.schema["$defs"][node["$ref"].rpartition("/")[2]]
            elif len(choices) == 1:
                node = choices[0]
            else:
                return node

    def _is_text(self, schema: Schema) -> bool:
        return schema.get("type") == "string" and "enum" not in schema

    def _wanted(self, schema: Schema) -> str:
        """What a part of a study has to be, in words."""
        if kinds := schema.get("discriminator", {}).get("mapping"):
            return f"a mapping whose `kind` is one of {', '.join(kinds)}"
        if choices := schema.get("anyOf"):
            return " or ".join(self._wanted(self._resolved(choice)) for choice in choices)
        if options := schema.get("enum"):
            return f"one of {', '.join(map(str, options))}"
        match schema.get("type"):
            case "string" if schema.get("pattern") == SLUG_PATTERN:
                return "a name: at most 40 small letters, digits and _, a letter first"
            case "string":
                form = schema.get("pattern")
                return f"text of the form {form}" if form else "text"
            case "integer" | "number" as kind:
                return f"a {'whole ' if kind == 'integer' else ''}number{_bounds(schema)}"
            case "boolean":
                return "true or false"
            case "array":
                parts = self._resolved(schema.get("items", {}))
                few = schema.get("minItems", 0)
                least = f" of at least {few}" if few else ""
                return f"a list{least}, each {self._wanted(parts)}" if parts else "a list"
            case "object" if "properties" in schema:
                needed = schema.get("required", [])
                others = [name for name in schema["properties"] if name not in needed]
                keys = f"a mapping with {' and '.join(needed)}" if needed else "a mapping"
                return f"{keys} (it can also have {', '.join(others)})" if others else keys
            case "object":
                few = schema.get("minProperties", 0)
                least = f"at least {few} key(s), each " if few else "keys, each "
                parts = self._resolved(schema.get("additionalProperties") or {})
                return f"a mapping with {least}{self._wanted(parts)}" if parts else "a mapping"
        return "of another type"

    def _in_quotes(self, path: Path, given: Any) -> str:
        """The value in quotes as the file writes it: `0012` is read as the number 12."""
        written = str(given)
        parent, key = _descend(self.tree, path[:-1])[0], path[-1]
        with suppress(KeyError, IndexError, TypeError, AttributeError):
            line, column = (parent.lc.value if isinstance(key, str) else parent.lc.item)(key)
            if match := re.match(r"[^\s,\]}#]+", self.lines[line][column:]):
                written = match[0]
        return f'"{written}"'


def unusable_numbers(node: Any, path: Path = ()) -> Iterator[Mistake]:
    """Numbers that are not finite, or too large to be stored and computed with."""
    if isinstance(node, dict):
        for key, part in node.items():
            yield from unusable_numbers(part, (*path, key))
    elif isinstance(node, list | tuple):
        for index, part in enumerate(node):
            yield from unusable_numbers(part, (*path, index))
    elif isinstance(node, int | float) and not isinstance(node, bool):
        bound = LARGEST_SEED if path and path[-1] == "seed" else LARGEST_NUMBER
        if not abs(node) <= bound:  # true of `nan`, too
            yield Mistake(
                path, f"should be a finite number of at most {bound:,}; got {_short(node)}"
            )


def _follows_from_others(problem: Any) -> bool:
    """Whether a list only seems too short because its parts have mistakes of their own."""
    given = problem.get("input")
    enough = problem.get("ctx", {}).get("min_length", 0)
    return (
        problem["type"] == "too_short"
        and isinstance(given, list | tuple | dict)
        and len(given) >= enough
    )


def _bounds(schema: Schema) -> str:
    words = {
        "minimum": "of at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    bounds = [f"{word} {schema[name]:,}" for name, word in words.items() if name in schema]
    return " " + " and ".join(bounds) if bounds else ""


def _descend(tree: Any, path: Sequence[str | int]) -> tuple[Any, int]:
    """The deepest part of `path` that is in the file, and the number of its line, from 1."""
    node, line = tree, 1
    for part in path:
        try:
            child = node[part]
        except (KeyError, IndexError, TypeError):
            break
        with suppress(KeyError, IndexError, TypeError, AttributeError):  # merged in by `<<`
            line = (node.lc.key if hasattr(node, "keys") else node.lc.item)(part)[0] + 1
        node = child
    return node, line


def _locate(tree: Any, path: Path) -> tuple[int, Path]:
    """Line (from 1) of the deepest part of `path` that is in the file, and that part's path."""
    node, there = tree, 0
    for part in path:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            break
        there += 1
    return _descend(tree, path)[1], path[:there]


def _short(value: Any) -> str:
    text = (
        f"a mapping with {', '.join(map(str, value))}" if isinstance(value, dict) else repr(value)
    )
    return text if len(text) <= 60 else text[:57] + "..."
