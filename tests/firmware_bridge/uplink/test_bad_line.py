"""On a line that cuts at any byte, in either direction, the gateway ends with the till's journal and nothing else."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from firmware_bridge.gateway.pump import JournalSource, Pump
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.uplink.link import LinkDoubtful, LinkDown
from firmware_bridge.uplink.source import stretch
from tests.firmware_bridge.journal.samples import moved, ticking
from tests.firmware_bridge.uplink.samples import JOURNAL, TILL, begin_journal
from tests.support.bad_proxy import FAULTS, BadProxy, Fault
from tests.support.gateway import enrolled, gateway, link_to, proxied

RECORDS = 120


async def _sent(
    folder: Path, journal: Path, script: Sequence[tuple[Fault, int]], seed: int
) -> tuple[Counter[str], Counter[str]]:
    """Send the journal record by record, a connection each; what the proxy did, and what the till heard."""
    heard: Counter[str] = Counter()
    async with gateway(folder) as found:
        proxy = BadProxy(found.port, random.Random(seed), 1.0, script)
        await proxy.start()
        try:
            for row in stretch(journal).rows:
                (envelope,) = stretch(journal, row[0] - 1, 1).envelopes()
                await _one(f"http://127.0.0.1:{proxy.listening}", envelope, row[0] - 1, heard)
        finally:
            await proxy.close()
    return proxy.done, heard


async def _one(url: str, envelope: bytes, expected: int, heard: Counter[str]) -> None:
    """As a pump does it: open, append; what is not certain is asked again with a new connection."""
    while True:
        link = link_to(url, TILL, JOURNAL)
        try:
            await link.open(TILL)
            mark = await link.append(envelope, expected)
        except (LinkDown, LinkDoubtful) as error:
            heard[type(error).__name__] += 1
        else:
            heard["Head"] += 1
            assert mark.seq == expected + 1
            return
        finally:
            await link.close()


def _arrived(tmp_path: Path, script: Sequence[tuple[Fault, int]], seed: int) -> tuple[Counter[str], Counter[str]]:
    journal, folder = tmp_path / "journal.sqlite", tmp_path / "gateway"
    begin_journal(journal, RECORDS)
    enrolled(folder, TILL)
    told = asyncio.run(_sent(folder, journal, script, seed))
    assert stretch(folder / "journals" / f"{TILL}.sqlite").rows == stretch(journal).rows
    return told


@pytest.mark.parametrize("fault", ["cut_up", "cut_down"])
def test_a_cut_at_any_byte_loses_and_doubles_nothing(tmp_path: Path, fault: Fault, seed: int) -> None:
    step = 17
    script: list[tuple[Fault, int]] = [(fault, seed % step + step * n) for n in range(RECORDS // 2)]
    done, heard = _arrived(tmp_path, script, seed)
    assert done[fault] == len(script)
    assert heard["LinkDoubtful"] > 10


def test_every_other_fault_of_a_line_loses_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    others: list[Fault] = ["refuse", "delay", "double", "garbage"]
    script: list[tuple[Fault, int]] = [(chance.choice(others), 0) for _ in range(40)] + [("half_open", 0)] * 2
    done, heard = _arrived(tmp_path, script, seed)
    assert set(done) == set(FAULTS) - {"cut_up", "cut_down"}
    assert heard["LinkDoubtful"] > 0


def test_the_answer_to_another_request_is_not_believed() -> None:
    """A proxy that keeps an answer and gives it again."""

    async def replayed() -> None:
        kept: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            echo = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"fb-echo:"))
            kept.append(echo)
            body = b"\x92\x00\xc4\x20" + bytes(32)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.firmware-bridge+msgpack\r\nContent-Length: %d\r\n"
                % len(body) + kept[0] + b"\r\nConnection: close\r\n\r\n" + body
            )  # fmt: skip
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        link = link_to(f"http://127.0.0.1:{port}", TILL, JOURNAL)
        try:
            await link.open(TILL)
            with pytest.raises(LinkDoubtful, match="not the gateway's"):
                await link.watermark()
        finally:
            await link.close()
            server.close()
            await server.wait_closed()

    asyncio.run(replayed())


def test_control_the_proxy_does_double_what_it_doubles(seed: int) -> None:
    """In front of a receiver that keeps whatever comes."""
    stored: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        stored.append(await reader.readexactly(int(length.partition(b":")[2])))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        proxy = BadProxy(server.sockets[0].getsockname()[1], random.Random(seed), 1.0, [("double", 0)])
        await proxy.start()
        link = link_to(f"http://127.0.0.1:{proxy.listening}", TILL, JOURNAL)
        with pytest.raises(LinkDoubtful):
            await link.open(TILL)
        await link.close()
        await proxy.close()
        server.close()
        await server.wait_closed()

    asyncio.run(run())
    assert len(stored) > 1
    assert len(set(stored)) == 1


def test_a_pump_on_a_bad_line_brings_all_that_is_written_meanwhile(tmp_path: Path, seed: int) -> None:
    """The till's own pump, with its own patience, while the till goes on selling."""
    path, folder = tmp_path / "journal.sqlite", tmp_path / "gateway"
    begin_journal(path, 20)
    enrolled(folder, TILL)

    async def no_time(_: float) -> None:
        await asyncio.sleep(0)

    async def run() -> None:
        opener = partial(Journal.open, path, till_id=TILL, clock=ticking(), new_id=lambda: "never")
        journal = JournalThread(opener)
        await journal.start()
        async with gateway(folder) as found, proxied(found.port, random.Random(seed), 0.4) as proxy:
            link = link_to(f"http://127.0.0.1:{proxy.listening}", TILL, JOURNAL)
            source = JournalSource(TILL, journal)
            pump = Pump(TILL, link, source, lambda _: None, random.Random(seed), sleep=no_time, gather_s=0.0)
            running = asyncio.create_task(pump.run())
            for number in range(30):
                await journal.append([moved(1000 + number)])
                pump.wake()
                await asyncio.sleep(0)
            async with asyncio.timeout(30):
                while pump.status().mark < 50:
                    pump.wake()
                    await asyncio.sleep(0.005)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await pump.close()
        await journal.close()

    asyncio.run(run())
    assert stretch(folder / "journals" / f"{TILL}.sqlite").rows == stretch(path).rows
