"""After a printer said who it is, before the first job: what the public profiles say that this model can.

The profiles are python-escpos's (receipt-print-hq/escpos-printer-db, CC BY 4.0): columns, code pages by number, and
which codes, pictures and cuts a model knows. Only their file is read, once, when a printer is there: the package
itself needs 200 ms and 17 MiB, and brings transports that this project does not use. A model that is not among them
has what every printer has: ASCII, raster pictures, a partial cut that those without a knife ignore.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from drivers.printers.escpos.identity import Identity

#: A profile whose name begins as the model's does is believed when at least so much of it is the same.
_SHORTEST_NAME: Final = 5
#: Newer models that the installed profiles lack, and the one whose pages and commands they have (as later editions of
#: the same collection describe them).
_LIKE: Final = MappingProxyType({"TMM30": "TM-T20II"})
_ASCII: Final = "".join(map(chr, range(0x20, 0x7F)))


@dataclass(frozen=True, slots=True)
class Profile:
    """`name` "" = no profile is known. `columns`, `dots`: 0 = not known. `pages`: Python codec -> number (ESC t)."""

    name: str = ""
    vendor: str = ""
    columns: int = 0
    dots: int = 0
    pages: Mapping[str, int] = field(default_factory=dict)
    raster: bool = True
    qr: bool = False
    barcodes: bool = False
    graphics: bool = False
    cut: Literal["partial", "full", "none"] = "partial"


UNKNOWN: Final = Profile()


def find(identity: Identity) -> Profile:
    """The profile of what the printer says it is; UNKNOWN when it says nothing, or nobody described it.

    The maker must agree where it is told: a clone's pages are not those of the model that it is named after.
    """
    model = _folded(identity.model)
    if not model:
        return UNKNOWN
    fitting = [
        (len(name), profile)
        for name, profile in _all().items()
        if _same_model(model, name) and _same_maker(_folded(identity.maker), profile)
    ]
    return max(fitting, key=lambda found: found[0])[1] if fitting else UNKNOWN


def named(name: str) -> Profile:
    """The profile that the configuration names ("TM-T20II"). Raises ValueError that lists those there are."""
    for profile in _all().values():
        if profile.name.casefold() == name.casefold():
            return profile
    known = ", ".join(sorted({profile.name for profile in _all().values()})) or "none, python-escpos is not installed"
    raise ValueError(f"there is no printer profile {name!r}; known are: {known}")


def _same_model(model: str, name: str) -> bool:
    return model == name or (len(name) >= _SHORTEST_NAME and model.startswith(name))


def _same_maker(maker: str, profile: Profile) -> bool:
    return not maker or maker in _folded(profile.vendor) or _folded(profile.vendor).split("MICRONICS")[0] in maker


def _folded(text: str) -> str:
    return "".join(char for char in text.upper() if char.isalnum() or char == "+")


@lru_cache(maxsize=1)
def _all() -> Mapping[str, Profile]:
    """Folded name -> profile; empty when the file is not there or not what it was."""
    spec = importlib.util.find_spec("escpos")
    folders = spec.submodule_search_locations if spec is not None else None
    try:
        tables = json.loads((Path(next(iter(folders or ()), "")) / "capabilities.json").read_bytes())
        codecs_of = {name: row.get("python_encode", "") for name, row in tables["encodings"].items()}
        rows = {name: row for name, row in tables["profiles"].items() if row["vendor"] != "Generic"}
        found = {_folded(name): _profile(name, row, codecs_of) for name, row in rows.items()}
        return MappingProxyType({**found, **{name: found[_folded(like)] for name, like in _LIKE.items()}})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return MappingProxyType({})


def _profile(name: str, row: dict[str, Any], codecs_of: Mapping[str, str]) -> Profile:
    features = row["features"]
    pages: dict[str, int] = {}
    for number, encoding in sorted(row["codePages"].items(), key=lambda item: int(item[0])):
        codec = codecs_of.get(encoding, "")
        if codec and is_code_page(codec):
            pages.setdefault(codec, int(number))
    pixels = row["media"].get("width", {}).get("pixels")
    return Profile(
        name=name,
        vendor=row["vendor"],
        columns=int(row["fonts"]["0"]["columns"]),
        dots=pixels if isinstance(pixels, int) else 0,
        pages=MappingProxyType(pages),
        raster=bool(features["bitImageRaster"]),
        qr=bool(features["qrCode"]),
        barcodes=bool(features["barcodeB"]),
        graphics=bool(features["graphics"]),
        cut="partial" if features["paperPartCut"] else "full" if features["paperFullCut"] else "none",
    )


def is_code_page(codec: str) -> bool:
    """Known to Python, one byte a character, ASCII where ASCII is."""
    try:
        upper = bytes(range(0x80, 0x100)).decode(codec, "replace")
        return len(upper) == 0x80 and bytes(range(0x20, 0x7F)).decode(codec) == _ASCII
    except (LookupError, UnicodeDecodeError):
        return False
