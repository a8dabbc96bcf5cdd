"""The gateway's door: who may ask, how much, how often; commands come at once; every refusal says what happened."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest

from firmware_bridge.gateway.commands import Command
from firmware_bridge.gateway.errors import GatewayMisuse
from firmware_bridge.gateway.service import Rates
from firmware_bridge.journal.errors import JournalFailed
from firmware_bridge.uplink.inbox import CommandConflict
from firmware_bridge.uplink.limits import MAX_ENVELOPE, WireError
from firmware_bridge.uplink.link import LinkDoubtful, LinkDown, LinkForeign, LinkMisuse
from firmware_bridge.uplink.over_http import PROBLEM, Refused, pack_opening
from firmware_bridge.uplink.source import stretch
from firmware_bridge.vendors.http import Limits
from tests.firmware_bridge.uplink.samples import JOURNAL, TILL, begin_journal
from tests.support.gateway import TOKEN, Gateway, enrolled, gateway, link_to

T = TypeVar("T")
PATIENT = Limits(answer_s=30.0, answer_bytes=4 << 20)
GOOD = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    enrolled(tmp_path / "gateway", TILL)
    return tmp_path / "gateway"


def _on(folder: Path, use: Callable[[Gateway], Awaitable[T]], **more: Any) -> T:
    async def run() -> T:
        async with gateway(folder, **more) as found:
            return await use(found)

    return asyncio.run(run())


async def _post(
    found: Gateway, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and the problem's document, {} for an answer that is none."""
    good = GOOD if headers is None else headers
    data = io.BytesIO(body)
    async with aiohttp.ClientSession() as session, session.post(found.url + path, data=data, headers=good) as answer:
        text = await answer.read()
        problem = answer.headers["Content-Type"] == "application/problem+json"
        return answer.status, json.loads(text) if problem else {}


# --- who may ask ---


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"/v1/tills/{TILL}/watermark", {}),
        (f"/v1/tills/{TILL}/watermark", {"Authorization": "Bearer wrong"}),
        (f"/v1/tills/{TILL}/watermark", {"Authorization": f"Basic {TOKEN}"}),
        (f"/v1/tills/{TILL}/watermark", {"Authorization": f"Bearer {TOKEN}x"}),
        ("/v1/tills/UA-18/watermark", GOOD),
        ("/v1/tills/..%2F..%2Fetc/watermark", GOOD),
        ("/v1/tills/%00/watermark", GOOD),
    ],
)
def test_nobody_without_the_tills_token_is_answered(folder: Path, path: str, headers: dict[str, str]) -> None:
    status, problem = _on(folder, lambda found: _post(found, path, headers=headers))
    assert (status, problem["type"], problem["outcome"]) == (401, f"{PROBLEM}unknown-token", "none")
    assert [entry.name for entry in (folder / "journals").iterdir()] == []


def test_a_till_with_a_wrong_token_is_down_and_is_told_to_enrol(folder: Path) -> None:
    async def use(found: Gateway) -> None:
        link = link_to(found.url, TILL, JOURNAL, "wrong" * 8)
        with pytest.raises(LinkDown, match="enrol"):
            await link.open(TILL)
        await link.close()

    _on(folder, use)


