"""The words on the paper: before a receipt is laid out, its language gives every label that the till adds.

Names of goods and texts of the caller are never translated. `wording.Labels` says what every language must have.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.printers.wording import Labels
from drivers.printers.wording_az import AZERBAIJANI
from drivers.printers.wording_be import BELARUSIAN
from drivers.printers.wording_bg import BULGARIAN
from drivers.printers.wording_en import ENGLISH
from drivers.printers.wording_ru import RUSSIAN
from drivers.printers.wording_uk import UKRAINIAN


class UnknownLanguage(LookupError):
    """There are no labels in the language asked for; the text names those there are."""


_TABLE: Mapping[str, Labels] = MappingProxyType(
    {
        "az": AZERBAIJANI,
        "be": BELARUSIAN,
        "bg": BULGARIAN,
        "en": ENGLISH,
        "ru": RUSSIAN,
        "uk": UKRAINIAN,
    }
)

LANGUAGES: tuple[str, ...] = tuple(_TABLE)


def labels(language: str) -> Labels:
    """Return the labels of `language`, an ISO 639 code with or without a region ("uk", "en-IE").

    Raises UnknownLanguage; whoever accepts a language from outside checks it against `LANGUAGES` before.
    """
    found = _TABLE.get(language.replace("_", "-").partition("-")[0].lower())
    if found is None:
        known = ", ".join(LANGUAGES)
        raise UnknownLanguage(f"There are no receipt labels in language {language!r}; choose one of {known}.")
    return found
