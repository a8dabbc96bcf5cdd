"""The simulated fiscal printer by the manuals: frames, SEQ, states, sums, paper."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from drivers.drawers.simulator import SimulatedDrawer
from drivers.printers.datecs.commands_journal import journal_receipt
from drivers.printers.datecs.commands_values import Change, Command, Item, Operator, Original
from drivers.printers.datecs.dialects import DIALECTS
from drivers.printers.datecs.simulated.personality import PERSONALITIES
from drivers.printers.escpos.simulated.photo import render_pieces
from tests.drivers.printers.datecs.host import UNP, Broken, Host, Nak, Reply, Syn, coffee, kinds
from tests.drivers.printers.datecs.vectors import reply, request

ALL = pytest.mark.parametrize("name", sorted(DIALECTS))
SAME_DAY, NEXT_DAY = datetime.fromisoformat("2026-07-20 12:00:00"), datetime.fromisoformat("2026-07-21 08:00:00")
CLASSIC = pytest.mark.parametrize("name", ["bg", "c", "ua", "mk"])


def exchange(host: Host, what: str, answer: str) -> None:
    """A printed or recorded order gets the printed or recorded answer, byte for byte."""
    start = len(host.wire)
    host.raw(request(what).frame)
    assert bytes(host.wire[start:]).replace(b"\x16", b"") == reply(answer).frame, what


# --- frames and SEQ -----------------------------------------------------------------------------------------------


def test_classic_device_answers_the_manuals_frames_byte_for_byte() -> None:
    host = Host("bg")
    exchange(host, "status", "status")
    exchange(host, "open with UNP", "open")
    exchange(host, "sale", "sale")
    host.raw(request("subtotal").frame)
    exchange(host, "total", "total with change")
    exchange(host, "receipt state", "receipt state")
    exchange(host, "close", "close")
    assert [document.total for document in host.device.books.fiscal] == [240]


def test_classic_device_refuses_as_the_manual_prints_it() -> None:
    host = Host("bg", last_document=472)
    exchange(host, "last document", "last document")
    unknown = host.dialect.envelope.request(0x39, 0x99)
    host.raw(unknown)
    assert bytes(host.wire).endswith(reply("unknown command").frame)
    host.raw(host.dialect.envelope.request(0x3B, 0x31, "Кафе\tБ1.20*2".encode("cp1251")))
    assert bytes(host.wire).endswith(reply("not allowed").frame)
    host.raw(request("open with UNP").frame)
    host.device.fault("paper_end")
    host.raw(host.dialect.envelope.request(0x3A, 0x31, "Кафе\tБ1.20*2".encode("cp1251")))
    assert bytes(host.wire).endswith(reply("no paper").frame)
    assert host.device.books.open_receipt


def test_clock_is_read_as_the_manual_prints_it() -> None:
    exchange(Host("bg"), "read clock", "clock")


def test_x_device_answers_the_manuals_frames_byte_for_byte() -> None:
    host = Host("x", last_document=472)
    exchange(host, "X open", "X open")
    host.raw(request("X sale").frame)
    exchange(host, "X total", "X total with change")
    exchange(host, "X close", "X close")
    host.raw(host.dialect.envelope.request(0x33, 0x31, "Кафе\t2\t1.20\t2.000\t\t\t0\t".encode("cp1251")))
    assert bytes(host.wire).endswith(reply("X error").frame)


def test_pf500_session_of_2013_gets_the_recorded_answers_but_for_its_counters() -> None:
    host = Host("mk")
    (opened,) = host.raw(request("PF-500 open").frame)[-1:]
    assert isinstance(opened, Reply)
    assert (opened.data, opened.status) == (b"0000,0000", reply("PF-500 open").status)
    exchange(host, "PF-500 sale 1", "PF-500 sale, SEQ 23h")
    exchange(host, "PF-500 sale 2", "PF-500 sale, SEQ 20h")
    exchange(host, "PF-500 total", "PF-500 total, exactly paid")
    (closed,) = host.raw(request("PF-500 close with a blank").frame)[-1:]
    assert isinstance(closed, Reply)
    assert (closed.data, closed.status) == (b"0001,0000", reply("PF-500 close").status)
    assert [document.total for document in host.device.books.fiscal] == [2500 + 3000]


def test_sy55_answers_as_it_was_recorded() -> None:
    host = Host("sy55")
    exchange(host, "SY55 status", "SY55 status")
    exchange(host, "SY55 diagnostic", "SY55 diagnostic")


@ALL
def test_order_split_into_single_bytes_with_noise_around_is_one_order(name: str) -> None:
    host = Host(name)
    for byte in b"\x00\xffnoise" + host.frame(host.speak.status()) + b"\x03\x05":
        host.device.accept(bytes((byte,)))
    host.pass_time(1)
    assert kinds([one for _, one in host.seen]) == [Reply]


@ALL
def test_bad_check_sum_or_length_is_answered_with_nak_and_not_carried_out(name: str) -> None:
    host = Host(name)
    frame = host.frame(host.speak.move_cash(100))
    for spoilt in (
        frame[:-2] + b"\x3f\x03" if frame[-2] != 0x3F else frame[:-2] + b"\x30\x03",
        frame[:1] + bytes((frame[1] ^ 2,)) + frame[2:],
        frame[:6] + frame[7:],
    ):
        assert host.raw(spoilt) == [Nak()]
    assert host.device.books.cash == 0


def test_frame_begun_again_is_heard() -> None:
    host = Host("bg")
    frame = host.frame(host.speak.status())
    assert kinds(host.raw(frame[:5] + frame)) == [Reply]


@ALL
def test_same_seq_repeats_the_last_answer_and_carries_out_nothing(name: str) -> None:
    host = Host(name)
    first = host.good(host.speak.move_cash(1000))
    assert host.order(host.speak.move_cash(1000), again=True) == first
    assert host.device.books.cash == 1000
    # even when the command is another one: the manual compares the SEQ alone
    assert host.order(host.speak.clock(), again=True) == first
    assert host.good(host.speak.move_cash(1000)) != first
    assert host.device.books.cash == 2000


def test_same_seq_repeats_a_refusal_too() -> None:
    host = Host("bg")
    host.device.fault("paper_end")
    refused = host.order(host.speak.move_cash(1000))
    host.device.load_paper()
    assert host.order(host.speak.move_cash(1000), again=True) == refused
    assert host.refused(host.speak.move_cash(1000)) == ""


def test_syn_comes_every_60_ms_until_the_report_is_ready() -> None:
    host = Host("bg")
    host.good(host.speak.z_report(host.operator))
    syns = [at for at, one in host.seen if isinstance(one, Syn)]
    assert len(syns) > 20
    assert {round(later - earlier, 3) for earlier, later in pairwise(syns)} == {0.06}


def test_status_w_waits_until_everything_is_printed() -> None:
    host = Host("bg", speed_lines_per_s=10)
    host.sell()
    waiting = Command(0x4A, b"L", "lines waiting", asks=True)
    assert int(host.order(waiting).data) > 5
    host.order(Command(0x4A, b"W", "wait", asks=True))
    assert int(host.order(waiting).data) == 0
    assert host.device.books.papers[-1].complete


# --- receipts -----------------------------------------------------------------------------------------------------


@ALL
def test_sale_leaves_one_fiscal_document_with_all_its_figures(name: str) -> None:
    host = Host(name)
    host.program()
    host.sell()
    host.pass_time(20)
    books = host.device.books
    (document,) = books.fiscal
    assert (document.kind, document.total, document.payments, document.change) == (
        "sale",
        240,
        (("cash", 240),),
        260,
    )
    assert [(line.name, line.price, line.quantity, line.sum) for line in document.lines] == [("Кафе", 120, 2000, 240)]
    assert document.taxes[1] == 240
    assert (document.number, books.document, books.cash, document.closure) == (1, 1, 240, 1)
    assert (books.open_receipt, books.cancelled) == (False, ())
    (paper,) = books.papers
    assert (paper.kind, paper.number, paper.complete) == ("sale", 1, True)
    assert any("2.40" in line for line in paper.lines)
    assert host.device.pieces[0].text_lines[: len(paper.lines)] == tuple(paper.lines)


@ALL
def test_return_leaves_a_document_of_its_own_and_takes_the_cash(name: str) -> None:
    host = Host(name)
    host.program()
    host.sell()
    sold = host.device.books.fiscal[0]
    original = Original(sold.number, sold.at, PERSONALITIES[name].fiscal_memory or "1", UNP)
    host.good(host.speak.open_return(host.operator, "refund", original))
    assert host.speak.state(host.good(host.speak.status())).fiscal_open
    host.good(host.speak.sale(coffee()))
    host.good(host.speak.payment(host.dialect.payments["cash"], 240))
    host.good(host.speak.close_return())
    books = host.device.books
    assert [(document.kind, document.total) for document in books.fiscal] == [("sale", 240), ("return", 240)]
    assert books.cash == 0
    if name in {"bg", "c", "x", "sy55"}:
        assert books.fiscal[1].original.startswith(f"{sold.number:07d} ")


@pytest.mark.parametrize("name", ["bg", "ua", "mk", "c"])
def test_status_tells_sale_and_return_apart_where_the_dialect_does(name: str) -> None:
    host = Host(name)
    host.program()
    host.good(host.speak.move_cash(1000))
    host.good(host.speak.open_sale(host.operator))
    assert not host.speak.state(host.order(host.speak.status())).return_open
    host.good(host.speak.payment(host.dialect.payments["cash"], 0))
    host.good(host.speak.close_sale())
    original = Original(1, host.device.books.fiscal[0].at, "1", UNP)
    host.good(host.speak.open_return(host.operator, "refund", original))
    assert host.speak.state(host.order(host.speak.status())).return_open


def test_bulgarian_device_prints_the_whole_reversal_of_a_document_it_knows() -> None:
    host = Host("bg")
    host.sell()
    host.good(host.speak.open_return(host.operator, "error", Original(1)))
    books = host.device.books
    assert [(document.kind, document.total) for document in books.fiscal] == [("sale", 240), ("return", 240)]
    assert not books.open_receipt
    assert host.refused(host.speak.open_return(host.operator, "error", Original(99))) == "not_allowed"


@ALL
def test_what_the_state_forbids_is_refused_and_changes_nothing(name: str) -> None:
    host = Host(name)
    speak, cash = host.speak, host.dialect.payments["cash"]
    host.program()
    idle = [speak.sale(coffee()), speak.payment(cash, 100), speak.close_sale(), speak.nonfiscal_text("x")]
    assert all(host.refused(command) for command in idle)
    host.sell(pay=False, close=False)
    forbidden = [
        speak.open_sale(host.operator),
        speak.open_nonfiscal(),
        speak.close_sale(),
        speak.z_report(host.operator),
        speak.x_report(host.operator),
        speak.set_clock(NEXT_DAY),
        speak.move_cash(100),
        speak.duplicate(),
    ]
    assert all(host.refused(command) for command in forbidden)
    assert host.speak.open_receipt(host.good(speak.receipt_state())).amount == 240
    host.good(speak.payment(cash, 100))
    after_payment = [speak.sale(coffee()), speak.subtotal(Change(percent=-500)), speak.close_sale(), *speak.cancels()]
    assert all(host.refused(command) for command in after_payment)
    host.good(speak.payment(cash, 140))
    host.good(speak.close_sale())
    assert [document.total for document in host.device.books.fiscal] == [240]


@pytest.mark.parametrize("name", ["bg", "c", "ua", "sy55", "x"])
def test_cancelled_receipt_gets_a_number_and_is_no_fiscal_document(name: str) -> None:
    host = Host(name)
    host.program()
    host.sell(pay=False, close=False)
    host.good(host.speak.cancels()[0])
    books = host.device.books
    assert (books.fiscal, len(books.cancelled), books.document, books.cash) == ((), 1, 1, 0)
    assert host.speak.open_receipt(host.good(host.speak.receipt_state())).paid == 0
    host.sell()
    assert [document.number for document in host.device.books.fiscal] == [2]


def test_pf550_knows_no_cancel() -> None:
    host = Host("mk")
    host.sell(pay=False, close=False)
    assert host.refused(Command(0x3C, b"", "cancel")) == "invalid_command"


def test_ukrainian_device_sells_programmed_items_only() -> None:
    host = Host("ua")
    host.good(host.speak.open_sale(host.operator))
    assert host.refused(Command(0x31, "Хліб\tА1.00*1".encode("cp1251"), "free item")) == "invalid_command"
    assert host.refused(host.speak.sale(coffee())) == "not_allowed"
    host.good(host.speak.program_item(host.operator, coffee()))
    host.good(host.speak.sale(coffee()))
    changed = host.speak.program_item(host.operator, Item("Кава", "2", 130, plu=7))
    assert host.refused(changed) == "item_refused"
    host.good(host.speak.payment("P", 240))
    host.good(host.speak.close_sale())
    host.good(host.speak.z_report(host.operator))
    assert host.refused(changed) == ""


@ALL
def test_discounts_and_voids_are_in_the_sums(name: str) -> None:
    host = Host(name)
    host.program()
    speak = host.speak
    host.good(speak.open_sale(host.operator))
    host.good(speak.sale(Item("Кафе", "2", 120, 2000, Change(percent=-1000), plu=7)))
    host.good(speak.sale(coffee()))
    host.good(speak.sale(Item("Кафе", "2", 120, 1000, plu=7, void=True)))
    assert speak.sums(host.good(speak.subtotal())).total == 216 + 240 - 120
    host.good(speak.subtotal(Change(percent=-500)))
    found = speak.sums(host.good(speak.subtotal()))
    assert (found.total, sum(found.taxes)) == (336 - 17, 336 - 17)
    assert host.refused(speak.sale(Item("Кафе", "2", 120, 9000, plu=7, void=True)))


def test_discount_on_the_receipt_is_shared_to_the_last_cent() -> None:
    host = Host("bg")
    speak = host.speak
    host.good(speak.open_sale(host.operator))
    for tax, price in (("А", 333), ("Б", 333), ("Г", 334)):
        host.good(speak.sale(Item("x", tax, price)))
    host.good(speak.subtotal(Change(amount=-100)))
    found = speak.sums(host.good(speak.subtotal()))
    assert (found.total, sum(found.taxes), found.taxes[:4]) == (900, 900, (300, 300, 0, 300))


@CLASSIC
def test_payments_in_parts_leave_the_rest_due(name: str) -> None:
    host = Host(name)
    host.program()
    host.sell(pay=False, close=False)
    payments = host.dialect.payments
    first = host.speak.paid(host.good(host.speak.payment(payments["card"], 100)))
    second = host.speak.paid(host.good(host.speak.payment(payments["cash"])))
    assert (first.due, second.due, second.change) == (140, 0, 0)
    host.good(host.speak.close_sale())
    assert host.device.books.fiscal[0].payments == (("card", 100), ("cash", 140))
    assert host.device.books.cash == 140


def test_cash_register_takes_an_unknown_payment_letter_for_cash() -> None:
    host = Host("c")
    host.sell(pay=False, close=False)
    host.good(host.speak.payment("D", 240))
    host.good(host.speak.close_sale())
    assert host.device.books.fiscal[0].payments == (("cash", 240),)


def test_x_device_names_its_refusals() -> None:
    host = Host("x")
    speak = host.speak

    def code(command: Command) -> int:
        rejection = speak.rejection(command, host.order(command))
        return rejection.code if rejection is not None else 0

    assert code(speak.close_sale()) == -111016
    assert code(speak.open_sale(Operator(password="1111"))) == -102002
    host.good(speak.open_sale(host.operator))
    assert code(speak.open_sale(host.operator)) == -111015
    assert code(speak.payment("0", 100)) == -111065
    assert code(speak.close_sale()) == -111050
    assert code(speak.sale(Item("x", "5", 100))) == -111005
    host.good(speak.sale(coffee()))
    assert code(speak.move_cash(100)) == -111015
    host.good(speak.payment("0", 100))
    assert code(speak.sale(coffee())) == -111018
    assert code(speak.cancels()[0]) == -111018
    assert code(Command(0x31, b"bad", "sale")) == -112001
    host.good(speak.payment("0", 140))
    host.good(speak.close_sale())
    assert code(speak.move_cash(-1000)) == -111017
    assert code(speak.journal(77)) == -105000


def test_too_many_lines_are_refused() -> None:
    host = Host("mk")
    host.good(host.speak.open_sale(host.operator))
    for _ in range(99):
        host.good(host.speak.sale(Item("x", "А", 1)))
    assert host.refused(host.speak.sale(Item("x", "А", 1))) == "not_allowed"


# --- money, reports, clock ----------------------------------------------------------------------------------------


@ALL
def test_cash_in_and_out_and_not_more_than_there_is(name: str) -> None:
    host = Host(name)
    speak = host.speak
    host.good(speak.move_cash(10000))
    found = speak.cash(host.good(speak.move_cash(-4000)))
    assert (found.cash, found.paid_in, found.paid_out) == (6000, 10000, 4000)
    assert host.refused(speak.move_cash(-6001))
    assert speak.cash(host.good(speak.cash_state())).cash == 6000
    assert [paper.kind for paper in host.device.books.papers] == ["cash_in", "cash_out"]


@ALL
def test_x_report_keeps_the_day_and_z_report_ends_it(name: str) -> None:
    host = Host(name)
    speak = host.speak
    host.program()
    host.sell()
    x_report = speak.report(host.good(speak.x_report(host.operator)))
    z_report = speak.report(host.good(speak.z_report(host.operator)))
    again = speak.report(host.good(speak.z_report(host.operator)))
    assert (x_report.closure, x_report.total) == (z_report.closure, z_report.total) == (1, 240)
    assert (again.closure, again.total) == (2, 0)
    assert [closure.number for closure in host.device.books.closures] == [1, 2]
    assert host.device.books.cash == 240
    assert sum(speak.totals(host.good(speak.day_totals())).taxes) == 0


def test_counters_begin_again_after_the_z_report() -> None:
    host = Host("bg")
    host.sell()
    host.sell()
    host.good(host.speak.z_report(host.operator))
    assert host.speak.issued(host.good(host.speak.open_sale(host.operator))).second == 1
    assert host.device.books.document == 3


def test_clock_goes_and_is_not_set_back_before_the_last_document() -> None:
    host = Host("bg")
    host.sell()
    host.pass_time(3600)
    now = host.speak.time(host.good(host.speak.clock()))
    assert now - host.device.books.fiscal[0].at >= timedelta(seconds=3600)
    assert host.refused(host.speak.set_clock(SAME_DAY))
    host.good(host.speak.set_clock(NEXT_DAY))
    assert host.speak.time(host.good(host.speak.clock())) == NEXT_DAY


@pytest.mark.parametrize(("name", "blocked"), [("bg", True), ("ua", True), ("x", True), ("mk", False)])
def test_receipt_is_refused_24_hours_after_the_first_of_the_day(name: str, *, blocked: bool) -> None:
    host = Host(name)
    host.program()
    host.sell()
    host.pass_time(24 * 3600 + 60)
    assert bool(host.refused(host.speak.open_sale(host.operator))) is blocked
    if blocked:
        host.good(host.speak.z_report(host.operator))
        host.sell()


def test_three_wrong_passwords_lock_until_it_is_switched_off_and_on() -> None:
    host = Host("bg")
    wrong = host.speak.open_sale(Operator(password="1234"))
    for _ in range(3):
        assert host.refused(wrong) == "not_allowed"
    assert host.refused(host.speak.open_sale(host.operator)) == "not_allowed"
    assert host.refused(host.speak.clock()) == "not_allowed"
    assert host.refused(host.speak.status()) == ""
    host.device.power_off()
    host.device.power_on()
    host.sell()
    assert len(host.device.books.fiscal) == 1


def test_right_password_forgets_the_wrong_ones() -> None:
    host = Host("bg")
    wrong = host.speak.open_sale(Operator(password="1234"))
    for _ in range(3):
        host.order(wrong)
        host.device.power_off()
        host.device.power_on()
    host.order(wrong)
    host.order(wrong)
    host.sell()
    host.order(wrong)
    assert host.refused(host.speak.open_sale(host.operator)) == ""


# --- paper, journal, drawer ---------------------------------------------------------------------------------------


@ALL
def test_nonfiscal_paper_is_printed_and_is_no_fiscal_document(name: str) -> None:
    host = Host(name)
    host.good(host.speak.open_nonfiscal())
    assert host.speak.state(host.order(host.speak.status())).nonfiscal_open
    host.good(host.speak.nonfiscal_text("Дякуємо за покупку"))
    host.good(host.speak.close_nonfiscal())
    host.good(host.speak.feed(2))
    host.good(host.speak.cut())
    host.pass_time(10)
    assert "Дякуємо за покупку" in host.device.paper_text()
    assert host.device.books.fiscal == ()
    assert host.device.cuts == 2


@ALL
def test_duplicate_is_printed_once_and_only_of_the_last_receipt(name: str) -> None:
    host = Host(name)
    host.program()
    assert host.refused(host.speak.duplicate())
    host.sell()
    host.good(host.speak.duplicate())
    assert host.refused(host.speak.duplicate())
    host.pass_time(20)
    kinds_of_paper = [paper.kind for paper in host.device.books.papers]
    assert kinds_of_paper == ["sale", "duplicate"]
    assert len(host.device.books.fiscal) == 1


def test_drawer_pulse_is_as_long_as_ordered_and_is_remembered() -> None:
    drawer = SimulatedDrawer()
    host = Host("bg", drawer=drawer)
    host.good(Command(0x6A, b"", "drawer", prints=False))
    host.good(host.speak.drawer(50))
    host.pass_time(1)
    drawer.push_shut()
    host.good(Command(0x6A, b"", "drawer", prints=False))
    assert [(pulse.seconds, pulse.result) for pulse in host.device.books.pulses] == [
        (0.015, "too_short"),
        (0.05, "opens"),
        (0.05, "opens"),
    ]


def test_payment_opens_the_drawer_when_it_is_so_set() -> None:
    host = Host("bg", drawer=SimulatedDrawer())
    host.good(host.speak.drawer(60))
    host.good(Command(0x2B, b"X1", "drawer on payment"))
    host.sell()
    assert [pulse.seconds for pulse in host.device.books.pulses] == [0.06, 0.06]


def test_journal_is_read_back_as_the_vendors_samples_read_it() -> None:
    host = Host("bg")
    host.good(host.speak.move_cash(1000))
    host.sell()
    host.good(
        host.speak.open_return(host.operator, "refund", Original(2, host.device.books.fiscal[0].at, "02000600", UNP))
    )
    host.good(host.speak.sale(coffee()))
    host.good(host.speak.payment("P", 240))
    host.good(host.speak.close_return())
    sold, back = (journal_receipt(read_journal(host, number)) for number in (2, 3))
    assert sold is not None
    assert back is not None
    assert (sold.number, sold.kind, sold.unp, sold.total, sold.payments[0]) == (2, "sale", UNP, 240, 240)
    assert [(item.name, item.price, item.quantity, item.sum) for item in sold.items] == [("Кафе", 120, 2000, 240)]
    assert (back.kind, back.reverses, back.total) == ("return", 2, 240)
    assert journal_receipt(read_journal(host, 1)) is None
    assert host.speak.journal_line(host.order(host.speak.journal(99))).kind == "nothing"


def read_journal(host: Host, number: int) -> list:  # type: ignore[type-arg]  # of journal lines
    lines = [host.speak.journal_line(host.good(host.speak.journal(number)))]
    while lines[-1].kind not in {"end", "nothing"}:
        lines.append(host.speak.journal_line(host.good(host.speak.journal_next())))
    return lines


def test_x_journal_gives_the_text_of_a_document() -> None:
    host = Host("x")
    host.sell()
    head = host.speak.journal_head(host.good(host.speak.journal(1)))
    assert (head.document, head.kind, head.closure) == (1, "1", 1)
    text = []
    while (line := host.speak.journal_line(host.good(host.speak.journal_next()))).kind == "text":
        text.append(line.fields[0])
    assert f"УНП: {UNP}" in text
    assert tuple(text) == host.device.books.journal[0].lines


def test_x_device_tells_its_last_fiscal_receipt() -> None:
    host = Host("x")
    assert host.speak.last(host.good(host.speak.last_document())).number == 0
    host.sell()
    host.good(host.speak.move_cash(100))
    last = host.speak.last(host.good(host.speak.last_document()))
    assert (last.number, last.closure, last.at) == (1, 1, host.device.books.fiscal[0].at)


def test_paper_is_a_picture_too() -> None:
    host = Host("ua")
    host.program()
    host.sell()
    host.pass_time(20)
    assert render_pieces(host.device.pieces, 42).startswith(b"\x89PNG")


def test_unknown_personality_is_named() -> None:
    with pytest.raises(KeyError):
        Host("zz")


def test_broken_frames_are_not_seen_by_a_host_of_a_healthy_device() -> None:
    host = Host("bg")
    host.sell()
    assert not [one for _, one in host.seen if isinstance(one, Broken)]
