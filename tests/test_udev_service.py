"""The service's unit: it may what the devices need, and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

UDEV = Path(__file__).parent.parent / "udev"
UNIT = UDEV / "firmware-bridge.service"
USERS = UDEV / "firmware-bridge.sysusers.conf"

#: systemd.exec(5): each takes a privilege away.
YES = [
    "NoNewPrivileges", "ProtectHome", "PrivateTmp", "ProtectKernelTunables", "ProtectKernelModules",
    "ProtectKernelLogs", "ProtectControlGroups", "ProtectClock", "ProtectHostname", "RestrictNamespaces",
    "RestrictRealtime", "RestrictSUIDSGID", "LockPersonality", "MemoryDenyWriteExecute",
]  # fmt: skip
#: Linux, Documentation/admin-guide/devices.txt: the kinds of device that a till has, and their numbers.
KINDS = {
    "ttyUSB": "char-188", "ttyACM": "char-166", "ttyAMA": "char-204", "ttyS": "char-4", "usb device": "char-189",
    "usblp": "char-180", "hidraw": "char-hidraw", "gpiochip": "char-gpiochip",
}  # fmt: skip


def settings(text: str) -> dict[str, list[str]]:
    """`Section.Key` to its values, in order. Source: systemd.syntax(7)."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    section = ""
    for line in text.splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            section = match[1]
        elif line and line[0] not in "#;":
            key, equals, value = line.partition("=")
            assert equals, line
            found[f"{section}.{key}"].append(value)
    return found


@pytest.fixture
def service() -> dict[str, list[str]]:
    found = settings(UNIT.read_text(encoding="utf-8"))
    return {key.partition(".")[2]: values for key, values in found.items() if key.startswith("Service.")}


@pytest.mark.parametrize("key", YES)
def test_privilege_is_taken_away(service: dict[str, list[str]], key: str) -> None:
    assert service[key] == ["yes"]


def test_system_is_read_only_and_no_capability_is_left(service: dict[str, list[str]]) -> None:
    assert service["ProtectSystem"] == ["strict"]
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == [""]
    assert service["StateDirectory"] == ["firmware-bridge"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_of_device_may_be_used(service: dict[str, list[str]], kind: str) -> None:
    assert f"{KINDS[kind]} rw" in service["DeviceAllow"]


def test_no_other_device_may_be_used(service: dict[str, list[str]]) -> None:
    assert service["DevicePolicy"] == ["closed"]
    assert sorted(service["DeviceAllow"]) == sorted(f"{kind} rw" for kind in KINDS.values())


def test_kinds_whose_module_comes_later_are_not_allowed_by_name(service: dict[str, list[str]]) -> None:
    assert not any(re.match(r"(char-tty|/dev/tty|char-usb)", value) for value in service["DeviceAllow"])


def test_usb_printers_can_be_found(service: dict[str, list[str]]) -> None:
    assert set(service["RestrictAddressFamilies"][0].split()) == {"AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"}


def test_pins_can_be_moved(service: dict[str, list[str]]) -> None:
    assert service["RuntimeDirectory"] == ["firmware-bridge"]
    assert "LG_WD=%t/firmware-bridge" in service["Environment"][0].split()
    assert "PrivateDevices" not in service


def test_till_that_ends_is_started_again_for_ever(service: dict[str, list[str]]) -> None:
    assert service["Restart"] == ["always"]
    assert settings(UNIT.read_text(encoding="utf-8"))["Unit.StartLimitIntervalSec"] == ["0"]


def test_group_that_a_system_lacks_cannot_keep_the_till_from_starting(service: dict[str, list[str]]) -> None:
    assert "SupplementaryGroups" not in service
    lines = [line.split() for line in USERS.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    members = {line[2] for line in lines if line[0] == "m"}
    assert members == {"till", "dialout", "lp", "gpio"}
    assert {line[1] for line in lines if line[0] in {"m", "u"}} == set(service["User"]) == set(service["Group"])
    rules = (UDEV / "70-till.rules").read_text(encoding="utf-8")
    assert set(re.findall(r'GROUP="(\w+)"', rules)) <= members


def exposure(path: Path) -> subprocess.CompletedProcess[str]:
    analyse = shutil.which("systemd-analyze")
    if analyse is None:
        pytest.skip("no systemd-analyze here; the settings themselves were looked at")
    command = [analyse, "security", "--offline=true", "--threshold=20", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_systemd_finds_little_exposed(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text(encoding="utf-8"))
    done = exposure(copy)
    if "Unknown command" in done.stderr or "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze cannot look at a file (systemd 250 and newer can)")
    assert done.returncode == 0, done.stdout + done.stderr


def test_unit_without_its_fences_would_be_noticed(tmp_path: Path) -> None:
    kept = [
        line for line in UNIT.read_text(encoding="utf-8").splitlines() if not line.startswith(("Protect", "Restrict"))
    ]
    copy = tmp_path / UNIT.name
    copy.write_text("\n".join(kept))
    assert exposure(copy).returncode != 0
