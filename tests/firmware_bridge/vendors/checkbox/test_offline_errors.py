"""Every documented refusal of the offline time, provoked in the sandbox, as the cashier or the technician sees it.

The vendor's own words stay to the letter, and ours before them say what happened and what is to be done.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from drivers.errors import DeviceError
from firmware_bridge.vendors.checkbox.credentials import Credentials
from firmware_bridge.vendors.checkbox.fiscaliser import CheckboxFiscaliser
from firmware_bridge.vendors.checkbox.offline_messages import SellOffline
from firmware_bridge.vendors.http import Request, Response
from statemachines.vocabulary.effects import DeliverOffline, Fiscalise, GoOffline, GoOnline, RefillCodes
from statemachines.vocabulary.offline_events import (
    OfflineCodesNotRefilled,
    OfflineDocumentDelivered,
    OfflineDocumentRefused,
    TaxServicePinged,
)
from tests.firmware_bridge.vendors.checkbox.offline_steps import POOL, code, gone, now, world_with_codes
from tests.firmware_bridge.vendors.checkbox.offline_till import SESSION
from tests.firmware_bridge.vendors.checkbox.virtual import World, back, opening, report, run, sale, uuid_of


def shown(work: Awaitable[Any]) -> str:
    """The sentence that comes of it."""
    try:
        event = run(work)
    except DeviceError as error:
        return error.text
    match event:
        case OfflineDocumentRefused() | OfflineCodesNotRefilled():
            return event.reason
        case TaxServicePinged():
            return event.text
        case _:
            raise AssertionError(f"nothing was refused: {event}")


def delivering(world: World, order: Fiscalise, at: int, n: int = 7) -> str:
    return shown(world.fiscaliser.deliver(DeliverOffline(order.document_id, code(n), at, order)))


def going(world: World, n: int = 8) -> str:
    return shown(world.fiscaliser.go_offline(GoOffline(SESSION, code(n), now(world) + 1000)))


def as_senior(world: World) -> CheckboxFiscaliser:
    """Another cashier on the same register."""
    known = world.service.credentials
    keys = Credentials(known.license_key, known.senior_login, known.senior_password, access_key=known.access_key)
    return CheckboxFiscaliser(world.new_client(keys), world.forms, world.time, world.time.sleep)


# --- one for each row -------------------------------------------------------------------------------------------------


def offline_already(world: World) -> str:
    """Somebody else's going off line comes between our look and our own."""
    world.line.scripted = _info_says(world, offline_mode=False, stay_offline=False)
    gone_by_another(world)
    return going(world)


def gone_by_another(world: World) -> None:
    assert elsewhere(world, "/cash-registers/go-offline") == 200


def elsewhere(world: World, path: str) -> int:
    """The same cashier does something in the vendor's cabinet."""
    run(world.fiscaliser.look())
    headers = {name.lower(): value for name, value in world.line.sent[-1].headers.items()}
    return world.service.handle("POST", f"/api/v1{path}", {}, headers, b"").status


def _info_says(world: World, **fields: Any) -> Callable[[Request], Response | None]:
    def scripted(request: Request) -> Response | None:
        if not request.path.endswith("/info"):
            return None
        reply = world.service.handle(request.method, request.path, {}, request.headers, request.body)
        return Response(reply.status, {}, json.dumps(json.loads(reply.body) | fields).encode())

    return scripted


def code_of_going_used(world: World) -> str:
    world.fault("auto-offline", count=1)
    run(world.fiscaliser.look())
    world.time.vendor.advance(5)
    return going(world, 1)


def busy(world: World) -> str:
    world.fiscaliser = as_senior(world)
    return going(world)


def busy_coming_back(world: World) -> str:
    gone(world)
    world.time.vendor.advance(5)
    return shown(as_senior(world).go_online(GoOnline(SESSION, 1)))


def unreadable(world: World) -> str:
    def scripted(request: Request) -> Response | None:
        if not request.path.endswith("/go-offline"):
            return None
        reply = world.service.handle(request.method, request.path, {}, request.headers, request.body[:-3])
        return Response(reply.status, {}, reply.body)

    world.line.scripted = scripted
    return going(world)


def too_often(world: World) -> str:
    for _ in range(7):
        told = run(world.fiscaliser.refill(RefillCodes(5)))
    assert isinstance(told, OfflineCodesNotRefilled)
    return told.reason


def asked_off_line(world: World) -> str:
    """The register goes off line between our look and the request."""
    gone(world)
    world.line.scripted = _info_says(world, offline_mode=False)
    return shown(world.fiscaliser.refill(RefillCodes(5)))


