"""What the machine tells of itself: below /sys and of the journal's partition. Absent where there is none.

Sources: Linux, Documentation/ABI/testing/sysfs-class-thermal and hwmon/sysfs-interface.rst; the alarm of rpi_volt is
the Raspberry Pi's "under-voltage has occurred".
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from firmware_bridge.doctor_machine import text_of
from firmware_bridge.metrics.families import Family, gauge


def families(journal: Path | None, root: Path = Path("/")) -> Iterator[Family]:
    """Blocks for as long as the disk does."""
    if journal is not None:
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(journal.parent).free
            yield gauge("till_disk_free_bytes", "Of the journal's partition.", ((), free))
        with contextlib.suppress(OSError):
            yield gauge("till_journal_bytes", "Size of the journal's file.", ((), journal.stat().st_size))
    hwmon = [path.parent for path in (root / "sys/class/hwmon").glob("*/name") if text_of(path) == "rpi_volt"]
    alarms = [text_of(place / "in0_lcrit_alarm") for place in hwmon]
    low = float("1" in alarms) if any(alarms) else None
    yield gauge("till_supply_under_voltage", "1 when the machine's supply was too low since it started.", ((), low))
    heat = text_of(root / "sys/class/thermal/thermal_zone0/temp")
    celsius = int(heat) / 1000 if heat.lstrip("-").isdigit() else None
    yield gauge("till_temperature_celsius", "Of the machine's processor.", ((), celsius))
