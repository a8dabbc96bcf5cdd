"""Every refusal that the vendor's page shows, provoked once, with its own words; and what comes before what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from firmware_bridge.vendors.checkbox.sandbox.errors import KINDS
from tests.firmware_bridge.vendors.checkbox.sandbox_desk import SAMPLES, Desk, Said, card, cash, good, refund, sale

UNKNOWN = "6f1c2b1e-3c51-4a5f-9f0e-1f2b3c4d5e6f"
KASA = (
    "Зміну відкрито за допомогою CheckBox Kasa, виконання дії через іншу інтеграцію призведе до непередбачуваних "
    "помилок в роботі каси"
)
Provoke = Callable[[Desk], Said]


def opened(act: Provoke, money: int = 0) -> Provoke:
    def provoke(desk: Desk) -> Said:
        desk.open_shift(cash=money)
        return act(desk)

    return provoke


def under(fault: str, act: Provoke) -> Provoke:
    def provoke(desk: Desk) -> Said:
        desk.fault(fault)
        return act(desk)

    return provoke


def sell(**changes: Any) -> Provoke:
    return lambda desk: desk.post("/receipts/sell", sale(**changes))


def twice(desk: Desk) -> Said:
    desk.sell(id=UNKNOWN)
    return desk.post("/receipts/sell", sale(price=5, id=UNKNOWN))


def code_used(desk: Desk) -> Said:
    codes = desk.refill()
    desk.ok(desk.go_offline(codes[0]))
    return desk.sell_offline(codes[0], desk.after(1))


def offline_twice(desk: Desk) -> Said:
    desk.refill()
    desk.ok(desk.go_offline())
    return desk.go_offline()


def by_senior(path: str) -> Provoke:
    def provoke(desk: Desk) -> Said:
        desk.open_shift()
        desk.sign_in(senior=True)
        return desk.post(path)

    return provoke


def sign_in(desk: Desk) -> Said:
    return desk.post("/cashier/signin", {"login": "testuser37", "password": "123456"})


def sign_in_with_pin(desk: Desk, **headers: str) -> Said:
    return desk.post(
        "/cashier/signinPinCode", SAMPLES["requests"]["POST /api/v1/cashier/signinPinCode"]["body"], **headers
    )


#: kind -> how it comes about, status, the words of the page.
DOCUMENTED: dict[str, tuple[Provoke, int, str]] = {
    "unparsable": (lambda d: d.raw("POST", "/receipts/sell", b"{nope"), 400, "There was an error parsing the body"),
    "bad-login": (sign_in, 403, "Невірний логін або пароль"),
    "bad-pin": (sign_in_with_pin, 403, "Невірний пінкод"),
    "bad-access-key": (lambda d: d.get("/cashier/shift", X_Access_Key="x"), 403, "Невірний ключ доступу"),
    "bad-license": (lambda d: sign_in_with_pin(d, X_License_Key="x"), 401, "Невірний ключ ліцензії каси"),
    "bad-token": (lambda d: d.get("/cashier/shift", Authorization="Bearer x.y.z"), 401, "Невірний токен доступу"),
    "no-token": (lambda d: d.get("/cashier/shift", Authorization=None), 403, "Not authenticated"),
    "deactivated": (
        under("cashier-deactivated", lambda d: d.get("/cashier/shift")),
        403,
        "Доступ заборонено, оскільки касира деактивовано",
    ),
    "maintenance": (
        under("maintenance", lambda d: d.get("/cashier/shift")),
        503,
        "Maintenance work till 3:30 GMT+3. Sorry for the inconvenience.",
    ),
    "signature-off": (
        under("signature-off", lambda d: d.post("/shifts")),
        400,
        "CheckBox Підпис неактивний, запустіть його, будь ласка",
    ),
    "register-busy": (by_senior("/cash-registers/go-online"), 400, "Каса зайнята іншим касиром"),
    "shift-not-opened": (sell(), 400, "Зміну не відкрито"),
    "other-client": (
        opened(under("other-client", lambda d: d.post("/shifts/close"))),
        409,
        KASA,
    ),
    "unknown-order": (opened(sell(order_id=UNKNOWN)), 400, "Вказано невідомий ідентифікатор замовлення"),
    "receipt-exists": (opened(twice), 400, "Вказаний id чеку вже існує"),
    "previous-differs": (
        opened(sell(previous_receipt_id=UNKNOWN)),
        400,
        "id попереднього чеку відрізняється від останнього збереженого чеку",
    ),
    "paid-too-little": (
        opened(sell(payments=[cash(11999)])),
        400,
        "Сума платежів не може бути меньшою ніж сума чеку",
    ),
    "return-unequal": (
        opened(lambda d: d.post("/receipts/sell", refund(454400, payments=[cash(454401)])), money=500000),
        400,
        "Сума платежів повинна дорівнювати сумі чеку повернення (4544.00)",
    ),
    "too-little-cash": (
        opened(lambda d: d.post("/receipts/sell", refund(10001)), money=10000),
        400,
        "Неможливо виконати операцію, оскільки в касі недостатньо коштів (100.01 > 100.00)",
    ),
    "not-manual-offline": (
        opened(lambda d: d.sell_offline("TEST-000001", d.after(1))),
        400,
        "Cash register should be in manual offline mode!",
    ),
    "already-offline": (opened(offline_twice), 400, "Каса вже в режимі оффлайн"),
    "code-used": (opened(code_used), 400, "[offline_mode_exception#error] Offline code '{}' was used before!"),
}


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_documented_refusal_comes_with_the_pages_words(kind: str) -> None:
    provoke, status, message = DOCUMENTED[kind]
    desk = Desk("seed")
    said = provoke(desk)
    used = next(iter(desk.books()["codes"]["spent"]), "")
    assert (said.status, said.message) == (status, message.format(used))
    assert list(said.json) == ["message"]


def test_every_documented_refusal_is_provoked() -> None:
    assert {name for name, kind in KINDS.items() if kind.source == "seed"} == DOCUMENTED.keys()


def test_nothing_is_written_down_when_a_receipt_is_refused() -> None:
    desk = Desk("seed")
    desk.open_shift(cash=100)
    before = desk.books()
    for body in (sale(payments=[]), refund(99999), sale(order_id=UNKNOWN), sale(previous_receipt_id=UNKNOWN), {}):
        assert desk.post("/receipts/sell", body).status in (400, 422)
    assert desk.books() == before


def test_validation_names_place_kind_and_limit() -> None:
    said = Desk("seed").post("/cashier/signin", {"login": "testuser37", "password": ""})
    assert said.status == 422
    assert said.json == {
        "detail": [
            {
                "loc": ["body", "payload", "password"],
                "msg": "ensure this value has at least 1 characters",
                "type": "value_error.any_str.min_length",
                "ctx": {"limit_value": 1},
            }
        ],
        "message": "Validation error",
    }


@pytest.mark.parametrize(
    ("body", "where", "kind"),
    [
        ({}, ["goods"], "value_error.missing"),
        (sale(id="17"), ["id"], "type_error.uuid"),
        (sale(goods=[good(-1)]), ["goods", 0, "good", "price"], "value_error.number.not_ge"),
        (sale(goods=[good(1, quantity=0)]), ["goods", 0, "quantity"], "value_error.number.not_gt"),
        (sale(goods=[{**good(1), "quantity": 1.5}]), ["goods", 0, "quantity"], "type_error.integer"),
        (sale(goods=[good(1, tax=[1, 2, 3])]), ["goods", 0, "good", "tax"], "value_error.list.max_items"),
        (sale(goods=[good(1, good={"code": ""})]), ["goods", 0, "good", "code"], "value_error.any_str.min_length"),
        (
            sale(goods=[good(1, good={"code": "x" * 257})]),
            ["goods", 0, "good", "code"],
            "value_error.any_str.max_length",
        ),
        (sale(goods=[good(1, good={"name": None})]), ["goods", 0, "good", "name"], "type_error.none.not_allowed"),
        (sale(goods={}), ["goods"], "type_error.list"),
        (sale(goods=[7]), ["goods", 0], "type_error.dict"),
        (sale(payments=[{"type": "GOLD", "value": 1}]), ["payments", 0, "type"], "type_error.enum"),
        (sale(payments=[card(1, card_mask="x" * 20)]), ["payments", 0, "card_mask"], "value_error.any_str.max_length"),
        (sale(rounding="yes"), ["rounding"], "type_error.bool"),
        (sale(delivery={"phone": "0987777777"}), ["delivery", "phone"], "value_error.str.regex"),
        (sale(delivery={"email": "nobody"}), ["delivery", "email"], "value_error.email"),
        (sale(header=5), ["header"], "type_error.str"),
        (
            sale(discounts=[{"type": "DISCOUNT", "mode": "VALUE", "value": -1}]),
            ["discounts", 0, "value"],
            "value_error.number.not_ge",
        ),
        (
            sale(discounts=[{"type": "DISCOUNT", "mode": "VALUE", "value": "5"}]),
            ["discounts", 0, "value"],
            "type_error.float",
        ),
    ],
)
def test_field_that_is_not_as_documented_is_422(body: Any, where: list[Any], kind: str) -> None:
    desk = Desk("seed")
    desk.open_shift()
    said = desk.post("/receipts/sell", body)
    assert said.status == 422
    assert [(one["loc"], one["type"]) for one in said.json["detail"]] == [(["body", "payload", *where], kind)]


def test_offline_receipt_needs_code_and_date() -> None:
    desk = Desk("seed")
    desk.open_shift()
    said = desk.post("/receipts/sell-offline", sale(fiscal_date="yesterday"))
    assert [(one["loc"][-1], one["type"]) for one in said.json["detail"]] == [
        ("fiscal_code", "value_error.missing"),
        ("fiscal_date", "value_error.datetime"),
    ]


def test_current_interface_names_a_code_beside_the_message() -> None:
    desk = Desk()
    desk.open_shift()
    said = desk.post("/receipts/sell", sale(goods=[]))
    assert said.json == {
        "code": "validation.custom",
        "message": "Помилка валідації",
        "detail": [
            {
                "loc": ["body", "goods"],
                "msg": "Переконайтеся, що це значення містить принаймні 1 елементів",
                "type": "value_error.list.min_items",
                "ctx": {"limit_value": 1},
            }
        ],
    }
    assert twice(desk).json == {"code": "receipt.already_exists", "message": "Вказаний id чеку вже існує"}
    assert desk.get("/cashier/shift", Authorization="Bearer x").json == {
        "code": "base.credentials",
        "message": "Could not validate credentials",
    }
    assert sign_in_with_pin(desk).json["code"] == "cashier.invalid_credentials"
    assert sign_in_with_pin(desk, X_License_Key="x").json["code"] == "cash_register.invalid_license_key"
    desk.close_shift()
    assert desk.post("/receipts/sell", sale()).json == {"code": "shift.not_opened", "message": "Зміну не відкрито"}


def test_price_of_nothing_is_taken_by_the_old_interface_alone() -> None:
    body = sale(goods=[good(0), good(100)], payments=[cash(100)])
    for profile, status in (("seed", 201), ("current", 422)):
        desk = Desk(profile)
        desk.open_shift()
        assert desk.post("/receipts/sell", body).status == status


def test_client_headers_are_demanded_by_the_current_interface_alone() -> None:
    for profile, status in (("seed", 200), ("current", 422)):
        desk = Desk(profile)
        said = desk.get("/cashier/shift", X_Client_Name=None, X_Client_Version=None)
        assert said.status == status
    assert [one["loc"] for one in said.json["detail"]] == [["header", "x-client-name"], ["header", "x-client-version"]]
    assert {one["msg"] for one in said.json["detail"]} == {"Обов'язкове поле не заповнено"}


def test_license_key_is_demanded_where_the_papers_say() -> None:
    desk = Desk("seed")
    for method, path in (
        ("POST", "/shifts"),
        ("GET", "/cash-registers/info"),
        ("POST", "/cash-registers/ping-tax-service"),
    ):
        said = desk.call(method, path, X_License_Key=None)
        assert (said.status, said.json["detail"][0]["loc"]) == (422, ["header", "x-license-key"])
    assert desk.get("/cashier/shift", X_License_Key=None).status == 200
    strict = Desk("seed", license_everywhere=True)
    assert strict.get("/cashier/shift", X_License_Key=None).status == 422


def test_refusals_of_a_sale_come_in_the_order_of_the_page() -> None:
    """One request that is wrong in every way, put right step by step."""
    desk = Desk("seed", offline_codes=("TEST-000001", "TEST-000002"))
    known: dict[str, Any] = {"id": UNKNOWN}
    wrong: dict[str, Any] = {**sale(**known), "payments": [], "order_id": UNKNOWN, "previous_receipt_id": UNKNOWN}
    said = []

    def ask() -> None:
        said.append(desk.post("/receipts/sell", wrong).message)

    desk.fault("signature-off", 1)
    ask()
    ask()
    desk.open_shift()
    desk.sell(**known)
    ask()
    wrong["order_id"] = None
    ask()
    wrong["id"] = None
    wrong["previous_receipt_id"] = "00000000-0000-4000-8000-000000000000"
    ask()
    wrong["previous_receipt_id"] = UNKNOWN
    ask()
    kinds = (
        "signature-off",
        "shift-not-opened",
        "unknown-order",
        "receipt-exists",
        "previous-differs",
        "paid-too-little",
    )
    assert said == [KINDS[kind].message for kind in kinds]


def test_doors_are_looked_at_in_their_order() -> None:
    """Maintenance, access key, path, body, token, licence key, fields."""
    desk = Desk("seed")
    wrong: dict[str, str | None] = {"X_Access_Key": "x", "Authorization": None, "X_License_Key": None}
    statuses = []

    def ask(path: str = "/shifts", body: bytes = b"{") -> None:
        said = desk.raw("POST", path, body, **wrong)
        statuses.append((said.status, said.json["message"]))

    desk.fault("maintenance", 1)
    ask()
    ask()
    del wrong["X_Access_Key"]
    ask("/nowhere")
    ask()
    ask(body=b'{"id": "1"}')
    del wrong["Authorization"]
    ask(body=b'{"id": "1"}')
    del wrong["X_License_Key"]
    ask(body=b'{"id": "1"}')
    assert [status for status, _ in statuses] == [503, 403, 404, 400, 403, 422, 422]
    assert statuses[4][1] == "Not authenticated"


def test_unknown_receipt_shift_path_and_method() -> None:
    desk = Desk()
    assert desk.get(f"/receipts/{UNKNOWN}").status == 404
    assert desk.get(f"/receipts/{UNKNOWN}").json == {
        "message": "Сталась помилка при запиті до архіву чеків: [not_found#404] Not Found"
    }
    assert desk.get(f"/shifts/{UNKNOWN}").status == 404
    assert desk.get("/goods").status == 404
    assert desk.call("DELETE", "/shifts").status == 405
    assert desk.get("/cashier/signin").status == 405
    assert Desk("seed").post("/receipts/validate", sale()).status == 405  # a receipt of that name, in the old interface


def test_shift_of_24_hours_takes_no_receipt_but_closes() -> None:
    desk = Desk()
    desk.open_shift()
    desk.wait(24 * 3600 - 10)
    assert desk.sell()["status"] == "DONE"
    desk.wait(20)
    assert desk.post("/receipts/sell", sale()).status == 400
    assert desk.post("/receipts/service", {"payment": cash(5)}).status == 400
    assert desk.close_shift()["status"] == "CLOSED"


def test_inferred_refusals_leave_no_receipt() -> None:
    desk = Desk()
    desk.open_shift(cash=50000)
    mixed = sale(goods=[good(100), good(100, returned=True)], payments=[cash(200)])
    bodies = {
        "mixed": mixed,
        "tax": sale(goods=[good(100, tax=[9])]),
        "letter": sale(goods=[good(100, tax=["Q"])]),
        "discount": sale(discounts=[{"type": "DISCOUNT", "mode": "VALUE", "value": 12001}]),
        "card": sale(payments=[card(12001)]),
        "total_sum": sale(goods=[good(12000, total_sum=11000)]),
    }
    answers = {name: desk.post("/receipts/sell", body).status for name, body in bodies.items()}
    assert answers == dict.fromkeys(bodies, 400)
    assert desk.books()["receipts"] == []


def test_auto_close_of_another_day_is_422() -> None:
    desk = Desk()
    said = desk.post("/shifts", {"auto_close_at": desk.now + timedelta(days=1)})
    assert (said.status, said.json["detail"][0]["loc"]) == (422, ["body", "auto_close_at"])
    assert desk.get("/cashier/shift").json is None
