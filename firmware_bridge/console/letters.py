"""Beside a till: Cyrillic and Azerbaijani on a terminal that shows ASCII alone; a keyboard in the wrong layout."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Ukraine's official table (Cabinet of Ministers, resolution 55 of 2010), with the letters of its neighbours.
_LATIN: Final[Mapping[str, str]] = MappingProxyType(
    dict(zip("абвгґдезиіїйклмнопрстуфыэёў", "abvhgdezyiiiklmnoprstufyeeu", strict=True))
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "iu", "я": "ia", "є": "ie"}
    | {"ъ": "", "ь": "", "’": "'", "ʼ": "'", "ə": "a", "ı": "i", "«": '"', "»": '"', "“": '"', "”": '"'}
    | {"–": "-", "—": "-", "…": "...", "№": "No.", "\xa0": " "}
)
_QWERTY: Final = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC: Final = (
    "йцукенгшщзхїфівапролджєячсмитьбю",
    "йцукенгшщзхъфывапролджэячсмитьбю",
    "йцукенгшўзх'фывапролджэячсмітьбю",
)


def in_ascii(text: str) -> str:
    """`text` with ASCII alone; what nobody can spell is a question mark."""
    return text if text.isascii() else "".join(map(_spelt, text))


def _spelt(char: str) -> str:
    if char.isascii():
        return char
    known = _LATIN.get(char.lower())
    if known is not None:
        return known.capitalize() if char.isupper() else known
    plain = "".join(part for part in unicodedata.normalize("NFKD", char) if part.isascii())
    return plain or "?"


def as_latin_keys(word: str) -> str:
    """What would stand there, had the keyboard been switched to English: "ыефегы" was meant as "status"."""
    for layout in _CYRILLIC:
        keys = dict(zip(layout, _QWERTY, strict=False))
        if all(char in keys for char in word):
            return "".join(keys[char] for char in word)
    return ""
