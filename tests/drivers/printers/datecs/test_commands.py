"""Orders as they are written and answers as they are read, in all dialects."""

from __future__ import annotations

import contextlib
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.framing.datecs import Reply
from drivers.printers.datecs.commands import Language, language
from drivers.printers.datecs.commands_commas import CommaLanguage
from drivers.printers.datecs.commands_journal import journal_receipt
from drivers.printers.datecs.commands_tabs import TabLanguage
from drivers.printers.datecs.commands_values import (
    CashState,
    Change,
    Command,
    DayPayments,
    DayReport,
    DayTotals,
    Identity,
    Issued,
    Item,
    JournalLine,
    LastDocument,
    LastError,
    Operator,
    Original,
    Paid,
    ReceiptState,
    Subtotal,
    Unreadable,
)
from drivers.printers.datecs.dialects import DIALECTS, DialectName
from drivers.printers.datecs.errors import explain
from tests.drivers.printers.datecs.vectors import reply as answered
from tests.drivers.printers.datecs.vectors import request

BG, MK, UA, C, SY55, X = (language(DIALECTS[name]) for name in ("bg", "mk", "ua", "c", "sy55", "x"))
ALL = pytest.mark.parametrize("name", sorted(DIALECTS))
UNP = "DT000600-OP01-0001000"
NOON = datetime.fromisoformat("2026-07-20 13:53:10")
ORIGINAL = Original(472, NOON, "02000600", UNP)
IDLE = b"\x80\x80\x80\x80\x86\x9a"


def reply(data: bytes | str, status: bytes = IDLE, command: int = 0x31) -> Reply:
    return Reply(0x21, command, data.encode("cp1251") if isinstance(data, str) else data, status)


def data(command: Command) -> str:
    return command.data.decode("cp1251")


# --- orders -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "speak", "command"),
    [
        ("status", BG, BG.status()),
        ("diagnostic", BG, BG.diagnostic()),
        ("open with UNP", BG, BG.open_sale(Operator(), UNP)),
        ("subtotal", BG, BG.subtotal(printed=True)),
        ("total", BG, BG.payment("P", 500)),
        ("close", BG, BG.close_sale()),
        ("cancel", BG, BG.cancels()[0]),
        ("non-fiscal open", BG, BG.open_nonfiscal()),
        ("non-fiscal text", BG, BG.nonfiscal_text("Дякуємо")),
        ("non-fiscal close", BG, BG.close_nonfiscal()),
        ("cash in", BG, BG.move_cash(10000)),
        ("cash out", BG, BG.move_cash(-5000)),
        ("X report", BG, BG.x_report(Operator())),
        ("Z report", BG, BG.z_report(Operator())),
        ("drawer", BG, BG.drawer(50)),
        ("feed", BG, BG.feed(3)),
        ("cut", BG, BG.cut()),
        ("last document", BG, BG.last_document()),
        ("read clock", BG, BG.clock()),
        ("set clock", BG, BG.set_clock(NOON)),
        ("receipt state", BG, BG.receipt_state()),
        ("duplicate", BG, BG.duplicate()),
        ("storno", BG, BG.open_return(Operator(), "refund", ORIGINAL, "DT000600-OP01-0001001")),
        ("PF-500 open", MK, MK.open_sale(Operator())),
        ("PF-500 sale 1", MK, MK.sale(Item("Produkt 1", "А", 2500))),
        ("PF-500 sale 2", MK, MK.sale(Item("Produkt 2", "A", 1000, 3000))),
        ("PF-500 total", MK, MK.payment("P")),
        ("SY55 diagnostic", SY55, SY55.diagnostic()),
        ("DP-150MX diagnostic", X, X.diagnostic()),
        ("DP-25X read clock", X, X.clock()),
        ("X status", X, X.status()),
        ("X open", X, X.open_sale(Operator(till=24))),
        ("X sale", X, X.sale(Item("Кафе", "2", 120, 2000))),
        ("X total", X, X.payment("0", 500)),
        ("X close", X, X.close_sale()),
        ("X cancel", X, X.cancels()[0]),
        ("X X report", X, X.x_report(Operator())),
        ("X Z report", X, X.z_report(Operator())),
        ("X cash in", X, X.move_cash(10000)),
        ("X cash out", X, X.move_cash(-5000)),
        ("X drawer", X, X.drawer(50)),
        ("X receipt state", X, X.receipt_state()),
        ("X last receipt", X, X.last_document()),
    ],
)
def test_order_is_the_recorded_or_printed_frame(what: str, speak: Language, command: Command) -> None:
    vector = request(what)
    assert speak.dialect.envelope.request(vector.seq, command.number, command.data) == vector.frame


