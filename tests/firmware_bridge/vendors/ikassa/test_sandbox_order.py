"""In which order the sandbox finds fault with a request in which everything is wrong: one thing is mended at a time."""

from __future__ import annotations

import json

from tests.firmware_bridge.vendors.ikassa.sandbox_till import Client, Said, back


def test_each_check_comes_before_the_next_one() -> None:
    """Line, address, operation, token, the till's own state, JSON, an unfinished sale, the shift, the body, its RRN."""
    client = Client(token_mode=True)
    for fault in ("not-reached", "certificate", "blocked", "server-error", "unfinished"):
        client.fault(fault, count=None)
    told: list[int | None] = []

    def tried(path: str, headers: dict[str, str], body: bytes) -> None:
        said: Said = client.raw("POST", path, headers, body)
        told.append(None if said.reply.dropped else said.code)

    named = {"INTENT_OPERATION_TYPE": "MONEY_BACK"}
    garbage, wrong = b"{", json.dumps({"cashier": ""}).encode()
    tried("/v2", {}, garbage)
    client.fault("not-reached", count=0)
    tried("/v2", {}, garbage)
    tried("/v1", {}, garbage)
    tried("/v1", {"INTENT_OPERATION_TYPE": "SELL"}, garbage)
    tried("/v1", named, garbage)
    client.token = client.ok("AUTH", {"pin": client.service.pin, "returnToken": True})["token"]
    tried("/v1", {**named, "Auth-token": "0"}, garbage)
    given = {**named, "Auth-token": client.token}
    for fault in ("certificate", "blocked", "server-error"):
        tried("/v1", given, garbage)
        client.fault(fault, count=0)
    tried("/v1", given, garbage)
    tried("/v1", given, wrong)
    client.fault("unfinished", count=0)
    tried("/v1", given, wrong)
    client.opened("100")
    tried("/v1", given, wrong)
    bodies = [
        back(price="-1", cash="-1"),
        back(quantity="0"),
        back(cash="0", cashless="10.00"),
        back(cash="1", cashless="1", rrn="1"),
        back(price="900.00", rrn="1"),
        back(price="9.00"),
    ]
    for body in bodies:
        tried("/v1", given, json.dumps(body).encode())
    line = [None, 399, 399, 399]
    state = [401, 405, 407, 409, 399]
    assert told == [*line, *state, 413, 410, 400, 413, 403, 415, 418, 399, 399, 200]
