"""What goes wrong at a simulated fiscal printer, and what it keeps: every fault by name, power, paper, noise."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.drawers.simulator import SimulatedDrawer
from drivers.printers.datecs.commands_values import Item
from drivers.printers.datecs.dialects import DIALECTS
from drivers.printers.datecs.simulated.faults import WIRE_FAULTS
from drivers.printers.datecs.simulator import FAULTS, STATE_FAULTS
from tests.drivers.printers.datecs.host import Broken, Host, Nak, Reply, Syn, coffee, kinds

ALL = pytest.mark.parametrize("name", sorted(DIALECTS))
BOTH = pytest.mark.parametrize("name", ["bg", "x"])


def first_at(host: Host, kind: type, start: int) -> float:
    return next(at for at, one in host.seen[start:] if isinstance(one, kind))


# --- the wire -----------------------------------------------------------------------------------------------------


@BOTH
def test_dribble_gives_the_same_answer_in_pieces_of_at_most_eight_bytes(name: str) -> None:
    host = Host(name, seed=3)
    host.device.fault("dribble")
    sizes = []
    host.device.accept(host.frame(host.speak.diagnostic()))
    while (due := host.device.next_change()) is not None:
        host.device.run_until(due)
        sizes.append(len(host.device.output()))
    assert max(sizes) <= 8
    assert len(set(sizes)) > 1
    assert isinstance(host.order(host.speak.clock()), Reply)


@BOTH
def test_garbage_around_answers_hides_none_of_them(name: str) -> None:
    host = Host(name, seed=5)
    host.device.fault("garbage")
    for _ in range(30):
        host.good(host.speak.clock())
    assert len(host.wire) > 30 * len(host.dialect.envelope.reply(0x20, 0x3E, b"20-07-26 13:53:10", host.device.status))


@BOTH
def test_deaf_device_hears_nothing_until_the_fault_ends(name: str) -> None:
    host = Host(name)
    host.device.fault("deaf")
    assert host.attempt(host.speak.move_cash(100), 2) is None
    host.device.fault("deaf", 0)
    host.good(host.speak.move_cash(200))
    assert host.device.books.cash == 200


@BOTH
def test_late_answer_comes_without_any_syn(name: str) -> None:
    host = Host(name)
    host.device.fault("late", 900)
    start = host.device.now
    host.good(host.speak.move_cash(100))
    assert host.device.now - start >= 0.9
    assert kinds([one for _, one in host.seen]) == [Reply]


@BOTH
def test_lost_answer_was_carried_out_and_the_same_seq_gets_it(name: str) -> None:
    host = Host(name)
    host.device.fault("lost_answer", 1)
    assert host.attempt(host.speak.move_cash(100), 2) is None
    assert host.device.books.cash == 100
    host.order(host.speak.move_cash(100), again=True)
    assert host.device.books.cash == 100


@BOTH
def test_new_seq_after_a_lost_answer_does_it_twice(name: str) -> None:
    """The control of the test before: without the SEQ rule the books show it."""
    host = Host(name)
    host.device.fault("lost_answer", 1)
    assert host.attempt(host.speak.move_cash(100), 2) is None
    host.good(host.speak.move_cash(100))
    assert host.device.books.cash == 200


@BOTH
def test_dropped_request_was_not_carried_out(name: str) -> None:
    host = Host(name)
    host.device.fault("drop_request", 1)
    assert host.attempt(host.speak.move_cash(100), 2) is None
    assert host.device.books.cash == 0
    host.order(host.speak.move_cash(100), again=True)
    assert host.device.books.cash == 100


@BOTH
def test_bad_check_sum_spoils_so_many_answers(name: str) -> None:
    host = Host(name)
    host.device.fault("bad_checksum", 2)
    assert host.attempt(host.speak.move_cash(100), 1) is None
    assert host.attempt(host.speak.move_cash(100), 1, again=True) is None
    assert isinstance(host.seen[-1][1], Broken)
    host.order(host.speak.move_cash(100), again=True)
    assert host.device.books.cash == 100


@BOTH
def test_duplicate_and_stale_answers_come_beside_the_right_one(name: str) -> None:
    host = Host(name)
    host.good(host.speak.clock())
    host.device.fault("duplicate_answer")
    host.device.fault("stale_answer")
    host.seq = 0x40
    found = [one for one in host.raw(host.frame(host.speak.clock())) if isinstance(one, Reply)]
    assert [one.seq for one in found] == [0x21, 0x40, 0x21, 0x40]


@BOTH
def test_nak_storm_answers_so_many_orders_with_nak(name: str) -> None:
    host = Host(name)
    host.device.fault("nak_storm", 3)
    frame = host.frame(host.speak.move_cash(100))
    assert [kinds(host.raw(frame)) for _ in range(3)] == [[Nak]] * 3
    assert host.device.books.cash == 0
    assert Reply in kinds(host.raw(frame))


@BOTH
def test_syn_gap_is_one_syn_and_then_silence(name: str) -> None:
    host = Host(name)
    host.device.fault("syn_gap", 1500)
    host.good(host.speak.z_report(host.operator))
    assert [kind for kind in kinds([one for _, one in host.seen]) if kind is Syn] == [Syn]
    assert first_at(host, Reply, 0) - first_at(host, Syn, 0) >= 1.5


@BOTH
def test_silence_happens_once(name: str) -> None:
    host = Host(name)
    host.device.fault("silence", 2500)
    start = host.device.now
    host.good(host.speak.clock())
    slow, start = host.device.now - start, host.device.now
    host.good(host.speak.clock())
    assert slow >= 2.5
    assert host.device.now - start < 0.5


@BOTH
def test_wrong_dialect_is_nak_to_every_frame(name: str) -> None:
    host = Host(name)
    host.device.fault("wrong_dialect")
    assert [kinds(host.raw(host.frame(host.speak.status()))) for _ in range(2)] == [[Nak]] * 2


@BOTH
def test_frame_of_the_other_envelope_is_answered_with_nak(name: str) -> None:
    host, other = Host(name), Host("x" if name == "bg" else "bg")
    found = kinds(host.raw(other.frame(other.speak.open_sale(other.operator))))
    assert found == [Nak]
    assert not host.device.books.open_receipt


@BOTH
def test_wrong_speed_gives_nothing_but_zeros(name: str) -> None:
    host = Host(name)
    host.device.fault("wrong_speed")
    host.raw(host.frame(host.speak.status()))
    assert set(host.wire) == {0}
    assert host.seen == []


def test_x_error_code_comes_under_a_clean_status_and_nothing_is_done() -> None:
    host = Host("x")
    host.device.fault("error", 111003)
    reply = host.order(host.speak.move_cash(100))
    rejection = host.speak.rejection(host.speak.move_cash(100), reply)
    assert rejection is not None
    assert (rejection.code, reply.status) == (-111003, b"\x80\x80\x80\x80\x86\x9a\x80\x80")
    assert host.device.books.cash == 0
    host.good(host.speak.move_cash(100))


def test_card_terminal_that_took_the_money_is_finished_by_option_13() -> None:
    host = Host("x")
    host.sell(pay=False, close=False)
    host.device.fault("terminal", 111556)
    pay = host.speak.payment("2", 240)
    rejection = host.speak.rejection(pay, host.order(pay))
    assert rejection is not None
    assert (rejection.code, rejection.action) == (-111556, "card")
    assert host.speak.open_receipt(host.good(host.speak.receipt_state())).paid == 0
    finish = host.speak.finish_terminal()  # type: ignore[attr-defined]  # X only
    assert host.speak.paid(host.good(finish)).due == 0
    assert host.refused(finish)
    host.good(host.speak.close_sale())
    assert host.device.books.fiscal[0].payments == (("pinpad", 240),)


def test_declined_card_leaves_the_receipt_to_be_paid_otherwise() -> None:
    host = Host("x")
    host.sell(pay=False, close=False)
    host.device.fault("terminal")
    assert host.refused(host.speak.payment("2", 240)) == "ERR_R_POS_TERM_NOT_APPROVED"
    host.good(host.speak.payment("0", 240))
    host.good(host.speak.close_sale())
    assert host.device.books.fiscal[0].payments == (("cash", 240),)


def test_classic_device_has_no_card_terminal() -> None:
    with pytest.raises(KeyError):
        Host("bg").device.fault("terminal")


# --- power and cable ----------------------------------------------------------------------------------------------


@ALL
def test_power_cut_keeps_the_open_receipt_counters_and_memory(name: str) -> None:
    host = Host(name)
    host.program()
    host.sell()
    host.sell(close=False)
    host.device.power_off()
    assert host.attempt(host.speak.status(), 1) is None
    host.device.power_on()
    host.good(host.speak.close_sale())
    books = host.device.books
    assert [document.total for document in books.fiscal] == [240, 240]
    assert (books.cash, books.document) == (480, 2)


def test_power_cut_in_the_middle_of_printing_is_told_on_the_paper_and_finished() -> None:
    host = Host("bg", speed_lines_per_s=10)
    host.sell()
    host.device.power_off()
    (paper,) = host.device.books.papers
    printed = [paper.printed]
    host.pass_time(5)
    printed.append(paper.printed)
    host.device.power_on()
    host.pass_time(20)
    assert printed[0] == printed[1] < paper.printed == len(paper.lines)
    text = host.device.paper_text().splitlines()
    assert text.count("* POWER DROP *") == 1
    assert [line for line in text if line and line != "* POWER DROP *"][: len(paper.lines)] == paper.lines


@pytest.mark.parametrize(("keeps", "cash"), [(True, 100), (False, 200)])
def test_same_seq_after_a_power_cut_depends_on_what_the_device_still_knows(*, keeps: bool, cash: int) -> None:
    host = Host("bg", keeps_last_answer=keeps)
    host.device.fault("lost_answer", 1)
    host.attempt(host.speak.move_cash(100), 1)
    host.device.power_off()
    host.device.power_on()
    host.order(host.speak.move_cash(100), again=True)
    assert host.device.books.cash == cash


@BOTH
def test_power_cut_after_any_byte_in_carries_the_order_out_only_when_it_was_whole(name: str) -> None:
    length = len(Host(name).frame(Host(name).speak.move_cash(100)))
    for count in range(1, length + 1):
        host = Host(name)
        host.device.fault("power_cut_in", count)
        assert host.attempt(host.speak.move_cash(100), 1) is None
        assert not host.device.powered
        assert host.device.books.cash == (100 if count == length else 0), count


@BOTH
def test_power_cut_after_any_byte_out_has_carried_the_order_out(name: str) -> None:
    whole = Host(name)
    whole.good(whole.speak.move_cash(100))
    for count in range(1, len(whole.wire) + 1):
        host = Host(name)
        host.device.fault("power_cut_out", count)
        host.attempt(host.speak.move_cash(100), 3)
        assert (host.device.powered, len(host.wire), host.device.books.cash) == (False, count, 100)


@pytest.mark.parametrize("fault", ["unplug_in", "unplug_out"])
def test_unplugging_calls_whoever_holds_the_cable_and_keeps_the_power(fault: str) -> None:
    host = Host("bg")
    pulled: list[bool] = []
    host.device.on_unplug = lambda: pulled.append(True)
    host.device.fault(fault, 5)
    assert host.attempt(host.speak.move_cash(100), 2) is None
    assert pulled == [True]
    assert host.device.powered
    assert host.device.books.cash == (0 if fault == "unplug_in" else 100)
    host.good(host.speak.clock())


def test_memory_reset_keeps_fiscal_memory_and_journal_only() -> None:
    host = Host("bg")
    host.sell()
    host.good(host.speak.z_report(host.operator))
    host.sell(close=False)
    host.device.fault("ram_reset")
    books = host.device.books
    assert (len(books.fiscal), len(books.closures), len(books.journal), books.open_receipt) == (1, 1, 2, False)
    state = host.speak.state(host.order(host.speak.status()))
    assert {"ram_reset", "clock_unset", "general_error"} <= state.names
    assert host.refused(host.speak.open_sale(host.operator)) == "clock_unset"
    host.good(host.speak.set_clock(host.speak.time(host.order(host.speak.clock()))))
    assert not host.speak.state(host.order(host.speak.status())).general_error
    host.sell()
    assert host.device.books.fiscal[-1].closure == 2


# --- paper and mechanics ------------------------------------------------------------------------------------------


@ALL
def test_paper_end_in_a_receipt_refuses_and_the_receipt_goes_on_with_new_paper(name: str) -> None:
    host = Host(name)
    host.program()
    host.sell(pay=False, close=False)
    host.pass_time(2)
    host.device.fault("paper_end", 1)
    pay = host.speak.payment(host.dialect.payments["cash"], 240)
    host.good(pay)
    host.pass_time(2)
    close = host.speak.close_sale()
    rejection = host.speak.rejection(close, host.order(close))
    assert rejection is not None
    assert rejection.action == "operator"
    assert host.device.books.open_receipt
    assert host.speak.open_receipt(host.good(host.speak.receipt_state())).paid == 240
    host.device.load_paper()
    host.good(close)
    host.pass_time(20)
    assert [document.total for document in host.device.books.fiscal] == [240]
    assert host.device.books.papers[-1].complete


@pytest.mark.parametrize(
    ("fault", "names", "code"),
    [
        ("cover_open", {"cover_open"}, -100404),
        ("overheat", {"overheated"}, -100402),
        ("paper_end", {"no_paper"}, -100403),
        ("near_end", {"low_paper"}, 0),
    ],
)
def test_mechanics_show_in_the_status_and_refuse_what_prints(fault: str, names: set[str], code: int) -> None:
    classic, x = Host("bg"), Host("x")
    for host in (classic, x):
        host.device.fault(fault)
    assert names <= classic.speak.state(classic.order(classic.speak.status())).names
    assert (classic.refused(classic.speak.move_cash(1)) in names) is (code != 0)
    rejection = x.speak.rejection(x.speak.move_cash(1), x.order(x.speak.move_cash(1)))
    assert (rejection.code if rejection is not None else 0) == code
    assert classic.refused(classic.speak.last_document()) == ""


def test_open_cover_closes_and_the_hot_head_cools_down() -> None:
    host = Host("bg")
    host.device.open_cover()
    assert host.refused(host.speak.open_nonfiscal()) == "cover_open"
    host.device.close_cover()
    host.device.fault("overheat", 3)
    assert host.refused(host.speak.open_nonfiscal()) == "overheated"
    host.pass_time(3.1)
    assert host.refused(host.speak.open_nonfiscal()) == ""


def test_jammed_cutter_stops_the_paper_until_the_jam_is_taken_out() -> None:
    host = Host("bg")
    host.device.fault("cutter_jam", 1)
    host.sell()
    host.pass_time(20)
    assert host.refused(host.speak.open_sale(host.operator)) == "mechanism"
    host.device.clear_jam()
    host.pass_time(5)
    assert host.device.cuts == 1
    host.sell()
    assert len(host.device.books.fiscal) == 2


@pytest.mark.parametrize(
    ("fault", "name", "code"),
    [
        ("fm_full", "fiscal_memory_full", -100114),
        ("ej_full", "journal_end", -105010),
        ("clock_unset", "clock_unset", -112004),
        ("day_exceeded", "not_allowed", -111024),
    ],
)
def test_memory_that_is_full_or_a_day_too_long_refuses_a_receipt(fault: str, name: str, code: int) -> None:
    classic, x = Host("bg"), Host("x")
    for host in (classic, x):
        host.device.fault(fault)
    assert classic.refused(classic.speak.open_sale(classic.operator)) == name
    opening = x.speak.open_sale(x.operator)
    rejection = x.speak.rejection(opening, x.order(opening))
    assert rejection is not None
    assert rejection.code == code
    for host in (classic, x):
        host.device.fault(fault, 0)
        host.sell()


def test_z_report_ends_a_day_that_was_too_long() -> None:
    host = Host("x")
    host.sell()
    host.device.fault("day_exceeded")
    assert host.refused(host.speak.open_sale(host.operator))
    host.good(host.speak.z_report(host.operator))
    host.sell()


def test_fiscal_memory_fills_up_with_z_reports() -> None:
    host = Host("bg", closures_left=2)
    for _ in range(2):
        host.good(host.speak.z_report(host.operator))
    assert host.refused(host.speak.z_report(host.operator)) == "fiscal_memory_full"
    assert "fiscal_memory_error" in host.speak.state(host.order(host.speak.status()))


def test_journal_nearly_full_is_only_told() -> None:
    host = Host("bg")
    host.device.fault("ej_near_end")
    assert "journal_near_end" in host.speak.state(host.order(host.speak.status()))
    host.sell()


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_fault_can_be_set_and_ended(fault: str) -> None:
    host = Host("x", drawer=SimulatedDrawer())
    host.device.fault(fault)
    if fault == "paper_end":
        host.device.load_paper()
    else:
        host.device.fault(fault, 0)
    if fault == "ram_reset":
        host.good(host.speak.set_clock(host.speak.time(host.order(host.speak.clock()))))
    host.sell()
    host.good(host.speak.z_report(host.operator))
    assert [document.total for document in host.device.books.fiscal] == [240]


def test_fault_that_is_none_is_named() -> None:
    with pytest.raises(KeyError, match="fire"):
        Host("bg").device.fault("fire")
    for fault in ("late", "overheat"):
        with pytest.raises(ValueError, match="negative"):
            Host("bg").device.fault(fault, -1)
    assert set(STATE_FAULTS) | set(WIRE_FAULTS) == set(FAULTS)


# --- whatever comes -----------------------------------------------------------------------------------------------


@ALL
@settings(max_examples=40, deadline=None)
@given(noise=st.binary(max_size=300))
def test_noise_is_survived_and_sells_nothing(name: str, noise: bytes) -> None:
    host = Host(name)
    host.raw(noise, 1)
    host.good(host.speak.clock())
    assert host.device.books.fiscal == ()


@ALL
@settings(max_examples=60, deadline=None)
@given(
    orders=st.lists(
        st.tuples(st.integers(0x20, 0xFF), st.text("0123456789,.;*-\tPDXZWTАБ I", max_size=24)), min_size=1, max_size=12
    )
)
def test_any_orders_are_answered_with_frames_and_the_books_agree_with_themselves(
    name: str, orders: list[tuple[int, str]]
) -> None:
    host = Host(name)
    host.program()
    host.sell(pay=False, close=False)
    for number, (command, data) in enumerate(orders):
        frame = host.dialect.envelope.request(0x40 + number, command, data.encode("cp1251"))
        assert Reply in kinds(host.raw(frame, 3))
    books = host.device.books
    assert books.document == len(books.journal)
    assert all(document.total == sum(document.taxes) for document in books.fiscal)
    assert books.cash >= 0


@pytest.mark.parametrize("name", ["bg", "ua", "mk", "x"])
def test_random_day_keeps_cash_sums_and_numbers_right(name: str) -> None:
    seed = 20260720
    dice = random.Random(seed)
    print(f"seed {seed}")  # noqa: T201 - a failure is replayed with it
    host = Host(name)
    host.program()
    cash, sold = 0, 0
    for _ in range(60):
        act = dice.choice(["sell", "in", "out", "z", "power"])
        if act == "sell":
            price = dice.randint(1, 500)
            item = coffee() if name == "ua" else Item("x", "2", price, 1000)
            host.good(host.speak.open_sale(host.operator))
            host.good(host.speak.sale(item))
            total = host.speak.sums(host.good(host.speak.subtotal())).total
            host.good(host.speak.payment(host.dialect.payments["cash"], total + dice.choice([0, 100])))
            host.good(host.speak.close_sale())
            cash, sold = cash + total, sold + 1
        elif act == "in":
            host.good(host.speak.move_cash(1000))
            cash += 1000
        elif act == "out" and cash >= 500:
            host.good(host.speak.move_cash(-500))
            cash -= 500
        elif act == "z":
            host.good(host.speak.z_report(host.operator))
        elif act == "power":
            host.device.power_off()
            host.device.power_on()
    books = host.device.books
    assert (books.cash, len(books.fiscal)) == (cash, sold)
    assert sum(sum(closure.taxes) for closure in books.closures) <= sum(document.total for document in books.fiscal)
    numbers = [document.number for document in books.fiscal]
    assert numbers == sorted(set(numbers))
