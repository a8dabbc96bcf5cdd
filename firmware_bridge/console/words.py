"""Beside a till: what the console says, in its five languages.

All of it stands in the one table of `firmware_bridge.words`: its own sentences, what it calls states as the page does,
and the patterns among which what the till and its tools compose in English is found again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from firmware_bridge.words.said import translate
from firmware_bridge.words.table import LANGUAGES, Language, words

_OWN: Final = "console."
_MARK: Final = re.compile(r" *(?:- |-> |! |ok +|BAD +|\? +)?")
_GAP: Final = re.compile(r"( {2,}| -> )")


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Key -> language -> sentence of the console's own, with places for facts as in str.format."""
    own = [key for key in words("en") if key.startswith(_OWN)]
    return {key.removeprefix(_OWN): {language: words(language)[key] for language in LANGUAGES} for key in own}


class Words:
    """The sentences in one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, key: str, **facts: object) -> str:
        """The sentence, its facts put in as they stand: what they hold is never read as a place for another fact."""
        return table()[key][self.language].format(**facts)

    def said(self, text: str) -> str:
        """What the till or a tool has composed in English; what is not known stays as it is."""
        return translate(text, self.language)

    def retold(self, text: str) -> str:
        """Lines of a tool, with their marks and columns where they stand."""
        return text if self.language == "en" else "\n".join(map(self._retold, text.split("\n")))

    def _retold(self, line: str) -> str:
        found = _MARK.match(line)
        mark = "" if found is None else found[0]
        cells = _GAP.split(line[len(mark) :])
        told = self._cell(cells[0])
        for gap, before, cell in zip(cells[1::2], cells[:-1:2], cells[2::2], strict=True):
            width = len(told) - len(self._cell(before)) + len(before) + len(gap)
            told = told + gap if gap.strip() else told.ljust(width - 1) + " "
            told += self._cell(cell)
        return mark.replace("BAD", self("mark.bad")) + told

    def _cell(self, text: str) -> str:
        return translate(text, self.language, fact=True)

    def name(self, group: str, code: str) -> str:
        """What a state, a kind or a role is called ("state.drawer", "forced"); in English as the manual has it."""
        if self.language == "en":
            return code
        key = f"{group}.{code}"
        own = table().get(key)
        return own[self.language] if own is not None else words(self.language).get(key, code)
