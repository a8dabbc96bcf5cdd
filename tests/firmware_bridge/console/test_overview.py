"""`status` at 9600 baud: twelve lines and 600 bytes whatever is wrong, the worst first; and nothing but plain bytes."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.console.house import House
from firmware_bridge.console.overview import hours, short
from firmware_bridge.console.session import Session
from firmware_bridge.console.table import GRAMMAR
from firmware_bridge.console.terminal import Gone
from firmware_bridge.words.table import LANGUAGES, Language
from tests.firmware_bridge.console.far import Clock, Events, Far, events, technicians_config

DRAWER = {"id": "main", "state": "closed", "opened": False, "cap_status": True, "trouble": None, "day": None}
PRINTER = {"state": "ready", "advice": None, "paper_near_end": False, "model": "TM-T88V", "serial": "J5NF012345"}
WELL: dict[str, Any] = {
    "till": "UA-17",
    "can_sell": True,
    "reasons": [],
    "printer": PRINTER,
    "unfinished": [],
    "alarms": [],
    "books": [{"book": "newstore", "state": "up_to_date", "parked": 0}],
    "drawers": [DRAWER],
    "journal": {"seq": 1234567},
    "shift": {"state": "open"},
    "fiscal": {
        "mode": "online",
        "advice": None,
        "text": "The register is on line.",
        "offline": {"session_s": 0, "session_limit_s": 129_600, "month_s": 36_000, "month_limit_s": 604_800,
                    "stops_before_s": 600},
        "codes": {"free": 1893, "documents": 1873},
    },
}  # fmt: skip
#: The sentences of a till with no paper, a receipt in doubt and a vendor that refuses to let it in.
FAULTS: dict[str, Any] = {
    **WELL,
    "can_sell": False,
    "reasons": [{"code": "printer", "text": "The receipt printer has no paper: load a roll and close the cover."}],
    "printer": {**PRINTER, "state": "paper_end",
                "advice": "The receipt printer has no paper: load a roll and close the cover."},
    "unfinished": [{"id": "5f0c6c1e-8f44-4f7c-9f2b-0d2f0c1b7a11", "number": "1042", "kind": "sale",
                    "person_needed": True, "advice": "The printer was switched off while it printed, and its memory is "
                    "lost: look at the paper and answer (POST /v1/receipts/5f0c6c1e-8f44-4f7c-9f2b-0d2f0c1b7a11/resolve"
                    ") whether it stands there whole."}],
    "fiscal": {**WELL["fiscal"], "mode": "offline_manual", "advice": "Checkbox refuses the password of the cashier "
               "since 07:30: put the right one in place (secret set fiscaliser.checkbox.password) and check it."},
}  # fmt: skip


@pytest.fixture
def till() -> Iterator[Events]:
    with events() as found:
        yield found


def said(folder: Path, till: Events, language: Language = "en") -> str:
    """What `status` sends, from Enter to the next prompt."""
    path = technicians_config(folder, till.port, f'language = "{language}"\n')
    far = Far(("> ", "status\r"), ("\n> ", "\x04"))
    Session(House.of(path, Clock(), "0.4.0"), far, GRAMMAR, "serial").run()
    return far.text.partition("status\n")[2].partition("\n> ")[0] + "\n"


@pytest.mark.parametrize("told", [WELL, FAULTS], ids=["healthy", "three faults"])
def test_status_keeps_to_twelve_lines_and_600_bytes(tmp_path: Path, till: Events, told: dict[str, Any]) -> None:
    till.told = told
    text = said(tmp_path, till)
    assert len(text.replace("\n", "\r\n").encode()) <= 600
    assert text.count("\n") <= 12
    assert max(map(len, text.splitlines())) < 80


def test_what_is_wrong_stands_first_the_worst_at_the_top_each_with_what_to_type(tmp_path: Path, till: Events) -> None:
    till.told = FAULTS
    lines = said(tmp_path, till).splitlines()
    assert lines[0] == "till UA-17  0.4.0  CANNOT SELL"
    text = " ".join(lines)
    places = [text.index(part) for part in ("1 The receipt printer has no paper", "2 sale 1042", "3 Checkbox", "ok: ")]
    assert places == sorted(places)
    assert "-> doctor" in text
    assert "-> receipt 1042" in text
    assert "-> fiscal" in text


def test_what_has_no_room_is_counted_and_the_first_is_always_there(tmp_path: Path, till: Events) -> None:
    till.told = {**FAULTS, "alarms": [{"text": f"Alarm number {number} " + "of many " * 9} for number in range(30)]}
    text = said(tmp_path, till)
    assert len(text.replace("\n", "\r\n").encode()) <= 600
    assert "1 The receipt printer has no paper" in text
    assert re.search(r"and \d+ more: doctor", text)


def test_of_a_healthy_till_it_says_how_long_it_may_be_without_its_register(tmp_path: Path, till: Events) -> None:
    till.told = WELL
    assert "without the register it may go on 35:50 h, 1873 documents" in said(tmp_path, till)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_all_of_it(tmp_path: Path, till: Events, language: Language) -> None:
    till.told = FAULTS
    text = said(tmp_path, till, language)
    assert text.count("\n") <= 12
    assert "-> receipt 1042" in " ".join(text.splitlines())


def test_long_texts_end_with_a_sentence_or_a_word() -> None:
    assert short("It is so.") == "It is so."
    first = "The printer was switched off while it printed."
    assert short(f"{first} " + "And there is more of it " * 10) == first
    assert short("word " * 40).endswith("word ...")
    assert len(short("word " * 40)) <= 114
    assert hours(34 * 3600 + 605) == "34:10"


class Hands:
    """Types at random, and takes note of what comes."""

    def __init__(self, draw: random.Random, turns: int, only: bytes = b"") -> None:
        self._draw = draw
        self._turns = turns
        self._only = only
        self.seen = b""

    def read(self, timeout: float) -> bytes:
        self._turns -= timeout > 0
        if self._turns <= 0:
            raise Gone
        if timeout == 0 or self._only:
            return self._only if timeout else b""
        words = ("status", "st", "help", "receipts", "fiscal", "drawer", "?", "\t", "\x1b[A", "\x1bOB", " | count", "q",
                 "charset utf8", "lang uk", "pages off", "\x03", "\x0c", "signin olena", "\x7f\x7f", "каса", "\x00",
                 "receipt 3", "printer", " | include \x1b[2J", "version", "\r", "\r\n", "\r")  # fmt: skip
        rubbish = self._draw.randbytes(self._draw.randint(1, 12)).replace(b"\x04", b"")
        return self._draw.choice(words).encode() if self._draw.random() < 0.8 else rubbish

    def write(self, data: bytes) -> None:
        self.seen += data


#: Everything that moves a cursor, asks a terminal, or that only some terminals know.
FORBIDDEN = re.compile("[\x00-\x06\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def typed(folder: Path, till: Events, hands: Hands) -> str:
    till.told = {**FAULTS, "receipts": [], "drawers": [DRAWER], "till": "\x1b[2J\x9bUA\u202e"}
    Session(House.of(technicians_config(folder, till.port), Clock(), "9.9"), hands, GRAMMAR, "serial").run()
    return hands.seen.decode("utf-8", "replace")


def test_whatever_is_typed_nothing_leaves_but_printable_bel_bs_cr_and_lf(
    tmp_path: Path, till: Events, seed: int
) -> None:
    text = typed(tmp_path, till, Hands(random.Random(seed), 400))
    assert FORBIDDEN.search(text) is None
    assert len(text) > 2000, "it did speak"


def test_a_console_that_hands_on_what_it_hears_is_caught(
    tmp_path: Path, till: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware_bridge.console.terminal.Terminal._clean", lambda _, text: text)
    hands = Hands(random.Random(1), 4, b"charset utf8\rstatus\r")
    assert FORBIDDEN.search(typed(tmp_path, till, hands)) is not None