def tax_service_silent(world: World) -> str:
    world.fault("tax-service-down", count=1)
    return shown(world.fiscaliser.refill(RefillCodes(5)))


def no_shift(world: World) -> str:
    at = gone(world)
    closing = DeliverOffline(uuid_of(90), code(7), at, report("shift_report"))
    assert isinstance(run(world.fiscaliser.deliver(closing)), OfflineDocumentDelivered)
    return delivering(world, sale(), at, 6)


def codes_without_shift(world: World) -> str:
    no_shift(world)
    return shown(world.fiscaliser.refill(RefillCodes(0)))


def not_manual(world: World) -> str:
    return delivering(world, sale(), now(world) + 1000)


def code_used(world: World) -> str:
    at = gone(world)
    run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at, sale())))
    return delivering(world, sale(n=11), at, 7)


def never_given(world: World) -> str:
    at = gone(world)
    step = DeliverOffline(uuid_of(10), replace(code(7), value="TEST-xxxxxx"), at, sale())
    return shown(world.fiscaliser.deliver(step))


def signature(world: World) -> str:
    at = gone(world)
    world.fault("signature-off")
    return delivering(world, sale(), at)


def too_little_cash(world: World) -> str:
    return delivering(world, back(1000), gone(world))


def before_its_shift(world: World) -> str:
    """In the current interface a receipt must be later than the opening of its shift, not as late."""
    at = gone(world)
    for step in (
        DeliverOffline(uuid_of(90), code(7), at, report("shift_report")),
        DeliverOffline(uuid_of(2), code(6), at, opening(2)),
    ):
        assert isinstance(run(world.fiscaliser.deliver(step)), OfflineDocumentDelivered)
    return delivering(world, sale(), at, 5)


def very_first_shift(_: World) -> str:
    world = World(offline_codes=POOL)
    run(world.fiscaliser.connect())
    world.time.vendor.advance(10)
    at = gone(world)
    return delivering(world, opening(2), at)


def kasas_shift(world: World) -> str:
    at = gone(world)
    world.fault("other-client", count=1)
    return delivering(world, report("shift_report"), at)


def cabinet_closed(world: World) -> str:
    """The shift was closed in the vendor's cabinet, while the till sold on."""
    assert elsewhere(world, "/shifts/close") == 202
    world.time.vendor.advance(5)
    at = gone(world)
    return delivering(world, sale(), at)


def payments_too_low(world: World) -> str:
    at = gone(world)
    world.line.scripted = _changed(world, payments=[{"type": "CASH", "value": 1, "label": "Готівка"}])
    return delivering(world, sale(), at)


def _changed(world: World, **fields: Any) -> Callable[[Request], Response | None]:
    def scripted(request: Request) -> Response | None:
        if not request.path.endswith("/sell-offline"):
            return None
        body = json.dumps(json.loads(request.body) | fields).encode()
        reply = world.service.handle(request.method, request.path, {}, request.headers, body)
        return Response(reply.status, {}, reply.body)

    return scripted


def unknown_order(world: World) -> str:
    at = gone(world)
    world.line.scripted = _changed(world, order_id=uuid_of(77))
    return delivering(world, sale(), at)


def payments_of_a_return_differ(world: World) -> str:
    run(world.fiscaliser.fiscalise(sale(5000, 30)))
    at = gone(world)
    world.line.scripted = _changed(world, payments=[{"type": "CASH", "value": 1, "label": "Готівка"}])
    return delivering(world, back(1000), at)


def without_a_session(world: World) -> str:
    """A proxy in between loses a header."""
    at = gone(world)
    world.line.scripted = _header(world, "authorization", None)
    return delivering(world, sale(), at)


def wrong_access_key(world: World) -> str:
    at = gone(world)
    world.line.scripted = _header(world, "x-access-key", "another")
    return delivering(world, sale(), at)


def _header(world: World, name: str, value: str | None) -> Callable[[Request], Response | None]:
    def scripted(request: Request) -> Response | None:
        if not request.path.endswith("/sell-offline"):
            return None
        headers = {key.lower(): text for key, text in request.headers.items() if key.lower() != name}
        headers |= {} if value is None else {name: value}
        reply = world.service.handle(request.method, request.path, {}, headers, request.body)
        return Response(reply.status, {}, reply.body)

    return scripted


def bad_form(world: World) -> str:
    at = gone(world)
    world.line.scripted = _changed(world, fiscal_date="yesterday")
    return delivering(world, sale(), at)


def deactivated(world: World) -> str:
    at = gone(world)
    world.fault("cashier-deactivated")
    return delivering(world, sale(), at)


