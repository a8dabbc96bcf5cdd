"""The vendor's page of 2022: every example is taken, and its sample answer comes back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.firmware_bridge.vendors.checkbox.sandbox_desk import SAMPLES, Desk, card, cash, good, sale

SELL = "POST /api/v1/receipts/sell"
SELL_OFFLINE = "POST /api/v1/receipts/sell-offline"
#: What differs from register to register and from moment to moment.
OF_THE_MOMENT = re.compile(r"(^|_)(id|at|date|hash|url|code|number|token|name|nin|serial|title|address|type)$")


def answer(name: str) -> Any:
    return SAMPLES["answers"][name]


def shape(value: Any) -> Any:
    """Values replaced by the names of their types, under the same keys in the same order; an account may have
    permissions or not, and the page shows both.
    """
    if isinstance(value, dict):
        return [(key, "?" if key == "permissions" else shape(value[key])) for key in value]
    if isinstance(value, list):
        return [shape(one) for one in value]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def stable(value: Any) -> Any:
    """The same without what is of the moment, a null kept."""
    if isinstance(value, dict):
        return {
            key: "…" if one is not None and OF_THE_MOMENT.search(key) and not isinstance(one, dict) else stable(one)
            for key, one in value.items()
        }
    return [stable(one) for one in value] if isinstance(value, list) else value


@pytest.fixture
def desk() -> Desk:
    return Desk("seed", start=datetime(2022, 6, 27, 8, 0, tzinfo=UTC))


def before_the_sample(desk: Desk, receipt_id: str) -> None:
    """The page's receipt names another one that must have come right before it."""
    desk.ok(desk.post("/receipts/sell", sale(id=receipt_id)))
    desk.wait()


def test_sign_in_answers_a_token_of_three_parts(desk: Desk) -> None:
    known = desk.service.credentials
    body = {"login": known.login, "password": known.password}
    said = desk.post("/cashier/signin", body, Authorization=None, X_License_Key=None)
    assert shape(said.json) == shape(answer("POST /api/v1/cashier/signin"))
    assert len(said.json["access_token"].split(".")) == 3
    said = desk.post("/cashier/signinPinCode", {"pin_code": known.pin_code}, Authorization=None)
    assert shape(said.json) == shape(answer("POST /api/v1/cashier/signinPinCode"))


def test_register_info_is_the_sample(desk: Desk) -> None:
    desk.open_shift()
    said = desk.get("/cash-registers/info", Authorization=None)
    assert shape(said.json) == shape(answer("GET /api/v1/cash-registers/info"))
    assert re.fullmatch(r"TEST\d{6}", said.json["fiscal_number"])
    assert (said.json["offline_mode"], said.json["stay_offline"], said.json["has_shift"]) == (False, False, True)


def test_opening_answers_the_sample(desk: Desk) -> None:
    said = desk.post("/shifts")
    assert (said.status, shape(said.json)) == (202, shape(answer("POST /api/v1/shifts")))
    sample = stable(answer("POST /api/v1/shifts"))
    assert stable(said.json)["taxes"] == sample["taxes"]
    assert stable(said.json)["initial_transaction"] == sample["initial_transaction"]


def test_cashiers_shift_has_no_cashier_as_in_the_sample(desk: Desk) -> None:
    desk.open_shift()
    mine, sample = desk.get("/cashier/shift").json, answer("GET /api/v1/cashier/shift")
    assert list(mine) == list(sample)
    assert mine["opened_at"] == mine["created_at"]
    assert mine["initial_transaction"]["status"] == "DONE"


def test_cash_in_answers_the_sample(desk: Desk) -> None:
    desk.open_shift(cash=10)
    body = SAMPLES["requests"]["POST /api/v1/receipts/service"]["body"]
    said = desk.post("/receipts/service", body)
    sample = answer("POST /api/v1/receipts/service")
    assert (said.status, shape(said.json)) == (201, shape(sample))
    assert {**stable(said.json), "shift": None} == {**stable(sample), "shift": None}
    balance = said.json["shift"]["balance"]
    assert (balance["service_in"], balance["balance"]) == (20, 20)


