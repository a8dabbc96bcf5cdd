"""Beside a till: what its machine is and how it fares, for the support bundle: read from files of the system, changed
nowhere.

Every value is one that is named here; no address of a person, no hardware address, nothing of other programs. `root`:
where the system's files begin. Sources: proc(5), Linux ABI documents of sysfs (usb, mmc, thermal, hwmon, rtc),
/run/udev/data (systemd's udev database), Raspberry Pi documentation of get_throttled.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import socket
import sqlite3
import ssl
import struct
import sys
import time
from collections.abc import Iterator, Mapping
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any, Final

from firmware_bridge import device_check, doctor_machine, doctor_network
from firmware_bridge.config import Config
from firmware_bridge.doctor_machine import text_of

#: Bits of get_throttled: now, and since the machine started.
_THROTTLED: Final = {
    0: "under-voltage",
    1: "frequency capped",
    2: "throttled",
    3: "soft temperature limit",
    16: "under-voltage since start",
    17: "frequency capped since start",
    18: "throttled since start",
    19: "soft temperature limit since start",
}
_UDEV: Final = re.compile(
    r"E:((?:ID_(?:VENDOR|MODEL|REVISION|SERIAL_SHORT|PATH|BUS|USB_[A-Z_]+|MM_[A-Z_]+|TILL[A-Z_]*)[A-Z_]*|DRIVER|TILL_\w+)=.*)"
)
_USB: Final = ("idVendor", "idProduct", "manufacturer", "product", "speed", "bMaxPower", "bDeviceClass")
_CARD: Final = ("name", "type", "date", "manfid", "life_time", "pre_eol_info")
_CONNECT_S: Final = 3.0


def facts(config: Config, root: Path = Path("/")) -> dict[str, Any]:
    """The machine as one JSON-able map. Never raises for a file that is not there."""
    folder = Path(config.journal.path).parent
    disk = shutil.disk_usage(folder) if folder.is_dir() else None
    return {
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "openssl": ssl.OPENSSL_VERSION,
        "kernel": platform.release(),
        "machine": platform.machine(),
        "board": text_of(root / "proc/device-tree/model").strip("\0"),
        "memory": _memory(root),
        "load": text_of(root / "proc/loadavg").split()[:3],
        "uptime_s": text_of(root / "proc/uptime").partition(" ")[0],
        "disk": None if disk is None else {"total": disk.total, "free": disk.free},
        "card": [_values(place, _CARD) for place in sorted((root / "sys/block").glob("mmcblk?/device"))],
        "filesystem": doctor_machine.filesystem(folder.resolve(), root)[0],
        "mounts": list(_mounts(root)),
        "clock": {
            "trusted": doctor_machine.clock_trusted(root),
            "source": text_of(root / "sys/devices/system/clocksource/clocksource0/current_clocksource"),
            "rtc": [text_of(name) for name in sorted((root / "sys/class/rtc").glob("*/name"))],
        },
        "supply": _supply(root),
        "celsius": [_celsius(place) for place in sorted((root / "sys/class/thermal").glob("thermal_zone*/temp"))],
        "usb": list(_usb(root)),
        "devices": {str(path): _udev(path, root) for path in device_check.nodes(config)},
        "network": _network(root),
        "packages": dict(sorted((one.name, one.version) for one in importlib.metadata.distributions())),
    }


def _values(place: Path, names: tuple[str, ...]) -> dict[str, str]:
    found = {name: text_of(place / name)[:80] for name in names}
    return {name: value for name, value in found.items() if value}


def _memory(root: Path) -> dict[str, str]:
    rows = (line.partition(":") for line in text_of(root / "proc/meminfo").splitlines())
    return {name: value.strip() for name, _, value in rows if name in ("MemTotal", "MemAvailable", "SwapFree")}


def _mounts(root: Path) -> Iterator[dict[str, str]]:
    for line in text_of(root / "proc/mounts").splitlines():
        source, place, kind, options, *_ = [*line.split(), "", "", "", ""]
        if source.startswith("/dev/") or kind in ("overlay", "tmpfs"):
            yield {"at": place, "type": kind, "options": options}


def _supply(root: Path) -> dict[str, Any]:
    flags = text_of(root / "sys/devices/platform/soc/soc:firmware/get_throttled")
    found: dict[str, Any] = {}
    if re.fullmatch(r"(0x)?[0-9a-fA-F]{1,8}", flags):
        bits = int(flags, 16)
        found["throttled"] = [meaning for bit, meaning in _THROTTLED.items() if bits >> bit & 1]
    for name in sorted((root / "sys/class/hwmon").glob("*/name")):
        if text_of(name) == "rpi_volt":
            found["under_voltage"] = text_of(name.with_name("in0_lcrit_alarm")) == "1"
    return found


def _celsius(place: Path) -> float | None:
    text = text_of(place)
    return int(text) / 1000 if re.fullmatch(r"-?\d{1,7}", text) else None


def _usb(root: Path) -> Iterator[dict[str, Any]]:
    """Everything on the bus, by the socket that it is in."""
    for place in sorted((root / "sys/bus/usb/devices").glob("*")):
        if ":" in place.name:
            continue
        interfaces = sorted(place.glob(f"{place.name}:*/driver"))
        drivers = [{"interface": one.parent.name, "driver": one.resolve().name} for one in interfaces]
        yield {"socket": place.name, **_values(place, _USB), "drivers": drivers}


def _udev(path: Path, root: Path) -> dict[str, str] | None:
    """What udev knows of one device file; None where there is no such file."""
    try:
        number = path.stat().st_rdev
    except OSError:
        return None
    known = text_of(root / f"run/udev/data/c{os.major(number)}:{os.minor(number)}")
    found = {"number": f"{os.major(number)}:{os.minor(number)}"}
    for line in known.splitlines():
        if hit := _UDEV.fullmatch(line):
            name, _, value = hit[1].partition("=")
            found[name] = value[:120]
    return found


# --- the network ------------------------------------------------------------------------------------------------------


def _network(root: Path) -> dict[str, Any]:
    names = sorted(place.name for place in (root / "sys/class/net").glob("*"))
    servers = (line.split() for line in text_of(root / "etc/resolv.conf").splitlines())
    return {
        "interfaces": {
            name: _values(root / "sys/class/net" / name, ("operstate", "carrier", "mtu", "speed")) for name in names
        },
        "addresses": [*_addresses4(root), *_addresses6(root)],
        "routes": list(_routes(root)),
        "name_servers": [words[1] for words in servers if words[:1] == ["nameserver"] and len(words) > 1],
        "default_route": doctor_network.default_route(root),
    }


def _addresses4(root: Path) -> Iterator[str]:
    """Our own addresses: in /proc/net/fib_trie each stands on the line above its `/32 host LOCAL`."""
    seen, above = set[str](), ""
    for line in text_of(root / "proc/net/fib_trie").splitlines():
        if "/32 host LOCAL" in line and above and above not in seen:
            seen.add(above)
            yield above
        hit = re.search(r"\|-- (\d+\.\d+\.\d+\.\d+)", line)
        above = hit[1] if hit else above


def _addresses6(root: Path) -> Iterator[str]:
    for line in text_of(root / "proc/net/if_inet6").splitlines():
        words = line.split()
        if len(words) == 6 and re.fullmatch(r"[0-9a-f]{32}", words[0]):
            yield f"{IPv6Address(int(words[0], 16))} {words[5]}"


def _routes(root: Path) -> Iterator[dict[str, str]]:
    for line in text_of(root / "proc/net/route").splitlines()[1:]:
        words = line.split()
        if len(words) > 7 and all(re.fullmatch(r"[0-9A-F]{8}", words[at]) for at in (1, 2, 7)):
            target, way, mask = (socket.inet_ntoa(struct.pack("<I", int(words[at], 16))) for at in (1, 2, 7))
            yield {"interface": words[0], "to": target, "mask": mask, "by": way}


def reached(config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each server that the till needs, one after the other, up to 3 s each: milliseconds, and what was wrong."""
    for place, (host, port) in doctor_network.vendors(config).items():
        yield place, {"server": f"{host}:{port}", **_reached(host, port)}


def _reached(host: str, port: int) -> dict[str, Any]:
    begun = time.monotonic()
    try:
        with socket.create_connection((host, port), timeout=_CONNECT_S) as line:
            told = {"ms": round((time.monotonic() - begun) * 1000)}
            if port == 443:
                with ssl.create_default_context().wrap_socket(line, server_hostname=host) as secure:
                    told["tls_ms"] = round((time.monotonic() - begun) * 1000)
                    return {**told, "tls": secure.version() or ""}
            return dict(told)
    except ssl.SSLError as error:
        return {"trouble": f"TLS: {getattr(error, 'verify_message', '') or error.reason or 'refused'}"}
    except OSError as error:
        return {"trouble": error.strerror or "no answer"}
