"""Beside a till: what its machine tells of itself below /proc and /run: the file systems, and the clock.

Sources: /proc/mounts (proc(5)), the marks of systemd-timesyncd and of the clock witness below /run.
"""

from __future__ import annotations

from pathlib import Path


def clock_trusted(root: Path = Path("/")) -> bool:
    """Was the clock set by somebody who knows since this machine started?"""
    marks = ("run/firmware-bridge-clock/synchronised", "run/systemd/timesync/synchronized")
    return any((root / mark).exists() for mark in marks)


def filesystem(path: Path, root: Path = Path("/")) -> tuple[str, bool]:
    """Type of the file system that `path` lies on, and whether it can be written ("", True where nobody tells)."""
    best, kind, writable = "", "", True
    for line in text_of(root / "proc/mounts").splitlines():
        _, mount, found, options, *_ = [*line.split(), "", "", "", ""]
        inside = str(path) == mount or str(path).startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind, writable = mount, found, "ro" not in options.split(",")
    return kind, writable


def text_of(path: Path) -> str:
    """What stands in a small file, without the blanks around it; "" where it cannot be read."""
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
