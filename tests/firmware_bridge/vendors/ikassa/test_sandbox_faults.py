"""What can be made to go wrong with the sandbox, who may work at it, and what it keeps over a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.vendors.ikassa.sandbox.faults import KNOWN_FAULTS
from tests.firmware_bridge.vendors.ikassa.sandbox_till import Client, back, cheque, sale

CARD = {"cash": "0", "cashless": "10.00"}


def test_a_lost_answer_is_carried_out_once_and_found_by_its_id() -> None:
    client = Client().opened()
    client.fault("lost-answer", count=1)
    assert client.do("SALE", sale()).reply.dropped
    assert client.books()["by_operation"] == {"op-1": 1}
    assert client.ok("OPERATION_ID", {"operationId": "op-1"})["isSucceed"]


@pytest.mark.parametrize("name", ["down", "not-reached"])
def test_what_did_not_arrive_did_nothing(name: str) -> None:
    client = Client().opened()
    before = client.books()
    client.fault(name, count=2)
    assert client.do("SALE", sale()).reply.dropped
    assert client.do("OPERATION_ID", {"operationId": "op-1"}).reply.dropped
    assert client.books() == before
    assert client.do("SALE", sale()).code == 200


@pytest.mark.parametrize(
    ("name", "code"),
    [("blocked", 409), ("unfinished", 410), ("certificate", 407), ("server-error", 399), ("refused", 399)],
)
@pytest.mark.parametrize("operation", ["SALE", "MONEY_BACK", "DEPOSIT", "CLOSE_SHIFT"])
def test_a_fault_with_a_code_does_nothing(name: str, code: int, operation: str) -> None:
    client = Client().opened("50")
    before = client.books()
    client.fault(name, count=1)
    body = {"cashier": "Анна", "sum": "1", **back()}
    assert client.do(operation, body).code == code
    assert client.books() == before
    assert client.do(operation, body).code == 200


def test_an_unfinished_sale_holds_no_cheques_up() -> None:
    client = Client().opened()
    client.fault("unfinished")
    assert client.do("ADD_CHEQUES", [cheque()]).code == 200
    assert client.do("SALE", sale()).code == 410


def test_an_aged_shift_is_cured_by_closing_and_opening() -> None:
    client = Client().opened()
    client.fault("aged-shift", count=1)
    assert [client.do("SALE", sale()).code for _ in range(2)] == [412, 412]
    client.ok("CLOSE_SHIFT")
    client.opened()
    assert client.do("SALE", sale()).code == 200


def test_a_failed_printer_makes_a_document_without_paper() -> None:
    client = Client().opened()
    client.fault("printer-failed")
    said = client.ok("SALE", sale())
    assert said["isPrintSuccess"] is False
    assert client.ok("SALE", sale(printCheque=False, operationId="op-2"))["isPrintSuccess"] is True
    assert len(client.books()["documents"]) == 3


def test_a_declined_card_makes_nothing_and_is_remembered() -> None:
    client = Client().opened()
    client.fault("declined")
    assert client.do("SALE", sale(**CARD)).code == 399
    assert client.do("SALE", sale(operationId="op-2")).code == 200, "cash is no card"
    books = client.books()
    assert (books["charged"], books["by_operation"]) == (0, {"op-2": 1})
    assert client.ok("OPERATION_ID", {"operationId": "op-1"})["isSucceed"] is False


def test_a_declined_card_may_leave_nothing_at_all() -> None:
    client = Client(remembers_declined=False, declined_code=417).opened()
    client.fault("declined")
    assert client.do("SALE", sale(**CARD)).code == 417
    assert client.do("OPERATION_ID", {"operationId": "op-1"}).code == 399


def test_while_a_card_is_waited_for_the_till_is_busy() -> None:
    client = Client().opened()
    client.fault("slow-card", count=1, delay_s=170)
    said = client.do("SALE", sale(**CARD))
    assert (said.reply.delay_s, said.code) == (170, 200)
    for operation, body in (
        ("SALE", sale(operationId="op-2")),
        ("OPERATION_ID", {"operationId": "op-1"}),
        ("X_REPORT", None),
        ("CLOSE_SHIFT", None),
    ):
        assert client.do(operation, body).code == 410, operation
    assert client.books()["charged"] == 0
    client.clock.advance(170)
    assert client.ok("OPERATION_ID", {"operationId": "op-1"})["isSucceed"]
    assert client.books()["charged"] == 1000


def test_a_till_may_answer_while_it_waits_for_a_card_that_it_has_not_succeeded() -> None:
    client = Client(answers_while_busy=True).opened()
    client.fault("slow-card-lost", count=1, delay_s=60)
    said = client.do("SALE", sale(**CARD))
    assert (said.reply.dropped, said.reply.delay_s) == (True, 0)
    assert client.ok("OPERATION_ID", {"operationId": "op-1"})["isSucceed"] is False
    client.clock.advance(60)
    assert client.ok("OPERATION_ID", {"operationId": "op-1"})["isSucceed"] is True


def test_a_slow_answer_is_late_by_what_was_asked_and_done_at_once() -> None:
    client = Client().opened()
    client.fault("slow", count=1, delay_s=7)
    assert client.do("SALE", sale()).reply.delay_s == 7
    assert client.books()["by_operation"] == {"op-1": 1}
    assert client.do("SALE", sale(operationId="op-2")).reply.delay_s == 0


def test_a_fault_keeps_to_its_operation() -> None:
    client = Client().opened()
    client.fault("blocked", operation="deposit")
    assert client.do("SALE", sale()).code == 200
    assert client.do("DEPOSIT", {"cashier": "Анна", "sum": "1"}).code == 409


@pytest.mark.parametrize("fault", [{"name": "fire"}, {"name": "slow", "delay_s": 601}, {"name": "slow", "often": 1}])
def test_a_fault_that_cannot_be_is_refused(fault: dict[str, Any]) -> None:
    client = Client()
    with pytest.raises(AssertionError):
        client.fault(**fault)
    assert client.books()["faults"] == []


def test_every_fault_may_be_named_at_the_start() -> None:
    known = Client(faults=tuple(f"{name}:1" for name in KNOWN_FAULTS)).books()["faults"]
    assert {one["name"] for one in known} == set(KNOWN_FAULTS) - {"down", "refused"}


# --- who may work at it -----------------------------------------------------------------------------------------------


def signed_in(**options: Any) -> Client:
    client = Client(token_mode=True, **options)
    said = client.ok("AUTH", {"pin": client.service.pin, "rememberPin": False, "returnToken": True})
    client.token = said["token"]
    return client


def test_without_a_token_nothing_is_done_where_one_is_wanted() -> None:
    client = Client(token_mode=True)
    said = client.do("OPEN_SHIFT")
    assert (said.status, said.code) == (401, 401)
    assert not client.books()["shift"]["open"]
    assert Client(token_mode=True, unauthorised_status=200).do("OPEN_SHIFT").status == 200


def test_a_token_lets_in_and_one_that_is_not_valid_is_405() -> None:
    client = signed_in()
    client.ok("OPEN_SHIFT", {"cashier": "Анна"})
    client.token = "0" * 40
    said = client.do("CLOSE_SHIFT")
    assert (said.status, said.code) == (401, 405)


def test_an_expired_token_is_405_and_a_new_one_helps() -> None:
    client = signed_in()
    client.fault("token-expired", count=1)
    assert [client.do("OPEN_SHIFT").code for _ in range(2)] == [405, 405]
    client.token = client.ok("AUTH", {"pin": client.service.pin, "returnToken": True})["token"]
    client.ok("OPEN_SHIFT")
    assert client.books()["tokens_given"] == 2


def test_a_remembered_pin_lets_in_without_a_token() -> None:
    client = Client(token_mode=True, pin="4711")
    said = client.ok("AUTH", {"pin": "4711", "rememberPin": True, "returnToken": False})
    assert "token" not in said
    assert client.do("OPEN_SHIFT").code == 200


@pytest.mark.parametrize(("body", "code"), [({"pin": "0000"}, 401), ({}, 413), ({"pin": 4711}, 413)])
def test_a_wrong_pin_gives_no_token(body: dict[str, Any], code: int) -> None:
    client = Client(token_mode=True, pin="4711")
    assert client.do("AUTH", body | {"returnToken": True}).code == code
    assert client.books()["tokens_given"] == 0


# --- over a restart ---------------------------------------------------------------------------------------------------


def test_operations_cheques_shift_and_cash_outlive_the_till(tmp_path: Path) -> None:
    file = str(tmp_path / "till.json")
    client = Client(state_file=file).opened("50")
    client.ok("SALE", sale())
    client.ok("ADD_CHEQUES", [cheque()])
    kept = client.books()
    again = Client(clock=client.clock, state_file=file)
    assert {name: again.books()[name] for name in ("shift", "cash", "documents", "cheques")} == {
        name: kept[name] for name in ("shift", "cash", "documents", "cheques")
    }
    assert again.ok("OPERATION_ID", {"operationId": "op-1"})["isSucceed"]
    assert again.do("ADD_CHEQUES", [cheque()]).code == 491
    assert again.ok("SALE", sale(operationId="op-2"))["numberCheck"] == "4"


def test_without_a_file_a_restart_forgets(tmp_path: Path) -> None:
    """The control."""
    client = Client().opened()
    client.ok("SALE", sale())
    assert Client(clock=client.clock).do("OPERATION_ID", {"operationId": "op-1"}).code == 399
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"documents": [1]}', '{"documents": [], "more": 1}'])
def test_a_file_that_holds_no_books_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "till.json"
    file.write_text(content)
    with pytest.raises(ValueError, match="no books"):
        Client(state_file=str(file))
