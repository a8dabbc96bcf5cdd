"""The snapshot: the whole state, byte for byte, or left aside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import snapshot
from statemachines.state import TillState
from statemachines.vocabulary.commands import MoveCash, PrintCopy, PrintSlip
from statemachines.vocabulary.effects import Fiscalise, Print
from statemachines.vocabulary.events import (
    DrawerKicked,
    FiscalisationDoubtful,
    FiscalStamp,
    PrintDoubtful,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
    SaleRequested,
)
from statemachines.vocabulary.offline_events import FiscaliserUnreachable, OfflineCode, OfflineCodesRefilled
from statemachines.vocabulary.paper import Barcode, Image
from statemachines.vocabulary.slip import SlipFeed, SlipText
from tests.support.rules import CASHIER, CLOUD, DRAWER, NOON, Bench, cash_move, only, opened, sale, shop, shut, slip


def busy_till() -> Bench:
    """Every kind of thing that a state can hold: a shift with turnover, a doubt, a copy and a drawer on their way."""
    bench = Bench()
    first = bench.sell(sale("s-1", cash=800, card=400, given=1000))
    bench.run(DrawerKicked(DRAWER, 1))
    bench.run(opened())
    bench.run(ReceiptPrinted("s-1", first.job_id, "process_id"))
    job = bench.sell(sale("s-2"))
    bench.run(PrintDoubtful("s-2", job.job_id, "no answer", end_sent=False))
    bench.run(PrintUnresolved("s-2", job.job_id, "it cannot tell", person_needed=True))
    pictured = replace(slip("d-1"), elements=(SlipText("a"), Image(9, b"\x80\x00"), Barcode("12"), SlipFeed(2)))
    one = only(bench.do(PrintSlip("d-1", CASHIER, pictured)).effects, Print)
    bench.run(PrintDoubtful("d-1", one.job_id, "no answer"))
    bench.run(PrintUnresolved("d-1", one.job_id, "it cannot tell", person_needed=True))
    bench.do(PrintCopy("c-1", CASHIER, "s-2", "lost", job.paper))
    return bench


def doubtful_till() -> Bench:
    bench = Bench(shop(traits=CLOUD))
    bench.run(SaleRequested("s-1", sale()))
    bench.run(FiscalisationDoubtful("s-1", "no answer"))
    return bench


def forced_till() -> Bench:
    """A drawer that was forced open, and a book that is told of it."""
    bench = Bench(shop(record_forced=True))
    bench.run(shut())
    bench.run(opened())
    assert bench.rules.state.documents
    return bench


def away_till() -> Bench:
    """The register has gone: a session with its code, a document that waits, meters and warnings."""
    bench = Bench(shop(traits=replace(CLOUD, offline="codes")))
    bench.run(OfflineCodesRefilled(1000, tuple(OfflineCode(f"c{at}", at) for at in range(40))))
    bench.run(SaleRequested("s-1", sale()))
    stamp = FiscalStamp("register", "4000123", "2026-10-01T10:00:00", register="TEST1", at=NOON)
    bench.run(ReceiptFiscalised("s-1", stamp, "not_mine"))
    bench.run(SaleRequested("s-2", sale("s-2")))
    bench.run(FiscaliserUnreachable("s-2", "no route"))
    state = bench.rules.state
    assert (state.mode.state, [one.document_id for one in state.offline.queue]) == ("offline_manual", ["s-2"])
    assert state.offline.code
    assert state.offline.stretches
    return bench


@pytest.mark.parametrize("make", [lambda: Bench(shift=False), busy_till, doubtful_till, forced_till, away_till])
def test_a_snapshot_read_back_is_the_state(make: Callable[[], Bench]) -> None:
    state = make().rules.state
    again = snapshot.decode(snapshot.encode(state))
    assert again == state
    assert again is not None
    assert snapshot.encode(again) == snapshot.encode(state)


def test_an_empty_till_is_a_snapshot_too() -> None:
    assert snapshot.decode(snapshot.encode(TillState())) == TillState()


def test_what_was_to_be_fiscalised_is_in_it() -> None:
    again = snapshot.decode(snapshot.encode(doubtful_till().rules.state))
    assert again is not None
    assert isinstance(again.documents["s-1"].fiscalise, Fiscalise)


def changed(change: Callable[[list[Any]], None]) -> bytes:
    raw: list[Any] = msgpack.unpackb(snapshot.encode(busy_till().rules.state))
    change(raw)
    packed: bytes = msgpack.packb(raw)
    return packed


def put(at: tuple[Any, ...], value: Any) -> Callable[[list[Any]], None]:
    def change(raw: list[Any]) -> None:
        place: Any = raw
        for key in at[:-1]:
            place = place[key]
        place[at[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        put((0,), snapshot.FORMAT + 1),
        put((0,), "one"),
        put((1, "state"), "half open"),
        put((1, "number"), "seven"),
        put((2, "state"), "on fire"),
        put((3, "state"), "half way"),
        put((4, "state"), "somewhere"),
        put((5, 0, "state"), "ajar"),
        put((6, 0, "state"), "tired"),
        put((9, 0, "state"), "polling"),
        put((9, 0, "transaction"), "in transit"),
        put((9, 0, "kind"), "barter"),
        put((12,), [1, 2]),
        put((12,), "123456"),
        put((12, "queue"), 7),
        put((12, "acknowledged"), "perhaps"),
        put((12, "stretches"), [{"begin": "noon"}]),
        put((14,), [1, 2]),
        put((14, 0), "1"),
        lambda raw: raw.pop(),
        lambda raw: raw[9][0].pop("document_id"),
    ],
)
def test_a_snapshot_of_another_release_is_left_aside(change: Callable[[list[Any]], None]) -> None:
    assert snapshot.decode(changed(change)) is None


def test_fields_that_a_later_release_adds_are_ignored() -> None:
    body = changed(lambda raw: raw[9][0].update(mood="good"))
    assert snapshot.decode(body) == busy_till().rules.state


def test_fields_that_an_earlier_release_did_not_have_take_their_defaults() -> None:
    body = changed(lambda raw: raw[9][0].pop("doubted"))
    again = snapshot.decode(body)
    assert again is not None
    assert again.documents.keys() == busy_till().rules.state.documents.keys()


@given(st.binary(max_size=200))
def test_noise_is_left_aside(noise: bytes) -> None:
    assert snapshot.decode(noise) is None


@given(st.data())
def test_a_torn_or_flipped_snapshot_never_raises(data: st.DataObject) -> None:
    body = bytearray(SOUND)
    end = data.draw(st.integers(0, len(body)))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] ^= data.draw(st.integers(1, 255))
    found = snapshot.decode(bytes(body[:end]))
    if end < len(body):
        assert found is None


SOUND = snapshot.encode(busy_till().rules.state)


def test_a_cash_move_is_kept_whole() -> None:
    bench = Bench()
    bench.do(MoveCash("m-1", CASHIER, cash_move("m-1", "out", 700)))
    again = snapshot.decode(snapshot.encode(bench.rules.state))
    assert again is not None
    assert again.documents["m-1"].cash == -700
