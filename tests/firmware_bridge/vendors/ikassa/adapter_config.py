"""A whole configuration of a Belarusian till, as a file has it, with the section of iKassa that a test wants."""

from __future__ import annotations

from pathlib import Path

from firmware_bridge.config import Config, load

TOML = """
[till]
id = "t-1"
market = "BY"
zone = "Europe/Minsk"
currency = "BYN"
language = "ru"

[shop]
name = "Shop"

[taxes.vat20]
letter = "A"
taxes = [{name = "НДС", rate = 2000}]
ikassa = "tax20"

[taxes.vat10]
letter = "B"
taxes = [{name = "НДС", rate = 1000}]
ikassa = "tax10"

[taxes.free]
letter = "C"

[taxes.unnamed]
letter = "D"
taxes = [{name = "НДС", rate = 500}]

[journal]
path = "journal.db"
"""


def config(folder: Path, section: str | None) -> Config:
    """`section`: the rows of [fiscaliser.ikassa]; None = there is no fiscaliser."""
    path = folder / "till.toml"
    path.write_text(TOML + (f"\n[fiscaliser.ikassa]\n{section}\n" if section is not None else ""), encoding="utf-8")
    return load(path)