@pytest.mark.parametrize(
    ("command", "number", "written"),
    [
        (C.open_sale(Operator(password="1"), UNP), 0x30, f"1,1,{UNP},1"),
        (
            C.open_return(Operator(password="1"), "refund", ORIGINAL, UNP),
            0x2E,
            f"1,1,{UNP},1,1,472,200726135310,02000600",
        ),
        (C.open_return(Operator(password="1"), "error", ORIGINAL), 0x2E, "1,1,1,0,472,200726135310,02000600"),
        (BG.open_return(Operator(), "error", Original(7)), 0x2E, "1,0000,1,E7"),
        (BG.open_return(Operator(), "tax_base", ORIGINAL), 0x2E, f"1,0000,1,T472,{UNP},200726135310,02000600"),
        (UA.open_sale(Operator()), 0x30, "1,0000,1,I"),
        (UA.open_return(Operator(), "refund", ORIGINAL), 0x55, "1,0000,1,I"),
        (MK.open_return(Operator(), "refund", ORIGINAL), 0x55, "1,0000,1"),
        (MK.close_return(), 0x56, ""),
        (UA.close_return(), 0x38, ""),
        (BG.sale(Item("Кафе", "Б", 120, 1500, Change(percent=-1000))), 0x31, "Кафе\tБ1.20*1.500,-10.00"),
        (BG.sale(Item("Кафе", "B", 120, change=Change(amount=-15))), 0x31, "Кафе\tБ1.20*1.000;-0.15"),
        (BG.sale(Item("Кафе", "Б", 120, void=True)), 0x31, "Кафе\tБ-1.20*1.000"),
        (MK.sale(Item("Леб", "Б", 3000, domestic=True)), 0x31, "Леб\t@Б30.00*1.000"),
        (UA.sale(Item("Хліб", "А", 3550, 2000, Change(percent=500), plu=17)), 0x34, "17*2.000,5.00"),
        (UA.sale(Item("Хліб", "А", 3550, plu=17, void=True)), 0x34, "-17*1.000"),
        (UA.program_item(Operator(), Item("Хліб, білий", "Б", 3550, plu=17)), 0x6B, "PБ17,1,35.50,0000,Хліб, білий"),
        (UA.delete_items(Operator()), 0x6B, "DA,0000"),
        (UA.x_report(Operator()), 0x45, "0000,2"),
        (UA.z_report(Operator()), 0x45, "0000,0"),
        (BG.subtotal(Change(percent=-500)), 0x33, "00,-5.00"),
        (BG.subtotal(Change(amount=-100), printed=True), 0x33, "10;-1.00"),
        (BG.payment("D"), 0x35, "\tD"),
        (BG.payment("D", 100), 0x35, "\tD1.00"),
        (BG.cash_state(), 0x46, ""),
        (BG.journal(472), 0x77, "W472"),
        (BG.journal_next(), 0x77, "w"),
        (X.open_sale(Operator(), UNP), 0x30, f"1\t0000\t{UNP}\t1\t\t"),
        (
            X.open_return(Operator(), "refund", ORIGINAL, UNP),
            0x2B,
            f"1\t0000\t1\t1\t472\t20-07-26 13:53:10\t02000600\t\t\t\t{UNP}\t",
        ),
        (X.sale(Item("К", "Б", 120, change=Change(percent=-1000))), 0x31, "К\t2\t1.20\t1.000\t2\t10.00\t0\t"),
        (X.sale(Item("К", "B", 120, change=Change(amount=15), unit="кг")), 0x31, "К\t2\t1.20\t1.000\t3\t0.15\t0\tкг\t"),
        (X.subtotal(Change(amount=-100), printed=True), 0x33, "1\t0\t4\t1.00\t"),
        (X.payment("2", 500), 0x35, "2\t5.00\t1\t"),
        (X.cash_state(), 0x46, "0\t0.00\t"),
        (X.cut(), 0x2E, ""),
        (X.text("Хвала"), 0x36, "Хвала\t\t\t\t\t\t"),
        (X.journal(472), 0x7D, "0\t472\t0\t"),
        (X.journal_next(), 0x7D, "1\t\t\t"),
        (X.program_item(Operator(), Item("К", "2", 120, plu=5)), 0x6B, "P\t5\tB\t0\t1\t0\t1.20\t\t0.000\t\t\t\t\tК\t"),
        (SY55.sale(Item("Леб", "1", 3000)), 0x31, "Леб\t1\t30.00\t1.000\t\t\t0\t"),
    ],
)
def test_order_is_written_in_the_dialects_own_way(command: Command, number: int, written: str) -> None:
    assert (command.number, data(command)) == (number, written)


