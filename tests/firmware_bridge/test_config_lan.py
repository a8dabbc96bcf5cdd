"""Does a register on the shop's network fit the till that names it?"""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge.config import ConfigError, load
from firmware_bridge.config_check import check

BELARUS = """
[till]
id = "minsk-1"
market = "BY"
zone = "Europe/Minsk"
currency = "BYN"
language = "ru"

[shop]
name = "Пример"

[taxes.vat20]
letter = "А"
taxes = [{ name = "НДС", rate = 2000 }]
ikassa = "tax20"

[rounding]
mode = "none"

[journal]
path = "journal.sqlite"

[fiscaliser.ikassa]
url = "http://192.168.1.2:37015/v1"
"""
AZERBAIJAN = """
[till]
id = "baku-1"
market = "AZ"
zone = "Asia/Baku"
currency = "AZN"
language = "en"

[shop]
name = "NÜMUNƏ MMC"

[taxes.vat18]
letter = "A"
taxes = [{ name = "ƏDV", rate = 1800 }]
smartone = { code = "A", name = "ƏDV 18%" }

[rounding]
mode = "none"

[journal]
path = "journal.sqlite"

[fiscaliser.smartone]
url = "http://192.168.1.3:8008"
merchant_id = { env = "SMARTONE_MERCHANT" }
"""


def faults(tmp_path: Path, text: str) -> str:
    file = tmp_path / "till.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        check(load(file), file)
    return caught.value.text


@pytest.mark.parametrize("text", [BELARUS, AZERBAIJAN], ids=["ikassa", "smartone"])
def test_a_register_on_the_network_needs_no_printer(tmp_path: Path, text: str) -> None:
    file = tmp_path / "till.toml"
    file.write_text(text, encoding="utf-8")
    check(load(file), file)


@pytest.mark.parametrize(
    ("text", "old", "new", "sentence"),
    [
        (BELARUS, 'market = "BY"', 'market = "UA"', "fiscaliser.ikassa: is for Belarus only"),
        (BELARUS, 'currency = "BYN"', 'currency = "EUR"', "fiscaliser.ikassa: is for Belarus only"),
        (BELARUS, 'mode = "none"', 'mode = "round10"', "iKassa does not round"),
        (
            BELARUS.replace('ikassa = "tax20"\n', ""),
            '37015/v1"',
            '37015/v1"\nsale_taxes = true',
            "taxes.vat20.ikassa: is missing",
        ),
        (
            BELARUS.replace('ikassa = "tax20"\n', ""),
            '37015/v1"',
            '37015/v1"\nprofile = "sink"',
            "taxes.vat20.ikassa: is missing",
        ),
        (AZERBAIJAN, 'currency = "AZN"', 'currency = "EUR"', "fiscaliser.smartone: is for Azerbaijan only"),
        (AZERBAIJAN, 'mode = "none"', 'mode = "round50"', "SmartOne does not round"),
        (AZERBAIJAN, 'smartone = { code = "A", name = "ƏDV 18%" }', "", "taxes.vat18.smartone: is missing"),
        (
            AZERBAIJAN,
            "[rounding]",
            (
                '[taxes.other]\nletter = "B"\ntaxes = [{ name = "X", rate = 500 }]\n'
                'smartone = { code = "A", name = "X" }\n\n[rounding]'
            ),
            "SmartOne's code A stands for 2 groups",
        ),
        (AZERBAIJAN, '8008"', '8008"\npreview = true', "a [printer] is needed"),
        (AZERBAIJAN, '8008"', '8008"\nzone = "Asia/Bakoo"', "'Asia/Bakoo' is no time zone"),
    ],
)
def test_what_does_not_fit_is_one_sentence_with_its_place(
    tmp_path: Path, text: str, old: str, new: str, sentence: str
) -> None:
    assert old in text
    assert sentence in faults(tmp_path, text.replace(old, new, 1))


def test_one_till_has_one_fiscaliser(tmp_path: Path) -> None:
    both = BELARUS + AZERBAIJAN[AZERBAIJAN.index("[fiscaliser.smartone]") :]
    assert "must have the section of one vendor" in faults(tmp_path, both)
