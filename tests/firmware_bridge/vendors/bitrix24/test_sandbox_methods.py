"""The portal's nine methods and batch, as the papers have them: order of the checks, words, forms."""

from __future__ import annotations

from typing import Any

import pytest

from tests.firmware_bridge.vendors.bitrix24.sandbox_client import CONFIG, FORM, HANDLER, SEED, Portal

FAILURE = "ERROR_CHECK_FAILURE"
SETTINGS: dict[str, Any] = HANDLER["SETTINGS"]


def without(body: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names} | more


def settings(*names: str, **more: Any) -> dict[str, Any]:
    return HANDLER | {"SETTINGS": without(SETTINGS, *names, **more)}


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({}, FAILURE, "Parameter CODE is not defined"),
        ({"CODE": "a"}, FAILURE, "Parameter NAME is not defined"),
        ({"CODE": "a", "NAME": "b"}, FAILURE, "Parameter SETTINGS is not defined or empty"),
        (settings("PRINT_URL"), FAILURE, "Parameter SETTINGS[PRINT_URL] is not defined"),
        (settings("CHECK_URL"), FAILURE, "Parameter SETTINGS[CHECK_URL] is not defined"),
        (settings("CONFIG"), FAILURE, "Parameter SETTINGS[CONFIG] is not defined"),
        (settings(HTTP_VERSION="2"), FAILURE, "The value of SETTINGS[HTTP_VERSION] is not valid"),
        (settings(CONFIG={"A": {}}), FAILURE, "The config provided in SETTINGS[CONFIG] is not valid"),
        (settings(CONFIG={"A": {"LABEL": "a", "ITEMS": {"b": {"TYPE": "ENUM", "LABEL": "c"}}}}), FAILURE, "The config"),
        (settings(CONFIG={"A": {"LABEL": "a", "ITEMS": {"b": {"TYPE": "?", "LABEL": "c"}}}}), FAILURE, "The config"),
    ],
)
def test_a_handler_is_checked_in_the_pages_order(body: dict[str, Any], code: str, words: str) -> None:
    status, found, said = Portal().call("sale.cashbox.handler.add", body).error
    assert (status, found) == (400, code)
    assert said.startswith(words)


def test_a_handlers_life() -> None:
    portal = Portal()
    assert portal.call("sale.cashbox.handler.add", HANDLER | {"SUPPORTS_FFD105": "Y"}).result == 1
    taken = portal.call("sale.cashbox.handler.add", HANDLER).error
    assert taken == (400, "ERROR_HANDLER_ALREADY_EXIST", "Handler already exists!")
    found = portal.call("sale.cashbox.handler.list").result
    assert [(one["ID"], one["SORT"], one["CODE"]) for one in found] == [("1", "100", "restcashbox01")]
    assert found[0]["SETTINGS"]["SUPPORTS_FFD105"] == "Y"
    assert found[0]["SETTINGS"]["HTTP_VERSION"] == "1.0"
    fields = {"NAME": "New", "SETTINGS": {"PRINT_URL": "https://other/print"}, "CODE": "x"}
    assert portal.call("sale.cashbox.handler.update", {"ID": 1, "FIELDS": fields}).result is True
    (now,) = portal.call("sale.cashbox.handler.list").result
    assert (now["NAME"], now["CODE"]) == ("New", "restcashbox01")
    assert now["SETTINGS"] == found[0]["SETTINGS"] | {"PRINT_URL": "https://other/print"}
    assert portal.call("sale.cashbox.handler.delete", {"ID": 1}).result is True
    assert portal.call("sale.cashbox.handler.list").result == []


