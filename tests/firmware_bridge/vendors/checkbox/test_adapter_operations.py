"""Each operation of Checkbox's fiscaliser against the vendor's sandbox, in virtual time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.errors import Refused
from firmware_bridge.vendors.checkbox.fiscaliser import TRAITS
from firmware_bridge.vendors.checkbox.forms import Beside
from firmware_bridge.vendors.checkbox.queries import Search
from statemachines.vocabulary.effects import SignOut
from statemachines.vocabulary.events import (
    ReceiptFiscalised,
)
from statemachines.vocabulary.offline_events import FiscaliserUnreachable
from statemachines.vocabulary.receipt import Customer, Original
from tests.firmware_bridge.vendors.checkbox.virtual import (
    CASHIER,
    World,
    back,
    move,
    opening,
    report,
    run,
    sale,
    stamp_of,
    uuid_of,
)

PROFILES = pytest.mark.parametrize("profile", ["current", "seed"])


@PROFILES
def test_a_shift_opens_under_our_own_id_after_the_signature_was_checked(profile: str) -> None:
    world = World(profile, initial_balance=4200)  # type: ignore[arg-type]  # a parameter of pytest is a str
    stamp = stamp_of(world.do(opening()))
    posted = world.line.calls.index("POST /shifts")
    assert world.line.calls.index("GET /cashier/check-signature") < posted
    assert (stamp.vendor_id, stamp.shift_no, stamp.balance) == (uuid_of(1), "1", 4200)
    assert stamp.number.startswith("TEST-")
    assert stamp.register == world.books()["register"]["fiscal_number"]


def test_looks_come_often_while_somebody_waits_and_rarely_later() -> None:
    world = World(signing_delay_s=3.0).opened()
    world.do(sale())
    first, *later = world.time.slept
    assert (first, set(later)) == (0.1, {0.125})
    assert len(later) > 10
    world = World(signing_delay_s=8.0).opened()
    world.do(sale())
    rare = [pause for pause in world.time.slept if pause > 0.125]
    assert rare[:4] == [0.25, 0.5, 1.0, 1.6]


@PROFILES
def test_a_sale_bears_the_tax_services_number_and_the_vendors_sums(profile: str) -> None:
    world = World(profile).opened()  # type: ignore[arg-type]  # a parameter of pytest is a str
    stamp = stamp_of(world.do(sale(1234, given=2000)))
    assert len(stamp.number) == 11
    assert (stamp.totals.total, stamp.totals.change, stamp.totals.rounding) == (1234, 766, 0)
    assert [(tax.group, tax.rate, tax.base, tax.amount) for tax in stamp.totals.tax] == [("vat20", 2000, 1234, 206)]
    assert stamp.balance == 1234
    assert "cabinet.tax.gov.ua" in stamp.url
    assert (stamp.shift_no, stamp.vendor_id, stamp.control, stamp.offline) == ("1", uuid_of(10), "", False)


def test_a_return_names_the_sale_it_takes_back() -> None:
    world = World().opened()
    world.do(sale(1000))
    world.do(back(1000, of=Original(id=uuid_of(10)), reason="error"))
    (returned,) = [one for one in world.books()["receipts"] if one["type"] == "RETURN"]
    assert returned["related_receipt_id"] == uuid_of(10)
    assert returned["technical_return"] is True


def test_a_return_finds_its_sale_by_the_tax_services_number() -> None:
    world = World().opened()
    number = stamp_of(world.do(sale(1000))).number
    world.do(back(1000, of=Original(fiscal_number=number)))
    (returned,) = [one for one in world.books()["receipts"] if one["type"] == "RETURN"]
    assert returned["related_receipt_id"] == uuid_of(10)


def test_a_return_of_a_sale_that_checkbox_does_not_know_names_none() -> None:
    world = World().opened()
    world.do(sale(1000))
    stamp_of(world.do(back(500, of=Original(id="elsewhere", fiscal_number="AAAAAAAAAAA"))))
    (returned,) = [one for one in world.books()["receipts"] if one["type"] == "RETURN"]
    assert returned["related_receipt_id"] is None


def test_cash_goes_in_and_out_with_the_balance_told() -> None:
    world = World().opened()
    assert stamp_of(world.do(move(500))).balance == 500
    assert stamp_of(world.do(move(200, 51, "out"))).balance == 300
    assert [one["type"] for one in world.books()["service"]] == ["SERVICE_IN", "SERVICE_OUT"]


def test_x_and_z_reports_bear_their_serials() -> None:
    world = World().opened()
    world.do(sale(700))
    assert stamp_of(world.do(report("x_report", 91))).document_no == "1"
    stamp = stamp_of(world.do(report("shift_report")))
    assert (stamp.number, stamp.shift_no, stamp.balance) == ("1", "1", 700)
    assert world.books()["shifts"][0]["status"] == "CLOSED"


def test_signing_out_ends_the_session_and_the_next_order_begins_another() -> None:
    world = World().opened()
    world.do(report("shift_report"))
    run(world.fiscaliser.sign_out(SignOut(uuid_of(1), CASHIER)))
    assert world.line.calls[-1] == "POST /cashier/signout"
    stamp_of(world.do(opening(2)))
    assert "POST /cashier/signin" in world.line.calls


def test_a_pin_signs_in_as_well_as_a_password() -> None:
    world = World(pin=True).opened()
    stamp_of(world.do(sale()))
    assert world.line.sent[0].headers["X-License-Key"] == world.credentials.license_key


def test_every_request_says_who_we_are() -> None:
    world = World().opened()
    world.do(sale())
    for request in world.line.sent:
        assert request.headers["X-Client-Name"] == "till"
        assert request.headers["X-Client-Version"] == "1.0"
        assert request.headers["X-Access-Key"] == world.credentials.access_key
        assert request.headers["X-License-Key"] == world.credentials.license_key


def test_a_live_register_is_refused_unless_it_was_said() -> None:
    world = World(fiscal_number="4000123456")
    world.service.handle("POST", "/_register", {}, {}, b'{"is_test": false}')
    with pytest.raises(Refused, match="4000123456 is a live one"):
        world.do(opening())
    assert "POST /shifts" not in world.line.calls


def test_a_live_register_is_worked_on_when_it_was_said() -> None:
    world = World(live=True, fiscal_number="4000123456")
    world.service.handle("POST", "/_register", {}, {}, b'{"is_test": false}')
    stamp_of(world.do(opening()))


def test_taxes_that_differ_from_the_configuration_are_refused_with_both_sides_named() -> None:
    world = World()
    wrong = replace(world.forms, tax_codes={"vat20": (2,)})
    with pytest.raises(Refused, match=r"tax group vat20 is 20 % in the configuration and Б 7\+0 % at Checkbox"):
        run(world.with_forms(wrong).connect())
    with pytest.raises(Refused, match="no such tax"):
        run(world.with_forms(replace(world.forms, tax_codes={"vat20": (77,)})).connect())


def test_the_vendors_clock_is_learned_from_its_answers() -> None:
    world = World()
    before = world.fiscaliser.clock_offset_ms
    run(world.fiscaliser.connect())
    offset = world.fiscaliser.clock_offset_ms
    assert before is None
    assert offset is not None
    assert -2000 < offset <= 0


def test_never_more_than_two_receipts_in_a_second() -> None:
    assert held_after_ten_sales(World(signing_delay_s=0.0)) == 0


def test_without_the_pace_the_register_would_be_held() -> None:
    """The control: the vendor's older interface knows no limit, so its till keeps none."""
    world = World(signing_delay_s=0.0)
    careless = world.with_forms(replace(world.forms, profile="seed"))
    run(careless.fiscalise(opening()))
    world.fiscaliser = careless
    assert held_after_ten_sales(world) > 0


