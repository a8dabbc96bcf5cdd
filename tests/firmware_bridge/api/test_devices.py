"""The till's devices over HTTP: who is there, who is a stranger, and a person's word that takes one for the till's."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.acquainted import DeviceMemory, Known
from firmware_bridge.config import Config
from firmware_bridge.devices_known import KnownDevices
from firmware_bridge.validation import convert
from tests.firmware_bridge.api.wire import call, config, running
from tests.support.memory_backend import MemoryBackend

OURS, OTHER = Known("TM-T88V", "A1"), Known("TM-T20", "B2")
ACCEPT = "/v1/devices/printer/accept"


@pytest.fixture
def memory(tmp_path: Path) -> DeviceMemory:
    """The till's printer was swapped."""
    made = DeviceMemory(tmp_path / "devices")
    made.write("printer", OURS, OTHER)
    return made


def asked(
    folder: Path,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    settings: Config | None = None,
    **more: Any,
) -> tuple[int, Any]:
    async def main() -> tuple[int, Any]:
        shop = settings or config()
        devices = KnownDevices(shop, folder / "devices")
        async with running(MemoryBackend(), shop, devices=devices) as api:
            reply = await call(api.port, method, path, body, **{"role": "technician", **more})
            return reply.status, reply.json

    return asyncio.run(main())


def test_all_devices_are_told_with_who_is_there_and_who_was_seen(tmp_path: Path, memory: DeviceMemory) -> None:
    assert memory.known("printer") == OURS
    status, answer = asked(tmp_path, "GET", "/v1/devices", role="observer")
    assert status == 200
    printer, drawer = answer["devices"]
    assert printer == {
        "id": "printer",
        "kind": "printer",
        "driver": "escpos",
        "port": "serial:/dev/till/printer",
        "known": {"model": "TM-T88V", "serial": "A1"},
        "stranger": {"model": "TM-T20", "serial": "B2"},
        "connected": True,
        "advice": None,
    }
    assert (drawer["id"], drawer["kind"], drawer["driver"]) == ("main", "drawer", "printer_kick")
    assert "known" not in drawer


def test_a_stranger_that_is_accepted_is_the_tills_own_and_the_log_says_by_whom(
    tmp_path: Path, memory: DeviceMemory, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="firmware_bridge.devices_known"):
        status, answer = asked(tmp_path, "POST", ACCEPT, {"id": "a-1", "serial": "B2", "cashier": "Olena"})
    assert (status, answer["known"], answer["stranger"]) == (201, {"model": "TM-T20", "serial": "B2"}, None)
    assert (memory.known("printer"), memory.stranger("printer")) == (OTHER, None)
    assert [record.getMessage() for record in caplog.records] == [
        "the till's printer is TM-T20, serial B2 from now on, says Olena (technician)"
    ]


def test_accepting_twice_changes_nothing_more(tmp_path: Path, memory: DeviceMemory) -> None:
    for name in ("a-1", "a-1", "a-2"):
        assert asked(tmp_path, "POST", ACCEPT, {"id": name, "serial": "B2"})[0] == 201
    assert memory.known("printer") == OTHER


def test_another_stranger_than_the_one_that_was_meant_is_not_accepted(tmp_path: Path, memory: DeviceMemory) -> None:
    status, answer = asked(tmp_path, "POST", ACCEPT, {"id": "a-1", "serial": "C3"})
    assert (status, answer["outcome"]) == (409, "none")
    assert "C3 was seen: nothing was changed" in answer["detail"]
    assert (memory.known("printer"), memory.stranger("printer")) == (OURS, OTHER)


@pytest.mark.parametrize("body", [{"id": "a-1"}, {"id": "a-1", "serial": ""}, {"serial": "B2"}])
def test_a_word_that_names_nobody_changes_nothing(tmp_path: Path, memory: DeviceMemory, body: dict[str, Any]) -> None:
    assert asked(tmp_path, "POST", ACCEPT, body)[0] in (400, 422)
    assert memory.known("printer") == OURS


@pytest.mark.parametrize(
    ("device", "status", "text"), [("main", 409, "by its port alone"), ("fax", 404, "no device fax")]
)
def test_what_has_no_number_cannot_be_accepted(
    tmp_path: Path, memory: DeviceMemory, device: str, status: int, text: str
) -> None:
    found, answer = asked(tmp_path, "POST", f"/v1/devices/{device}/accept", {"id": "a-1", "serial": "B2"})
    assert (found, text in answer["detail"]) == (status, True), answer
    assert memory.known("printer") == OURS


def test_a_fiscal_printer_is_told_by_what_is_configured(tmp_path: Path) -> None:
    table = {
        "till": {"id": "1", "market": "BG", "zone": "Europe/Sofia", "currency": "EUR", "language": "en"},
        "shop": {"name": "Shop"},
        "taxes": {"vat20": {"letter": "B", "datecs": "B"}},
        "journal": {"path": "journal.sqlite"},
        "api": {"listen": "127.0.0.1:0"},
        "fiscaliser": {"datecs": {"port": "serial:/dev/till/fiscal", "dialect": "bg", "serial": "DT000001"}},
    }
    settings = convert(table, Config)
    _, answer = asked(tmp_path, "GET", "/v1/devices", settings=settings)
    (row,) = answer["devices"]
    assert (row["id"], row["kind"], row["driver"], row["serial"]) == ("fiscaliser", "register", "datecs-bg", "DT000001")
    body = {"id": "a-1", "serial": "DT000002"}
    status, answer = asked(tmp_path, "POST", "/v1/devices/fiscaliser/accept", body, settings=settings)
    assert (status, "fiscaliser.datecs.serial" in answer["detail"]) == (409, True)


def test_a_file_that_cannot_be_written_is_told_and_nothing_is_changed(tmp_path: Path, memory: DeviceMemory) -> None:
    (tmp_path / f"devices.{os.getpid()}").mkdir()
    status, answer = asked(tmp_path, "POST", ACCEPT, {"id": "a-1", "serial": "B2"})
    assert (status, answer["outcome"]) == (409, "none")
    assert "cannot be written" in answer["detail"]
    assert memory.known("printer") == OURS


def test_a_till_that_was_told_of_no_devices_has_none() -> None:
    async def main() -> None:
        async with running(MemoryBackend()) as api:
            shown = await call(api.port, "GET", "/v1/devices", role="manager")
            assert shown.json == {"devices": []}
            refused = await call(api.port, "POST", ACCEPT, {"id": "a", "serial": "B2"}, role="manager")
            assert refused.status == 404

    asyncio.run(main())