@pytest.mark.parametrize(
    ("method", "body", "error"),
    [
        ("handler.update", {}, (400, FAILURE, "Parameter ID is not defined")),
        ("handler.update", {"ID": 9}, (400, "ERROR_HANDLER_NOT_FOUND", "Handler not found")),
        ("handler.update", {"ID": 1}, (400, FAILURE, "Parameter FIELDS is not defined")),
        (
            "handler.update",
            {"ID": 1, "FIELDS": {"SETTINGS": {"PRINT_URL": ""}}},
            (400, FAILURE, "The value of SETTINGS[PRINT_URL] is not valid"),
        ),
        ("handler.delete", {}, (400, FAILURE, "Parameter ID is not defined")),
        ("handler.delete", {"ID": 9}, (400, "ERROR_HANDLER_NOT_FOUND", "Handler not found")),
        ("handler.delete", {"ID": 1}, (400, FAILURE, "There are cashboxes with this handler: 1")),
        ("add", {}, (400, FAILURE, "Parameter NAME is not defined")),
        ("add", {"NAME": "a"}, (400, FAILURE, "Parameter REST_CODE is not defined")),
        ("add", {"NAME": "a", "REST_CODE": "x"}, (400, FAILURE, "Rest handler with code x not found")),
        ("add", without(SEED, "EMAIL"), (400, FAILURE, "Parameter EMAIL is not defined")),
        ("add", SEED | {"OFD": "none"}, (400, FAILURE, "Ofd handler not found")),
        ("update", {}, (400, FAILURE, "Parameter ID is not defined")),
        ("update", {"ID": 9}, (400, "ERROR_CASHBOX_NOT_FOUND", "Cashbox not found")),
        ("update", {"ID": 1}, (400, FAILURE, "Parameter FIELDS is not defined")),
        ("update", {"ID": 1, "FIELDS": {"EMAIL": ""}}, (400, FAILURE, "Parameter EMAIL cannot be empty")),
        ("update", {"ID": 1, "FIELDS": {"OFD": "none"}}, (400, FAILURE, "Ofd handler not found")),
        ("delete", {}, (400, FAILURE, "Parameter ID is not defined")),
        ("delete", {"ID": 9}, (400, "ERROR_CASHBOX_NOT_FOUND", "Cashbox not found")),
        ("list", {"SELECT": ["NONE"]}, (400, "", "NONE not allowed for select")),
        ("list", {"FILTER": {">=NONE": 1}}, (400, "", "NONE not allowed for filter")),
        ("list", {"ORDER": {"NONE": "asc"}}, (400, "", "NONE not allowed for order")),
        ("check.apply", {}, (400, FAILURE, "Parameter UUID is not defined")),
        ("check.apply", {"UUID": "x"}, (400, "ERROR_CHECK_NOT_FOUND", "Check not found")),
    ],
)
def test_what_is_wrong_is_said_in_the_pages_words(method: str, body: dict[str, Any], error: Any) -> None:
    portal = Portal()
    portal.set_up()
    assert portal.call(f"sale.cashbox.{method}", body).error == error


def test_the_seeds_cash_register_is_written_down_whole() -> None:
    portal = Portal()
    portal.set_up()
    (box,) = portal.books()["cashboxes"]
    assert {name: box[name] for name in ("name", "email", "number_kkm", "active", "sort", "ofd")} == {
        "name": "Rest-Cash Register",
        "email": "user@example.com",
        "number_kkm": "123",
        "active": "Y",
        "sort": 100,
        "ofd": "bx_ofdruofd",
    }
    assert (box["ofd_settings"], box["settings"]) == (SEED["OFD_SETTINGS"], SEED["SETTINGS"])
    assert (box["use_offline"], box["enabled"]) == ("N", "Y")


def test_a_form_with_brackets_and_small_letters_says_the_same_as_json() -> None:
    portal = Portal()
    assert portal.call("sale.cashbox.handler.add", HANDLER).status == 200
    said = portal.form(
        "sale.cashbox.add.json",
        **{"name": "R", "rest_code": "restcashbox01", "email": "a@b", "settings[auth][keyword]": "w", "sort": "7"},
    )
    assert said.result == 1
    (box,) = portal.books()["cashboxes"]
    assert (box["name"], box["sort"], box["settings"]) == ("R", 7, {"AUTH": {"KEYWORD": "w"}})


def test_a_cash_register_is_changed_listed_and_deleted() -> None:
    portal = Portal()
    portal.set_up()
    portal.call("sale.cashbox.add", SEED | {"NAME": "Second", "SORT": 50, "ACTIVE": "y"})
    fields = {"NAME": "First", "USE_OFFLINE": "Y", "SETTINGS": {"AUTH": {"KEYWORD": "new"}}}
    assert portal.call("sale.cashbox.update", {"ID": "1", "FIELDS": fields}).result is True
    said = portal.call("sale.cashbox.list", {"ORDER": {"SORT": "asc"}})
    assert said.json["total"] == 2
    assert [(one["ID"], one["NAME"], one["ACTIVE"], one["SORT"]) for one in said.result] == [
        ("2", "Second", "N", "50"),
        ("1", "First", "Y", "100"),
    ]
    assert said.result[0]["DATE_CREATE"] == {}
    assert said.result[0]["DATE_LAST_CHECK"] is None
    assert portal.books()["cashboxes"][0]["settings"]["AUTH"] == {"KEYWORD": "new", "PREFERENCE": "SECOND"}
    assert portal.call("sale.cashbox.delete", {"ID": 2}).result is True
    assert [one["ID"] for one in portal.call("sale.cashbox.list", {"SELECT": ["ID"]}).result] == ["1"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"NAME": "b"}, ["2"]),
        ({"!NAME": "b"}, ["1", "3"]),
        ({"@ID": [1, 3]}, ["1", "3"]),
        ({"!@ID": [1, 3]}, ["2"]),
        ({">ID": 1}, ["2", "3"]),
        ({">=ID": 2, "<ID": 3}, ["2"]),
        ({"<=SORT": 10}, ["1"]),
        ({"%NAME": "A"}, ["1", "3"]),
        ({"!%NAME": "a"}, ["2"]),
        ({"=%NAME": "a%"}, ["1", "3"]),
        ({"%=NAME": "%c"}, ["3"]),
        ({"!=%NAME": "a%"}, ["2"]),
        ({"!=ACTIVE": "Y"}, ["3"]),
    ],
)
def test_a_list_knows_every_prefix(wanted: dict[str, Any], found: list[str]) -> None:
    portal = Portal()
    portal.call("sale.cashbox.handler.add", HANDLER)
    for name, sort, active in (("a", 10, "Y"), ("b", 20, "Y"), ("ac", 30, "N")):
        portal.call("sale.cashbox.add", SEED | {"NAME": name, "SORT": sort, "ACTIVE": active})
    said = portal.call("sale.cashbox.list", {"SELECT": ["ID"], "FILTER": wanted})
    assert [one["ID"] for one in said.result] == found


