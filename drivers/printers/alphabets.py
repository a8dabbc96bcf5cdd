"""Which letters a language needs: what a printer's code pages are measured by before the first receipt."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

_RUSSIAN: Final = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_SMALL: Final = MappingProxyType(
    {
        "az": "çəğıiöşü",
        "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя",
        "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
        "de": "äöüß",
        "en": "",
        "et": "äöõüšž",
        "kk": _RUSSIAN + "әіңғүұқөһ",
        "lt": "ąčęėįšųūž",
        "lv": "āčēģīķļņšūž",
        "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџш",
        "pl": "ąćęłńóśźż",
        "ro": "ăâîșț",
        "ru": _RUSSIAN,
        "tr": "çğıiöşü",
        "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    }
)
#: Capital letters that `upper` does not find.
_CAPITALS: Final = MappingProxyType({"az": "İ", "tr": "İ"})

LANGUAGES: Final = tuple(_SMALL)


def letters(language: str) -> str:
    """All letters, small and capital, of a language (ISO 639, with or without a region); "" for one not known here."""
    known = language.partition("-")[0].lower()
    small = _SMALL.get(known, "")
    return small + "".join(char.upper() for char in small if len(char.upper()) == 1) + _CAPITALS.get(known, "")


def missing(encoding: str, languages: Sequence[str]) -> tuple[int, ...]:
    """For each of `languages`, how many of its letters the codec `encoding` lacks. Raises LookupError."""
    return tuple(sum(not _has(encoding, char) for char in letters(language)) for language in languages)


def _has(encoding: str, char: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
