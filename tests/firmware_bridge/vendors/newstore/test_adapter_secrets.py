"""Nothing that is secret is logged or shown, whatever is done and whatever goes wrong."""

from __future__ import annotations

import logging
from urllib.parse import parse_qs

import pytest

from drivers.errors import DeviceError
from firmware_bridge.vendors.http import Request
from firmware_bridge.vendors.newstore.tokens import ApiClient, Granted
from tests.firmware_bridge.vendors.newstore.adapter_world import THEIRS, Cut, World, answer, refusal

SECRET = "s3cret-of-the-tenant"
CUTS: tuple[Cut, ...] = ("", "before", "on its way", "after")


def shown_of(world: World, caplog: pytest.LogCaptureFixture) -> str:
    """Everything that was said of a few requests in trouble."""
    caplog.set_level(logging.DEBUG)
    texts: list[str] = []
    requests = (
        world.calls.activate(THEIRS, 100),
        world.calls.start(THEIRS, "order-of-anna", 100, 100),
        world.calls.list_types(),
    )
    for request in requests:
        for cut in CUTS:
            world.line.cuts, world.token_line.cuts = [cut], [cut]
            try:
                texts.append(repr(world.exchange(request)))
            except DeviceError as error:
                texts += [str(error), repr(error), repr(error.__cause__)]
            world.till.clock.advance(4000)  # every token has ended
    sent = (*world.line.sent, *world.token_line.sent)
    texts += [repr(one) for one in (world.known_client, world.tokens, world.client, world.service, *sent)]
    texts += [record.getMessage() + str(record.__dict__) for record in caplog.records]
    return "\n".join(texts)


def secrets_of(world: World) -> set[str]:
    tokens = {one.headers["Authorization"][7:] for one in world.line.sent}
    return tokens | {SECRET, *(parse_qs(one.body.decode())["client_secret"][0] for one in world.token_line.sent)}


def test_no_secret_reaches_the_log_or_an_error(caplog: pytest.LogCaptureFixture) -> None:
    world = World(client_secret=SECRET)
    shown = shown_of(world, caplog)
    assert caplog.records
    assert len(secrets_of(world)) > 3
    for secret in secrets_of(world):
        assert secret not in shown
    assert "order-of-anna" not in shown


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_vendor_that_quotes_what_it_was_sent_gives_nothing_away(status: int, caplog: pytest.LogCaptureFixture) -> None:
    world = World(secret=SECRET)

    def quoting(request: Request) -> object:
        body = request.body.decode()
        return answer(status, {"error": body, "error_description": body, "access_token": body})

    world.token_line.scripted = quoting  # type: ignore[assignment]  # answers always
    shown = shown_of(world, caplog)
    assert world.token_line.sent
    assert SECRET not in shown


def test_token_that_nobody_can_send_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    world = World(secret=SECRET)
    world.token_line.scripted = lambda _: answer(200, {"access_token": "tok\nen-1234", "expires_in": 60})
    assert "en-1234" not in shown_of(world, caplog)


def test_a_log_of_the_headers_would_be_found(caplog: pytest.LogCaptureFixture) -> None:
    """The control: a till that logs what it sends fails the first test."""
    world = World(client_secret=SECRET)

    def talkative(request: Request) -> None:
        logging.getLogger("talk").info("%s", dict(request.headers))

    world.line.scripted = talkative
    shown = shown_of(world, caplog)
    assert any(secret in shown for secret in secrets_of(world))


def test_values_that_hold_secrets_do_not_show_them() -> None:
    shown = repr([ApiClient("me", SECRET), Granted("eyJsecret", 60)])
    assert not any(secret in shown for secret in (SECRET, "eyJsecret"))
    assert refusal(403).body not in repr(refusal(403)).encode()
