"""Signing in to NewStore: the token, its end, its renewal, and what nobody sends without one."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from drivers.errors import NotSent, Refused
from firmware_bridge.vendors.http import Request, Response
from tests.firmware_bridge.vendors.newstore.adapter_world import (
    CUTS,
    Cut,
    World,
    activate,
    answer,
    drawer,
    refusal,
)


def test_token_is_asked_for_by_a_form_and_sent_with_every_request() -> None:
    world = World()
    world.exchange(drawer(world))
    (asked,) = world.token_line.sent
    assert (asked.method, asked.path, asked.query) == ("POST", world.till.service.token_path, ())
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": [world.till.service.client_id],
        "client_secret": [world.till.service.client_secret],
    }
    assert len({one.headers["Authorization"] for one in world.line.sent}) == 1
    assert {one.headers["User-Agent"] for one in (*world.line.sent, asked)} == {"till/1"}


def test_token_is_kept_until_shortly_before_its_end() -> None:
    world = World(token_lifetime_s=600).ready()
    world.till.clock.advance(569)
    world.exchange(drawer(world))
    assert world.token_line.sent == []
    world.till.clock.advance(1)
    world.exchange(drawer(world))
    assert len(world.token_line.sent) == 1
    assert world.operations == ["get_drawer", "get_drawer"]


@pytest.mark.parametrize("told", [{}, {"expires_in": 0}])
def test_token_whose_end_is_not_told_is_not_kept_for_long(told: dict[str, int]) -> None:
    world = World()
    world.token_line.scripted = lambda _: answer(200, {"access_token": "t" * 20, **told})
    world.line.scripted = lambda _: refusal(503)
    for seconds, tokens in ((0, 1), (269, 1), (1, 2)):
        world.till.clock.advance(seconds)
        with pytest.raises(NotSent):
            world.exchange(drawer(world))
        assert len(world.token_line.sent) == tokens


@pytest.mark.parametrize("status", [401, 403])
def test_session_that_ended_is_renewed_once_and_the_request_done_once(status: int) -> None:
    world = World().ready()
    refused: list[Request] = []

    def once(request: Request) -> Response | None:
        if refused:
            return None
        refused.append(request)
        return refusal(status, "forbidden")

    world.line.scripted = once
    assert world.exchange(activate(world)).status == 204
    assert world.operations == ["activate", "activate"]
    assert len(world.token_line.sent) == 1
    first, second = (one.headers["Authorization"] for one in world.line.sent)
    assert first != second
    assert first == refused[0].headers["Authorization"]


def test_token_that_the_vendor_withdrew_is_renewed() -> None:
    world = World().ready()
    world.till.fault("token-expired", count=1, operation="activate")
    assert world.exchange(activate(world)).status == 204
    assert len(world.token_line.sent) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_answer_after_a_renewal_in_vain_is_handed_on(status: int) -> None:
    world = World().ready()
    world.line.scripted = lambda _: refusal(status)
    assert world.exchange(activate(world)).status == status
    assert len(world.line.sent) == 2
    assert len(world.token_line.sent) == 1


@pytest.mark.parametrize("cut", CUTS)
def test_without_a_token_nothing_is_sent(cut: Cut) -> None:
    world = World()
    world.token_line.cuts = [cut]
    with pytest.raises(NotSent):
        world.exchange(activate(world))
    assert world.line.sent == []
    assert world.exchange(activate(world)).status == 204


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_token_address_that_cannot_now_is_asked_again_later(status: int) -> None:
    world = World()
    world.token_line.scripted = lambda _: answer(status, b"no")
    with pytest.raises(NotSent, match=f"the token address answered {status}; nothing was sent"):
        world.exchange(activate(world))
    assert world.line.sent == []


def test_wrong_secret_is_refused_with_what_to_look_at() -> None:
    world = World(secret="wr0ng-secret")
    with pytest.raises(Refused) as found:
        world.exchange(activate(world))
    assert found.value.role == "NewStore"
    assert (
        "(401 invalid_client); nothing was sent: check client_id, client_secret and token_url in [book.newstore]"
        in (found.value.text)
    )
    assert "wr0ng-secret" not in str(found.value)
    assert world.line.sent == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (answer(400, {"error": "unauthorized_client"}), "(400 unauthorized_client)"),
        (answer(404, b"<html>"), "(404)"),
        (answer(401, {"error": "a client_secret=abc"}), "(401)"),
        (answer(200, b"<html>sign in to the network</html>"), "something that is no access token"),
        (answer(200, {"access_token": ""}), "something that is no access token"),
        (answer(200, {"access_token": "a\nb"}), "something that is no access token"),
        (answer(302), "(302)"),
    ],
)
def test_token_address_that_gives_none_is_a_persons_matter(said: Response, words: str) -> None:
    world = World()
    world.token_line.scripted = lambda _: said
    with pytest.raises(Refused) as found:
        world.exchange(activate(world))
    assert words in found.value.text
    assert "[book.newstore]" in found.value.text
