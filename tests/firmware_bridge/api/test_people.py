"""What the console tells of people: who may tell it, once each for ever, bounded; and who is shown it."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from firmware_bridge import views
from firmware_bridge.api.backend import Answer
from firmware_bridge.api.people import BURST, MOST_ACTS, Allowance, People
from firmware_bridge.config import ROLES, Config
from firmware_bridge.console.settings import ConsoleConfig
from firmware_bridge.journal.records import Record
from statemachines.vocabulary.commands import Refusal
from statemachines.vocabulary.events import Occurred
from statemachines.vocabulary.people_events import (
    Act,
    Channel,
    CommandDone,
    SignedIn,
    SignedOut,
    SignInRefused,
    SignInSlowed,
)
from tests.firmware_bridge.api.wire import Reply, call, config, request, running
from tests.support.memory_backend import MemoryBackend

AT = "2026-11-21T08:55:12.250Z"
PATH = "/v1/people/acts"


def act(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"act-{number:08}",
        "what": "SignedIn",
        "at": AT,
        "channel": "serial",
        "person": "pos-manager",
        "means": "pin",
        **more,
    }


def with_console(client: str = "pos-observer") -> Config:
    clients = [{"name": f"pos-{role}", "role": role, "token_file": f"/{role}"} for role in ROLES]
    return msgspec.structs.replace(config(clients=clients), console=ConsoleConfig(client=client))


def told(*batches: list[dict[str, Any]], role: str = "observer", client: str = "pos-observer") -> tuple[Any, list[Act]]:
    """What is answered to these, one after the other, and what is journalled."""

    async def main() -> tuple[list[Reply], list[Act]]:
        backend = MemoryBackend()
        async with running(backend, with_console(client)) as api:
            return [await call(api.port, "POST", PATH, {"acts": acts}, role=role) for acts in batches], backend.acts

    return asyncio.run(main())


def test_acts_are_journalled_in_order_with_who_told_them_and_the_role_that_the_till_knows() -> None:
    batch = [
        act(1),
        act(2, what="CommandDone", command="drawer open: main", result="done", means=""),
        act(3, what="SignInRefused", person="somebody", times=3),
        act(4, what="SignInSlowed", channel="socket", times=2),
        act(5, what="SignedOut"),
    ]
    (reply,), acts = told(batch)
    assert (reply.status, [one["state"] for one in reply.json["acts"]]) == (201, ["journalled"] * 5)
    manager: tuple[str, str, Channel, str, str] = ("pos-manager", "manager", "serial", AT, "pos-observer")
    assert acts == [
        SignedIn("act-00000001", *manager, "pin"),
        CommandDone("act-00000002", *manager, "drawer open: main", "done"),
        SignInRefused("act-00000003", "somebody", "", "serial", AT, "pos-observer", "pin", 3),
        SignInSlowed("act-00000004", "pos-manager", "manager", "socket", AT, "pos-observer", "pin", 2),
        SignedOut("act-00000005", *manager),
    ]


def test_an_act_that_is_told_again_is_known_and_another_under_its_id_is_not_taken() -> None:
    replies, acts = told([act(1)], [act(1), act(2)], [act(2, person="pos-cashier"), act(3)])
    states = [[one["state"] for one in reply.json["acts"]] for reply in replies]
    assert states == [["journalled"], ["known", "journalled"], ["conflict", "journalled"]]
    assert [one.act_id for one in acts] == ["act-00000001", "act-00000002", "act-00000003"]


@pytest.mark.parametrize("role", ROLES)
def test_only_the_consoles_own_client_tells_them(role: str) -> None:
    (reply,), acts = told([act()], role=role)
    assert (reply.status, len(acts)) == ((201, 1) if role == "observer" else (403, 0))
    (reply,), acts = told([act()], role=role, client="")
    assert (reply.status, len(acts)) == (201, 1), "without one, whoever is signed in at the console"


def test_without_a_token_file_nobody_is_a_console() -> None:
    async def main() -> None:
        async with running(MemoryBackend(), config()) as api:
            assert (await call(api.port, "POST", PATH, {"acts": [act()]})).status == 403

    asyncio.run(main())


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "short"},
        {"id": "with space in it"},
        {"id": "x" * 65},
        {"what": "Sold"},
        {"at": "2026-13-01T00:00:00Z"},
        {"at": "yesterday"},
        {"channel": "page"},
        {"person": "a\x1b[2J"},
        {"times": 0},
        {"pin": "271828"},
        {"command": "x" * 257},
    ],
)
def test_what_is_no_act_is_refused_and_nothing_of_its_batch_is_journalled(wrong: dict[str, Any]) -> None:
    (reply,), acts = told([act(1), act(2, **wrong)])
    assert (reply.status, reply.json["outcome"], acts) == (422, "none", [])
    assert "271828" not in reply.body.decode()


def test_what_was_typed_is_kept_without_card_numbers() -> None:
    _, acts = told([act(what="CommandDone", command="set x 4111111111111111", result="done")])
    assert "4111111111111111" not in str(acts)


def test_a_stolen_token_does_not_fill_the_card() -> None:
    batches = [
        [act(number, person="x" * 64) for number in range(first, first + MOST_ACTS)]
        for first in range(0, BURST + 3 * MOST_ACTS, MOST_ACTS)
    ]
    replies, acts = told(*batches)
    assert BURST <= len(acts) <= BURST + 2, "and a few more while this was going on"
    assert [reply.status for reply in replies[-3:]] == [429] * 3
    assert int(replies[-1].headers["retry-after"]) > 0
    assert replies[-1].json["outcome"] == "none"


def test_an_allowance_is_given_back_with_time_and_never_grows_beyond_its_burst() -> None:
    now = [0.0]
    left = Allowance(lambda: now[0], 3, 10.0)
    assert [left.take(2), left.take(2), left.take(2)] == [2, 1, 0]
    now[0] = 10.0
    assert left.take(2) == 1
    now[0] = 10_000.0
    left.give_back(7)
    assert left.take(99) == 3


def test_a_full_disk_is_told_and_the_same_acts_are_taken_later() -> None:
    class Full(MemoryBackend):
        full = True

        async def submit(self, command: Any, digest: bytes, wait: float) -> Answer:
            if self.full:
                return Answer("none", "", Refusal("storage", "The disk is full"))
            return await super().submit(command, digest, wait)

    async def main() -> None:
        backend = Full()
        async with running(backend, with_console()) as api:
            refused = await call(api.port, "POST", PATH, {"acts": [act()]}, role="observer")
            assert (refused.status, refused.json["outcome"]) == (409, "none")
            backend.full = False
            taken = await call(api.port, "POST", PATH, {"acts": [act()]}, role="observer")
            assert taken.json["acts"] == [{"id": "act-00000001", "state": "journalled"}]

    asyncio.run(main())


# --- at the page ------------------------------------------------------------------------------------------------------


def test_many_slow_tries_in_a_row_are_few_records_that_count_them_all() -> None:
    async def main() -> list[Act]:
        backend = MemoryBackend()
        people = People(with_console(), backend, lambda: 0.0, lambda: 1_795_251_312_250)
        for _ in range(1024):
            await people.slowed("pos-manager", "pin")
        await people.refused("271828", "pin")
        await people.slowed("", "token")
        return backend.acts

    acts = asyncio.run(main())
    slowed = [one for one in acts if isinstance(one, SignInSlowed)]
    assert sum(one.times for one in slowed[:-1]) == 1024
    assert len(slowed) == 12
    assert {(one.channel, one.happened_at, one.told_by) for one in acts} == {
        ("page", "2026-11-21T08:55:12.250Z", "till")
    }
    assert "271828" not in str(acts), "what stands where the name belongs and is none"


def test_tries_that_were_too_many_to_be_told_are_counted_in_the_next_one() -> None:
    now = [0.0]

    async def main() -> list[Act]:
        backend = MemoryBackend()
        people = People(with_console(), backend, lambda: now[0])
        for _ in range(BURST + 5):
            await people.refused("pos-manager", "pin")
        assert len(backend.acts) == BURST
        now[0] = 60.0
        await people.refused("pos-manager", "pin")
        return backend.acts

    last = asyncio.run(main())[-1]
    assert isinstance(last, SignInRefused)
    assert last.times == 6


# --- who is shown them ------------------------------------------------------------------------------------------------


def stream(acts: list[Act], role: str) -> str:
    """What a reader of the event stream gets of a journal with these and something else behind them."""

    class Journal(MemoryBackend):
        async def events(self, after: int, limit: int, role: str = "") -> list[dict[str, Any]]:
            records = [
                Record(seq, 0, "", type(one).__name__, Occurred(0, 0, one), b"") for seq, one in enumerate(acts, 1)
            ]
            shown = [views.event_view(record, role) for record in records[after:]]
            last = {"seq": len(acts) + 1, "name": "TillStarted", "data": {}}
            return shown + ([last] if after <= len(acts) else [])

    async def main() -> str:
        async with running(Journal(), with_console()) as api:
            reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
            writer.write(request(api.port, "GET", "/v1/events", role=role))
            found = await asyncio.wait_for(reader.readuntil(b"TillStarted"), 10)
            writer.close()
            await writer.wait_closed()
            return found.decode()

    return asyncio.run(main())


@pytest.mark.parametrize("role", ROLES)
def test_cashier_and_observer_are_told_nothing_of_people_and_everything_else(role: str) -> None:
    acts: list[Act] = [
        SignedIn(f"act-{one}", "olena", "technician", "serial", AT, "looker", "pin") for one in range(150)
    ]
    seen = stream(acts, role)
    assert ("olena" in seen) == ("SignedIn" in seen) == ("act-7" in seen) == (role in ("manager", "technician"))
    assert "id: 151\n" in seen, "and is not stopped by what is kept back"