def test_sample_receipt_comes_to_554_with_a_tax_of_19(desk: Desk) -> None:
    desk.open_shift()
    body = SAMPLES["requests"][SELL]["body"]
    before_the_sample(desk, body["previous_receipt_id"])
    said = desk.post("/receipts/sell", body)
    sample = answer(SELL)
    assert said.status == 201
    assert list(said.json) == list(sample)
    assert {**stable(said.json), "shift": None} == {**stable(sample), "shift": None}
    assert shape(said.json["shift"]) == shape(sample["shift"])
    assert (said.json["total_sum"], said.json["total_payment"], said.json["total_rest"]) == (554, 550, 0)
    assert [one["value"] for one in said.json["taxes"]] == [19, 0]
    assert said.headers["location"] == f"https://api.checkbox.ua/api/v1/receipts/{body['id']}"


def test_sample_receipt_moves_the_shifts_taxes_when_it_is_done(desk: Desk) -> None:
    desk.open_shift()
    body = SAMPLES["requests"][SELL]["body"] | {"previous_receipt_id": None}
    made = desk.post("/receipts/sell", body).json
    assert [one["sales_turnover"] for one in made["shift"]["taxes"]] == [0] * 8
    desk.wait()
    done = desk.receipt(body["id"])
    turnovers = {one["code"]: (one["sales"], one["sales_turnover"]) for one in done["shift"]["taxes"]}
    assert (turnovers[1], turnovers[8], turnovers[2]) == ((19, 116), (0, 554), (0, 0))
    assert (done["shift"]["balance"]["cash_sales"], done["shift"]["balance"]["card_sales"]) == (50, 500)


def test_offline_sample_is_done_at_once_with_its_control_number() -> None:
    body = SAMPLES["requests"][SELL_OFFLINE]["body"]
    codes = ("TEST-000001", body["fiscal_code"])
    desk = Desk("seed", start=datetime(2022, 7, 3, 6, 5, tzinfo=UTC), offline_codes=codes)
    desk.open_shift()
    before_the_sample(desk, body["previous_receipt_id"])
    desk.ok(desk.go_offline(codes[0]))
    desk.wait(39 * 60)
    said = desk.post("/receipts/sell-offline", body)
    sample = answer(SELL_OFFLINE)
    assert said.status == 201
    assert list(said.json) == list(sample)
    assert {**stable(said.json), "shift": None} == {**stable(sample), "shift": None}
    assert shape(said.json["shift"]) == shape(sample["shift"])
    assert said.json["created_at"] == said.json["fiscal_date"] == sample["fiscal_date"]
    pattern = re.sub(
        r"fn=\w+&mac=\w+", r"fn=(\\w+)&mac=([0-9a-f]{64})", re.escape(sample["tax_url"]).replace(r"\&", "&")
    )
    pattern = pattern.replace(r"\=", "=")
    link = re.fullmatch(pattern, said.json["tax_url"])
    assert link is not None
    assert link.groups() == (desk.info()["fiscal_number"], said.json["transaction"]["previous_hash"])
    assert re.fullmatch(r"[1-9]\d{0,3}", said.json["control_number"])


def test_x_report_of_the_samples_shift_is_the_sample(desk: Desk) -> None:
    """Three of the page's receipts and one of 12.00 in cash."""
    desk.open_shift()
    receipt = SAMPLES["requests"][SELL]["body"] | {"previous_receipt_id": None}
    for i in range(3):
        desk.ok(desk.post("/receipts/sell", receipt | {"id": f"00000000-0000-4000-8000-00000000000{i}"}))
    desk.ok(desk.post("/receipts/sell", {"goods": [good(1200, tax=[8])], "payments": [cash(1200)]}))
    desk.wait(10)
    said = desk.post("/reports")
    sample = answer("POST /api/v1/reports")
    assert (said.status, list(said.json)) == (201, list(sample))
    assert stable(said.json) == stable(sample)
    assert said.json["balance"] == 1350


