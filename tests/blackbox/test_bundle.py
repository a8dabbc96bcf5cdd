"""A support bundle from end to end: made beside a till that is dead, opened by a supporter who has nothing else."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import socket
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.ports.recorded import Recording, parse
from firmware_bridge import cli
from firmware_bridge.played_devices import Device
from tests.support.device_desk import device_desk, write
from tests.support.processes import MODULE, Ended, line, sale, until

GOODS, PHONE = "Канарка співоча", "0671234599"
OPTIONS = ("--dialect", "ua", "--speed", "30")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a supporter has: the folder in which it was unpacked. `beside`: what the till's owner keeps."""

    folder: Path
    said: Ended
    dump: Path

    @property
    def text(self) -> str:
        return "\n".join(path.read_text("utf-8") for path in self.folder.rglob("*") if path.is_file())


def here(*words: str | Path) -> Ended:
    """The command line, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(list(map(str, words)))
    return Ended(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A fiscal printer goes silent in a sale, the till is killed, and then somebody asks for the bundle."""
    folder = tmp_path_factory.mktemp("bundle")
    with Device("datecs", folder / "register", OPTIONS) as register:
        devices = f'[fiscaliser.datecs]\nport = "{register.url}"\ndialect = "ua"\n'
        at = write(folder, devices, letter="А")
        with device_desk(at) as desk:
            desk.open_shift()
            desk.cashier.post("/v1/sales", sale("good-1", line(GOODS)))
            register.do("fault", name="power_cut_in", value=40)
            sold = sale("cut-1", line(GOODS), line(f"Доставка {PHONE}"))
            desk.cashier.request("POST", "/v1/sales", sold, wait=1)
            beside = Path(f"{at.journal}.wire")
            (dump,) = until(lambda: list(beside.glob("*.jsonl")), "the dump of what failed")
            desk.till.kill()
    log = folder / "journalctl"
    log.write_text(f"#!/bin/sh\ncat {folder}/till.log\n")
    log.chmod(0o755)
    at.config.write_text(f'{at.config.read_text("utf-8")}\n[console]\nlog_tool = "{log}"\n', "utf-8")
    said = here("bundle", "--config", at.config, "--into", folder)
    (path,) = folder.glob("till-1-*.tar.gz")
    target = folder / "supporter"
    with tarfile.open(path) as archive:
        archive.extractall(target, filter="data")
    return Opened(target, said, dump)


def test_it_is_made_while_the_till_is_dead_and_says_where_it_is(opened: Opened) -> None:
    assert (opened.said.code, opened.said.err) == (0, "")
    assert "it is sent nowhere" in opened.said.out
    assert json.loads((opened.folder / "status.json").read_text("utf-8")) is None
    assert "BAD till" in (opened.folder / "doctor.txt").read_text("utf-8")


def test_every_file_is_as_the_manifest_says(opened: Opened) -> None:
    manifest = json.loads((opened.folder / "manifest.json").read_text("utf-8"))
    found = {
        str(path.relative_to(opened.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in opened.folder.rglob("*")
        if path.is_file() and path.name not in ("manifest.json", "README.txt")
    }
    assert manifest["files"] == found
    assert manifest["left_out"] == {}
    assert {"schema", "version", "made"} <= set(manifest)


def test_the_journal_is_told_by_its_records_without_goods_and_people(opened: Opened) -> None:
    records = json.loads((opened.folder / "journal.json").read_text("utf-8"))
    assert {"TillStarted", "ShiftOpened", "SaleRequested"} <= {record["name"] for record in records}
    assert json.loads((opened.folder / "chain.json").read_text("utf-8"))["ok"] is True
    assert [word for word in (GOODS, PHONE, "Канарка") if word in opened.text] == []
    kept = opened.dump.read_text("utf-8")
    assert GOODS.encode("cp1251").hex() in "".join(json.loads(row).get("hex", "") for row in kept.splitlines()), (
        "control"
    )


def the_dump(opened: Opened) -> Path:
    (path,) = (opened.folder / "wire").glob("*.jsonl")
    return path


def test_the_dump_shows_each_order_and_answer_and_no_goods(opened: Opened) -> None:
    shown, kept = (here("wire", "show", path, "--dialect", "ua") for path in (the_dump(opened), opened.dump))
    assert shown.code == 0
    assert "no frame" not in shown.out, "every check sum is right"
    orders = [[part.partition('"')[0] for part in told.out.splitlines()] for told in (shown, kept)]
    assert orders[0] == orders[1], "the same orders and answers at the same times"
    assert "failed: " in shown.out


def test_the_dump_is_played_again_as_the_device_that_went_silent(opened: Opened) -> None:
    recording = parse(the_dump(opened).read_bytes())
    process = subprocess.Popen(
        [*MODULE, "wire", "replay", the_dump(opened), "--tcp", "0", "--at-once"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        with socket.create_connection(("127.0.0.1", port), timeout=20) as till:
            for out, back in talk(recording):
                till.sendall(out)
                assert received(till, len(back)) == back
            assert json.loads(process.stdout.readline())["finished"] is True
    finally:
        _, err = process.communicate(timeout=20)
    assert err == ""


def talk(recording: Recording) -> list[tuple[bytes, bytes]]:
    """What the till says, and what comes back before it says more."""
    found: list[tuple[bytes, bytes]] = [(b"", b"")]
    for entry in recording.entries:
        out, back = found[-1]
        if entry.dir == "out":
            found[-1:] = [(out + entry.data, b"")] if not back else [(out, back), (entry.data, b"")]
        elif entry.dir == "in":
            found[-1] = (out, back + entry.data)
    return found


def received(line: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (part := line.recv(count - len(data))):
        data += part
    return data