def revoked(world: World) -> str:
    at = gone(world)
    world.fault("token-expired", path="/sell-offline")
    return delivering(world, sale(), at)


def maintained(world: World) -> str:
    at = gone(world)
    world.fault("maintenance", path="/sell-offline")
    return delivering(world, sale(), at)


def silent(world: World) -> str:
    world.fault("tax-service-down")
    return shown(world.fiscaliser.ping())


def hash_differs(world: World) -> str:
    gone(world)
    return shown(world.fiscaliser.ping())


@dataclass(frozen=True)
class Row:
    """`provoke` it; `theirs` are the vendor's words, `ours` what is said of it."""

    provoke: Callable[[World], str]
    theirs: str
    ours: str
    profile: Any = "current"


ROWS = (
    Row(offline_already, "Каса вже в режимі оффлайн", "offline mode already: go on as it is"),
    Row(code_of_going_used, "Offline code 'TEST-000001' was used before!", "have a technician look"),
    Row(busy, "Каса зайнята іншим касиром", "close that shift first"),
    Row(busy_coming_back, "Каса зайнята іншим касиром", "close that shift first"),
    Row(unreadable, "There was an error parsing the body", "could not read the request"),
    Row(too_often, "Занадто часто виконується запит отримання офлайн кодів", "nothing was asked now"),
    Row(asked_off_line, "Каса в режимі оффлайн", "ask later"),
    Row(tax_service_silent, "DEADLINE_EXCEEDED", "the tax service gave no codes: ask later"),
    Row(no_shift, "Зміну не відкрито", "find out who closed it"),
    Row(codes_without_shift, "", "while a shift is open at Checkbox alone"),
    Row(not_manual, "Cash register should be in manual offline mode!", "looked at again"),
    Row(code_used, "Offline code 'TEST-000007' was used before!", "compare both in Checkbox's cabinet"),
    Row(never_given, "Offline code 'TEST-xxxxxx' not found!", "tell the technician"),
    Row(signature, "CheckBox Підпис неактивний, запустіть його, будь ласка", "start it, then try again"),
    Row(too_little_cash, "недостатньо коштів (10.00 > 0.00)", "a person must decide"),
    Row(before_its_shift, "Час фіскалізації чека повинен бути більше ніж час відкриття зміни", "technician has looked"),
    Row(very_first_shift, "Перше відкриття зміни", "while the tax service answers"),
    Row(kasas_shift, "Зміну відкрито за допомогою CheckBox Kasa", "close it there"),
    Row(cabinet_closed, "Зміну не відкрито", "decide what becomes of the document"),
    Row(payments_too_low, "Сума платежів не може бути меньшою ніж сума чеку", "a person must decide"),
    Row(unknown_order, "Вказано невідомий ідентифікатор замовлення", "a person must decide"),
    Row(payments_of_a_return_differ, "Сума платежів повинна дорівнювати сумі чеку повернення", "a person must decide"),
    Row(without_a_session, "Not authenticated", "has not seen the cashier's session"),
    Row(wrong_access_key, "Невірний ключ доступу", "have the configuration put right"),
    Row(bad_form, "Validation error", "tell the technician", "seed"),
    Row(bad_form, "Помилка валідації", "tell the technician"),
    Row(deactivated, "Доступ заборонено, оскільки касира деактивовано", "the manager has to activate"),
    Row(revoked, "Невірний токен доступу", "signing in again did not help", "seed"),
    Row(maintained, "Maintenance work till 3:30 GMT+3.", "try again later"),
    Row(silent, "DEADLINE_EXCEEDED", ""),
    Row(hash_differs, "ERROR_BAD_HASH_PREV store ", ""),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.provoke.__name__} {row.profile}")
def test_a_refusal_of_the_offline_time_is_told_with_what_to_do_and_the_vendors_words(row: Row) -> None:
    told = row.provoke(world_with_codes(row.profile))
    assert row.theirs in told
    assert row.ours in told
    assert "\n" not in told


def test_no_refusal_is_told_in_the_vendors_words_alone() -> None:
    for row in ROWS:
        if row.ours and row.theirs:
            told = row.provoke(world_with_codes(row.profile))
            assert told.index(row.ours) < told.index('(Checkbox: "') < told.rindex(row.theirs), told


def test_the_struct_of_an_offline_receipt_demands_its_code() -> None:
    with pytest.raises(TypeError, match="fiscal_code"):
        SellOffline(id="a", goods=(), payments=())  # type: ignore[call-arg]  # what is to be refused