def held_after_ten_sales(world: World) -> int:
    world.do(opening())
    for n in range(10, 20):
        stamp_of(world.do(sale(100, n)))
    return int(world.books()["rate_limit"]["held"])


def test_the_customers_address_goes_with_the_receipt_and_is_shown_nowhere() -> None:
    beside = Beside(customer=Customer(email="o@example.org", phone="+380 67 123 45 67"))
    world = World(beside=lambda _: beside).opened()
    world.do(sale())
    assert b'"delivery":{"email":"o@example.org","phone":"380671234567"}' in world.line.sent[0].body
    assert "example.org" not in repr(beside)
    assert "example.org" not in repr(world.line.sent[0])


def test_receipts_are_found_shown_and_reported() -> None:
    world = World().opened()
    number = stamp_of(world.do(sale(1234))).number
    (found,) = run(world.fiscaliser.search(Search(fiscal_code=number)))
    assert found.id == uuid_of(10)
    assert "12.34" in run(world.fiscaliser.receipt_text(uuid_of(10)))
    assert run(world.fiscaliser.receipt_png(uuid_of(10))).startswith(b"\x89PNG")
    text = run(world.fiscaliser.periodical_report("2026-03-01T00:00:00+00:00", "2026-03-03T00:00:00+00:00"))
    assert text


def test_validation_makes_nothing_and_tells_why_not() -> None:
    world = World().opened()
    run(world.fiscaliser.validate(sale()))
    assert world.books()["receipts"] == []
    with pytest.raises(Refused, match="not enough cash"):
        run(world.fiscaliser.validate(back(1000)))


def test_the_traits_are_those_of_a_cloud_register() -> None:
    assert World().fiscaliser.traits is TRAITS
    assert (TRAITS.registers, TRAITS.polls, TRAITS.lookup, TRAITS.offline) == (True, True, "our_id", "none")
    assert (TRAITS.sells_in_doubt, TRAITS.carries_balance, TRAITS.shift_limit_ms) == (True, True, 86_400_000)


def test_after_silence_a_question_goes_before_the_document() -> None:
    world = World().opened()
    world.time.vendor.advance(60)
    world.do(sale())
    assert world.line.calls[:2] == ["GET /cash-registers/info", "POST /receipts/sell"]
    world.line.sent.clear()
    world.do(sale(100, 20))
    assert world.line.calls[0] == "POST /receipts/sell"


def test_a_line_that_died_in_silence_leaves_no_doubt() -> None:
    world = World().opened()
    world.time.vendor.advance(60)
    world.line.cuts = ["on its way"] * 2
    world.line.latency_s = 4.0
    assert isinstance(world.do(sale()), FiscaliserUnreachable)
    assert "POST /receipts/sell" not in world.line.calls


def test_a_line_that_is_back_within_three_seconds_costs_time_alone() -> None:
    world = World().opened()
    world.line.cuts = ["before"] * 6
    stamp_of(world.do(sale()))
    assert world.time.slept[:6] == [0.5] * 6
    assert len(world.books()["receipts"]) == 1


def test_a_fiscalised_document_says_that_the_paper_is_ours() -> None:
    event = World().opened().do(sale())
    assert isinstance(event, ReceiptFiscalised)
    assert event.printed == "not_mine"
