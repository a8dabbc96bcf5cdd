"""From what a printer says of itself to what it is driven with."""

from __future__ import annotations

import subprocess
import sys

import pytest

from drivers.printers.escpos import choosing, profiles
from drivers.printers.escpos.identity import Identity
from drivers.printers.escpos.means import CodePage, Knife
from drivers.printers.escpos.settings import EscPosSettings


@pytest.mark.parametrize(
    ("maker", "model", "profile"),
    [
        ("EPSON", "TM-T88V", "TM-T88V"),
        ("EPSON", "TM-T20II", "TM-T20II"),
        ("EPSON", "TM-T20III", "TM-T20II"),
        ("EPSON", "TM-T88VI", "TM-T88V"),
        ("EPSON", "TM-m30", "TM-T20II"),
        ("EPSON", "TM-m30II", "TM-T20II"),
        ("CITIZEN", "CT-S651", "CT-S651"),
        ("Star Micronics", "TSP600", "TSP600"),
        ("", "POS-5890K", "POS-5890"),
        ("Zjiang", "POS-5890K", "POS-5890"),
        ("XPRINTER", "XP-Q200", ""),
        ("XPRINTER", "TM-T88V", ""),
        ("EPSON", "", ""),
        ("", "", ""),
        ("EPSON", "TM", ""),
    ],
)
def test_profile_is_that_of_the_model_if_the_maker_agrees(maker: str, model: str, profile: str) -> None:
    assert profiles.find(Identity(maker, model)).name == profile


# The numbers after ESC t, as the public profiles and their sources (makers' manuals) have them.
@pytest.mark.parametrize(
    ("maker", "model", "encoding", "number"),
    [
        ("EPSON", "TM-T20II", "cp1251", 46),
        ("EPSON", "TM-T88V", "cp1251", 46),
        ("Zjiang", "POS-5890", "cp1251", 73),
        ("Rongta", "RP326", "cp1251", 6),
        ("Kefar", "KR-306", "cp1251", 51),
        ("Star Micronics", "TSP600", "cp1251", 34),
        ("EPSON", "TM-T88III", "cp866", 17),
    ],
)
def test_page_is_the_one_with_all_letters_and_its_number_is_the_makers(
    maker: str, model: str, encoding: str, number: int
) -> None:
    profile = profiles.find(Identity(maker, model))
    assert choosing.page_of(profile, ("uk", "be", "ru")) == CodePage(encoding, number)


def test_page_follows_the_language() -> None:
    profile = profiles.find(Identity("EPSON", "TM-T20II"))
    assert choosing.page_of(profile, ("az",)) == CodePage("cp1254", 48)
    assert choosing.page_of(profile, ("pl",)) == CodePage("cp1250", 45) or choosing.page_of(
        profile, ("pl",)
    ) == CodePage("cp852", 18)
    assert choosing.page_of(profiles.UNKNOWN, ("uk",)) is None


def test_features_of_a_model_become_its_means() -> None:
    settings = EscPosSettings(columns=48)
    epson = choosing.means_of(profiles.find(Identity("EPSON", "TM-T20II")), settings)
    assert (epson.qr, epson.barcodes, epson.draws, epson.dots, epson.knife) == (True, True, True, 576, Knife())
    small = choosing.means_of(profiles.find(Identity("Zjiang", "POS-5890")), EscPosSettings(columns=32))
    assert (small.qr, small.barcodes, small.draws, small.dots) == (False, False, True, 384)
    assert small.knife.cut == "none"
    impact = choosing.means_of(profiles.find(Identity("EPSON", "TM-U220")), EscPosSettings(columns=42))
    assert not impact.draws


def test_unknown_model_has_what_every_printer_has() -> None:
    means = choosing.means_of(profiles.UNKNOWN, EscPosSettings(columns=48))
    assert (means.page, means.qr, means.barcodes, means.draws, means.missing) == (None, False, False, True, "draw")


def test_what_is_configured_wins_over_the_profile() -> None:
    settings = EscPosSettings(
        columns=42,
        page=CodePage("cp1125", 44),
        missing="replace",
        qr="drawn",
        barcodes="drawn",
        knife=Knife(lines=3),
        band=64,
    )
    means = choosing.means_of(profiles.find(Identity("EPSON", "TM-T88V")), settings)
    assert (means.page, means.missing, means.qr, means.barcodes) == (CodePage("cp1125", 44), "replace", False, False)
    assert (means.knife, means.band, means.dots) == (Knife(lines=3), 64, 512)
    native = choosing.means_of(profiles.UNKNOWN, EscPosSettings(qr="native", barcodes="native"))
    assert (native.qr, native.barcodes) == (True, True)


def test_configured_profile_stands_for_a_printer_that_tells_nothing() -> None:
    settings = EscPosSettings(profile="tm-t20ii")
    assert choosing.profile_of(Identity(), settings).name == "TM-T20II"
    with pytest.raises(ValueError, match=r"no printer profile 'TM-99'; known are: .*TM-T20II"):
        choosing.profile_of(Identity(), EscPosSettings(profile="TM-99"))


@pytest.mark.parametrize(
    ("identity", "settings", "words"),
    [
        (Identity(), EscPosSettings(), ["printer codepages"]),
        (Identity("EPSON", "TM-T88IV"), EscPosSettings(columns=42), ["lacks letters of the language 'uk'"]),
        (Identity("Zjiang", "POS-5890"), EscPosSettings(columns=48), ["32 columns and the configuration says 48"]),
        (Identity("EPSON", "TM-T20II"), EscPosSettings(columns=48), []),
        (Identity("EPSON", "TM-T88V"), EscPosSettings(columns=42), []),
    ],
)
def test_advice_names_what_is_only_a_makeshift(identity: Identity, settings: EscPosSettings, words: list[str]) -> None:
    profile = profiles.find(identity)
    found = choosing.advice(profile, choosing.means_of(profile, settings), settings)
    assert len(found) == len(words)
    assert all(word in sentence for word, sentence in zip(words, found, strict=True))


def test_two_equal_printers_are_told_apart_by_their_serial_numbers() -> None:
    one, other = Identity("EPSON", "TM-T20II", "A1", "1.0"), Identity("EPSON", "TM-T20II", "B2", "1.0")
    assert other.other_than(one)
    assert not Identity("EPSON", "TM-T20II", "A1", "2.0").other_than(one)
    assert not Identity("EPSON", "TM-T20II").other_than(one), "one that tells no number may be the same"
    assert str(one) == "EPSON TM-T20II, serial number A1"
    assert "does not say" in str(Identity())


def test_profiles_are_read_without_the_package_that_brings_them() -> None:
    """It would cost 200 ms and 17 MiB, change logging and bring transports."""
    program = (
        "import sys\n"
        "from drivers.printers.escpos import driver, profiles\n"
        "from drivers.printers.escpos.identity import Identity\n"
        "assert profiles.find(Identity('EPSON', 'TM-T88V')).name == 'TM-T88V'\n"
        "print(sorted({'escpos', 'yaml', 'PIL', 'qrcode', 'barcode', 'serial', 'usb'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "[]\n"
