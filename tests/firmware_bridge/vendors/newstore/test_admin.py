"""A store's drawers and configuration, looked at and changed by a person: what is done, refused, or not known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import pytest

from drivers.errors import Unanswered
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.newstore.admin import Admin, Deed, plain, shown, units
from firmware_bridge.vendors.newstore.calls import ApiRequest
from firmware_bridge.vendors.newstore.desk import Desk, Rejected
from firmware_bridge.vendors.newstore.urls import URLS
from tests.firmware_bridge.vendors.newstore.audit_shop import CALLS, Line
from tests.firmware_bridge.vendors.newstore.sandbox_till import Till

_T = TypeVar("_T")
ADD = {"name": "Second", "amount": "250.50", "currency": "", "drawer_type": ""}


def run(work: Awaitable[_T]) -> _T:
    return asyncio.run(cast("Coroutine[Any, Any, _T]", work))


@dataclass
class Office:
    """An administrator before a sandbox."""

    till: Till = field(default_factory=Till)

    def __post_init__(self) -> None:
        self.line = Line(self.till)
        self.admin = Admin(Desk(self.line), CALLS)

    def do(self, deed: Deed) -> None:
        run(self.admin.carry_out(deed))

    def add(self, drawer_id: str = "d-2", **more: str) -> Deed:
        return run(self.admin.adding(drawer_id, **{**ADD, **more}))

    def drawers(self) -> dict[str, Any]:
        return {one["cash_drawer_id"]: one for one in self.till.books()["drawers"]}


@pytest.fixture
def office() -> Office:
    return Office()


# --- looking (operations 2, 3, 4, 7) --------------------------------------------------------------------------------


def test_get_config_tells_type_and_switch(office: Office) -> None:
    found = run(office.admin.config())
    assert found is not None
    assert (found.cash_drawer_type, found.cash_management_enabled) == ("integrated", True)


def test_a_store_without_configuration_has_none() -> None:
    assert run(Office(Till(drawer_type=None, drawers=())).admin.config()) is None


def test_list_types_tells_all_ten_with_direction_and_reasons(office: Office) -> None:
    found = run(office.admin.types())
    assert len(found) == 10
    assert found["remove_petty_cash"].direction == "cash_out"
    assert found["remove_petty_cash"].reasons == {"post_office": "Post office", "food": "Buy snacks"}


def test_list_drawers_tells_the_stores_own(office: Office) -> None:
    (one,) = run(office.admin.drawers())
    assert (one.cash_drawer_id, one.status, int(one.default_float)) == ("drawer-1", "inactive", 200)


def test_get_drawer_tells_one_and_says_when_there_is_none(office: Office) -> None:
    office.till.activate()
    assert run(office.admin.drawer("drawer-1")).status == "active"
    with pytest.raises(UserError, match="no cash drawer 'd-9'"):
        run(office.admin.drawer("d-9"))


def test_a_question_that_is_refused_or_not_answered_is_raised(office: Office) -> None:
    office.till.fault("forbidden", count=1)
    with pytest.raises(Rejected, match="403 forbidden"):
        run(office.admin.config())
    office.till.fault("server-error", count=1)
    with pytest.raises(Unanswered):
        run(office.admin.drawer("drawer-1"))


# --- changing (operations 1, 5, 6, 8) -------------------------------------------------------------------------------


def test_put_config_changes_what_is_named_and_keeps_the_rest(office: Office) -> None:
    deed = run(office.admin.configuring("", enabled=False))
    assert deed.will == "configure store s-1: integrated drawers, cash management off"
    office.do(deed)
    assert office.till.books()["stores"][0] == {"store_id": "s-1", "drawer_type": "integrated", "enabled": False}


def test_put_config_makes_the_first_one_when_both_are_given() -> None:
    office = Office(Till(drawer_type=None, drawers=()))
    with pytest.raises(UserError, match="nothing was done"):
        run(office.admin.configuring("integrated", enabled=None))
    office.do(run(office.admin.configuring("non_integrated", enabled=True)))
    assert office.till.books()["stores"][0] == {"store_id": "s-1", "drawer_type": "non_integrated", "enabled": True}


def test_put_config_is_refused_while_a_drawer_is_active(office: Office) -> None:
    deed = run(office.admin.configuring("non_integrated", enabled=True))
    office.till.activate()
    with pytest.raises(UserError, match=r"409 conflict .* is active.*nothing was done") as raised:
        office.do(deed)
    assert "close their days first" in raised.value.hint
    assert office.till.books()["stores"][0]["drawer_type"] == "integrated"


def test_add_drawer_takes_the_tills_currency_and_the_stores_type(office: Office) -> None:
    deed = office.add()
    assert deed.will == "add drawer d-2 ('Second', integrated, default float 250.50 USD) to store s-1"
    office.do(deed)
    found = office.drawers()["d-2"]
    assert (found["name"], found["currency"], found["float"], found["type"], found["store_id"]) == (
        *("Second", "USD", 250.5, "integrated"),
        "s-1",
    )


def test_add_drawer_in_another_currency_has_that_ones_decimals(office: Office) -> None:
    deed = office.add(currency="JPY", amount="30000")
    assert "default float 30000 JPY" in deed.will
    office.do(deed)
    assert (office.drawers()["d-2"]["currency"], office.drawers()["d-2"]["float"]) == ("JPY", 30000)
    with pytest.raises(UsageError, match="no amount in JPY"):
        office.add(currency="JPY", amount="1.50")


@pytest.mark.parametrize("again", ["drawer-1", "d-2"])
def test_add_drawer_that_is_there_is_refused(again: str, office: Office) -> None:
    office.do(office.add())
    with pytest.raises(UserError, match=r"409 conflict .*nothing was done") as raised:
        office.do(office.add(again))
    assert "there is such a drawer already" in raised.value.hint


def test_add_drawer_to_a_store_without_configuration_is_refused() -> None:
    with pytest.raises(UserError, match="no cash drawer configuration yet; nothing was done"):
        Office(Till(drawer_type=None, drawers=())).add()


def test_update_drawer_keeps_what_is_not_given(office: Office) -> None:
    office.do(run(office.admin.updating("drawer-1", "", "49.99")))
    assert (office.drawers()["drawer-1"]["name"], office.drawers()["drawer-1"]["float"]) == ("Drawer 1", 49.99)
    deed = run(office.admin.updating("drawer-1", "Not a shoe box", ""))
    assert deed.will == "call drawer drawer-1 'Not a shoe box', default float 49.99 USD"
    office.do(deed)
    assert (office.drawers()["drawer-1"]["name"], office.drawers()["drawer-1"]["float"]) == ("Not a shoe box", 49.99)


def test_update_drawer_is_refused_while_it_is_active(office: Office) -> None:
    office.till.activate()
    deed = run(office.admin.updating("drawer-1", "New", ""))
    with pytest.raises(UserError, match=r"409 conflict .*nothing was done") as raised:
        office.do(deed)
    assert "close its day first" in raised.value.hint
    assert office.drawers()["drawer-1"]["name"] == "Drawer 1"


def test_decommission_takes_an_inactive_drawer_alone(office: Office) -> None:
    deed = office.admin.removing("drawer-1")
    assert deed.will == "decommission drawer drawer-1"
    office.till.activate()
    with pytest.raises(UserError, match="nothing was done") as raised:
        office.do(deed)
    assert "close its day first" in raised.value.hint
    office.till.close_day(200)
    office.do(deed)
    assert run(office.admin.drawers()) == []
    with pytest.raises(UserError, match=r"404 cash_drawer_not_found .*nothing was done"):
        office.do(deed)


# --- was it done? ---------------------------------------------------------------------------------------------------

DEEDS: list[tuple[str, Callable[[Office], Deed]]] = [
    ("put_config", lambda office: run(office.admin.configuring("non_integrated", enabled=True))),
    ("add_drawer", Office.add),
    ("update_drawer", lambda office: run(office.admin.updating("drawer-1", "New", ""))),
    ("decommission", lambda office: office.admin.removing("drawer-1")),
]


@pytest.mark.parametrize(("operation", "plan"), DEEDS)
def test_a_lost_answer_says_that_it_may_have_been_done_and_where_to_look(
    operation: str, plan: Callable[[Office], Deed], office: Office
) -> None:
    deed, before = plan(office), office.till.books()
    office.till.fault("lost-answer", operation=operation, count=1)
    with pytest.raises(UserError, match="it may have been done") as raised:
        office.do(deed)
    assert "look with `firmware-bridge book " in raised.value.hint
    after = office.till.books()
    assert (before["stores"], before["drawers"]) != (after["stores"], after["drawers"])
    assert [one.method for one in office.line.asked].count(deed.request.method) == 1


@pytest.mark.parametrize("fault", ["server-error", "maintenance"])
@pytest.mark.parametrize(("operation", "plan"), DEEDS)
def test_an_error_of_the_vendor_leaves_it_open_too(
    operation: str, plan: Callable[[Office], Deed], fault: str, office: Office
) -> None:
    deed = plan(office)
    office.till.fault(fault, operation=operation, count=1)
    with pytest.raises(UserError, match="it may have been done"):
        office.do(deed)


@pytest.mark.parametrize(("operation", "plan"), DEEDS)
def test_a_refusal_says_that_nothing_was_done(operation: str, plan: Callable[[Office], Deed], office: Office) -> None:
    deed, before = plan(office), office.till.books()
    office.till.fault("forbidden", operation=operation, count=1)
    with pytest.raises(UserError, match=r"NewStore refused to .*403 forbidden .*nothing was done"):
        office.do(deed)
    after = office.till.books()
    assert (before["stores"], before["drawers"]) == (after["stores"], after["drawers"])


def test_too_many_requests_mean_that_nothing_was_done(office: Office) -> None:
    class Busy(Line):
        async def exchange(self, _: Request) -> Response:
            return Response(429, {}, b"")

    deed = office.admin.removing("drawer-1")
    with pytest.raises(UserError, match="nothing was done"):
        run(Admin(Desk(Busy(office.till)), CALLS).carry_out(deed))


# --- amounts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("250", "USD", 25_000), ("49.99", "USD", 4_999), ("0", "UAH", 0), ("3000", "JPY", 3_000), ("1.5", "EUR", 150)],
)
def test_an_amount_as_people_type_it(text: str, currency: str, minor: int) -> None:
    assert units(text, currency) == minor


@pytest.mark.parametrize("text", ["", "x", "-1", "1.999", "1e20", "NaN", "Infinity", "1,5", "1e-9"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="nothing was done"):
        units(text, "USD")


def test_amounts_are_shown_with_the_currencys_decimals() -> None:
    assert [shown(4_999, "USD"), shown(-50, "UAH"), shown(3_000, "JPY"), plain(0, "EUR")] == [
        *("49.99 USD", "-0.50 UAH", "3000 JPY"),
        "0.00",
    ]


def test_all_eight_operations_of_administration_are_used(office: Office) -> None:
    run(office.admin.types())
    run(office.admin.drawers())
    office.do(office.add())
    office.do(run(office.admin.updating("d-2", "New", "")))
    office.do(office.admin.removing("d-2"))
    office.do(run(office.admin.configuring("", enabled=True)))
    asked = {one.operation for one in office.line.asked if isinstance(one, ApiRequest)}
    assert asked == set(list(URLS)[:8])
