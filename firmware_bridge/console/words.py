"""Beside a till: every sentence of the console in its five languages, from one table (words.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, get_args

from firmware_bridge.console.settings import Language

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
_TABLE: Final = Path(__file__).with_name("words.json")


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Key -> language -> sentence, with places for facts as in str.format."""
    found: dict[str, dict[str, str]] = json.loads(_TABLE.read_text("utf-8"))
    return found


class Words:
    """The sentences in one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, key: str, **facts: object) -> str:
        """The sentence, its facts put in as they stand: what they hold is never read as a place for another fact."""
        return table()[key][self.language].format(**facts)