def test_long_name_is_broken_into_the_lines_the_device_has() -> None:
    name = "Шоколад черен с цели лешници и морска сол Светослав"
    assert data(BG.sale(Item(name, "Б", 120))) == ("Шоколад черен с цели лешници и морска сол\nСветослав\tБ1.20*1.000")
    with pytest.raises(ValueError, match="longer than 2 lines of 42"):
        BG.sale(Item(name + " " + name, "Б", 120))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: BG.sale(Item("Кафе", "И", 120)), "no tax group 'И'.*А, Б"),
        (lambda: MK.sale(Item("Леб", "E", 120)), "no tax group 'E'"),
        (lambda: BG.sale(Item("ℵ", "Б", 120)), "lacks 'ℵ'"),
        (lambda: BG.sale(Item("a\tb", "Б", 120)), "control character"),
        (lambda: X.sale(Item("a\tb", "2", 120)), "control character"),
        (lambda: MK.sale(Item("Леб", "А", 120, change=Change(amount=-5))), "per cent only"),
        (lambda: BG.sale(Item("Кафе", "Б", 120, change=Change())), "either a percentage or an amount"),
        (lambda: BG.sale(Item("Кафе", "Б", 120, change=Change(percent=-10000))), "at most 99.99"),
        (lambda: UA.sale(Item("Хліб", "А", 120)), "programmed items only"),
        (lambda: BG.open_sale(Operator(number=17)), "operators 1 to 16"),
        (lambda: BG.open_sale(Operator(password="1,2")), "1 to 8 digits"),
        (lambda: BG.open_sale(Operator(till=0)), "points of sale"),
        (lambda: BG.open_sale(Operator(), "short"), "21 characters"),
        (lambda: C.open_return(Operator(), "refund", Original(1)), "date, time and fiscal memory"),
        (lambda: X.open_return(Operator(), "refund", Original(1, NOON)), "date, time and fiscal memory"),
        (lambda: X.payment("0"), "how much is paid"),
        (lambda: BG.drawer(4), "5 to 100 ms"),
        (lambda: BG.drawer(101), "5 to 100 ms"),
        (lambda: BG.feed(0), "1 to 99 lines"),
        (lambda: BG.move_cash(0), "no cash"),
        (lambda: BG.text("x" * 43), "at most 42"),
        (lambda: MK.journal(1), "no journal"),
        (lambda: C.journal_next(), "no journal"),
        (lambda: SY55.journal(1), "no journal"),
    ],
)
def test_what_the_device_cannot_be_told_is_refused_with_the_reason(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=words):
        make()


def test_dialects_say_what_the_driver_has_to_know() -> None:
    assert {name: row.cancels for name, row in DIALECTS.items()} == {
        "bg": (0x3C,),
        "c": (0x3C,),
        "ua": (0x3C, 0x39),
        "mk": (),
        "sy55": (0x3C,),
        "x": (0x3C,),
    }
    assert {name for name, row in DIALECTS.items() if row.programmed_items} == {"ua"}
    assert [DIALECTS["ua"].tax(group) for group in ("A", "Б", "3")] == ["А", "Б", "В"]
    assert DIALECTS["bg"].tax_index("З") == 7
    assert [DIALECTS["x"].tax(group) for group in ("A", "Б", "8")] == ["1", "2", "8"]


# --- answers ------------------------------------------------------------------------------------------------------


def recorded(what: str) -> Reply:
    vector = answered(what)
    return Reply(vector.seq, vector.command, vector.data, vector.status)


