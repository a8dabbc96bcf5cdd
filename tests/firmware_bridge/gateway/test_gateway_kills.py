"""The gateway is killed between its commit and its answer, and before: the till goes on, nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.verify import verify
from firmware_bridge.uplink.https_link import HttpsLink
from firmware_bridge.uplink.link import LinkDoubtful, LinkDown
from firmware_bridge.uplink.source import stretch
from firmware_bridge.vendors.http import Limits
from tests.firmware_bridge.uplink.samples import JOURNAL, TILL, begin_journal
from tests.support.gateway import enrolled, gateway, link_to

PATIENT = Limits(connect_s=10.0, write_s=10.0, answer_s=60.0, answer_bytes=1 << 20)


@contextmanager
def mortal(folder: Path, moment: str, number: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    words = [sys.executable, "-m", "tests.support.gateway_process", str(folder), moment, str(number)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


async def _killed_while_sending(journal: Path, process: subprocess.Popen[str], url: str) -> list[Head]:
    """Send until it dies, then make it so; what was answered until then."""
    link = link_to(url, TILL, JOURNAL, limits=PATIENT)
    await link.open(TILL)
    answered: list[Head] = []
    stdout = process.stdout
    assert stdout is not None
    dying = asyncio.create_task(asyncio.to_thread(stdout.readline))
    envelopes = stretch(journal).envelopes()
    while not dying.done():
        expected = answered[-1].seq if answered else 0
        asking = asyncio.create_task(link.append(next(envelopes), expected))
        await asyncio.wait({asking, dying}, return_when=asyncio.FIRST_COMPLETED)
        if asking.done():
            answered.append(asking.result())
    assert (await dying).strip() == "dead"
    process.kill()
    process.wait()
    if not asking.done():
        with pytest.raises((LinkDoubtful, LinkDown)):
            await asking
    await link.close()
    return answered


async def _sent_on(folder: Path, journal: Path) -> Head:
    """Start it again, and do as a pump does: ask for the watermark, go on from there. The watermark it had."""
    async with gateway(folder) as found:
        link: HttpsLink = link_to(found.url, TILL, JOURNAL, limits=PATIENT)
        await link.open(TILL)
        first = mark = await link.watermark()
        for envelope in stretch(journal, mark.seq).envelopes():
            mark = await link.append(envelope, mark.seq)
        await link.close()
        return first


def _life(tmp_path: Path, moment: str) -> tuple[list[Head], Head]:
    """What was answered before the kill, and the watermark after it."""
    journal, folder = tmp_path / "journal.sqlite", tmp_path / "gateway"
    begin_journal(journal, 150)
    enrolled(folder, TILL)
    with mortal(folder, moment, 2) as (process, url):
        answered = asyncio.run(_killed_while_sending(journal, process, url))
    mark = asyncio.run(_sent_on(folder, journal))
    replica = folder / "journals" / f"{TILL}.sqlite"
    if moment != "hasty":
        assert verify(replica).ok
        assert stretch(replica).rows == stretch(journal).rows
    return answered, mark


@pytest.mark.parametrize(("moment", "held"), [("before", 64), ("after", 128)])
def test_what_was_answered_is_there_and_what_was_not_is_stored_once(tmp_path: Path, moment: str, held: int) -> None:
    answered, mark = _life(tmp_path, moment)
    assert [head.seq for head in answered] == [64]
    assert mark.seq == held


def test_control_a_gateway_that_answers_before_it_stores_is_caught(tmp_path: Path) -> None:
    answered, mark = _life(tmp_path, "hasty")
    assert answered[-1].seq > mark.seq
