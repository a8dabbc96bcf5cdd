"""The technician's console in a language other than English: what a till, its tools and its refusals say there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from firmware_bridge.console.grammar import FILTERS
from firmware_bridge.console.table import GRAMMAR
from firmware_bridge.console.words import Words
from firmware_bridge.logs import safe
from firmware_bridge.played_devices import Device
from firmware_bridge.words.table import LANGUAGES, Language, words
from tests.blackbox.test_console import QUICK, cashier, ready
from tests.firmware_bridge.console.desk import ConsoleDesk, console_desk, seat
from tests.support.processes import sale

OTHERS: Final[tuple[Language, ...]] = ("uk", "az")
COMMANDS: Final = frozenset({*FILTERS, *GRAMMAR.nouns, *(command.verb for command in GRAMMAR.commands)})
NAMES: Final = frozenset({"firmware", "bridge", "epson", "star", "sqlite", "capstatus"})
PEOPLE: Final = frozenset({"olena", "pos", "main", "frobnicate", "kasse"})
SYSTEM: Final = frozenset({"active", "inactive", "escpos", "serial", "drawers", "none", "high", "low", "false"})
"""What systemd calls a unit, and what stands in the configuration."""
TYPED: Final = frozenset({"yes", "no", "enter", "ctrl", "printed", "not", "fiscalised", "refunded", "abandoned"})
PLACES: Final = frozenset(
    place.lower() for command in GRAMMAR.commands for place in re.findall("[A-Z]+", command.usage)
)
"""What stands in capitals where something is to be typed."""
SHORT: Final = frozenset({"ok", "pr", "te", "pin", "usb", "uah", "utc", "kb", "ascii"})
CODES: Final = COMMANDS | NAMES | PEOPLE | SYSTEM | TYPED | PLACES | SHORT
"""All that stays as it is in every language."""

_CODE: Final = re.compile(r"(?m)^ +> .*$|\S*[/=_:@\d.\[\]|]\w\S*|`[^`]*`")
"""Examples, paths, ports, ids, numbers, keys of the configuration, commands in quotes."""
_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f\u0259]{2,}")


def tables(language: Language) -> list[str]:
    """Every text of a language that the console may say."""
    return [text for key, text in words(language).items() if not key.startswith("page.")]


@cache
def spoken(language: Language) -> frozenset[str]:
    """Every word of a language that stands in one of the tables."""
    texts = [re.sub(r"\{\w*\}|`[^`]*`", " ", text) for text in tables(language)]
    return frozenset(word.lower() for text in texts for word in _WORD.findall(text))


def english(said: str, language: Language) -> set[str]:
    """The English words of what was said: none of a language that has other letters, or does not have the word."""
    found = {word.lower() for word in _WORD.findall(_CODE.sub(" ", said))} - CODES
    return found - (spoken("az") if language == "az" else frozenset())


LOOKS: Final = (
    "status",
    "devices",
    "printer",
    "drawer",
    "shift",
    "receipts",
    "receipt 1",
    "receipts | count",
    "outbox",
    "fiscal mode",
    "doctor",
    "help",
    "wire",
    "journal verify",
    "people",
    "bundle",
    "help status",
)
REFUSED: Final = (
    "frobnicate",
    "receipt",
    "receipt 99",
    "receipt 1 resolve frobnicate",
    "outbox kasse retry",
    "shift open",
    "set printer.page x",
    "set printer.port serial:x",
    "set drawers.main.sense_open_level up",
    "set drawers.main.pulse_ms 99999",
    "set till.market AZ",
    "undo",
    "journal verify x",
    "signin",
)
"""Wrong ones, and those that the till, the configuration or a role does not allow."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleDesk]:
    folder = tmp_path_factory.mktemp("console")
    with Device("escpos", folder / "printer", QUICK), console_desk(folder) as found:
        found.service("start")
        yield found


