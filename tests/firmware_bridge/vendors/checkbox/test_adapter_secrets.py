"""Nothing that is secret is logged or shown, whatever is done and whatever goes wrong."""

from __future__ import annotations

import logging

import pytest

from drivers.errors import DeviceError
from firmware_bridge.vendors.checkbox.messages import SignIn, SignInPin, Token
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.receipt import Card, Payment
from tests.firmware_bridge.vendors.checkbox.virtual import Cut, World, line, opening, receipt, sale, uuid_of

PAN = "4111111111111111"
CUTS: tuple[Cut, ...] = ("", "before", "on its way", "after")


def by_card(n: int) -> Fiscalise:
    card = Card(mask=PAN, rrn="123456789012", auth_code="A1B2C3")
    value = receipt([line(1000)], [Payment("card", 1000, card=card)], n=n)
    return Fiscalise(uuid_of(n), uuid_of(n), receipt=value)


def tokens(world: World) -> set[str]:
    return {one.headers["Authorization"][7:] for one in world.line.sent if "Authorization" in one.headers}


@pytest.mark.parametrize("pin", [False, True])
def test_no_secret_reaches_the_log_or_an_error(pin: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    texts: list[str] = []
    for cut in CUTS:
        world = World(pin=pin)
        world.line.cuts = [cut]
        for order in (opening(), opening(), by_card(20), sale(n=21)):
            try:
                texts.append(repr(world.do(order)))
            except DeviceError as error:
                texts += [str(error), repr(error)]
        texts += [repr(one) for one in world.line.sent] + [repr(world.credentials), repr(world.client)]
        texts += [record.getMessage() for record in caplog.records]
        known = world.credentials
        secrets = {known.password, known.pin_code, known.license_key, known.access_key, known.login, *tokens(world)}
        shown = "\n".join(texts)
        assert caplog.records
        for secret in secrets - {""}:
            assert secret not in shown
        assert PAN not in shown


def test_a_full_card_number_is_never_sent() -> None:
    world = World().opened()
    world.do(by_card(20))
    assert all(PAN.encode() not in one.body for one in world.line.sent)
    assert b"1111" in world.line.sent[0].body


def test_what_signs_in_does_not_show_itself() -> None:
    shown = repr([SignIn("anna", "pa55word"), SignInPin("1234567"), Token("eyJsecret")])
    assert not any(secret in shown for secret in ("anna", "pa55word", "1234567", "eyJsecret"))
