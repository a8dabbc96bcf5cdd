"""Beside a till: a change that may cut off whoever makes it: taken back in time, unless it was kept.

What the configuration was stands in a file beside it (`….trial`), so the change goes whatever became of the session:
a process of its own waits for the time to pass, and a console that starts finds the file and has it waited for again.
Whoever waits loads nothing but the standard library, and costs a small machine next to nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

_LOOK_S: Final = 0.5
_TOOL_S: Final = 60
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Trial:
    """`before`: the configuration's text; `changed`: SHA-256 of what it is now, "" while it is being changed.

    `until`: seconds since the machine's run `boot` began. `restart`: the till was started since, and has to be again;
    `tool` does that. `keep_s`: how long it may be tried.
    """

    what: str
    before: str
    changed: str
    boot: str
    until: float
    keep_s: int
    restart: bool = False
    tool: tuple[str, ...] = ()


def now() -> float:
    """Seconds since the machine started, those asleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """The name of the machine's present run; "" where it has none."""
    with contextlib.suppress(OSError):
        return _BOOT_ID.read_text("ascii").strip()
    return ""


def place(config: Path) -> Path:
    """Where the trial of this configuration stands."""
    return config.with_name(f"{config.name}.trial")


def read(config: Path) -> Trial | None:
    """The trial that goes on; None = there is none."""
    try:
        found = json.loads(place(config).read_text("utf-8"))
        return Trial(**{**found, "tool": tuple(found["tool"])})
    except (OSError, ValueError, LookupError, TypeError):
        return None


def begin(
    config: Path, what: str, before: str, keep_s: int, tool: Sequence[str], monotonic: Callable[[], float] = now
) -> Trial:
    """The configuration is about to be changed from `before`; `changed` is to be told when it was. Raises OSError.

    A trial that goes on takes this change in.
    """
    known = read(config)
    trial = Trial(
        what if known is None or known.what == what else f"{known.what}, {what}",
        before if known is None else known.before,
        "",
        boot_id(),
        monotonic() + keep_s,
        keep_s,
        known is not None and known.restart,
        tuple(tool),
    )
    _write(config, trial)
    return trial


def changed(config: Path) -> None:
    """It is what it is now that goes back. Raises OSError."""
    trial = read(config)
    if trial is not None:
        _write(config, replace(trial, changed=_digest(config)))


def started(config: Path, monotonic: Callable[[], float] = now) -> None:
    """The till was started with it: it is tried from now on. Raises OSError."""
    trial = read(config)
    if trial is not None:
        _write(config, replace(trial, restart=True, until=monotonic() + trial.keep_s))


def keep(config: Path) -> bool:
    """It stays as it is; False when there was nothing to keep. Raises OSError."""
    there = place(config).exists()
    place(config).unlink(missing_ok=True)
    return there


def take_back(config: Path) -> None:
    """The configuration as it was, and the till started again with it if it was with the other.

    A file that somebody changed meanwhile by other ways is left alone. Raises OSError.
    """
    trial = read(config)
    if trial is None:
        return
    if trial.changed in ("", _digest(config)):
        _replace(config, trial.before.encode(), config.stat().st_mode & 0o777)
        if trial.restart and trial.tool:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(  # noqa: S603 - the program and unit of the configuration
                    trial.tool, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TOOL_S, check=False
                )
    place(config).unlink(missing_ok=True)


def due(trial: Trial, monotonic: Callable[[], float] = now) -> bool:
    """Is its time over? After a restart of the machine it is."""
    return trial.boot != boot_id() or monotonic() >= trial.until


def watch(config: Path, monotonic: Callable[[], float] = now, sleep: Callable[[float], object] = time.sleep) -> None:
    """Wait until it is kept or its time is over, and take it back then. Raises OSError."""
    while (trial := read(config)) is not None:
        if due(trial, monotonic):
            take_back(config)
            return
        sleep(_LOOK_S)


def have_it_watched(config: Path) -> None:
    """By a process that outlives this one. Raises OSError."""
    command = [sys.executable, "-m", __name__, str(config.resolve())]
    nothing = subprocess.DEVNULL
    subprocess.run(  # noqa: S603 - ourselves
        command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True, timeout=_TOOL_S, check=False
    )


def _digest(config: Path) -> str:
    return hashlib.sha256(config.read_bytes()).hexdigest()


def _write(config: Path, trial: Trial) -> None:
    _replace(place(config), json.dumps(asdict(trial)).encode(), 0o600)


def _replace(path: Path, content: bytes, mode: int) -> None:
    from firmware_bridge.console.pins import write_atomically  # noqa: PLC0415 - not for whoever only waits

    write_atomically(path, content, mode)


def main() -> None:
    """Go apart from whoever started it, and watch."""
    if os.fork() == 0:
        with contextlib.suppress(OSError):
            watch(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