def test_z_report_of_an_idle_shift_is_the_sample() -> None:
    desk = Desk("seed", initial_balance=2398)
    desk.open_shift()
    said = desk.post("/shifts/close")
    sample = answer("POST /api/v1/shifts/close")
    assert (said.status, shape(said.json)) == (202, shape(sample))
    assert stable(said.json["z_report"]) == stable(sample["z_report"])
    assert stable(said.json["taxes"]) == stable(sample["taxes"])
    assert said.json["status"] == "CLOSING"


def test_go_online_ping_and_codes_answer_the_samples(desk: Desk) -> None:
    desk.open_shift()
    assert desk.post("/cash-registers/go-online").json == answer("POST /api/v1/cash-registers/go-online")
    assert desk.post("/cash-registers/ping-tax-service").json == answer("POST /api/v1/cash-registers/ping-tax-service")
    asked = desk.get("/cash-registers/ask-offline-codes?count=2000&sync=false")
    assert asked.json == answer("GET /api/v1/cash-registers/ask-offline-codes")
    desk.wait()
    codes = desk.get("/cash-registers/get-offline-codes?count=3", X_License_Key=None).json
    sample = answer("GET /api/v1/cash-registers/get-offline-codes")
    assert shape(codes) == shape(sample)
    assert [one["serial_id"] for one in codes] == [one["serial_id"] for one in sample]
    assert datetime.fromisoformat(codes[0]["created_at"]).tzinfo is None  # the sample's moments have no zone


def test_go_offline_takes_the_samples_body() -> None:
    body = SAMPLES["requests"]["POST /api/v1/cash-registers/go-offline"]["body"]
    desk = Desk("seed", start=datetime(2022, 6, 3, 11, 0, tzinfo=UTC), offline_codes=(body["fiscal_code"],))
    desk.open_shift()
    said = desk.post("/cash-registers/go-offline", body)
    assert shape(said.json) == shape(answer("POST /api/v1/cash-registers/go-offline"))
    assert desk.info()["stay_offline"] is True
    again = desk.post("/cash-registers/go-offline", body)
    assert (again.status, again.message) == (400, "Каса вже в режимі оффлайн")


def test_ping_before_waiting_documents_tells_both_hashes() -> None:
    desk = Desk("seed", offline_codes=("TEST-000001",))
    desk.open_shift()
    desk.ok(desk.go_offline())
    said = desk.post("/cash-registers/ping-tax-service").json
    sample = answer("POST /api/v1/cash-registers/ping-tax-service (queue)")
    assert said["status"] == sample["status"]
    form = r"ERROR_BAD_HASH_PREV store [0-9a-f]{64} chk [0-9a-f]{64}"
    assert re.fullmatch(form, sample["error"])
    assert re.fullmatch(form, said["error"])


def test_answers_carry_the_vendors_headers(desk: Desk) -> None:
    headers = desk.get("/cash-registers/info").headers
    assert headers["content-type"] == "application/json"
    assert re.fullmatch(r"[0-9a-f]{32}", headers["x-correlation-id"])
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["x-request-id"])
    assert headers["date"] == "Mon, 27 Jun 2022 08:00:00 GMT"


def test_sign_out_is_205_and_empty_and_ends_the_token(desk: Desk) -> None:
    said = desk.post("/cashier/signout")
    assert (said.status, said.reply.body) == (205, b"")
    after = desk.get("/cashier/shift")
    assert (after.status, after.message) == (401, "Невірний токен доступу")


def test_commission_custom_and_tax_do_not_come_back(desk: Desk) -> None:
    desk.open_shift()
    made = desk.sell(payments=[card(12000, commission=1, acquirer_and_seller="П")], custom={"text_global_header": "х"})
    assert (made["payments"][0]["commission"], made["custom"]) == (None, None)
    assert "tax" not in made["goods"][0]["good"]
    assert made["payments"][0]["acquiring"] == made["payments"][0]["acquirer_and_seller"] == "П"