def test_an_applications_rows_are_closed_to_another_but_not_to_a_webhook() -> None:
    portal = Portal()
    token = portal.token(grant_type="refresh_token", refresh_token=portal.control("/_install")["refresh_token"])
    access = token.json["access_token"]
    assert portal.with_token("sale.cashbox.handler.add", access, HANDLER).status == 200
    (handler,) = portal.books()["handlers"]
    assert handler["app_id"] == portal.service.tokens.client_id
    assert portal.call("sale.cashbox.handler.update", {"ID": 1, "FIELDS": {"NAME": "x"}}).result is True


# --- batch ----------------------------------------------------------------------------------------------------------


def test_a_batch_carries_out_its_commands_in_order_and_hands_results_on() -> None:
    portal = Portal()
    portal.call("sale.cashbox.handler.add", HANDLER)
    said = portal.call(
        "batch",
        {
            "halt": 0,
            "cmd": {
                "one": "sale.cashbox.add?NAME=R&REST_CODE=restcashbox01&EMAIL=a%40b",
                "two": "sale.cashbox.update?ID=$result[one]&FIELDS[NAME]=Better",
                "bad": "sale.cashbox.delete?ID=77",
                "last": "sale.cashbox.list?SELECT[]=NAME",
            },
        },
    )
    found = said.result
    assert found["result"] == {"one": 1, "two": True, "last": [{"NAME": "Better"}]}
    expected = {"error": "ERROR_CASHBOX_NOT_FOUND", "error_description": "Cashbox not found"}
    assert found["result_error"] == {"bad": expected}


def test_a_batch_halts_and_is_bounded_and_holds_no_batch() -> None:
    portal = Portal()
    commands = {"a": "batch?cmd[x]=y", "b": "sale.cashbox.handler.list"}
    said = portal.call("batch", {"halt": 1, "cmd": commands}).result
    assert said["result_error"]["a"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"
    assert said["result"] == []
    many = {str(at): "sale.cashbox.handler.list" for at in range(51)}
    assert portal.call("batch", {"cmd": many}).error[:2] == (400, "ERROR_BATCH_LENGTH_EXCEEDED")
    assert len(portal.call("batch", {"cmd": dict(list(many.items())[:50])}).result["result"]) == 50


def test_a_config_with_every_type_of_field_is_taken() -> None:
    items = {
        "S": {"TYPE": "STRING", "LABEL": "s", "REQUIRED": "Y", "MULTILINE": "Y"},
        "N": {"TYPE": "NUMBER", "LABEL": "n"},
        "F": {"TYPE": "Y/N", "LABEL": "f"},
        "E": {"TYPE": "ENUM", "LABEL": "e", "OPTIONS": {"A": "First"}},
        "D": {"TYPE": "DATE", "LABEL": "d", "TIME": "Y"},
    }
    portal = Portal()
    config = CONFIG | {"ALL": {"LABEL": "All", "ITEMS": items}}
    assert portal.call("sale.cashbox.handler.add", settings(CONFIG=config)).result == 1


def test_headers_may_be_missing_and_a_query_counts_too() -> None:
    portal = Portal()
    path = f"{portal.service.webhook_path}sale.cashbox.handler.delete"
    assert portal.raw(path, b"", {}, {"id": "4"}).error[1] == "ERROR_HANDLER_NOT_FOUND"
    assert portal.raw(path, b"ID=4", FORM).error[1] == "ERROR_HANDLER_NOT_FOUND"