def test_recorded_answers_are_read() -> None:
    assert MK.issued(recorded("PF-500 open")) == Issued(193, 0)
    assert MK.paid(recorded("PF-500 total, exactly paid")) == Paid(due=0, change=0)
    assert MK.issued(recorded("PF-500 close")) == Issued(194, 0)
    assert SY55.identity(recorded("SY55 diagnostic")) == Identity(
        "SY55", "354628 06Nov15 1800", "5339", "00000000", "AC215101278", ""
    )
    assert X.identity(recorded("DP-150MX diagnostic")) == Identity(
        "DP-150MX", "609428 20Jul23 1353", "9460", "00000000", "02500002", ""
    )
    assert BG.issued(recorded("open")) == Issued(1, 1)
    assert BG.paid(recorded("total with change")) == Paid(due=0, change=260)
    assert BG.last(recorded("last document")) == LastDocument(472)
    assert BG.time(recorded("clock")) == NOON
    assert BG.open_receipt(recorded("receipt state")) == ReceiptState("fiscal", 1, 240, 500)
    assert X.issued(recorded("manual v2.02, open")) == Issued(document=472)
    assert X.paid(recorded("X total with change")) == Paid(due=0, change=260)
    assert X.issued(recorded("X close")) == Issued(document=473)


def test_device_with_both_numbers_tells_serial_and_fiscal_memory() -> None:
    found = X.identity(reply("FP-700MX,3.00 22Jul25 0923,FFFF,00000000,DA052093,79052093"))
    assert (found.model, found.serial, found.register) == ("FP-700MX", "DA052093", "79052093")


@pytest.mark.parametrize(
    ("written", "minor"),
    [("D+000000240", 240), ("D2.40", 240), ("D0000000240", 240), ("D-000000005", -5), ("D0.5", 50), ("D12", 12)],
)
def test_amount_with_a_point_is_decimal_and_without_is_in_the_smallest_unit(written: str, minor: int) -> None:
    assert BG.paid(reply(written)).due == minor


def test_decimals_of_the_device_decide() -> None:
    assert language(DIALECTS["bg"], 0).paid(reply("D240")).due == 240
    assert data(language(DIALECTS["bg"], 0).payment("P", 240)) == "\tP240"
    assert language(DIALECTS["bg"], 3).paid(reply("D2.405")).due == 2405


def test_other_answers_are_read() -> None:
    assert BG.cash(reply("P,000010464,000010000,000000000")) == CashState(10464, 10000, 0)
    assert X.cash(reply("0\t104.64\t100.00\t0.00\t")) == CashState(10464, 10000, 0)
    assert BG.sums(reply("0000000684,0000000000,0000000684")) == Subtotal(684, (0, 684))
    assert X.sums(reply("0\t472\t6.84\t0.00\t6.84\t")) == Subtotal(684, (0, 684))
    assert BG.report(reply("0007,00000000684,00000000000,00000000684")) == DayReport(7, 684, (0, 684))
    sums = "\t".join(["0.00", "6.84", *["0.00"] * 7, "1.20", *["0.00"] * 6])
    x_report = X.report(reply(f"0\t7\t{sums}\t"))
    assert (x_report.closure, x_report.total, x_report.returns[1]) == (7, 684, 120)
    assert BG.totals(reply("00000000000,00000000684")) == DayTotals((0, 684))
    assert X.totals(reply("0\t8\t0.00\t6.84\t")) == DayTotals((0, 684), 8)
    assert BG.payments(reply("5.84,0.00,1.00,0.00,0.00,0.00,0.00,0.00,0008,0002")) == DayPayments(
        (584, 0, 100, 0, 0, 0, 0, 0), 8
    )
    assert X.payments(reply("0\t5.84\t1.00\t")) == DayPayments((584, 100))
    assert X.open_receipt(reply("0\t3\t472\t2\t6.84\t5.00\t")) == ReceiptState("return", 2, 684, 500, 472)
    assert X.open_receipt(reply("0\t0\t0\t0\t0.00\t0.00\t")).open == "none"
    assert X.last(reply("0\t472\t20-07-26 13:53:10 DST\t7\t20-07-26\t")) == LastDocument(472, NOON, 7)
    assert BG.time(reply("20.07.26 13:53:10")) == NOON
    assert isinstance(BG, CommaLanguage)
    assert BG.error(reply("49,111015,20-07-26 13:53:10,receipt open")) == LastError(
        "49", "111015", "20-07-26 13:53:10", "receipt open"
    )
    assert BG.waiting(reply("12")) == 12