def test_tokens_are_not_kept(folder: Path) -> None:
    assert all(TOKEN.encode() not in path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_a_revoked_till_is_not_answered_any_more(folder: Path) -> None:
    async def use(found: Gateway) -> tuple[int, int]:
        opening = pack_opening(JOURNAL, 0, "0")
        first, _ = await _post(found, f"/v1/tills/{TILL}/open", opening)
        assert found.store.tills.revoke(TILL)
        second, _ = await _post(found, f"/v1/tills/{TILL}/watermark")
        return first, second

    assert _on(folder, use) == (200, 401)


# --- how much, how often ---


def test_a_body_that_is_too_large_is_not_read(folder: Path) -> None:
    path = f"/v1/tills/{TILL}/append?expected=0"
    status, problem = _on(folder, lambda found: _post(found, path, bytes(MAX_ENVELOPE + 1)))
    assert (status, problem["type"]) == (413, f"{PROBLEM}too-large")


@pytest.mark.parametrize(
    ("path", "body"),
    [("open", b""), ("open", b"\x93\x00\x00\x00"), ("append?expected=x", b""), ("append", b""), ("down", b""),
     ("down?after=1e3", b""), ("order", b"\x80")],
)  # fmt: skip
def test_what_is_malformed_is_refused(folder: Path, path: str, body: bytes) -> None:
    status, problem = _on(folder, lambda found: _post(found, f"/v1/tills/{TILL}/{path}", body))
    assert (status, problem["type"], problem["outcome"]) == (400, f"{PROBLEM}bad-request", "none")


def test_a_till_that_asks_too_often_waits_and_another_does_not(folder: Path) -> None:
    enrolled(folder, "UA-18")

    async def use(found: Gateway) -> list[int]:
        opening = pack_opening(JOURNAL, 0, "0")
        asked = [(await _post(found, f"/v1/tills/{TILL}/open", opening))[0] for _ in range(4)]
        return [*asked, (await _post(found, "/v1/tills/UA-18/open", pack_opening("other", 0, "0")))[0]]

    assert _on(folder, use, rates=Rates((3, 0.001), (100, 100))) == [200, 200, 200, 429, 200]


def test_codes_and_tokens_cannot_be_tried_for_long(folder: Path) -> None:
    async def use(found: Gateway) -> list[int]:
        asked = [(await _post(found, "/v1/enrol", b"UA-17-0000000000\n" + b"00" * 32, {}))[0] for _ in range(2)]
        return [*asked, (await _post(found, f"/v1/tills/{TILL}/open", headers={}))[0]]

    assert _on(folder, use, rates=Rates((3, 1), (2, 0.001))) == [403, 403, 429]


# --- what is kept ---


def test_a_till_that_never_said_which_journal_it_has_is_told_so(folder: Path) -> None:
    status, problem = _on(folder, lambda found: _post(found, f"/v1/tills/{TILL}/watermark"))
    assert (status, problem["type"]) == (409, f"{PROBLEM}misuse")


def test_another_journal_is_refused_until_the_till_is_enrolled_for_it(folder: Path, tmp_path: Path) -> None:
    async def use(found: Gateway) -> None:
        begin_journal(tmp_path / "old", 5)
        link = link_to(found.url, TILL, JOURNAL)
        await link.open(TILL)
        await link.append(next(stretch(tmp_path / "old").envelopes()), 0)
        await link.close()
        begin_journal(tmp_path / "new", 7, TILL, "journal-2")
        new = link_to(found.url, TILL, "journal-2")
        with pytest.raises(LinkForeign, match="journal-1"):
            await new.open(TILL)
        found.store.tills.enrol(found.store.tills.new_code(TILL, renews=True), _digest(TOKEN))
        await new.open(TILL)
        assert (await new.append(next(stretch(tmp_path / "new").envelopes()), 0)).seq == 7
        await new.close()
        back = link_to(found.url, TILL, JOURNAL)
        with pytest.raises(LinkForeign):
            await back.open(TILL)
        await back.close()

    _on(folder, use)
    aside = folder / "journals" / f"{TILL}.{JOURNAL}.aside"
    assert stretch(aside).rows == stretch(tmp_path / "old").rows
    assert stretch(folder / "journals" / f"{TILL}.sqlite").rows == stretch(tmp_path / "new").rows


def _digest(token: str) -> bytes:
    from firmware_bridge.gateway.tills import digest_of

    return digest_of(token)


def test_a_disk_that_refuses_is_a_doubt_and_the_file_tells(folder: Path, tmp_path: Path) -> None:
    begin_journal(tmp_path / "j", 5)

    async def use(found: Gateway) -> None:
        link = link_to(found.url, TILL, JOURNAL, limits=PATIENT)
        await link.open(TILL)
        replica = found.store.replica(TILL)
        whole = replica.take

        async def refusing(*_: object) -> None:
            raise JournalFailed("the disk is full")

        replica.take = refusing  # type: ignore[assignment, method-assign]  # the disk's part
        with pytest.raises(LinkDoubtful, match="disk"):
            await link.append(next(stretch(tmp_path / "j").envelopes()), 0)
        replica.take = whole  # type: ignore[method-assign]  # as it was
        assert (await link.watermark()).seq == 0
        assert (await link.append(next(stretch(tmp_path / "j").envelopes()), 0)).seq == 5
        await link.close()

    _on(folder, use)


def test_bytes_that_are_no_envelope_are_told_as_such(folder: Path) -> None:
    async def use(found: Gateway) -> None:
        link = link_to(found.url, TILL, JOURNAL)
        await link.open(TILL)
        with pytest.raises(WireError):
            await link.append(b"FB", 0)
        await link.close()

    _on(folder, use)


def test_two_gateways_do_not_share_a_folder(folder: Path) -> None:
    async def use(_: Gateway) -> None:
        with pytest.raises(Exception, match="in use by another process"):
            async with gateway(folder):
                raise AssertionError

    _on(folder, use)


# --- what goes down ---


def test_a_command_comes_while_the_till_waits_for_one(folder: Path) -> None:
    async def use(found: Gateway) -> None:
        link = link_to(found.url, TILL, JOURNAL, limits=PATIENT)
        await link.open(TILL)
        asking = asyncio.create_task(link.down(0, 0, 25))
        while not found.store.asked(TILL):
            await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await found.store.beside(found.store.inboxes.put, TILL, "c1", b"print")
        down = await asking
        assert loop.time() - begun < 5.0  # and not the 25 s for which it would have waited
        assert [(one.number, one.command_id, one.body) for one in down.commands] == [(1, "c1", b"print")]
        assert (await link.down(1)).commands == ()
        await link.close()

    _on(folder, use)


def test_a_newer_question_ends_the_older_one(folder: Path) -> None:
    async def use(found: Gateway) -> None:
        first, second = (link_to(found.url, TILL, JOURNAL, limits=PATIENT) for _ in range(2))
        await first.open(TILL)
        await second.open(TILL)
        older = asyncio.create_task(first.down(0, 0, 25))
        while not found.store.asked(TILL):
            await asyncio.sleep(0)
        newer = asyncio.create_task(second.down(0, 0, 25))
        assert (await older).commands == ()
        await found.store.beside(found.store.inboxes.put, TILL, "c1", b"x")
        assert len((await newer).commands) == 1
        await first.close()
        await second.close()

    _on(folder, use)


def test_an_id_is_one_command_for_ever(folder: Path) -> None:
    async def use(found: Gateway) -> None:
        put = found.store.inboxes.put
        assert [put(TILL, "c1", b"x"), put(TILL, "c2", b"x"), put(TILL, "c1", b"x")] == [1, 2, 1]
        assert [one.number for one in found.store.inboxes.receive(TILL, 2)] == []
        assert put(TILL, "c1", b"x") == 1
        assert found.store.inboxes.receive(TILL, 2) == []
        with pytest.raises(CommandConflict, match="another content"):
            put(TILL, "c1", b"y")

    _on(folder, use)


def test_news_that_were_never_given_are_not_believed(folder: Path) -> None:
    async def use(found: Gateway) -> None:
        link = link_to(found.url, TILL, JOURNAL)
        await link.open(TILL)
        with pytest.raises(LinkMisuse, match="news"):
            await link.down(0, 7)
        await link.close()

    _on(folder, use)


# --- orders ---


def test_an_order_is_carried_out_or_refused_with_its_sentence(folder: Path) -> None:
    from firmware_bridge.gateway.commands import encode

    async def order(till: str, command: Command) -> str:
        if command.seq == 1:
            return f"{till}: record 1 is sent again."
        raise GatewayMisuse("Record 2 is not set aside; nothing was changed.")

    async def use(found: Gateway) -> None:
        link = link_to(found.url, TILL, JOURNAL)
        await link.open(TILL)
        assert await link.order(encode(Command("retry", "newstore", 1, "x"))) == f"{TILL}: record 1 is sent again."
        with pytest.raises(Refused, match="Record 2"):
            await link.order(encode(Command("retry", "newstore", 2, "x")))
        await link.close()

    _on(folder, use, order=order)


def test_health_tells_nothing_but_that_it_lives(folder: Path) -> None:
    async def use(found: Gateway) -> Any:
        async with aiohttp.ClientSession() as session, session.get(found.url + "/healthz") as answer:
            return await answer.json()

    assert _on(folder, use) == {"alive": True, "version": "0"}


# --- the disk ---


def _log_after(folder: Path, journal: Path, *, settled: bool) -> int:
    """Bytes of the write-ahead log after records came one by one."""

    async def use(found: Gateway) -> int:
        link = link_to(found.url, TILL, JOURNAL)
        await link.open(TILL)
        for row in stretch(journal).rows:
            await link.append(next(stretch(journal, row[0] - 1, 1).envelopes()), row[0] - 1)
            if settled:
                await found.store.settle()
        await link.close()
        return (folder / "journals" / f"{TILL}.sqlite-wal").stat().st_size

    return _on(folder, use)


def test_the_logs_are_emptied_as_they_grow(tmp_path: Path) -> None:
    begin_journal(tmp_path / "j", 40)
    sizes = []
    for settled in (True, False):
        enrolled(tmp_path / f"gateway-{settled}", TILL)
        sizes.append(_log_after(tmp_path / f"gateway-{settled}", tmp_path / "j", settled=settled))
    assert sizes[0] < sizes[1] / 3
