"""What can be made to go wrong, and the paths that only tests have: books, faults, clock, flags."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from firmware_bridge.vendors.checkbox.sandbox.faults import FAULTS, KNOWN_FAULTS, Fault, Faults
from firmware_bridge.vendors.checkbox.sandbox.options import SandboxOptions
from firmware_bridge.vendors.sandbox.clock import RunningClock, VirtualClock
from tests.firmware_bridge.vendors.checkbox.sandbox_desk import Desk, cash, sale

ID = "3f1d2c4b-5a69-4788-9a0b-1c2d3e4f5a6b"


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.open_shift()
    return desk


def test_lost_answer_has_been_carried_out(desk: Desk) -> None:
    desk.fault("lost-answer", 1, path="/receipts/sell")
    assert desk.get("/cashier/shift").reply.dropped is False  # another path
    lost = desk.post("/receipts/sell", sale(id=ID))
    assert lost.reply.dropped is True
    desk.wait()
    assert desk.receipt(ID)["status"] == "DONE"
    assert desk.post("/receipts/sell", sale(id=ID)).json["code"] == "receipt.already_exists"


def test_request_that_did_not_arrive_has_done_nothing(desk: Desk) -> None:
    desk.fault("not-reached", 1)
    assert desk.post("/receipts/sell", sale(id=ID)).reply.dropped is True
    assert desk.get(f"/receipts/{ID}").status == 404
    assert desk.sell(id=ID)["status"] == "DONE"


def test_slow_answer_says_how_late_it_is(desk: Desk) -> None:
    desk.fault("slow", 1, delay_s=7.5)
    assert desk.get("/cashier/shift").reply.delay_s == 7.5
    assert desk.get("/cashier/shift").reply.delay_s == 0


def test_maintenance_lasts_until_cleared(desk: Desk) -> None:
    desk.fault("maintenance")
    assert [desk.get("/cashier/shift").status for _ in range(3)] == [503] * 3
    assert desk.post("/cashier/signin", {}).status == 503
    desk.clear("maintenance")
    assert desk.get("/cashier/shift").status == 200


def test_expired_token_is_gone_for_good_and_signing_in_helps(desk: Desk) -> None:
    desk.fault("token-expired", 1)
    assert [desk.get("/cashier/shift").status for _ in range(2)] == [401, 401]
    desk.sign_in()
    assert desk.get("/cashier/shift").status == 200


def test_licence_that_became_invalid_is_401(desk: Desk) -> None:
    desk.fault("license-invalid", 1)
    said = desk.get("/cash-registers/info")
    assert (said.status, said.json["code"]) == (401, "cash_register.invalid_license_key")
    assert desk.get("/cash-registers/info").status == 200


def test_missing_signature_refuses_and_holds_up_what_waits(desk: Desk) -> None:
    made = desk.sell(settled=False)
    desk.fault("signature-off")
    desk.wait(60)
    assert desk.receipt(made["id"])["status"] == "CREATED"
    for path, body in (
        ("/receipts/sell", sale()),
        ("/receipts/service", {"payment": cash(5)}),
        ("/shifts/close", None),
    ):
        assert desk.post(path, body).message == "CheckBox Підпис неактивний, запустіть його, будь ласка"
    desk.clear("signature-off")
    desk.wait(0.9)
    assert desk.receipt(made["id"])["status"] == "CREATED"
    desk.wait(0.1)
    assert desk.receipt(made["id"])["status"] == "DONE"


def test_faults_strike_as_often_as_they_say(desk: Desk) -> None:
    desk.fault("receipt-error", 2)
    assert [desk.sell()["status"] for _ in range(3)] == ["ERROR", "ERROR", "DONE"]


def test_faults_are_listed_and_cleared_together(desk: Desk) -> None:
    desk.fault("slow", 3)
    desk.fault("other-client")
    assert [(one["name"], one["count"]) for one in desk.get("/_fault").json["set"]] == [
        ("slow", 3),
        ("other-client", None),
    ]
    assert desk.call("DELETE", "/_fault").json["set"] == []
    assert desk.get("/_fault").json["known"] == FAULTS


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"name": "fire"}, "there is no fault 'fire'"),
        ({"name": "slow", "count": -1}, "not -1"),
        ({"name": "slow", "count": "often"}, "count is a number of times"),
        ({"name": "slow", "delay_s": 601}, "not 601"),
        ({"name": "slow", "colour": "red"}, "has no colour"),
        ([], "must be a JSON object"),
    ],
)
def test_fault_that_cannot_be_set_is_answered_with_a_sentence(desk: Desk, body: Any, says: str) -> None:
    said = desk.post("/_fault", body)
    assert said.status == 400
    assert says in said.message


def test_faults_can_be_set_from_the_start() -> None:
    desk = Desk(faults=("receipt-error:1", "other-client"))
    desk.open_shift()
    assert [desk.sell()["status"] for _ in range(2)] == ["ERROR", "DONE"]
    assert desk.post("/shifts/close").status == 409
    with pytest.raises(ValueError, match="there is no fault 'fire'; known are slow, not-reached"):
        Desk(faults=("fire",))


def test_every_fault_has_an_effect() -> None:
    """The same hour with and without each fault: the answers or the books differ."""

    def hour(desk: Desk) -> Any:
        said = [desk.post("/shifts"), desk.get("/cash-registers/info")]
        desk.wait()
        said += [desk.post("/receipts/sell", sale(id=ID)), desk.get("/cashier/check-signature")]
        desk.wait(10)
        said += [desk.get(f"/receipts/{ID}"), desk.post("/shifts/close")]
        desk.wait(10)
        books = desk.books()
        return [(one.status, one.reply.dropped, one.reply.delay_s) for one in said], books | {"faults": None}

    def fresh() -> Desk:
        return Desk(offline_codes=("TEST-000001", "TEST-000002", "TEST-000003", "TEST-000004"))

    usual = hour(fresh())
    assert hour(fresh()) == usual
    for name in KNOWN_FAULTS:
        desk = fresh()
        desk.fault(name)
        assert hour(desk) != usual, name


def test_clock_goes_forward_only(desk: Desk) -> None:
    before = desk.now
    assert desk.post("/_clock", {"advance_s": 90}).status == 200
    assert desk.now == before + timedelta(seconds=90)
    assert desk.post("/_clock", {"advance_s": -1}).status == 400
    assert desk.post("/_clock", {"advance_s": "soon"}).status == 400
    assert desk.now == before + timedelta(seconds=90)


def test_running_clock_can_be_put_forward() -> None:
    clock, still = RunningClock(), VirtualClock()
    before = clock.now()
    clock.advance(3600)
    assert clock.now() - before >= timedelta(hours=1)
    assert still.now() == still.now()


def test_paths_of_tests_do_not_swallow_mistakes(desk: Desk) -> None:
    assert desk.get("/_nothing").status == 404
    assert desk.post("/_register", {"is_test": "no"}).status == 400
    assert desk.post("/_register", {"jam": "please"}).status == 400
    assert desk.post("/_register", {}).status == 400
    assert desk.raw("POST", "/_clock", b"{").status == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"profile": "future"},
        {"port": 70000},
        {"signing_delay_s": -1},
        {"auto_close_shift_at": "25:00"},
    ],
)
def test_options_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        SandboxOptions(**wrong)


def test_fault_of_count_nothing_is_no_fault() -> None:
    faults = Faults(Fault, ["slow:2"])
    assert faults.active("slow") == Fault("slow", 2)
    assert faults.strike("slow", "/x") == Fault("slow", 2)
    assert faults.strike("slow") is not None
    assert faults.strike("slow") is None
