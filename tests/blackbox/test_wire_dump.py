"""A running till and a printer that goes silent in the middle: one recording beside the journal, none on a good day.

And what the till tells of itself in numbers, before and after a restart.
"""

from __future__ import annotations

from pathlib import Path
from urllib.request import Request, urlopen

from drivers.ports.recorded import load
from firmware_bridge.played_devices import Device
from tests.support.device_desk import DeviceDesk, device_desk, write
from tests.support.exposition import Samples, complaints, parse
from tests.support.processes import command, sale, until
from tests.support.wire_lane import files, said

SALES = 'till_documents_total{kind="receipt",outcome="completed"}'
SILENT = 'till_device_communication_errors_total{device="printer",kind="silent"}'


def metrics(desk: DeviceDesk) -> Samples:
    request = Request(f"http://{desk.till.address}/metrics", headers={"Authorization": f"Bearer {desk.at.token}"})
    with urlopen(request, timeout=10) as answer:
        text = str(answer.read(), "utf-8")
    assert complaints(text) == []
    return parse(text)


def test_silent_fiscal_printer_leaves_one_dump_and_counters_outlive_the_till(tmp_path: Path) -> None:
    options = ["--dialect", "ua", "--speed", "30"]
    with Device("datecs", tmp_path / "register", options) as register:
        devices = f'[fiscaliser.datecs]\nport = "{register.url}"\ndialect = "ua"\n'
        at = write(tmp_path, devices, letter="А")
        folder = Path(f"{at.journal}.wire")
        with device_desk(at) as desk:
            desk.open_shift()
            desk.cashier.post("/v1/sales", sale(desk.new("sale")))
            assert not folder.exists(), "a good day"
            before = metrics(desk)
            assert (before[SALES], before[SILENT], before["till_starts_total"]) == (1, 0, 1)
            assert before["till_receipt_seconds_count"] == 1
            assert before["till_journal_sync_seconds_count"] > 3
            assert before['till_device_writes_total{device="fiscaliser"}'] > 10
            assert before['till_port_overdue{device="fiscaliser"}'] == 0
            register.do("fault", name="power_cut_in", value=40)
            desk.cashier.request("POST", "/v1/sales", sale(desk.new("sale")), wait=1)
            (path,) = until(lambda: [each for each in files(folder) if each.suffix == ".jsonl"], "the dump")
            until(lambda: metrics(desk)[SILENT] == 1, "its silence to be counted")
        (still,) = files(folder)
        assert still == path, "it stayed away, which is the same failure"
        with device_desk(at) as desk:
            after = metrics(desk)
    assert (after[SALES], after["till_starts_total"]) == (1, 2)
    assert after[SILENT] in (1, 2), "the second till may have found it silent by then, too"
    assert after["till_receipt_seconds_sum"] == before["till_receipt_seconds_sum"]
    found = load(path)
    assert found.header.driver == "datecs"
    assert said(found, "out")
    assert said(found, "in")
    shown = command("wire", "show", path)
    assert shown.code == 0
    assert "h, seq " in shown.out
    assert "failed: " in shown.out
