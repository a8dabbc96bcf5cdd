"""A portal orders, a till prints: set up by command, told at once, confirmed by a person, killed in between."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.simulation import FISCAL_HEADINGS
from tests.support.orders_desk import OrderShop, call, order_shop
from tests.support.processes import command, until


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrderShop]:
    folder = tmp_path_factory.mktemp("orders")
    with SandboxProcess("checkbox") as vendor, order_shop(folder, vendor) as found:
        done = found.bitrix24("setup")
        assert (done.code, done.out.splitlines()) == (
            0,
            ["handler: added (id 1)", "cash register 1: added (id 1)"],
        ), done
        yield found


def test_setup_run_again_changes_nothing_and_list_shows_what_is_there(shop: OrderShop) -> None:
    again = shop.bitrix24("setup", "--json")
    assert [one["did"] for one in json.loads(again.out)] == ["unchanged", "unchanged"]
    shown = shop.bitrix24("list").out.splitlines()
    assert shown == ["handler 1  firmware_bridge  Firmware Bridge  ours", "cash register 1  Kasse  active  till 1"]
    assert shop.gateway.secret not in again.out + "".join(shown)


def test_an_order_is_on_paper_once_and_the_portal_has_its_number(shop: OrderShop) -> None:
    check = shop.ends(shop.order())
    receipt = shop.place.get(f"/v1/receipts/{check['external']}")
    assert receipt["totals"]["total"] == 2100
    told, stamp = check["result"], receipt["fiscal"]
    assert (told["FISCAL_DOC_ATTR"], told["SHIFT_NUMBER"]) == (stamp["number"], "1")
    assert told["REG_NUMBER_KKT"] == told["FN_NUMBER"]
    _on_paper_once(shop, stamp["number"])
    assert int(check["result"]["PRINT_END_TIME"]) > 1_700_000_000


def test_an_order_that_is_delivered_twice_is_on_paper_once(shop: OrderShop) -> None:
    shop.portal.fault("duplicate-print", count=1)
    check = shop.ends(shop.order(cash=False))
    number = shop.place.get(f"/v1/receipts/{check['external']}")["fiscal"]["number"]
    _on_paper_once(shop, number)


def _on_paper_once(shop: OrderShop, number: str) -> None:
    """The portal hears of a document as soon as it is fiscalised: the paper may come a moment later."""
    name = f"fiscal {number}"
    until(lambda: name in shop.place.papers(FISCAL_HEADINGS), "the paper")
    shop.place.at_rest()
    found = shop.place.papers(FISCAL_HEADINGS)[name]
    assert (found.originals, found.copies) == (1, 0)


def test_a_refund_in_cash_waits_for_the_cashiers_yes(shop: OrderShop) -> None:
    sold = shop.ends(shop.order())["external"]
    number = shop.order("sellreturncash")
    until(lambda: shop.place.get("/v1/orders")["orders"], "the refund to come to the till")
    (waiting,) = shop.place.get("/v1/orders")["orders"]
    assert (waiting["kind"], waiting["needs_confirmation"]) == ("return", True)
    assert shop.check(number)["status"] == "P"
    body = {"id": "yes-1", "cashier": "7", "original": {"id": sold}}
    said = shop.place.post(f"/v1/orders/{waiting['id']}/confirm", body)
    assert said == {"id": waiting["id"], "state": "confirmed"}
    check = shop.ends(number)
    assert shop.place.get(f"/v1/receipts/{check['external']}")["kind"] == "return"
    assert shop.place.call("POST", f"/v1/orders/{waiting['id']}/refuse", {"id": "no-1", "reason": "x"}).status == 404


def test_a_refund_that_is_refused_at_the_till_is_an_error_in_the_portal(shop: OrderShop) -> None:
    number = shop.order("sellreturn", cash=False)
    until(lambda: shop.place.get("/v1/orders")["orders"], "the refund to come to the till")
    (waiting,) = shop.place.get("/v1/orders")["orders"]
    shop.place.post(f"/v1/orders/{waiting['id']}/refuse", {"id": "no-2", "reason": "the goods are not here"})
    assert "the goods are not here" in shop.ends(number, "E")["error"]
    shown = shop.place.call("GET", f"/v1/receipts/{waiting['id']}")
    assert shown.status in (200, 404)
    assert shop.place.call("GET", "/v1/receipts").status == 200


def test_killed_gateway_and_killed_till_lose_no_order_and_print_none_twice(tmp_path: Path) -> None:
    with order_shop(tmp_path) as shop:
        assert shop.bitrix24("setup").code == 0
        first = shop.order()
        shop.gateway.end(signal.SIGKILL)
        shop.gateway.start()
        shop.place.till.kill()
        second = shop.order()
        shop.gateway.end(signal.SIGKILL)
        shop.gateway.start()
        shop.place.till.start()
        shop.place.printer_is("ready")
        for number in (first, second):
            _printed_once(shop, number)


def _printed_once(shop: OrderShop, number: int) -> None:
    until(lambda: shop.check(number)["status"] != "N", "an answer")
    if shop.check(number)["status"] == "E":  # the gateway was away when the portal called
        shop.control("/_reprint", {"check": number})
    check = shop.ends(number)
    receipt = shop.place.get(f"/v1/receipts/{check['external']}")["number"]
    assert shop.place.paper_of("sale", receipt)[0] == 1


def test_what_can_never_be_made_is_an_error_at_once_and_no_secret_is_logged(shop: OrderShop) -> None:
    items = [{"name": "Чай", "price": "10.50", "vat": 77}]
    number = shop.control("/_order", {"type": "sell", "items": items})["check"]
    assert "77" in shop.ends(number, "E")["error"]
    log = (shop.gateway.folder / "gateway.log").read_text("utf-8")
    assert shop.gateway.secret not in log
    assert shop.portal.ready["webhook_url"].rstrip("/").rpartition("/")[2] not in log


def test_an_application_is_authorised_set_up_and_taken_away_again(tmp_path: Path) -> None:
    with SandboxProcess("bitrix24", "--agent", "0") as portal:
        for name, secret in (("secret", "a-secret-of-this-shop"), ("client", portal.ready["client_secret"])):
            (tmp_path / name).write_text(secret)
        config = tmp_path / "gateway.toml"
        config.write_text(
            f'[bitrix24.shop]\ndomain = "{portal.ready["domain"]}"\npublic_url = "https://gw.example"\n'
            f'secret = {{ file = "{tmp_path / "secret"}" }}\n[bitrix24.shop.oauth]\n'
            f'client_id = "{portal.ready["client_id"]}"\nclient_secret = {{ file = "{tmp_path / "client"}" }}\n'
            f'tokens_file = "{tmp_path / "tokens.json"}"\ntoken_url = "{portal.ready["token_url"]}"\n'
            '[bitrix24.shop.registers.1]\nname = "K"\nemail = "a@b"\ncurrency = "UAH"\ntax_group = "vat20"\n',
            "utf-8",
        )
        without = command("bitrix24", "setup", "--config", config)
        assert (without.code, "bitrix24 authorise" in without.err) == (2, True)
        code = call(portal.ready["base_url"], "/_install", {})["code"]
        assert command("bitrix24", "authorise", code, "--config", config).code == 0
        assert command("bitrix24", "setup", "--config", config).code == 0
        assert portal.books()["handlers"][0]["app_id"] == portal.ready["client_id"]
        portal.fault("system-error", code="ACCESS_DENIED", count=1)
        denied = command("bitrix24", "setup", "--config", config)
        assert (denied.code, "CRM administrator" in denied.err, denied.err.count("\n")) == (1, True, 1)
        assert command("bitrix24", "remove", "--config", config).code == 0
        assert (portal.books()["handlers"], portal.books()["cashboxes"]) == ([], [])


def test_wrong_use_is_one_line(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text('[gateway]\nfolder = "x"\n', "utf-8")
    done = command("bitrix24", "setup", "--config", config)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "none" in done.err