# --- refusals -----------------------------------------------------------------------------------------------------


def test_x_error_field_decides_under_a_clean_status() -> None:
    refused = X.rejection(X.payment("0", 153), recorded("DP-25X failed under a clean status"))
    assert refused is not None
    assert (refused.code, refused.name, refused.action) == (-111016, "ERR_R_CLOSED_BON", "state")
    assert X.rejection(X.payment("0", 153), reply("0\tD\t0.00\t", IDLE + b"\x80\x80")) is None
    assert X.rejection(X.close_sale(), reply("0\t472\t", b"\xa0\x82\x80\x80\x86\x9a\x80\x80")) is None


def test_x_answer_without_an_error_field_is_no_success() -> None:
    clean = IDLE + b"\x80\x80"
    refused = X.rejection(X.close_sale(), reply("", clean))
    assert refused is not None
    assert X.rejection(X.status(), reply("", clean)) is None
    unknown = X.rejection(X.cut(), reply("", b"\xa2\x80\x80\x80\x86\x9a\x80\x80"))
    assert unknown is not None
    assert unknown.name == "invalid_command"


@pytest.mark.parametrize(
    ("what", "name", "action"),
    [
        ("no paper", "no_paper", "operator"),
        ("not allowed", "not_allowed", "state"),
        ("unknown command", "invalid_command", "configuration"),
    ],
)
def test_classic_refusal_is_read_from_the_status(what: str, name: str, action: str) -> None:
    refused = BG.rejection(BG.sale(Item("Кафе", "Б", 120)), recorded(what))
    assert refused is not None
    assert (refused.name, refused.action) == (name, action)
    assert BG.rejection(BG.close_sale(), recorded("close")) is None


def test_question_is_answered_without_paper() -> None:
    without_paper = b"\xa0\x80\x81\x80\x86\x9a"
    assert BG.rejection(BG.last_document(), reply("0000472", without_paper)) is None
    assert BG.rejection(BG.drawer(50), reply("", without_paper)) is None
    refused = BG.rejection(BG.close_sale(), reply("", without_paper))
    assert refused is not None
    assert refused.action == "operator"


def test_cause_of_a_refusal_is_the_device_before_the_state() -> None:
    for status, name in (
        (b"\xe0\x82\x80\x80\x86\x9a", "cover_open"),
        (b"\xa4\x82\x80\x80\x86\x9a", "clock_unset"),
        (b"\xa0\x82\x80\x80\xb6\x9a", "fiscal_memory_full"),
        (b"\xa0\x82\x84\x80\x86\x9a", "journal_end"),
    ):
        refused = BG.rejection(BG.open_sale(Operator()), reply("", status))
        assert refused is not None
        assert refused.name == name


def test_standing_error_bits_alone_refuse_nothing() -> None:
    for status in (b"\xa0\x84\x80\x80\x86\x9a", b"\xa0\x88\x80\x80\x86\x9a"):
        assert BG.rejection(BG.close_sale(), reply("0001,0001", status)) is None


def test_data_that_only_a_carried_out_order_is_answered_with_outweigh_what_is_the_matter_besides() -> None:
    """Its memory was reset, or its paper ended while it did it: cash, receipt and report are booked all the same."""
    for status in (b"\xa4\x84\x80\x80\x86\x9a", b"\xa0\x80\x81\x80\x86\x9a", b"\xb0\x80\x80\x80\x86\x9a"):
        for command, data in (
            (BG.move_cash(100), "P,000000100,000000100,000000000"),
            (BG.close_sale(), "0001,0001"),
            (BG.payment("P", 100), "D0000000000"),
            (BG.z_report(Operator()), "0001,00000000000"),
        ):
            assert BG.rejection(command, reply(data, status)) is None
            assert BG.rejection(command, reply("F", status)) is not None
            assert BG.rejection(command, reply("", status)) is not None
    assert BG.rejection(BG.close_sale(), reply("0001,0001", b"\xa0\x82\x80\x80\x86\x9a")) is not None


def test_general_error_without_a_cause_is_not_success() -> None:
    refused = BG.rejection(BG.close_sale(), reply("", b"\xa0\x80\x80\x80\x86\x9a"))
    assert refused is not None
    assert refused.name == "general_error"


