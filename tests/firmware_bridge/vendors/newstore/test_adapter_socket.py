"""NewStore's book as it is built from a configuration, over real sockets to the sandbox's own server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge import config_check
from firmware_bridge.clock import SystemClock
from firmware_bridge.config import Config, load
from firmware_bridge.errors import UsageError
from firmware_bridge.gateway.book import Book, Call, Delivered, Plan, Service
from firmware_bridge.vendors.newstore.build import build, parts
from firmware_bridge.vendors.newstore.sandbox.server import NewStoreSandbox, SandboxOptions
from statemachines.vocabulary.day_events import DrawerDayOpened
from statemachines.vocabulary.events import Event, SaleCompleted, SaleSettled
from tests.firmware_bridge.vendors.newstore.adapter_world import record

TOML = """
[till]
id = "US-1"
market = "US"
zone = "America/New_York"
currency = "USD"
language = "en"
[shop]
name = "Shop"
[taxes.none]
letter = "N"
[journal]
path = "{directory}/journal.sqlite"
[printer]
port = "serial:/dev/ttyUSB0"
[drawers.drawer-1]
[book.newstore]
base_url = "{base_url}"
token_url = "{token_url}"
client_id = "{client_id}"
client_secret = {{ file = "{directory}/secret" }}
store_id = "{store_id}"
"""
Talk = Callable[[NewStoreSandbox, Book, Service], Awaitable[None]]


def configured(directory: Path, ready: dict[str, Any]) -> Config:
    (directory / "secret").write_text(ready["client_secret"] + "\n")
    path = directory / "till.toml"
    path.write_text(TOML.format(directory=directory, **ready))
    config = load(path)
    config_check.check(config)
    return config


def over_sockets(directory: Path, talk: Talk, **options: Any) -> None:
    async def main() -> None:
        sandbox = NewStoreSandbox(SandboxOptions(**options))
        await sandbox.start()
        try:
            secrets: list[str] = []
            config = configured(directory, sandbox.ready)
            book, service = build(config, SystemClock(), "1.2", secrets.append)
            assert secrets == [sandbox.ready["client_secret"]]
            try:
                await talk(sandbox, book, service)
            finally:
                await service.close()
                await service.close()
        finally:
            await sandbox.close()

    asyncio.run(main())


def call_of(plan: Plan) -> Call:
    assert isinstance(plan, Call)
    return plan


DAY: tuple[Event, ...] = (
    DrawerDayOpened("drawer-1", "day-1", 20000),
    SaleCompleted("s-1", 4500, 5000, 500, (), "drawer-1", "day-1", "000001"),
    SaleSettled("s-1", "drawer_closed", "drawer-1", "day-1"),
)


async def deliver(book: Book, service: Service, refs: dict[str, str], event: Event) -> None:
    call = call_of(book.plan(record(event, at=time.time_ns() // 1_000_000), refs))
    verdict = book.judge(call, await service.exchange(call.request))
    assert isinstance(verdict, Delivered), verdict
    refs.update(verdict.refs)


def test_sale_is_told_over_a_socket(tmp_path: Path) -> None:
    async def talk(sandbox: NewStoreSandbox, book: Book, service: Service) -> None:
        assert book.name == "newstore"
        refs: dict[str, str] = {}
        for event in DAY:
            await deliver(book, service, refs, event)
        books = sandbox.service.handle("GET", "/_books", {}, {}, b"").body.decode()
        assert '"status":"completed"' in books
        assert '"drawer-1":{"value":245,"currency":"USD"}' in books
        assert '"tokens_given":1' in books

    over_sockets(tmp_path, talk)


@pytest.mark.parametrize(("fault", "error"), [("lost-answer", Unanswered), ("not-reached", Unanswered)])
def test_connection_that_is_cut_after_the_request_is_doubt(tmp_path: Path, fault: str, error: type[Exception]) -> None:
    async def talk(sandbox: NewStoreSandbox, book: Book, service: Service) -> None:
        refs: dict[str, str] = {}
        await deliver(book, service, refs, DAY[0])
        body = b'{"name": "%s", "count": 1, "operation": "start"}' % fault.encode()
        sandbox.service.handle("POST", "/_fault", {}, {}, body)
        with pytest.raises(error) as found:
            await deliver(book, service, refs, DAY[1])
        assert str(found.value).startswith("NewStore at 127.0.0.1:")
        await deliver(book, service, refs, DAY[1])

    over_sockets(tmp_path, talk)


def test_server_that_is_gone_is_nothing_sent(tmp_path: Path) -> None:
    async def talk(sandbox: NewStoreSandbox, book: Book, service: Service) -> None:
        await sandbox.close()
        with pytest.raises(NotSent, match="NewStore at 127"):
            await deliver(book, service, {}, DAY[0])

    over_sockets(tmp_path, talk)


def test_secret_of_another_tenant_is_refused(tmp_path: Path) -> None:
    async def talk(sandbox: NewStoreSandbox, _: Book, __: Service) -> None:
        config = configured(tmp_path, {**sandbox.ready, "client_secret": "another"})
        book, service = build(config, SystemClock(), "1.2", lambda _: None)
        try:
            with pytest.raises(Refused, match=r"\[book\.newstore\]"):
                await deliver(book, service, {}, DAY[0])
        finally:
            await service.close()

    over_sockets(tmp_path, talk)


READY = {"base_url": "https://acme.p.newstore.net", "token_url": "", "client_id": "c", "store_id": "s",
         "client_secret": "x"}  # fmt: skip


def test_secret_that_is_not_there_is_named_and_nothing_is_built(tmp_path: Path) -> None:
    config = configured(tmp_path, READY)
    (tmp_path / "secret").unlink()
    with pytest.raises(UsageError, match=r"book\.newstore\.client_secret\.file: .* cannot be read"):
        build(config, SystemClock(), "1", lambda _: None)


def test_drawers_are_called_as_the_configuration_says(tmp_path: Path) -> None:
    made = parts(configured(tmp_path, READY), SystemClock(), "1", lambda _: None)
    assert made.terms.drawers == {"drawer-1": "drawer-1"}
    (tmp_path / "till.toml").write_text(
        (tmp_path / "till.toml").read_text() + '[book.newstore.drawers]\n"drawer-1" = "4G9OZ"\n'
    )
    made = parts(load(tmp_path / "till.toml"), SystemClock(), "1", lambda _: None)
    assert made.set_up.drawers == {"drawer-1": "4G9OZ"}


def test_till_without_a_book_builds_none(tmp_path: Path) -> None:
    configured(tmp_path, READY)
    path = tmp_path / "till.toml"
    path.write_text(path.read_text().partition("[book.newstore]")[0])
    with pytest.raises(UsageError, match=r"There is no \[book\.newstore\]"):
        build(load(path), SystemClock(), "1", lambda _: None)
