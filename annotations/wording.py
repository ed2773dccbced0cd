"""Texts shown to raters, by language: one YAML file for each.

To add a language, add a file with the same keys beside the others and its name to `Language`.
"""

from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from ruamel.yaml import YAML

Language: TypeAlias = Literal["de", "en"]

FOLDER = Path(__file__).parent / "wordings"


class Wording:
    """The texts of one language, by key."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.texts = _texts(language)

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key with values filled in. Raises KeyError."""
        return self.texts[key].format(**values)

    def own(self, text: str) -> str:
        """Translate one of Uncanny's own texts into this language; return others unchanged."""
        key = _own().get(text)
        return self.texts[key] if key else text


@cache
def _texts(language: Language) -> dict[str, str]:
    tree = YAML(typ="safe", pure=True).load(FOLDER / f"{language}.yaml")
    return {
        f"{part}.{name}": str(text).strip()
        for part, texts in tree.items()
        for name, text in texts.items()
    }


@cache
def _own() -> dict[str, str]:
    """Map Uncanny's own English questions, options and names to their keys."""
    return {text: key for key, text in _texts("en").items() if key.startswith("question.")}
