"""Grammars as regular expressions, the form that OpenVINO accepts."""

import json
from functools import lru_cache

from llguidance import LLMatcher
from outlines_core.json_schema import build_regex_from_schema

from backend.engines import EngineFailed, Grammar


def enforces(grammar: Grammar) -> bool:
    """Whether the grammar compiles: replies are then sure to match it."""
    try:
        expression(grammar)
    except EngineFailed:
        return False
    return True


def expression(grammar: Grammar) -> str:
    """The regular expression of a grammar. Raises EngineFailed if it can't be compiled.

    A schema allows one way to write JSON, that of `json.dumps`: with free white space, a small
    model gets lost in it. The check is llguidance's, since OpenVINO reports a mistake in a grammar
    only in the midst of a step, where it ends all other requests, too.
    """
    if grammar.regex is not None:
        return _checked(grammar.regex)
    try:
        return _checked(build_regex_from_schema(json.dumps(grammar.json_schema), "[ ]?"))
    except ValueError as error:
        raise EngineFailed(f"the grammar can't be compiled: {error}") from error


@lru_cache(maxsize=256)
def _checked(regex: str) -> str:
    if complaint := LLMatcher.validate_grammar(LLMatcher.grammar_from_regex(regex)):
        raise EngineFailed(f"the grammar {regex!r} can't be compiled: {complaint}")
    return regex