def test_nothing_of_the_till_its_tools_and_its_refusals_stays_english(desk: ConsoleDesk) -> None:
    with seat(desk.at.config) as person:
        person.sign_in()
        ready(desk, person)
        till = cashier(desk)
        till.post("/v1/shifts", {"id": "shift-1", "float_amount": 1000})
        till.post("/v1/sales", sale("s-1"))
        assert len(english(person.do("status") + person.do("frobnicate") + person.do("doctor"), "uk")) > 20
        found: list[str] = []
        for language in OTHERS:
            person.do(f"lang {language}")
            person.do("pages on")
            paged = person.do("journal stats", ", q)")
            found += [paged] if "more" in paged else []
            person.type("q")
            person.until("olena> ")
            person.do("pages off")
            for line in (*LOOKS, *REFUSED):
                said = person.do(line).removeprefix(line)
                found += [f"{line}: {said}"] if english(said, language) else []
        assert found == []
        desk.service("stop")
        for language in OTHERS:
            person.do(f"lang {language}")
            tried = person.do("printer test")
            tried += person.do("drawer main test", "yes") + person.do("yes")
            tried += person.do("drawer main learn", "Enter") + person.do("", "yes")
            tried += person.do("yes", "yes") + person.do("yes")
            tried += person.do("drawer main test", "yes") + person.do("no")
            assert "-> set drawers.main.sense_open_level" in tried
            assert english(tried, language) == set(), tried


def test_a_line_that_a_tool_adds_in_english_is_found() -> None:
    said = Words("uk").retold("ok  mode       on line\nBAD pool       the moon is full")
    assert english(said, "uk") == {"the", "moon", "is", "full"}
    assert "on line" not in said


REGISTERS: Final = (
    "ok  mode       on line",
    "BAD mode       off line by itself: Checkbox does not reach the tax service, or is sending what waits",
    "ok  waiting    nothing waits for the tax service",
    "ok  offline    2 h 04 min of 36 h in a row, 2 h 04 min of 168 h this month",
    "ok  codes      8 free, 0 used since the last request; Checkbox keeps 2000 and fetches more below 1000",
    "ok  pool       7, serials 1 to 7",
    "ok  clock      Checkbox is 0.3 s behind this machine",
    "ok  shift      none is open",
    "BAD shift      7 may be open until 2026-07-20 10:53 at the latest: close it",
    "BAD orders     2 are open, and with them the shift is not closed",
    "ok  documents  last 0000002 of 2026-07-20 10:53:11; since Z report 0: sold 13.43, came back 0.00, cash 113.43",
    "ok  cash       113.43 in the drawer by its count",
    "BAD memory     12345678, 20 Z reports still fit; not fiscalised -> what it prints now is no lawful receipt",
    "2 of 5 not in order: mode: off line by itself: Checkbox does not reach the tax service, or is sending what waits",
)
"""What the vendors' adapters tell of their registers."""


@pytest.mark.parametrize("language", OTHERS)
def test_what_a_register_tells_of_itself_is_told_in_the_language(language: Language) -> None:
    names = {"checkbox"}
    told = {row: Words(language).retold(row) for row in REGISTERS}
    assert {row: said for row, said in told.items() if english(said, language) - names} == {}
    figures = re.compile(r"\d+")
    assert all(sorted(figures.findall(row)) == sorted(figures.findall(said)) for row, said in told.items())


def test_columns_and_marks_of_a_tool_stay_where_they_stand() -> None:
    told = "BAD signature  not made\n  - it is locked with its key: unlock it\nok  codes      none"
    assert Words("uk").retold(told).splitlines() == [
        "НЕ ТАК підпис     не зроблено",
        "  - її замкнено на ключ: відімкніть",
        "ok  коди       немає",
    ]
    assert Words("en").retold(told) == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_of_every_language_leaves_the_console_as_it_is(language: Language) -> None:
    assert [text for text in tables(language) if safe(text) != text] == []
