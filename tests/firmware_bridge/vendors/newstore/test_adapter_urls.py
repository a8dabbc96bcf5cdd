"""Where NewStore's operations are: one table, and what the configuration may put in its place."""

from __future__ import annotations

import pytest

from firmware_bridge.vendors.newstore.sandbox import routes
from firmware_bridge.vendors.newstore.urls import URLS, faults, urls
from tests.firmware_bridge.vendors.newstore.sandbox_till import SAMPLES


def test_table_has_the_twenty_operations_of_the_page() -> None:
    assert list(URLS) == list(SAMPLES)
    assert len(URLS) == 20


def test_table_is_the_one_that_the_sandbox_serves() -> None:
    assert dict(URLS) == routes.URLS


def test_parts_of_a_path_are_quoted() -> None:
    assert urls().at("get_transaction", drawer_id="a/b ?", transaction_id="é") == (
        "GET",
        "/cash_drawers/a%2Fb%20%3F/transactions/%C3%A9",
    )


def test_path_of_the_tenant_takes_the_place_of_the_built_in_one() -> None:
    table = urls({"finish": "POST /v2/tx/{transaction_id}/of/{drawer_id}"})
    assert table.at("finish", drawer_id="d", transaction_id="t") == ("POST", "/v2/tx/t/of/d")
    assert table.at("list_types") == ("GET", "/transaction_types")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"open": "POST /x"}, "urls.open: there is no such operation; known are: put_config, get_config"),
        ({"start": "POST /sales"}, "must have {drawer_id}"),
        ({"finish": "PATCH /tx/{transaction_id}"}, "must have {drawer_id}, {transaction_id}"),
        ({"start": "POST /{drawer_id}/{drawer_id}"}, "each once"),
        ({"list_types": "GET /types/{store_id}"}, "must have no parts in braces"),
        ({"start": "/cash_drawers/{drawer_id}"}, 'is not "METHOD /path"'),
        ({"start": "SEND /cash_drawers/{drawer_id}"}, 'is not "METHOD /path"'),
        ({"list_types": "GET types"}, 'is not "METHOD /path"'),
        ({"list_types": "GET /types?a=1"}, 'is not "METHOD /path"'),
        ({"list_types": "GET /ty pes"}, 'is not "METHOD /path"'),
        ({"list_types": "GET https://else.where/types"}, 'is not "METHOD /path"'),
        ({"list_types": "GET /cash_drawers"}, "is where list_types and list_drawers both would be"),
        ({"start": "POST /cash_drawers/{drawer_id}/counts"}, "start and perform_count both would be"),
    ],
)
def test_table_that_cannot_be_is_refused_with_the_parts_named(changed: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=r"^urls\."):
        urls(changed)
    (fault,) = faults(changed)
    assert words in fault


def test_all_faults_of_a_table_are_told() -> None:
    assert len(list(faults({"open": "POST /x", "start": "POST /y", "list_types": "x"}))) == 3