@pytest.mark.parametrize(
    ("command", "answer", "name"),
    [
        (BG.payment("P", 1), "F", "payment_failed"),
        (BG.payment("P", 1), "E0000000100", "negative_sum"),
        (BG.payment("P", 1), "I0000000100", "negative_tax_group"),
        (BG.move_cash(-1), "F,000000000,000000000,000000000", "no_cash"),
        (UA.program_item(Operator(), Item("Хліб", "А", 1, plu=1)), "F", "item_refused"),
        (BG.open_return(Operator(), "refund", ORIGINAL), "F", "original_unknown"),
        (MK.cut(), "F", "cutter"),
        (BG.close_sale(), "F", "failed"),
    ],
)
def test_letter_of_an_answer_refuses_under_a_clean_status(command: Command, answer: str, name: str) -> None:
    refused = BG.rejection(command, reply(answer))
    assert refused is not None
    assert refused.name == name


def test_hybrid_says_p_or_f() -> None:
    assert SY55.rejection(SY55.close_sale(), reply("P\t12\t")) is None
    refused = SY55.rejection(SY55.close_sale(), reply("F\t"))
    assert refused is not None
    assert SY55.rejection(SY55.status(), recorded("SY55 status")) is None
    assert SY55.issued(reply("P\t12\t")) == Issued(document=12)


def test_end_of_the_journal_is_no_refusal() -> None:
    end = reply("-100003\t", IDLE + b"\x80\x80")
    assert X.rejection(X.journal_next(), end) is None
    assert X.journal_line(end).kind == "end"
    assert X.rejection(X.journal(9), reply("-105000\t", IDLE + b"\x80\x80")) is not None
    assert BG.journal_line(reply("*")).kind == "end"
    assert BG.journal_line(reply("F")).kind == "nothing"
    assert BG.journal_line(reply("P,12.00,0.00")).fields == ("12.00", "0.00")


@pytest.mark.parametrize(
    ("code", "action"),
    [
        (-100001, "retry"),
        (-100403, "operator"),
        (-100404, "operator"),
        (-100505, "service"),
        (-102002, "configuration"),
        (-111015, "state"),
        (-111017, "business"),
        (-111019, "business"),
        (-111024, "state"),
        (-111026, "card"),
        (-111560, "card"),
        (-111061, "configuration"),
        (-112001, "configuration"),
        (-100199, "service"),
        (-111599, "card"),
        (-112216, "configuration"),
        (-999999, "state"),
    ],
)
def test_error_code_tells_whose_business_it_is(code: int, action: str) -> None:
    found = explain(code)
    assert found.action == action
    assert str(code) in str(found)
    assert found.text


# --- whatever is answered -----------------------------------------------------------------------------------------


@ALL
@settings(max_examples=60, deadline=None)
@given(
    content=st.one_of(st.binary(max_size=60), st.text("0PFDR-.,\t1238", max_size=30).map(lambda text: text.encode()))
)
def test_any_answer_is_read_or_called_unreadable(name: DialectName, content: bytes) -> None:
    speak = language(DIALECTS[name])
    readers = [
        speak.identity,
        speak.open_receipt,
        speak.last,
        speak.time,
        speak.cash,
        speak.totals,
        speak.payments,
        speak.issued,
        speak.sums,
        speak.paid,
        speak.report,
        speak.journal_head,
        speak.journal_line,
    ]
    answer = Reply(0x20, 0x31, content, b"\x80" * speak.dialect.envelope.status_bytes)
    for read in readers:
        with contextlib.suppress(Unreadable):
            read(answer)
    for command in (speak.status(), speak.close_sale(), speak.move_cash(1), speak.clock()):
        speak.rejection(command, answer)


@settings(max_examples=60, deadline=None)
@given(fields=st.lists(st.text("URTPSDZ,0123456789.-: ", max_size=20), max_size=12))
def test_any_lines_of_a_journal_are_read_or_called_unreadable(fields: list[str]) -> None:
    lines = [JournalLine(line[:1] or "U", tuple(line[1:].split(","))) for line in ["U", *fields]]
    with contextlib.suppress(Unreadable):
        journal_receipt(lines)


def test_each_dialect_has_its_language() -> None:
    assert isinstance(X, TabLanguage)
    assert isinstance(SY55, TabLanguage)
    assert all(isinstance(speak, CommaLanguage) for speak in (BG, C, UA, MK))
