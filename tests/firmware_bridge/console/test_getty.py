"""Who else wants a serial line: it is found out before the line is opened."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import pytest

from firmware_bridge.console import getty
from firmware_bridge.errors import UserError


def test_the_kernels_console_is_refused_with_what_to_change(tmp_path: Path) -> None:
    active = tmp_path / "sys/class/tty/console/active"
    active.parent.mkdir(parents=True)
    active.write_text("tty0 ttyAMA0\n", "ascii")
    line = tmp_path / "ttyAMA0"
    line.touch()
    with pytest.raises(UserError, match="kernel's console") as refused:
        getty.check(line, tmp_path)
    assert "cmdline.txt" in refused.value.hint


def test_a_link_to_it_is_seen_through(tmp_path: Path) -> None:
    active = tmp_path / "sys/class/tty/console/active"
    active.parent.mkdir(parents=True)
    active.write_text("ttyAMA0\n", "ascii")
    (tmp_path / "ttyAMA0").touch()
    (tmp_path / "serial0").symlink_to(tmp_path / "ttyAMA0")
    with pytest.raises(UserError, match="kernel's console"):
        getty.check(tmp_path / "serial0", tmp_path)


def test_a_process_with_the_line_for_its_terminal_is_named_and_a_free_line_passes(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    try:
        device = os.fstat(slave).st_rdev
        tty_nr = (os.major(device) << 8) | (os.minor(device) & 0xFF) | ((os.minor(device) & 0xFFF00) << 12)
        stat = tmp_path / "proc/4711/stat"
        stat.parent.mkdir(parents=True)
        stat.write_text(f"4711 (a) getty)) S 1 4711 4711 {tty_nr} 4711 0\n", "ascii")
        line = Path(os.ttyname(slave))
        with pytest.raises(UserError, match="4711") as refused:
            getty.check(line, tmp_path)
        assert "serial-getty@" in refused.value.hint
        stat.write_text("4711 (getty) S 1 4711 4711 0 -1 0\n", "ascii")
        getty.check(line, tmp_path)
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize(
    ("name", "said"), [("ttyS0", "mini UART"), ("ttyAMA10", "Pi 5"), ("ttyUSB3", "adapter"), ("ttyGS0", "gadget")]
)
def test_a_line_is_named_by_what_it_is(name: str, said: str) -> None:
    assert said in getty.which(Path("/dev") / name)
