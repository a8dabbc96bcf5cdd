"""Parts of the support bundle: the machine, the ends that were none, dumps of the wire, and how large it may grow."""

from __future__ import annotations

import io
import json
import os
import random
import re
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.ports.recorded import parse
from firmware_bridge import bundle, bundle_log, bundle_machine
from firmware_bridge.bundle_making import UNIT
from firmware_bridge.logs import Redactor
from tests.firmware_bridge.test_bundle import NOW, PAN, SECRETS, everything, sources
from tests.firmware_bridge.test_bundle_wire import TEXT, dump

__all__ = ["sources"]

#: A Raspberry Pi with a printer at its USB, as its files tell (values from the ABI documents named in the module).
MACHINE = {
    "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.5\0",
    "proc/meminfo": "MemTotal:        3884352 kB\nMemFree:          1 kB\nMemAvailable:    3100000 kB\n",
    "proc/mounts": "/dev/mmcblk0p2 / ext4 rw,noatime 0 0\nsecret-host:/home /mnt/home nfs rw 0 0\n",
    "proc/net/route": (
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n"
        "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\n"
    ),
    "proc/net/fib_trie": "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 192.168.1.17\n        /32 host LOCAL\n"
    "     |-- 192.168.1.0\n        /24 link UNICAST\n",
    "proc/net/if_inet6": "fe800000000000000000000000000017 02 40 20 80     eth0\n",
    "etc/resolv.conf": "# made by hand\nnameserver 192.168.1.1\nsearch shop.example\n",
    "sys/class/net/eth0/operstate": "up\n",
    "sys/class/net/eth0/address": "b8:27:eb:12:34:56\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n",
    "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n",
    "sys/class/thermal/thermal_zone0/temp": "61234\n",
    "sys/block/mmcblk0/device/name": "SD32G\n",
    "sys/block/mmcblk0/device/life_time": "0x01 0x02\n",
    "sys/block/mmcblk0/device/serial": "0xcafe\n",
    "sys/bus/usb/devices/1-1.2/idVendor": "04b8\n",
    "sys/bus/usb/devices/1-1.2/idProduct": "0e15\n",
    "sys/bus/usb/devices/1-1.2/product": "TM-T20II\n",
    "sys/bus/usb/devices/1-1.2:1.0/bInterfaceNumber": "00\n",
    "sys/devices/system/clocksource/clocksource0/current_clocksource": "arch_sys_counter\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "root"
    for name, text in MACHINE.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return place


def files_of(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]  # all are files


# --- the machine ------------------------------------------------------------------------------------------------------


def test_machine_is_told_by_what_its_files_say(sources: bundle.Sources, root: Path) -> None:
    told = bundle_machine.facts(sources.config, root)
    assert told["board"] == "Raspberry Pi 4 Model B Rev 1.5"
    assert told["memory"] == {"MemTotal": "3884352 kB", "MemAvailable": "3100000 kB"}
    assert told["supply"] == {
        "throttled": ["under-voltage", "throttled", "under-voltage since start", "throttled since start"],
        "under_voltage": True,
    }
    assert told["celsius"] == [61.234]
    assert told["card"] == [{"name": "SD32G", "life_time": "0x01 0x02"}]
    assert told["usb"][0] | {"drivers": []} == {
        "socket": "1-1.2",
        "idVendor": "04b8",
        "idProduct": "0e15",
        "product": "TM-T20II",
        "drivers": [],
    }
    network = told["network"]
    assert network["addresses"] == ["192.168.1.17", "fe80::17 eth0"]
    assert network["routes"] == [{"interface": "eth0", "to": "0.0.0.0", "mask": "0.0.0.0", "by": "192.168.1.1"}]
    assert network["name_servers"] == ["192.168.1.1"]
    assert told["clock"]["source"] == "arch_sys_counter"
    assert told["packages"]["firmware-bridge"]


def test_nothing_of_other_hosts_nor_hardware_addresses_gets_in(sources: bundle.Sources, root: Path) -> None:
    text = json.dumps(bundle_machine.facts(sources.config, root))
    assert [word for word in ("secret-host", "b8:27:eb", "shop.example", "0xcafe") if word in text] == []


def test_udev_tells_what_stands_at_the_printers_port(sources: bundle.Sources, root: Path) -> None:
    master, slave = os.openpty()
    try:
        port = Path(sources.config.printer.port.partition(":")[2])  # type: ignore[union-attr]  # it has one
        port.symlink_to(os.ttyname(slave))
        number = port.stat().st_rdev
        known = root / f"run/udev/data/c{os.major(number)}:{os.minor(number)}"
        known.parent.mkdir(parents=True)
        known.write_text("S:till/printer\nE:ID_VENDOR_ID=04b8\nE:ID_MODEL=TM-T20II\nE:HOME=/root\nE:DRIVER=cdc_acm\n")
        told = bundle_machine.facts(sources.config, root)["devices"][str(port)]
    finally:
        os.close(master)
        os.close(slave)
    assert told | {"number": ""} == {"number": "", "ID_VENDOR_ID": "04b8", "ID_MODEL": "TM-T20II", "DRIVER": "cdc_acm"}


def test_an_empty_machine_is_told_too(sources: bundle.Sources, tmp_path: Path) -> None:
    assert bundle_machine.facts(sources.config, tmp_path / "nothing")["usb"] == []


def test_of_the_unit_no_environment_and_no_command_is_asked_for() -> None:
    assert not [name for name in UNIT if re.search("Environ|Exec(Start|Stop)$|Credential|Command", name)]


# --- the ends that were none ------------------------------------------------------------------------------------------

STACK = """\
<6>shift 12 is open
Fatal Python error: Aborted

Thread 0x0000ffff9c2f3010 (most recent call first):
  File "/usr/lib/firmware-bridge/drivers/ports/serial.py", line 91 in read
  File "/usr/lib/python3.11/threading.py", line 982 in run

Current thread 0x0000ffff9d53b020 (most recent call first):
  File "/usr/lib/firmware-bridge/firmware_bridge/till.py", line 301 in run
firmware-bridge.service: Main process exited, code=killed, status=6/ABRT
firmware-bridge.service: Failed with result 'watchdog'.
<6>journal /var/lib/firmware-bridge/journal.sqlite, SQLite 3.40.1
""".splitlines()


def test_an_end_by_the_watchdog_comes_with_every_threads_stack_and_what_was_said_before() -> None:
    (end,) = bundle_log.ends(STACK)
    assert end[0] == "<6>shift 12 is open"
    assert any("till.py" in line for line in end)
    assert any("serial.py" in line for line in end)
    assert end[-1].endswith("'watchdog'.")


def test_the_last_three_ends_are_kept_however_many_there_were() -> None:
    lines = [line for number in range(7) for line in (*STACK, f"<6>start {number}", *["<6>sold"] * 30)]
    ends = bundle_log.ends(lines)
    assert len(ends) == bundle_log.ENDS
    assert "start" not in json.dumps(bundle_log.ends(STACK[-1:] * 50))
    assert all(len(end) < 40 for end in ends)


def test_of_the_kernel_only_lines_about_the_hardware_get_in() -> None:
    lines = ["[1.0] usb 1-1: new full-speed USB device", "[2.0] hwmon: Undervoltage detected!", "[3.0] audit: su olena"]
    assert bundle_log.of_hardware(lines) == lines[:2]


# --- the whole --------------------------------------------------------------------------------------------------------


def dumps_beside(made_of: bundle.Sources, contents: dict[str, bytes]) -> None:
    folder = Path(f"{made_of.config.journal.path}.wire")
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def test_the_newest_dumps_get_in_and_what_is_none_is_named(tmp_path: Path, sources: bundle.Sources) -> None:
    good = dump("escpos", ("out", TEXT))
    names = [f"20260301T0900{second:02d}.000Z-printer-0001.jsonl" for second in range(45)]
    dumps_beside(
        sources, {**dict.fromkeys(names, good), "99-no-recording.jsonl": b"{}", "x.txt": b"", "a\nb.jsonl": b""}
    )
    target = Path(f"{sources.config.journal.path}.wire") / "99999999.jsonl"
    target.symlink_to("/etc/passwd")
    files = files_of(bundle.write(tmp_path, sources))
    inside = [name for name in files if name.startswith("wire/")]
    assert inside == [f"wire/{name}" for name in reversed(names[-38:])]
    assert set(json.loads(files["manifest.json"])["left_out"]) == {"wire/99-no-recording.jsonl", "wire/99999999.jsonl"}
    assert parse(files[inside[0]]).header.driver == "escpos"


def test_a_bundle_is_never_larger_than_its_bound_and_says_what_it_left_out(
    tmp_path: Path, sources: bundle.Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MOST_BYTES", 300_000)
    dice = random.Random(7)
    dumps_beside(sources, {f"{n:02d}.jsonl": dump("trigger_box", ("in", dice.randbytes(60_000))) for n in range(10)})
    steps: list[tuple[int, int]] = []
    path = bundle.write(tmp_path, sources, lambda done, of: steps.append((done, of)))
    assert path.stat().st_size < 300_000
    files = files_of(path)
    left = json.loads(files["manifest.json"])["left_out"]
    assert "wire/09.jsonl" in files, "the newest stays"
    assert "wire/00.jsonl" in left
    assert "larger" in left["wire/00.jsonl"]
    assert "status.json" in files
    assert steps == [(done, len(steps)) for done in range(1, len(steps) + 1)]


def test_a_secret_at_the_edge_of_a_cut_is_not_half_told(tmp_path: Path, sources: bundle.Sources) -> None:
    secret = SECRETS["password"]
    long = replace(
        sources,
        status={"reasons": [{"text": "x" * 290 + secret}]},
        log=["y" * 1990 + secret, f"told {json.dumps(secret)} ümlaut"],
    )
    assert secret[:8] not in everything(bundle.write(tmp_path, long))
    unfiltered = replace(long, clean=lambda text: text, utc_ms=long.utc_ms + 1000)
    assert secret[:8] in everything(bundle.write(tmp_path, unfiltered)), "control"


def test_hostile_log_lines_are_harmless_text(tmp_path: Path, sources: bundle.Sources) -> None:
    hostile = replace(sources, log=["\x1b]0;owned\x07 \u202e %s {} \x9b2J"], kernel=["usb \x1b[2J"])
    files = files_of(bundle.write(tmp_path, hostile))
    assert files["log.txt"].decode() == "<1B>]0;owned<07> <202E> %s {} <9B>2J\n"
    assert files["kernel.txt"].decode() == "usb <1B>[2J\n"


def test_every_json_can_be_read_also_where_a_number_looks_like_a_cards(tmp_path: Path, sources: bundle.Sources) -> None:
    like_a_card = replace(sources, status={"at": int(PAN), "number": PAN}, clean=Redactor().mask, utc_ms=NOW)
    files = files_of(bundle.write(tmp_path, like_a_card))
    told = {name: json.loads(content) for name, content in files.items() if name.endswith(".json")}
    assert told["status.json"] == {"at": int(PAN), "number": "************1111"}


def test_readme_names_every_file_that_is_there(tmp_path: Path, sources: bundle.Sources) -> None:
    dumps_beside(sources, {"1.jsonl": dump("escpos")})
    files = files_of(bundle.write(tmp_path, sources))
    readme = files["README.txt"].decode()
    stems = {name.partition("/")[0].partition(".")[0] for name in files} - {"README"}
    assert {stem for stem in stems if stem not in readme} == set()


def test_the_archive_is_what_any_tool_opens(tmp_path: Path, sources: bundle.Sources) -> None:
    with tarfile.open(fileobj=io.BytesIO(bundle.write(tmp_path, sources).read_bytes()), mode="r:gz") as archive:
        assert all(one.isfile() and not one.name.startswith(("/", "..")) for one in archive)
