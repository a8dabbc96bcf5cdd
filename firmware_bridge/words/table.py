"""Beside a sale's way: the table of words, a file per language, read when somebody first asks for that language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

Language = Literal["en", "uk", "ru", "az", "be"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
"""Of the interface; the first one is what the till composes its sentences in. A receipt's language is apart from it."""

SHARED: Final = ("books.", "kind.", "machine.", "reason.", "role.", "state.", "verdict.")
"""Groups that page and console both speak of: one spelling of each."""

FOLDER: Final = Path(__file__).parent


@cache
def words(language: Language) -> Mapping[str, str]:
    """Key -> sentence in this language, with its places as `{name}`."""
    found: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return found


@cache
def part(area: Literal["page", "console"], language: Language) -> Mapping[str, str]:
    """The words of one part of the interface, under their names in it: its own, and those that both parts share."""
    own = f"{area}."
    return {key.removeprefix(own): text for key, text in words(language).items() if key.startswith((own, *SHARED))}


def known(name: str) -> Language | None:
    """The language of the interface that is called so ("uk", "uk-UA", "UK"); None for any other."""
    short = name.strip().lower().partition("-")[0]
    return next((language for language in LANGUAGES if language == short), None)
