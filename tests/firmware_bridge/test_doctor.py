"""What keeps a till from selling is found: each planted trouble in its part, and in no other."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge import doctor, doctor_network
from firmware_bridge.config import load
from firmware_bridge.console.words import Words
from firmware_bridge.doctor import Finding, Patient
from firmware_bridge.rehearsal import Checkbox, write_config
from firmware_bridge.words.table import LANGUAGES

KEYS = ("password", "license_key", "access_key")
NOW = 1_800_000_000_000


def status(**changes: Any) -> dict[str, Any]:
    printer = {"state": "ready", "advice": None, "paper_near_end": False, "model": "TM-T88V", "serial": "1"}
    drawer = {"id": "main", "state": "closed", "opened": False, "cap_status": True, "trouble": None}
    return {
        "reasons": changes.get("reasons", []),
        "printer": printer | changes.get("printer", {}),
        "drawers": [drawer | changes.get("drawer", {})],
    }


@pytest.fixture
def well(tmp_path: Path) -> Patient:
    """A till at which nothing is wrong, on a machine of its own below tmp_path."""
    root = tmp_path / "root"
    files = {
        "sys/class/hwmon/hwmon0/name": "rpi_volt",
        "sys/class/hwmon/hwmon0/in0_lcrit_alarm": "0",
        "run/systemd/timesync/synchronized": "",
        "proc/mounts": "/dev/mmcblk0p2 / ext4 rw,noatime 0 0\n",
        "proc/net/route": "Iface Destination Gateway Flags RefCnt Use Metric Mask\n"
        "eth0 00000000 0101A8C0 0003 0 0 202 00000000\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    at = write_config(tmp_path)
    at.pty.touch()
    return Patient(load(at.config), status(), NOW, "active", root=root)


def bad(patient: Patient) -> list[Finding]:
    return [finding for finding in doctor.examine(patient) if finding.level == "bad"]


def test_a_till_that_is_well_has_nothing_wrong_in_any_part(well: Patient) -> None:
    found = list(doctor.examine(well))
    assert [finding.part for finding in found] == list(doctor.PARTS)
    assert [finding for finding in found if finding.level == "bad"] == []


def write(patient: Patient, name: str, text: str) -> Patient:
    (patient.root / name).write_text(text, "utf-8")
    return patient


TROUBLES: dict[str, tuple[doctor.Part, Callable[[Patient], Patient]]] = {
    "low voltage": ("supply", lambda one: write(one, "sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1")),
    "unplugged": ("cable", lambda one: _unplugged(one)),
    "dead": ("till", lambda one: replace(one, status=None)),
    "cannot sell": ("till", lambda one: replace(one, status=status(reasons=[{"code": "x", "text": "No shift."}]))),
    "no paper": ("paper", lambda one: replace(one, status=status(printer={"state": "paper_out", "advice": "Load."}))),
    "little paper": ("paper", lambda one: replace(one, status=status(printer={"paper_near_end": True}))),
    "polarity": ("drawer", lambda one: replace(one, status=status(drawer={"state": "open", "opened": True}))),
    "left open": ("drawer", lambda one: replace(one, status=status(drawer={"state": "left_open", "opened": True}))),
    "password": ("login", lambda one: replace(one, sign_in=lambda: iter([("checkbox", "expired")]))),
    "years ago": ("clock", lambda one: replace(one, utc_ms=1_000_000_000_000)),
    "read-only": ("disk", lambda one: write(one, "proc/mounts", "/dev/root / ext4 ro,noatime 0 0\n")),
    "overlay": ("disk", lambda one: write(one, "proc/mounts", "overlay / overlay rw 0 0\n")),
}


def _unplugged(patient: Patient) -> Patient:
    assert patient.config.printer is not None
    Path(patient.config.printer.port.removeprefix("serial:")).unlink()
    return patient


@pytest.mark.parametrize("name", TROUBLES)
def test_a_planted_trouble_is_found_in_its_part_and_nowhere_else(well: Patient, name: str) -> None:
    part, plant = TROUBLES[name]
    found = bad(plant(well))
    assert {finding.part for finding in found} == {part}
    for language in LANGUAGES:
        words = Words(language)
        assert all(words(finding.key, **finding.facts) for finding in found)


def test_a_page_that_is_not_the_models_is_pointed_at(well: Patient) -> None:
    import msgspec

    assert well.config.printer is not None
    printer = msgspec.structs.replace(well.config.printer, page=17)
    patient = replace(well, config=msgspec.structs.replace(well.config, printer=printer))
    (found,) = [finding for finding in doctor.examine(patient) if finding.part == "letters"]
    assert (found.key, found.facts["page"], found.facts["set"]) == ("doctor.letters_differ", 46, 17)


def test_a_server_that_does_not_answer_is_named_with_its_place(tmp_path: Path, well: Patient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        port = taken.getsockname()[1]
        folder = tmp_path / "other"
        folder.mkdir()
        ready = {"base_url": f"http://127.0.0.1:{port}", "login": "kasa", **dict.fromkeys(KEYS, "x" * 20)}
        checkbox = Checkbox.of(ready, "current", folder)
        patient = replace(well, config=load(write_config(folder, checkbox).config))
        found = [finding for finding in bad(patient) if finding.part == "network"]
    assert [finding.facts["place"] for finding in found] == ["fiscaliser.checkbox.base_url"]
    write(patient, "proc/net/route", "Iface Destination\n")
    assert doctor_network.default_route(patient.root) is False
