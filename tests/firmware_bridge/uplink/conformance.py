"""What every link promises, as tests: subclass `Conformance`, say how a bench is made, and all of it is held to.

A bench is one receiver with its durable store: `link()` gives a new link to it (as after a restart of either side),
`held()` what it has durably taken for the till, `post()` puts a command into the till's inbox. The records are those
of the journal file that the bench is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from firmware_bridge.journal import chain
from firmware_bridge.journal.chain import Head
from firmware_bridge.uplink.envelope import pack
from firmware_bridge.uplink.limits import MAX_RECEIVED, WireError
from firmware_bridge.uplink.link import Delivered, Link, LinkForeign, LinkMisuse, OutOfStep
from firmware_bridge.uplink.source import stretch
from tests.firmware_bridge.journal.samples import moved
from tests.firmware_bridge.uplink import other
from tests.firmware_bridge.uplink.samples import CONTEXT, JOURNAL, START, TILL, begin_journal, rows_of

T = TypeVar("T")
RECORDS = 150


class Bench(Protocol):
    def link(self) -> AbstractAsyncContextManager[Link]: ...

    def held(self) -> list[Head]: ...

    def post(self, till: str, command_id: str, body: bytes) -> int: ...


class Conformance:
    def make(self, journal: Path) -> Bench:
        raise NotImplementedError

    @pytest.fixture
    def journal(self, tmp_path: Path) -> Path:
        path = tmp_path / "journal.sqlite"
        begin_journal(path, RECORDS)
        return path

    @pytest.fixture
    def bench(self, journal: Path) -> Bench:
        return self.make(journal)

    # --- records ---

    def test_a_new_till_begins_at_the_genesis_of_its_chain(self, bench: Bench) -> None:
        assert _on(bench, lambda link: link.watermark()) == Head(0, chain.genesis(JOURNAL))
        assert bench.held() == []

    def test_records_arrive_in_order_and_all_of_them(self, bench: Bench, journal: Path) -> None:
        marks = _on(bench, lambda link: _send(link, journal))
        assert [mark.seq for mark in marks] == [64, 128, 150]
        assert bench.held() == _heads(journal)

    def test_the_watermark_is_there_after_a_restart_and_sending_goes_on_from_it(
        self, bench: Bench, journal: Path
    ) -> None:
        first = _on(bench, lambda link: link.append(_envelope(journal, 0, 40), 0))
        assert _on(bench, lambda link: link.watermark()) == first == _heads(journal)[39]
        _on(bench, lambda link: _send(link, journal))
        assert bench.held() == _heads(journal)

    def test_the_same_envelope_again_is_stored_once(self, bench: Bench, journal: Path) -> None:
        async def repeated(link: Link) -> list[Head]:
            one, two = _envelope(journal, 0, 40), _envelope(journal, 40, 20)
            return [
                await link.append(one, 0), await link.append(one, 0), await link.append(two, 40),
                await link.append(one, 0), await link.append(two, 40),
            ]  # fmt: skip

        assert [mark.seq for mark in _on(bench, repeated)] == [40, 40, 60, 60, 60]
        assert _on(bench, lambda link: link.append(_envelope(journal, 40, 20), 40)).seq == 60
        assert bench.held() == _heads(journal)[:60]

    def test_a_hole_is_refused_and_the_watermark_told(self, bench: Bench, journal: Path) -> None:
        _on(bench, lambda link: link.append(_envelope(journal, 0, 10), 0))
        with pytest.raises(OutOfStep) as caught:
            _on(bench, lambda link: link.append(_envelope(journal, 11, 10), 11))
        assert caught.value.watermark == _heads(journal)[9]
        assert bench.held() == _heads(journal)[:10]

    def test_a_hole_is_refused_also_when_the_expected_number_fits(self, bench: Bench, journal: Path) -> None:
        with pytest.raises(OutOfStep):
            _on(bench, lambda link: link.append(_envelope(journal, 5, 10), 0))
        assert bench.held() == []

    def test_an_overlap_is_refused(self, bench: Bench, journal: Path) -> None:
        _on(bench, lambda link: link.append(_envelope(journal, 0, 10), 0))
        with pytest.raises(OutOfStep) as caught:
            _on(bench, lambda link: link.append(_envelope(journal, 5, 10), 5))
        assert caught.value.watermark.seq == 10
        assert bench.held() == _heads(journal)[:10]

    def test_another_expected_number_than_the_watermark_is_refused(self, bench: Bench, journal: Path) -> None:
        for expected in (-1, 1, 64):
            with pytest.raises(OutOfStep):
                _append(bench, _envelope(journal, 0, 10), expected)
        assert bench.held() == []

    def test_of_two_senders_at_once_one_stores(self, bench: Bench, journal: Path) -> None:
        async def both(link: Link) -> list[Head | BaseException]:
            envelopes = [_envelope(journal, 0, 10), _envelope(journal, 0, 20)]
            return list(await asyncio.gather(*[link.append(each, 0) for each in envelopes], return_exceptions=True))

        answers = _on(bench, both)
        stored = [answer.seq for answer in answers if isinstance(answer, Head)]
        assert len(bench.held()) == max(stored)
        assert bench.held() == _heads(journal)[: max(stored)]
        assert all(isinstance(answer, Head | OutOfStep) for answer in answers)

    def test_damaged_bytes_store_nothing(self, bench: Bench, journal: Path) -> None:
        sound = _envelope(journal, 0, 10)
        content = other.unpack(other.unseal(sound))
        swapped = [*content[:10], [content[10][1], content[10][0], *content[10][2:]]]
        for damaged in (sound[:-1], sound[:40] + b"\0" + sound[41:], b"", other.seal(other.pack(swapped))):
            with pytest.raises(WireError):
                _append(bench, damaged, 0)
        assert bench.held() == []

    def test_rewritten_records_are_refused_before_and_after_the_watermark(self, bench: Bench, journal: Path) -> None:
        forged = rows_of([moved(1000 + n) for n in range(20)])
        _on(bench, lambda link: link.append(_envelope(journal, 0, 10), 0))
        for envelope, expected in (
            (pack(CONTEXT, START, forged[:10]), 0),
            (pack(CONTEXT, Head(10, forged[9][5]), forged[10:]), 10),
        ):
            with pytest.raises(LinkForeign):
                _append(bench, envelope, expected)
        assert bench.held() == _heads(journal)[:10]

    def test_records_of_another_till_or_journal_are_refused(self, bench: Bench, tmp_path: Path) -> None:
        for till, journal_id in (("UA-18", JOURNAL), (TILL, "journal-2")):
            path = tmp_path / f"{till}-{journal_id}.sqlite"
            begin_journal(path, 5, till, journal_id)
            with pytest.raises(LinkForeign):
                _append(bench, _envelope(path, 0, 5), 0)
        assert bench.held() == []

    # --- commands ---

    def test_commands_arrive_in_order_with_their_content(self, bench: Bench) -> None:
        for number in range(1, 4):
            bench.post(TILL, f"c{number}", bytes([number]))
        found = _on(bench, lambda link: link.receive(0))
        assert [(each.number, each.command_id, each.body) for each in found] == [
            (number, f"c{number}", bytes([number])) for number in range(1, 4)
        ]

    def test_a_command_stays_until_the_till_says_that_it_holds_it(self, bench: Bench) -> None:
        numbers = [bench.post(TILL, f"c{n}", b"x") for n in range(3)]
        for _ in range(2):
            assert len(_on(bench, lambda link: link.receive(0))) == 3
        for _ in range(2):
            assert [each.command_id for each in _on(bench, lambda link: link.receive(numbers[1]))] == ["c2"]
        assert _on(bench, lambda link: link.receive(numbers[2])) == []
        assert bench.post(TILL, "c9", b"x") > numbers[2]

    def test_another_tills_commands_are_not_handed_out(self, bench: Bench) -> None:
        bench.post("UA-18", "theirs", b"x")
        bench.post(TILL, "ours", b"x")
        assert [each.command_id for each in _on(bench, lambda link: link.receive(0))] == ["ours"]

    def test_the_same_command_posted_again_waits_once(self, bench: Bench) -> None:
        assert bench.post(TILL, "c1", b"x") == bench.post(TILL, "c1", b"x")
        assert len(_on(bench, lambda link: link.receive(0))) == 1

    def test_commands_are_handed_out_in_bounded_pieces(self, bench: Bench) -> None:
        for number in range(MAX_RECEIVED + 5):
            bench.post(TILL, f"c{number}", b"x")
        first = _on(bench, lambda link: link.receive(0))
        assert len(first) == MAX_RECEIVED
        assert len(_on(bench, lambda link: link.receive(first[-1].number))) == 5

    def test_a_number_that_was_never_given_is_refused(self, bench: Bench) -> None:
        for number in (-1, 1):
            with pytest.raises(LinkMisuse):
                _receive(bench, number)

    # --- opening and closing ---

    def test_a_link_works_between_open_and_close_only(self, bench: Bench, journal: Path) -> None:
        async def use(link: Link) -> None:
            with pytest.raises(LinkMisuse):
                await link.open(TILL)
            await link.close()
            await link.close()
            calls = (link.watermark, lambda: link.append(_envelope(journal, 0, 1), 0), lambda: link.receive(0))
            for call in calls:
                with pytest.raises(LinkMisuse):
                    await call()

        _on(bench, use)
        assert bench.held() == []

    def test_a_link_of_one_till_does_not_open_for_another(self, bench: Bench) -> None:
        async def use(link: Link) -> None:
            await link.close()
            with pytest.raises(LinkForeign):
                await link.open("UA-18")

        _on(bench, use)


def _on(bench: Bench, use: Callable[[Link], Awaitable[T]]) -> T:
    """Run `use` on a new link, opened before and closed after."""

    async def run() -> T:
        async with bench.link() as link:
            await link.open(TILL)
            try:
                return await use(link)
            finally:
                await link.close()

    return asyncio.run(run())


def _append(bench: Bench, envelope: bytes, expected: int) -> Head:
    return _on(bench, lambda link: link.append(envelope, expected))


def _receive(bench: Bench, after: int) -> list[Delivered]:
    return _on(bench, lambda link: link.receive(after))


async def _send(link: Link, journal: Path) -> list[Head]:
    mark = await link.watermark()
    marks = []
    for envelope in stretch(journal, mark.seq).envelopes():
        mark = await link.append(envelope, mark.seq)
        marks.append(mark)
    return marks


def _envelope(journal: Path, after: int, records: int) -> bytes:
    (envelope,) = stretch(journal, after, records).envelopes()
    return envelope


def _heads(journal: Path) -> list[Head]:
    return [Head(row[0], row[5]) for row in stretch(journal).rows]
