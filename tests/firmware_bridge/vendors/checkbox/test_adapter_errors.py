"""Every refusal of Checkbox as the cashier sees it, and what may not become one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Refused, Unanswered
from firmware_bridge.vendors.checkbox.credentials import Credentials
from firmware_bridge.vendors.checkbox.errors import judge
from firmware_bridge.vendors.checkbox.refusals import TABLE
from firmware_bridge.vendors.http import Request, Response
from statemachines.vocabulary.events import FiscalisationRefused
from statemachines.vocabulary.offline_events import FiscaliserUnreachable
from tests.firmware_bridge.vendors.checkbox.virtual import World, back, move, opening, report, run, sale

# The vendor's page of 2022, section by section: status, message as written there, what the cashier must be told.
PAGE = [
    (400, "There was an error parsing the body", "could not read the request"),
    (400, "Зміну не відкрито", "the shift is not open"),
    (400, "CheckBox Підпис неактивний, запустіть його, будь ласка", "start it"),
    (400, "Вказано невідомий ідентифікатор замовлення", "no such order"),
    (400, "id попереднього чеку відрізняється від останнього збереженого чеку", "another program"),
    (400, "Сума платежів не може бути меньшою ніж сума чеку", "less than the receipt's total"),
    (400, "Сума платежів повинна дорівнювати сумі чеку повернення (4544.00)", "its total exactly"),
    (400, "Неможливо виконати операцію, оскільки в касі недостатньо коштів (10.00 > 5.00)", "not enough cash"),
    (400, "Cash register should be in manual offline mode!", "offline mode"),
    (400, "[offline_mode_exception#error] Offline code 'TEST-1' was used before!", "used already"),
    (400, "Каса вже в режимі оффлайн", "offline mode already"),
    (400, "Каса зайнята іншим касиром", "another cashier"),
    (401, "Невірний ключ ліцензії каси", "licence key is wrong"),
    (403, "Невірний логін або пароль", "login or password is wrong"),
    (403, "Невірний пінкод", "PIN is wrong"),
    (403, "Невірний ключ доступу", "access key is wrong"),
    (403, "Доступ заборонено, оскільки касира деактивовано", "deactivated"),
    (
        409,
        (
            "Зміну відкрито за допомогою CheckBox Kasa, виконання дії через іншу інтеграцію призведе до "
            "непередбачуваних помилок в роботі каси"
        ),
        "close it there",
    ),
    (422, "Validation error", "form of the request"),
]


def answering(status: int, body: bytes) -> World:
    """A vendor that answers every sale so."""
    world = World().opened()

    def scripted(request: Request) -> Response | None:
        return Response(status, {}, body) if request.path.endswith("/receipts/sell") else None

    world.line.scripted = scripted
    return world


@pytest.mark.parametrize(("status", "message", "told"), PAGE)
def test_a_refusal_of_the_page_is_told_in_our_words_with_the_vendors_behind(
    status: int, message: str, told: str
) -> None:
    event = answering(status, json.dumps({"message": message}).encode()).do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert told in event.reason
    assert message[:200] in event.reason


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("shift.not_opened", 400, "the shift is not open"),
        ("organization.option_disabled", 400, "switched off"),
        ("date.fiscal_date_logic", 400, "date does not fit"),
        ("cash_register.invalid_license_key", 401, "licence key is wrong"),
        ("cashier.invalid_credentials", 403, "login or password is wrong"),
        ("validation.custom", 422, "form of the request"),
    ],
)
def test_a_code_decides_whatever_the_message_says(code: str, status: int, told: str) -> None:
    event = answering(status, json.dumps({"code": code, "message": "щось інше"}).encode()).do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert told in event.reason
    assert "щось інше" in event.reason


def test_a_validation_error_names_its_fields_and_is_final() -> None:
    detail = [{"loc": ["body", "goods", 0, "good", "price"], "msg": "greater than 0", "type": "value_error"}]
    event = answering(422, json.dumps({"message": "Validation error", "detail": detail}).encode()).do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert "body.goods.0.good.price: greater than 0" in event.reason
    assert event.final


@pytest.mark.parametrize("status", [301, 408, 500, 502, 503, 504])
def test_a_break_down_is_doubt_and_no_refusal(status: int) -> None:
    with pytest.raises(Unanswered, match="is not known"):
        answering(status, b"<html>bad gateway</html>").do(sale())


@pytest.mark.parametrize("body", [b"", b"{}", b'{"id": 5}', b"\xff\xfe", b"[]"])
def test_a_success_that_cannot_be_read_is_doubt(body: bytes) -> None:
    with pytest.raises(Unanswered, match="cannot be read"):
        answering(201, body).do(sale())


def test_what_cannot_be_read_back_after_it_was_taken_is_doubt_and_no_refusal() -> None:
    world = World().opened()
    world.fault("cashier-deactivated", path="0010")
    with pytest.raises(Unanswered, match="deactivated"):
        world.do(sale())
    assert len(world.books()["receipts"]) == 1


def test_the_rows_of_the_table_are_reached() -> None:
    for row in TABLE:
        body = json.dumps({"message": f"{row.text or '?'}{row.end}", "code": row.code}).encode()
        judgement = judge(row.status, body)
        assert (judgement.verdict, judgement.sentence) == (row.verdict, row.sentence)


@given(st.integers(300, 599), st.binary(max_size=200))
def test_no_answer_breaks_the_judge(status: int, body: bytes) -> None:
    assert judge(status, body).told


@given(st.text(max_size=2000))
def test_the_vendors_words_become_one_short_line(message: str) -> None:
    told = judge(400, json.dumps({"message": message}).encode()).told
    assert "\n" not in told
    assert len(told) < 500


# --- the same from the sandbox ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("signature-off", "signing program"),
        ("cashier-deactivated", "deactivated"),
    ],
)
def test_a_fault_of_the_vendor_is_told_and_nothing_is_made(fault: str, told: str) -> None:
    world = World().opened()
    world.fault(fault, count=1, path="" if fault == "signature-off" else "/receipts/sell")
    event = world.do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert told in event.reason
    assert world.books()["receipts"] == []


def test_maintenance_is_a_checkbox_that_cannot_be_reached() -> None:
    """It has done nothing, and says so in its own words: the till may go on without it."""
    world = World().opened()
    world.fault("maintenance", count=1, path="/receipts/sell")
    event = world.do(sale())
    assert isinstance(event, FiscaliserUnreachable)
    assert "being maintained" in event.reason
    assert "Maintenance work till 3:30 GMT+3." in event.reason
    assert world.books()["receipts"] == []


def test_too_little_cash_is_told_with_the_vendors_sums() -> None:
    world = World().opened()
    for order in (back(1000), move(1000, 51, "out")):
        event = world.do(order)
        assert isinstance(event, FiscalisationRefused)
        assert "not enough cash" in event.reason
        assert "10.00 > 0.00" in event.reason


def test_a_sale_without_a_shift_is_told() -> None:
    event = World().do(sale())
    assert isinstance(event, FiscalisationRefused)
    assert "open a shift" in event.reason


def test_a_shift_of_checkbox_kasa_is_told_and_not_closed_by_force() -> None:
    world = World().opened()
    world.fault("other-client", count=1)
    event = world.do(report("shift_report"))
    assert isinstance(event, FiscalisationRefused)
    assert "CheckBox Kasa" in event.reason
    assert world.books()["shifts"][0]["status"] == "OPENED"
    assert all(b"skip_client_name_check" not in one.body for one in world.line.sent)


@pytest.mark.parametrize(
    ("field", "pin", "told"),
    [
        ("password", False, "login or password is wrong"),
        ("pin_code", True, "login or password is wrong"),
        ("license_key", True, "licence key is wrong"),
        ("access_key", False, "access key is wrong"),
    ],
)
def test_wrong_credentials_are_a_matter_of_the_configuration(field: str, pin: bool, told: str) -> None:
    world = World(pin=pin)
    known = {name: getattr(world.credentials, name) for name in ("license_key", "access_key", "login", "password")}
    wrong = Credentials(**known, pin_code=world.credentials.pin_code)
    wrong = Credentials(**{**known, "pin_code": wrong.pin_code, field: "0000" if field == "pin_code" else "wrong"})
    client = world.new_client(wrong)
    with pytest.raises(Refused, match=told):
        run(client.sign_in())


def test_a_cashier_busy_elsewhere_is_told() -> None:
    world = World()
    world.line.scripted = lambda request: (
        Response(400, {}, json.dumps({"message": "Каса зайнята іншим касиром"}).encode())
        if (request.method, request.path) == ("POST", "/api/v1/shifts")
        else None
    )
    event = world.do(opening())
    assert isinstance(event, FiscalisationRefused)
    assert "another cashier works on this register" in event.reason


@pytest.mark.parametrize(
    "fields",
    [
        {"license_key": ""},
        {"license_key": "k"},
        {"license_key": "k", "login": "a"},
        {"license_key": "k\r\nX: 1", "pin_code": "1"},
        {"license_key": "ключ", "pin_code": "1"},
    ],
)
def test_credentials_that_cannot_work_are_refused_at_once(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="Checkbox"):
        Credentials(**fields)
